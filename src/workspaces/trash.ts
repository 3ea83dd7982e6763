/** Into the trash, where everything stays for a time. */
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RemovalStep } from '../protocol/index.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { changeEntries, exactRefs, listRefs, type RefMove } from '../git/index.ts'
import { makePrivateDirectory, readJson, writeFileDurably } from '../platform/files.ts'
import { readPlainIfAny } from '../platform/plain.ts'
import { captureAll, requireUnchanged, takeLate } from './late.ts'
import { TOKEN, adminAside, baseRef, branchRef, headRef, publishedRef, trashPrefix } from './names.ts'
import { collect } from './own.ts'
import { identityOf } from './record.ts'
import { unregister } from './register.ts'
import { restore } from './restore.ts'
import { reasonsAgainst, reasonsInUse } from './safety.ts'
import { isSame, mustMove, removalFile, type Removal } from './removed.ts'
import type { Place, Trashed, Workspace } from './workspace.ts'

const DAY = 24 * 60 * 60 * 1000

interface Options {
  trashDir: string
  now: number
  keepDays: number
  apart?: readonly Place[]
  onStep: (step: RemovalStep) => Promise<void>
}

/**
 * Saves everything of a workspace under refs of its own and moves the directory into the trash.
 * Repeated after a crash at any step it goes on where it stopped. An existing directory stays where it is.
 * @param options.trashDir where the directory goes, if on the same file system; beside the workspace otherwise
 * @param options.apart places that the directory must not hold
 * @param options.onStep awaited before each step begins
 * @throws REMOVAL_UNSAFE when something keeps it from being touched; everything is as it was then
 */
export async function trash(workspace: Workspace, options: Options): Promise<Trashed> {
  try {
    return await trashOrThrow(workspace, options)
  } catch (error) {
    // A crash here leaves a removal that was begun; it is refused, or ended, when it is taken up again.
    if (error instanceof WorktrainError && error.code === 'REMOVAL_UNSAFE') await abandon(workspace, error)
    throw error
  }
}

async function trashOrThrow(workspace: Workspace, options: Options): Promise<Trashed> {
  const { repository: repo, session } = workspace
  const apart = options.apart ?? []
  const there = () => identityOf(workspace.path) !== null && !existsSync(adminAside(workspace, 'trash'))
  const begun = readJson<Removal>(removalFile(workspace.stateDir))
  if (begun === null && there()) await requireSafe(workspace, apart)
  const removal = begun ?? begin(workspace, options)
  if (there()) {
    await options.onStep('snapshot')
    await requireSafe(workspace, apart)
    const commit = await captureAll(workspace, removal.at)
    await options.onStep('save-refs')
    await saveRefs(workspace, [{ name: 'worktree', oid: commit }])
  } else {
    await saveRefs(workspace, [])
  }
  if (workspace.kind !== 'existing') {
    await options.onStep('unregister')
    if (there()) {
      await requireSafe(workspace, apart)
      await requireUnchanged(workspace)
    }
    await changeEntries(repo, () => putAside(workspace))
  }
  await dropRefs(workspace)
  let late: string[] = []
  if (workspace.kind !== 'existing' && removal.directory !== null) {
    await options.onStep('rename')
    if (identityOf(workspace.path) !== null) await move(workspace, removal.directory, apart)
    late = await takeLate(workspace, removal.directory, removal.at)
  }
  const refs = (await listRefs(repo, trashPrefix(session))).map((ref) => ref.name)
  return {
    directory: removal.directory,
    refs,
    until: options.now + options.keepDays * DAY,
    ...(late.length === 0 ? {} : { late }),
  }
}

/** The directory is still in its place: the rest goes back to where it was. */
async function abandon(workspace: Workspace, why: WorktrainError): Promise<void> {
  if (readJson<Removal>(removalFile(workspace.stateDir)) === null) return
  if (workspace.kind === 'existing' || !isSame(workspace, workspace.path)) return
  try {
    await restore(workspace, { directory: null, refs: [], until: 0 })
  } catch (error) {
    const kept = `${trashPrefix(workspace.session)}/ keeps what it named`
    throw new WorktrainError(
      'REMOVAL_UNSAFE',
      `${why.message} Putting it back failed (${(error as Error).message}); ${kept}.`,
      { cause: error },
    )
  }
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

/** rename(2) works within one file system only. A trash that is a link would lead anywhere. */
function trashOn(workspace: Workspace, wanted: string): string {
  makePrivateDirectory(wanted)
  if (lstatSync(wanted).dev === lstatSync(workspace.path).dev) return wanted
  const beside = join(dirname(workspace.path), '.trash')
  makePrivateDirectory(beside)
  return beside
}

function headOf(workspace: Workspace): string {
  const head = join(workspace.gitDir, 'HEAD')
  const stat = lstatSync(head, { throwIfNoEntry: false })
  return stat?.isFile() ? readFileSync(head, 'utf8').trim() : `ref: ${branchRef(workspace)}`
}

async function requireSafe(workspace: Workspace, apart: readonly Place[]): Promise<void> {
  if (workspace.kind === 'existing') return
  refuse(await reasonsAgainst(workspace, apart))
}

function refuse(reasons: string[]): void {
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
      /^stash@\{(\w+)\}$/.test(name) ? `stash/${name.slice(7, -1)}` : name === 'HEAD' ? 'detached' : name,
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
  return readPlainIfAny(token) === workspace.token
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

async function move(workspace: Workspace, directory: string, apart: readonly Place[]): Promise<void> {
  const { path } = workspace
  const other = `${path} is not the directory that was made for this session.`
  if (!isSame(workspace, path)) refuse([other])
  refuse(await reasonsInUse(workspace, apart))
  makePrivateDirectory(dirname(directory))
  renameSync(path, directory)
  if (isSame(workspace, directory)) return
  // Somebody put another one in its place since the look above: it goes back.
  if (identityOf(path) === null) renameSync(directory, path)
  refuse([other])
}
