/** The target at a remote, as it was last seen. Reads only, and asks no network. */
import { exactRefs, inRepository, remoteOf, type Repository } from '../git/index.ts'

/** The same branch at a remote. */
export interface RemoteView {
  /** Of the remote. */
  name: string
  commit: string
  /** Commits the local branch has and the remote's has not. */
  ahead: number
  /** The other way round. */
  behind: number
}

/** Where a fetch keeps what it saw of a remote's branch. */
export const trackingRef = (remote: string, target: string): string => `refs/remotes/${remote}/${target}`

/**
 * The target at a remote as last fetched; null when there is no remote or it has no such branch.
 * @param remote name; null: the repository's own (`origin`, or the only one)
 */
export async function viewRemote(
  repo: Repository,
  target: string,
  remote: string | null,
): Promise<RemoteView | null> {
  const name = remote ?? (await remoteOf(repo))
  if (name === null) return null
  const [here, there] = [`refs/heads/${target}`, trackingRef(name, target)]
  const found = await exactRefs(repo, [here, there])
  const local = found.get(here)
  const commit = found.get(there)
  if (local === undefined || commit === undefined) return null
  const range = `${local}...${commit}`
  const { stdout } = await inRepository(repo, [
    'rev-list',
    '--left-right',
    '--count',
    '--end-of-options',
    range,
  ])
  const [ahead = 0, behind = 0] = stdout.trim().split(/\s+/).map(Number)
  return { name, commit, ahead, behind }
}
