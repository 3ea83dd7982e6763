/** What a linked workspace needs of the repository's git directory, which it shares. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What a session in a linked workspace can do to the repository it shares, whatever the rung: no wall on
 * paths can tell one writer of a shared file from another (tried: facts/isolation 1.1, test/walls/linked).
 * A mount on a file is gone as soon as another file is renamed over it outside, as git does at each write.
 */
const HOLES = [
  'what is held read-only in a file of its own (config, HEAD, other branches) can be written once somebody outside has made it or written it anew',
  'the stash is shared: a session can pop, drop or add to the stash of every worktree',
  'branches and tags that are packed can be moved or deleted (branches in files of their own cannot)',
  'loose objects can be deleted or damaged (packs that were there before, and alternates, with Landlock alone)',
  'a file `.git/commondir` can be made: git in the main checkout then obeys another configuration (Worktrain refuses to work until it is gone)',
  "its entry in `.git/worktrees` can hold what makes git in the main checkout wait or fail (Worktrain's own git refuses it)",
]

/** What the wall around a linked workspace does not stop, in sentences. */
export function linkedHoles(): string[] {
  return [...HOLES]
}

/**
 * Writable and protected paths for a plain `git worktree` in a cell: 32 of 38 everyday commands work (what
 * writes the shared config fails, and gc, which would expire the logs of others), and what stands in files
 * of their own is out of reach: config, hooks, main's HEAD and index, other worktrees, other branches and
 * their logs, packs, alternates, what Worktrain keeps about its own writing. For the rest see
 * {@link linkedHoles}. The directories are pinned, so that `mv .git/refs` fails.
 * @param commonDir real path of the repository's git directory
 * @param entry real path of `<commonDir>/worktrees/<id>`
 * @param branch short name of the session's branch
 */
export function linkedGit(
  commonDir: string,
  entry: string,
  branch: string,
): { writable: string[]; protect: string[]; contested: string[] } {
  const at = (...names: string[]) => join(commonDir, ...names)
  const fixed = ['config', 'config.worktree', 'hooks', 'info', 'HEAD', 'index', 'worktrain', 'objects/info']
  const protect = [
    ...[...fixed, 'logs/HEAD'].map((name) => at(name)).filter(exists),
    ...children(at('worktrees')).filter((path) => path !== entry),
    ...['refs/heads', 'logs/refs/heads'].flatMap((name) =>
      filesBelow(at(name)).filter((path) => path !== at(name, branch) && !path.endsWith('.lock')),
    ),
    ...filesBelow(at('objects/pack')).filter((path) => /\.(pack|idx|rev|bitmap|keep|promisor)$/.test(path)),
  ]
  // Its branch, its log and new objects are files beside those of others.
  return { writable: [commonDir], protect, contested: [at('refs'), at('logs'), at('objects')] }
}

function children(directory: string): string[] {
  return exists(directory) ? readdirSync(directory).map((name) => join(directory, name)) : []
}

function filesBelow(directory: string): string[] {
  return children(directory).flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]))
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
