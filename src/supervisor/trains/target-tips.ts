/** Where the targets of repositories are now. */
import { exactRef } from '../../git/index.ts'
import { WorktrainError } from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'
import type { Repositories } from '../repositories.ts'

/** By repository, where a prediction is to be held against it; one that cannot be looked at is left out. */
export async function targetTips(
  repositories: Repositories,
  sessions: readonly SessionState[],
): Promise<Map<string, string>> {
  const tips = new Map<string, string>()
  for (const id of new Set(sessions.filter((s) => s.merges !== null).map((s) => s.repository))) {
    try {
      const { repository, target } = await repositories.byId(id)
      const tip = await exactRef(repository, `refs/heads/${target}`)
      if (tip !== null) tips.set(id, tip)
    } catch (error) {
      // Such as one that was moved: its sessions say so themselves.
      if (!(error instanceof WorktrainError)) throw error
    }
  }
  return tips
}
