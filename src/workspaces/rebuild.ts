/** A workspace made anew from what the trash refs hold, when its directory is gone. */
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { changeEntries, exactRef, listRefs, moveRefs, privateGit, type Repository } from '../git/index.ts'
import { writeFileDurably } from '../platform/files.ts'
import { readSettings } from './config.ts'
import { addLinked, linkedEntry } from './linked.ts'
import { branchRef, keptRef, snapshotPrefix, trashPrefix } from './names.ts'
import { identityOf, readRecord, writeRecord } from './record.ts'
import { register, unregister } from './register.ts'
import { populate, writeSealed } from './sealed.ts'
import { removeTree } from './tree.ts'
import { prepareTrusted } from './trusted.ts'
import type { Workspace } from './workspace.ts'

/** Is there while a rebuild is not finished. */
const marker = (workspace: Workspace) => join(workspace.stateDir, 'rebuilding')

/** Takes away what a rebuild left that a crash cut short: the trash refs it starts from are still there. */
export async function removeHalfRebuilt(workspace: Workspace): Promise<void> {
  if (!existsSync(marker(workspace))) return
  const record = readRecord(workspace.stateDir)
  const there = identityOf(workspace.path)
  const recorded = there !== null && record?.dev === there.dev && record.ino === there.ino
  if (recorded || (there?.directory && readdirSync(workspace.path).length === 0)) {
    await changeEntries(workspace.repository, async () => {
      await unregister(workspace)
      const entry = linkedEntry(workspace.repository, workspace.path)
      if (entry !== null) await removeTree(entry)
    })
    await removeTree(workspace.path)
  }
  rmSync(marker(workspace))
}

/**
 * The branch must be back in the repository. What was uncommitted comes back uncommitted and unstaged.
 * @param head content of the old HEAD file
 * @throws SESSION_WRONG_STATE when the trash holds nothing of it any more
 */
export async function rebuild(workspace: Workspace, head: string): Promise<Workspace> {
  const { repository: repo, session, path, token } = workspace
  const prefix = `${trashPrefix(session)}/`
  const saved = new Map(
    (await listRefs(repo, trashPrefix(session))).map((ref) => [ref.name.slice(prefix.length), ref.oid]),
  )
  // A workspace that was deleted by hand left no last state: its newest snapshot is what there is.
  const files =
    saved.get('worktree') ?? (await newestSnapshot(repo, session)) ?? saved.get('head') ?? saved.get('base')
  const published = await exactRef(repo, branchRef(workspace))
  // What the session had not published is only in its own head.
  const start =
    workspace.kind === 'sealed' ? (saved.get('head') ?? published ?? saved.get('base') ?? null) : published
  if (files === undefined || start === null) {
    throw new WorktrainError('SESSION_WRONG_STATE', `The trash no longer holds ${workspace.name}.`)
  }
  // A sealed workspace borrows these from now on, and the trash refs go.
  const kept = [...saved].map(([name, oid]) => ({
    ref: keptRef(session, name.replaceAll('/', '-')),
    new: oid,
    old: null,
  }))
  const fresh = []
  for (const each of kept) if ((await exactRef(repo, each.ref)) === null) fresh.push(each)
  await moveRefs(repo, fresh, 'worktrain: restore')

  writeFileDurably(marker(workspace), '')
  mkdirSync(dirname(path), { recursive: true })
  mkdirSync(path)
  const { dev, ino } = lstatSync(path)
  writeRecord(workspace.stateDir, { token, path, parent: null, dev, ino })
  let gitDir = join(path, '.git')
  if (workspace.kind === 'linked') gitDir = await addLinked(workspace, token)
  else await writeSealed(workspace, start, token, await readSettings(repo))
  const at = { gitDir, workTree: path, cwd: path }
  if (workspace.kind === 'sealed') {
    const own = [...saved].filter(
      ([name]) => name.startsWith('refs/') && name !== branchRef(workspace) && name !== 'refs/stash',
    )
    await privateGit(['update-ref', '--stdin'], {
      ...at,
      input: own.map(([name, oid]) => `update ${name} ${oid}\n`).join(''),
    })
  }
  const detached = /^[0-9a-f]{40,64}$/.test(head)
  if (detached || (workspace.kind === 'sealed' && /^ref: refs\/heads\/[^\s]+$/.test(head))) {
    const known = detached
      ? [...saved.values()].includes(head)
      : saved.has(head.slice(5)) || head.slice(5) === branchRef(workspace)
    if (known) writeFileSync(join(gitDir, 'HEAD'), `${head}\n`)
  }
  await populate(gitDir, path)
  await privateGit(['read-tree', '-u', '--reset', files], at)
  await privateGit(['read-tree', 'HEAD'], at)
  await privateGit(['update-index', '-q', '--refresh'], { ...at, allow: [1] })
  if (workspace.kind === 'sealed') {
    const stashes = [...saved]
      .filter(([name]) => name.startsWith('stash/'))
      .map(([name, oid]) => [name.slice(6), oid] as const)
    // What an unfinished rebase had put aside has no number: it becomes the newest.
    const number = (n: string) => (n === 'autostash' ? -1 : Number(n))
    for (const [n, oid] of stashes.toSorted(([a], [b]) => number(b) - number(a))) {
      await privateGit(['stash', 'store', '-m', `restored stash@{${n}}`, oid], at)
    }
    await changeEntries(repo, () => register(workspace))
  }
  await prepareTrusted(workspace)
  rmSync(marker(workspace))
  return { ...workspace, gitDir, dev, ino }
}

async function newestSnapshot(repo: Repository, session: string): Promise<string | undefined> {
  const number = (ref: { name: string }): number => Number(ref.name.slice(ref.name.lastIndexOf('/') + 1))
  const refs = await listRefs(repo, snapshotPrefix(session))
  return refs.sort((a, b) => number(b) - number(a))[0]?.oid
}
