/** What a linked workspace needs of the repository's git directory, which it shares. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writable and protected paths for a plain `git worktree` in a cell: git works (config and gc aside), and
 * what stands in files of their own is out of reach: config, hooks, main's HEAD and index, other
 * worktrees, other branches that are loose. Packed branches, the stash and the objects are not
 * (facts/isolation 1.1, L2; the directories are pinned, so that `mv .git/refs` fails).
 * @param commonDir real path of the repository's git directory
 * @param entry real path of `<commonDir>/worktrees/<id>`
 * @param branch short name of the session's branch
 */
export function linkedGit(
  commonDir: string,
  entry: string,
  branch: string,
): { writable: string[]; protect: string[] } {
  const own = join(commonDir, 'refs/heads', branch)
  const others = children(join(commonDir, 'worktrees')).filter((path) => path !== entry)
  const branches = filesBelow(join(commonDir, 'refs/heads')).filter(
    (path) => path !== own && !path.endsWith('.lock'),
  )
  const fixed = ['config', 'config.worktree', 'hooks', 'info', 'HEAD', 'index'].map((name) =>
    join(commonDir, name),
  )
  return { writable: [commonDir], protect: [...fixed.filter(exists), ...others, ...branches] }
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
