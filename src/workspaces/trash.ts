/** Into the trash, where everything stays for a time. */
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RemovalStep } from '../protocol/index.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { commitTree, exactRefs, listRefs, withRepositoryLock, type RefMove } from '../git/index.ts'
import { readJson, writeFileDurably } from '../platform/files.ts'
import { bringInIfPossible } from './bring.ts'
import { topOf } from './linked.ts'
import { TOKEN, adminAside, baseRef, branchRef, headRef, publishedRef, trashPrefix } from './names.ts'
import { collect } from './own.ts'
import { identityOf } from './record.ts'
import { unregister } from './register.ts'
import { reasonsAgainst, reasonsInUse } from './removal.ts'
import { isSame, mustMove, removalFile, type Removal } from './removed.ts'
import { capture } from './trusted.ts'
import type { Trashed, Workspace } from './workspace.ts'

const DAY = 24 * 60 * 60 * 1000

/**
 * Saves everything of a workspace under refs of its own and moves the directory into the trash.
 * Repeated after a crash at any step it goes on where it stopped. An existing directory stays where it is.
 * @param options.trashDir where the directory goes, if on the same file system; beside the workspace otherwise
 * @param options.onStep awaited before each step begins
 * @throws REMOVAL_UNSAFE
 */
export async function trash(
  workspace: Workspace,
  options: { trashDir: string; now: number; keepDays: number; onStep: (step: RemovalStep) => Promise<void> },
): Promise<Trashed> {
  const there = () => identityOf(workspace.path) !== null && !existsSync(adminAside(workspace, 'trash'))
  const begun = readJson<Removal>(removalFile(workspace.stateDir))
  if (begun === null && there()) requireSafe(workspace)
  const removal = begun ?? begin(workspace, options)
  if (there()) {
    await options.onStep('snapshot')
    requireSafe(workspace)
    const { head } = await bringInIfPossible(workspace)
    const { tree } = await capture(workspace, await topOf(workspace), head)
    const commit = await commitTree(workspace.repository, {
      tree,
      parents: [head],
      message: `worktrain: ${workspace.name} when it was removed\n`,
      at: removal.at,
    })
    await options.onStep('save-refs')
    await saveRefs(workspace, [{ name: 'worktree', oid: commit }])
  } else {
    await saveRefs(workspace, [])
  }
  if (workspace.kind !== 'existing') {
    await options.onStep('unregister')
    if (there()) requireSafe(workspace)
    await withRepositoryLock(workspace.repository, () => putAside(workspace))
  }
  await dropRefs(workspace)
  if (workspace.kind !== 'existing' && removal.directory !== null) {
    await options.onStep('rename')
    if (identityOf(workspace.path) !== null) move(workspace, removal.directory)
  }
  const refs = (await listRefs(workspace.repository, trashPrefix(workspace.session))).map((ref) => ref.name)
  return { directory: removal.directory, refs, until: options.now + options.keepDays * DAY }
}

function begin(workspace: Workspace, options: { trashDir: string; now: number; keepDays: number }): Removal {
  const stamp = new Date(options.now).toISOString().replace(/[:.]/g, '-')
  const movable = workspace.kind !== 'existing' && identityOf(workspace.path) !== null
  const removal: Removal = {
    directory: movable ? join(trashOn(workspace, options.trashDir), `${stamp}-${workspace.session}`) : null,
    at: options.now,
    head: headOf(workspace),
  }
  mkdirSync(workspace.stateDir, { recursive: true, mode: 0o700 })
  writeFileDurably(removalFile(workspace.stateDir), JSON.stringify(removal))
  return removal
}

/** rename(2) works within one file system only. */
function trashOn(workspace: Workspace, wanted: string): string {
  mkdirSync(wanted, { recursive: true, mode: 0o700 })
  if (lstatSync(wanted).dev === lstatSync(workspace.path).dev) return wanted
  const beside = join(dirname(workspace.path), '.trash')
  mkdirSync(beside, { recursive: true, mode: 0o700 })
  return beside
}

function headOf(workspace: Workspace): string {
  const head = join(workspace.gitDir, 'HEAD')
  const stat = lstatSync(head, { throwIfNoEntry: false })
  return stat?.isFile() ? readFileSync(head, 'utf8').trim() : `ref: ${branchRef(workspace)}`
}

