/** Is what a session landed still missing at the remote that the train moves? */
import { exactRef, isAncestor, type Repository } from '../../git/index.ts'
import type { SessionState } from '../../sessions/state.ts'

/**
 * The train moves a remote before the branch here, so this is so only for what landed before a remote was
 * named, or when the remote was set back since. Its branch and snapshots are kept for as long.
 * @param at the remote (`train.push`), null: none, and the branch they land on; as last seen
 */
export async function awaitsRemote(
  repository: Repository,
  s: Pick<SessionState, 'stage' | 'head'>,
  at: { remote: string | null; target: string },
): Promise<boolean> {
  if (at.remote === null || s.stage !== 'landed' || s.head === null) return false
  const there = await exactRef(repository, `refs/remotes/${at.remote}/${at.target}`)
  return there === null || !(await isAncestor(repository, s.head, there))
}
