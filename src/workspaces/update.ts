/** Bringing new main into a session's branch: git runs in the session's own cell. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { namedFiles } from '../protocol/file-names.ts'
import { inRepository, isAncestor, mergeBase } from '../git/index.ts'
import { readPlainIfAny } from '../platform/plain.ts'
import { bringIn } from './bring.ts'
import { changes } from './snapshot.ts'
import type { FileChange, RunInCell, Updated, Workspace } from './workspace.ts'

/** Hooks of the session run in a merge, and may never end, ms. */
export const UPDATE_LIMIT = 10 * 60_000

/**
 * Merges a commit of the repository into the branch, or puts the branch on top of it; its objects are
 * visible to a sealed workspace through its alternates. What has conflicts, or does not come to an end, is
 * taken back.
 * @throws WORK_UNCOMMITTED when files are in the way, SESSION_WRONG_STATE when commits to be rewritten are on
 *   another branch as well, GIT_FAILED when git refuses
 */
export async function update(
  workspace: Workspace,
  main: string,
  run: RunInCell,
  how: 'merge' | 'rebase',
): Promise<Updated> {
  const before = await bringIn(workspace)
  if (await isAncestor(workspace.repository, main, before))
    return { result: 'current', head: before, files: [] }
  if (how === 'rebase') await refusePublished(workspace, main, before)
  const blocking = inTheWay(how, await changes(workspace, before), await incoming(workspace, main, before))
  if (blocking.length > 0)
    throw new WorktrainError(
      'WORK_UNCOMMITTED',
      `Uncommitted files are in the way: ${namedFiles(blocking, 5)}.`,
      {
        hint: 'Let the session commit its work first.',
        details: { files: blocking },
      },
    )
  const inCell = gitInCell(workspace, run)
  const step = how === 'merge' ? ['merge', '--no-edit', main] : ['rebase', '--no-autostash', main]
  const done = await inCell(...step)
  if (done.exit === 0)
    return { result: how === 'merge' ? 'merged' : 'rebased', head: await bringIn(workspace), files: [] }
  const conflicts = await inCell('--no-pager', 'diff', '--name-only', '--diff-filter=U', '-z')
  const files = conflicts.exit === 0 ? conflicts.stdout.split('\0').filter((name) => name !== '') : []
  const abort = await inCell(how, '--abort')
  if (files.length > 0 && abort.exit === 0) return { result: 'conflict', head: before, files }
  const said = wordsOf(done)
  if (files.length > 0)
    throw new WorktrainError(
      'GIT_FAILED',
      `The ${how} has conflicts and could not be taken back: ${wordsOf(abort)}`,
    )
  const what =
    abort.exit === 0 ? `git gave the ${how} up, and it was taken back` : `git could not begin to ${how}`
  throw new WorktrainError('GIT_FAILED', `${what}: ${said}`, {
    hint: 'Let the session commit its work first.',
  })
}

/**
 * After a crash in the middle of an update: what it left half done is taken back; what the session itself has
 * begun since stays.
 * @returns whether there was anything
 */
export async function takeBackUpdate(
  workspace: Workspace,
  run: RunInCell,
  { to, how }: { to: string; how: 'merge' | 'rebase' },
): Promise<boolean> {
  const mark = join(workspace.gitDir, how === 'merge' ? 'MERGE_HEAD' : 'rebase-merge/onto')
  if (readPlainIfAny(mark)?.trim() !== to) return false
  return (await gitInCell(workspace, run)(how, '--abort')).exit === 0
}

/** Git says why on either. */
export function wordsOf({ stdout, stderr }: { stdout: string; stderr: string }): string {
  return `${stdout}${stderr}`.trim()
}

function gitInCell(workspace: Workspace, run: RunInCell) {
  return (...args: string[]) =>
    run({
      argv: ['git', '-c', 'core.quotePath=false', '-c', 'merge.autoStash=false', ...args],
      cwd: workspace.path,
      env: { GIT_EDITOR: 'true', GIT_SEQUENCE_EDITOR: 'true', LC_ALL: 'C' },
      timeoutMs: UPDATE_LIMIT,
    })
}

/** Commits that somebody else has are never rewritten: on a remote, under a tag, or on another branch. */
async function refusePublished({ repository, branch }: Workspace, main: string, head: string): Promise<void> {
  const count = async (...without: string[]) => {
    const { stdout } = await inRepository(repository, ['rev-list', '--count', head, `^${main}`, ...without])
    return Number(stdout.trim())
  }
  const others = ['--not', `--exclude=${branch}`, '--branches', '--remotes', '--tags']
  const [own, unshared] = [await count(), await count(...others)]
  if (own === unshared) return
  throw new WorktrainError(
    'SESSION_WRONG_STATE',
    `${own - unshared} of the commits on ${branch} are on another branch, a remote or under a tag as well: they are not rewritten.`,
    { hint: 'Without --rebase, main is merged in.' },
  )
}

interface Incoming {
  /** Paths that main has changed since the branch left it. */
  changed: ReadonlySet<string>
  /** Paths that exist in the workspace, are not on its branch, and come with main: ignored files among them. */
  covered: readonly string[]
}

async function incoming(workspace: Workspace, main: string, head: string): Promise<Incoming> {
  const base = await mergeBase(workspace.repository, main, head)
  const paths = async (filter: string, from: string) => {
    const { stdout } = await inRepository(workspace.repository, [
      ...['diff-tree', '-r', '-z', '--no-renames', '--name-only', `--diff-filter=${filter}`],
      ...['--end-of-options', from, main],
    ])
    return stdout.split('\0').filter((name) => name !== '')
  }
  const changed = new Set(base === null ? [] : await paths('ACDMT', base))
  const covered = (await paths('A', head)).filter(
    (path) => changed.has(path) && exists(join(workspace.path, path)),
  )
  return { changed, covered }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    // A directory on the way to it is a file here: that one counts, as itself.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false
    throw error
  }
}

/** Files that the update would overwrite, or that keep git from beginning. Pure. */
export function inTheWay(
  how: 'merge' | 'rebase',
  dirty: readonly Pick<FileChange, 'path' | 'status' | 'from'>[],
  { changed, covered }: Incoming,
): string[] {
  const blocking = dirty.filter(
    // A rebase begins only where no tracked file is changed.
    ({ path, status, from }) =>
      (how === 'rebase' && status !== 'added') || changed.has(path) || (from !== null && changed.has(from)),
  )
  return [...new Set([...blocking.map(({ path }) => path), ...covered])].sort()
}