function requireSafe(workspace: Workspace): void {
  if (workspace.kind === 'existing') return
  const reasons = reasonsAgainst(workspace)
  if (reasons.length > 0)
    throw new WorktrainError('REMOVAL_UNSAFE', reasons.join(' '), { details: { reasons } })
}

/** Every commit the session can name, under refs that keep it for as long as the trash does. */
async function saveRefs(workspace: Workspace, more: { name: string; oid: string }[]): Promise<void> {
  const { repository: repo, session } = workspace
  const readable = more.length > 0 && workspace.kind !== 'existing'
  const own = readable ? await collect(workspace) : { refs: [], reflog: [], refused: null }
  const wanted = new Map<string, string>()
  const at = (name: string, oid: string | undefined) =>
    oid !== undefined && wanted.set(`${trashPrefix(session)}/${name}`, oid)
  for (const { name, oid } of more) at(name, oid)
  for (const { name, oid } of own.refs)
    at(
      /^stash@\{(\d+)\}$/.test(name) ? `stash/${name.slice(7, -1)}` : name === 'HEAD' ? 'detached' : name,
      oid,
    )
  for (const { oid } of own.reflog) at(`reflog/${oid}`, oid)
  for (const ref of await listRefs(repo, `refs/worktrain/sessions/${session}/reflog`))
    at(`reflog/${ref.oid}`, ref.oid)
  const here = {
    head: headRef(session),
    base: baseRef(session),
    published: publishedRef(session),
    branch: branchRef(workspace),
  }
  const found = await exactRefs(repo, Object.values(here))
  for (const [name, ref] of Object.entries(here)) at(name, found.get(ref))
  const before = new Map((await listRefs(repo, trashPrefix(session))).map((ref) => [ref.name, ref.oid]))
  const moves = [...wanted]
    .map(([ref, oid]) => ({ ref, new: oid, old: before.get(ref) ?? null }))
    .filter((each) => each.new !== each.old)
  await mustMove(workspace, moves)
}

/** Takes the workspace out of `git worktree list`; a linked one keeps its entry (index, HEAD) for the way back. */
async function putAside(workspace: Workspace): Promise<void> {
  if (workspace.kind === 'sealed') return unregister(workspace)
  if (workspace.kind === 'linked' && existsSync(workspace.gitDir) && ownEntry(workspace, workspace.gitDir)) {
    const aside = adminAside(workspace, 'trash')
    mkdirSync(dirname(aside), { recursive: true })
    renameSync(workspace.gitDir, aside)
  }
}

function ownEntry(workspace: Workspace, entry: string): boolean {
  const token = join(entry, TOKEN)
  return existsSync(token) && readFileSync(token, 'utf8') === workspace.token
}

/** The session's refs have copies in the trash now; the branch goes only if it is as we published it. */
async function dropRefs(workspace: Workspace): Promise<void> {
  const { repository: repo, session } = workspace
  const copy = `${trashPrefix(session)}/branch`
  const found = await exactRefs(repo, [publishedRef(session), branchRef(workspace), copy])
  const branch = found.get(branchRef(workspace)) ?? null
  const moves: RefMove[] = []
  const ours = workspace.kind !== 'existing' && !workspace.existingBranch && branch !== null
  const untouched = workspace.kind === 'linked' || branch === found.get(publishedRef(session))
  if (ours && branch === found.get(copy) && untouched)
    moves.push({ ref: branchRef(workspace), new: null, old: branch })
  for (const ref of [
    ...(await listRefs(repo, `refs/worktrain/sessions/${session}`)),
    ...(await listRefs(repo, baseRef(session))),
  ]) {
    moves.push({ ref: ref.name, new: null, old: ref.oid })
  }
  await mustMove(workspace, moves)
}

function move(workspace: Workspace, directory: string): void {
  if (!isSame(workspace, workspace.path)) {
    throw new WorktrainError(
      'REMOVAL_UNSAFE',
      `${workspace.path} is not the directory that was made for this session.`,
    )
  }
  const reasons = reasonsInUse(workspace)
  if (reasons.length > 0)
    throw new WorktrainError('REMOVAL_UNSAFE', reasons.join(' '), { details: { reasons } })
  mkdirSync(dirname(directory), { recursive: true, mode: 0o700 })
  renameSync(workspace.path, directory)
}
