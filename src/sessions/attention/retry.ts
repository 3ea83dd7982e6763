/** How an ejected change goes on the train again. Pure. */
import type { AttentionAction, AttentionCall } from '../../protocol/attention.ts'
import { shellQuoted } from '../../protocol/shell-quote.ts'

/**
 * @param change its id, and how a person calls it
 * @param mender agent that can be started to mend it; null: it is not installed
 * @returns as it is, and once a session that is started for it has mended it
 */
export function retries(
  repo: string,
  change: { id: string; name: string },
  mender: string | null,
): { again: AttentionAction; mended: AttentionAction[] } {
  const command = `worktrain train retry ${shellQuoted(change.name)}`
  const does = (more: { resolveWith?: string }): AttentionCall => ({
    call: 'trainRetry',
    input: { repo, change: change.id, ...more },
  })
  const again = { key: 'r', label: 'put it on the train again', needs: null, does: does({}), command }
  if (mender === null) return { again, mended: [] }
  const mended = {
    ...{ key: 'R', label: `again, and ${mender} mends it`, needs: null },
    ...{ does: does({ resolveWith: mender }), command: `${command} --resolve-with ${mender}` },
  }
  return { again, mended: [mended] }
}
