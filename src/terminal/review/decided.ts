/** What became of a decision on a session's work, as a line. Pure. */
import type { Outputs } from '../../protocol/api.ts'
import { count, oneLine } from '../text.ts'

/** Who could not be told does nothing: then it says what the person can do. */
export function rejectedSaid({ session, sent, told }: Outputs['reject']): string {
  const said = `${oneLine(session.name)} is rejected`
  if (told) return said + (sent.length > 0 ? `, with ${count(sent.length, 'comment')}` : '')
  const next = session.attention.find(({ kind }) => kind === 'ready')?.action
  return `${said}, and nobody could be told: it takes no prompts${next ? `; ${oneLine(next)}` : ''}`
}
