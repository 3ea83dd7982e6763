/** May a directory be touched now? Identity, place, processes, mounts, locks; what cannot be told counts as no. */
import { lstatSync, readFileSync, readdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { checkouts } from '../git/index.ts'
import { isWithin } from '../platform/files.ts'
import { linkedEntry, pointerOf } from './linked.ts'
import { mountsIn, processesIn } from './live.ts'
import { TOKEN } from './names.ts'
import { identityOf, isSameDevice } from './record.ts'
import type { Place, RecordedWorkspace } from './workspace.ts'

/**
 * Every reason why the directory must not be touched now: checks 1 to 6 of facts/isolation section 5.
 * @param apart further places that it must not hold
 */
export async function reasonsAgainst(
  workspace: RecordedWorkspace,
  apart: readonly Place[],
): Promise<string[]> {
  const identity = identityReasons(workspace)
  return identity.length > 0 ? identity : reasonsInUse(workspace, apart)
}

/** As {@link reasonsAgainst}, without the identity. */
export async function reasonsInUse(workspace: RecordedWorkspace, apart: readonly Place[]): Promise<string[]> {
  return [...(await placeReasons(workspace, apart)), ...useReasons(workspace)]
}

function identityReasons(workspace: RecordedWorkspace): string[] {
  const { path, gitDir } = workspace
  const there = identityOf(path)
  if (there === null) return [`${path} is gone.`]
  if (!there.directory) return [`${path} is not a directory.`]
  if (realpathSync(path) !== path) return [`${path} is reached through a link.`]
  if (there.ino !== workspace.ino || !isSameDevice(workspace, there.dev))
    return [`${path} is not the directory that was made for this session.`]
  if (workspace.kind === 'linked') {
    const entry = linkedEntry(workspace.repository, path)
    if (entry !== gitDir || pointerOf(path) !== gitDir)
      return [`${path} and its entry ${gitDir} do not name each other.`]
  } else if (!lstatSync(gitDir, { throwIfNoEntry: false })?.isDirectory()) {
    return [`${gitDir} is not the git directory that was made.`]
  }
  return tokenOf(gitDir) === workspace.token ? [] : [`${gitDir} does not hold this session's token.`]
}

function tokenOf(gitDir: string): string | null {
  const file = join(gitDir, TOKEN)
  // A fifo would hold us up for ever.
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return null
  return readFileSync(file, 'utf8')
}

async function placeReasons(
  { path, repository, stateDir }: RecordedWorkspace,
  apart: readonly Place[],
): Promise<string[]> {
  const reasons: string[] = []
  if (path.split('/').filter((part) => part !== '').length < 2) reasons.push(`${path} is too near the root.`)
  const places: Place[] = [
    { path: repository.root, what: 'the main checkout' },
    { path: repository.commonDir, what: 'the repository' },
    { path: homedir(), what: 'the home directory' },
    { path: process.cwd(), what: 'the supervisor' },
    { path: stateDir, what: "the session's records" },
    ...apart,
  ]
  for (const place of places)
    if (isWithin(path, place.path)) reasons.push(`${path} holds ${place.what}, ${place.path}.`)
  for (const other of await checkouts(repository)) {
    if (other.path !== path && isWithin(path, other.path))
      reasons.push(`${path} holds another checkout of the repository, ${other.path}.`)
  }
  return reasons
}

function useReasons({ path, gitDir, session }: RecordedWorkspace): string[] {
  const reasons = processesIn(path, session).map(
    ({ pid, what }) => `${what} (process ${pid}) is still running in it.`,
  )
  for (const point of mountsIn(path)) reasons.push(`Something is mounted at ${point}.`)
  for (const lock of locksIn(gitDir)) reasons.push(`git is at work, or died there: ${lock} exists.`)
  return reasons
}

/** Lock files of a git directory: of its index, its HEAD, its refs. */
export function locksIn(gitDir: string): string[] {
  const found: string[] = []
  const walk = (directory: string, deep: boolean) => {
    if (!lstatSync(directory, { throwIfNoEntry: false })?.isDirectory()) return
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const below = join(directory, entry.name)
      if (entry.isFile() && entry.name.endsWith('.lock')) found.push(below)
      else if (deep && entry.isDirectory()) walk(below, true)
    }
  }
  walk(gitDir, false)
  walk(join(gitDir, 'refs'), true)
  return found
}
