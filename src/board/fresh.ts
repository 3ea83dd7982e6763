/** The sessions of a board, with some of them as they are now. Pure. */
import type { AttentionItem, Outputs, SessionView } from '../protocol/api.ts'

/**
 * @param asked ids of the sessions that the supervisor was asked for; null: all that are open
 * @returns those that were asked for as they are now, and of all others what waits in them: that changes with other
 *   sessions as well. What has not changed is the same object, so that what shows it need not be drawn anew. New
 *   ones are last.
 */
export function withFresh(
  known: readonly SessionView[],
  asked: readonly string[] | null,
  { sessions, attention }: Outputs['overview'],
): readonly SessionView[] {
  const before = new Map(known.map((session) => [session.id, session]))
  if (asked === null) return sessions.map((session) => newer(before.get(session.id), session))
  const fresh = new Map(sessions.map((session) => [session.id, session]))
  const wanted = new Set(asked)
  const waiting = Map.groupBy(attention.items, ({ session }) => session?.id)
  const kept = known.flatMap((session) => {
    if (!wanted.has(session.id)) {
      const items = inItsOrder(session.attention, waiting.get(session.id) ?? [])
      return newer(session, { ...session, attention: items })
    }
    const now = fresh.get(session.id)
    return now === undefined ? [] : newer(session, now)
  })
  return [...kept, ...sessions.filter(({ id }) => !before.has(id))]
}

function newer(before: SessionView | undefined, now: SessionView): SessionView {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now
}

/** A session has what is urgent first, the list what holds up most: what is known already stays where it was. */
function inItsOrder(before: readonly AttentionItem[], now: readonly AttentionItem[]): AttentionItem[] {
  const kept = before.flatMap(({ id }) => now.find((item) => item.id === id) ?? [])
  return [...kept, ...now.filter(({ id }) => !before.some((item) => item.id === id))]
}
