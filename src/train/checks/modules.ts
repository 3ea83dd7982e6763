/**
 * Where the commits of submodules are on this machine: in the person's own clones of them.
 *
 * A name comes from the candidate's `.gitmodules`, which a session may have written: it counts only as the
 * name of a directory below the person's `modules`.
 */
import { lstatSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { git } from '../../git/index.ts'

/** A submodule of a commit, and the person's git directory for it. */
export interface Module {
  path: string
  commit: string
  gitDir: string
}

/** Names of submodules by their path, as a commit has them. */
export async function moduleNames(gitDir: string, commit: string): Promise<Map<string, string>> {
  const { stdout } = await git(
    ['config', '-z', '--blob', `${commit}:.gitmodules`, '--get-regexp', '^submodule\\..*\\.path$'],
    { gitDir, cwd: gitDir, isolated: true, allow: [1, 128, 255] },
  )
  const names = new Map<string, string>()
  for (const entry of stdout.split('\0')) {
    const line = entry.indexOf('\n')
    const name = /^submodule\.(.*)\.path$/s.exec(entry.slice(0, line))?.[1]
    if (name !== undefined) names.set(entry.slice(line + 1), name)
  }
  return names
}

/**
 * The person's clone of a submodule.
 * @param of git directory of the repository it belongs to
 * @param checkout the person's checkout of that repository: an old clone has its git directory in there
 * @returns null when there is none, or when it does not have the commit
 */
export async function cloneOf(
  of: string,
  checkout: string | null,
  name: string,
  path: string,
  commit: string,
): Promise<string | null> {
  const places = [
    within(join(of, 'modules'), name),
    checkout === null ? null : within(checkout, join(path, '.git')),
  ]
  for (const gitDir of places) {
    if (gitDir === null) continue
    const has = await git(['cat-file', '-e', `${commit}^{tree}`], {
      gitDir,
      cwd: gitDir,
      isolated: true,
      allow: [1, 128],
    })
    if (has.code === 0) return gitDir
  }
  return null
}

/** A directory below another one, with no link on the way out of it. */
function within(top: string, name: string): string | null {
  if (name.split('/').some((part) => ['', '.', '..'].includes(part))) return null
  const directory = join(top, name)
  if (!lstatSync(directory, { throwIfNoEntry: false })?.isDirectory()) return null
  return realpathSync(directory) === join(realpathSync(top), name) ? directory : null
}
