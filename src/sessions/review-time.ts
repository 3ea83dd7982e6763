/** How long the person looked at a piece of work before it went on the train, against its size. Pure. */
import type { Recorded } from '../protocol/index.ts'
import type { ReviewTime } from '../protocol/views.ts'

/**
 * @param events of the session, its changes and its review, oldest first
 * @returns of the newest handoff; null: it has not handed off
 */
export function reviewTime(events: readonly Recorded[]): ReviewTime | null {
  const from = events.findLastIndex(({ type }) => type === 'handoff.completed')
  const handoff = events[from]
  if (handoff?.type !== 'handoff.completed') return null
  const since = events.slice(from + 1)
  const decided = since.find(
    ({ type, actor }) =>
      type === 'review.approved' ||
      type === 'review.rejected' ||
      (type === 'change.queued' && actor.kind === 'person'),
  )
  const looks = since.filter(
    ({ type, at }) => (type === 'session.seen' || type === 'review.seen') && (!decided || at <= decided.at),
  )
  const { files } = handoff.data.observed
  const first = looks[0]?.at ?? null
  return {
    files: files.length,
    lines: files.reduce((sum, { added, removed }) => sum + (added ?? 0) + (removed ?? 0), 0),
    looks: looks.length,
    ms: first === null ? null : decided ? decided.at - first : null,
    decidedAt: decided?.at ?? null,
  }
}
