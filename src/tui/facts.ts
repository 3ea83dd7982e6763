/** Keeps what the board knows up to date, by events. */
import { markOf } from '../board/marks.ts'
import { withFresh } from '../board/fresh.ts'
import { pause } from '../client/pause.ts'
import type { Client } from '../client/api.ts'
import { eventsAfter, isAway } from '../client/steady.ts'
import type { AttentionItem, ChangeView, SessionView } from '../protocol/api.ts'
import { WorktrainError } from '../protocol/errors.ts'
import type { Recorded } from '../protocol/events.ts'
import type { Happening } from './step.ts'

/** Events come in bursts: one look answers all of a burst, ms. */
const BURST_MS = 60
/** States also grow old, of which no event tells, ms. */
const LOOK_EVERY_MS = 30_000
/** With more sessions than these one question for all of them costs less. */
const ONE_BY_ONE_MAX = 8
/** Their events are about one session, and what others wait for it for is in the attention list. */
const OF_ONE: readonly Recorded['aggregate'][] = ['session', 'review']

export interface Facts {
  /** Looks at everything again as soon as may be. */
  refresh: () => void
}

type Told = Extract<Happening, { of: 'facts' | 'link' | 'reviewed' | 'marked' }>
type Known = Extract<Happening, { of: 'facts' }>

/**
 * @param fail told of an error after which nothing more comes
 * @throws what the first look throws
 */
export async function followFacts(
  client: Client,
  repo: string | null,
  now: () => number,
  signal: AbortSignal,
  tell: (what: Told) => void,
  fail: (error: unknown) => void,
): Promise<Facts> {
  /** Ids of sessions to look at; null: at everything. */
  let due: Set<string> | null = new Set()
  let looking = false
  const head = (await client.call('status', {})).head ?? 0
  // After the head: what happens in between is then told once more.
  let known = await everything(client, repo, now)
  tell(known)

  const look = async (): Promise<void> => {
    looking = true
    while ((due === null || due.size > 0) && !signal.aborted) {
      await pause(BURST_MS, signal)
      const asked: ReadonlySet<string> | null = due
      due = new Set()
      try {
        known =
          (asked && (await these(client, repo, now, known, asked))) ?? (await everything(client, repo, now))
        tell(known)
      } catch (error) {
        // The event stream tells when it is back, and then all is asked anew.
        if (!isAway(error)) return fail(error)
      }
    }
    looking = false
  }
  const wants = (session: string | null): void => {
    if (session === null) due = null
    else due?.add(session)
    if (!looking) void look()
  }
  const refresh = (): void => wants(null)
  const follow = async (): Promise<void> => {
    const onLink = (live: boolean): void => {
      tell({ of: 'link', live })
      if (live) refresh()
    }
    for await (const event of eventsAfter(client, head, signal, onLink)) {
      const { aggregate, id } = event
      const mark = markOf(event)
      if (mark !== null) {
        tell({ of: 'marked', session: id, ...mark })
        continue
      }
      if (aggregate === 'review') tell({ of: 'reviewed', session: id })
      wants(OF_ONE.includes(aggregate) ? id : null)
    }
  }
  const clock = setInterval(refresh, LOOK_EVERY_MS)
  signal.addEventListener('abort', () => clearInterval(clock), { once: true })
  follow().catch(fail)
  return { refresh }
}

async function everything(client: Client, repo: string | null, now: () => number): Promise<Known> {
  const askedAt = now()
  const [sessions, attention] = await Promise.all([
    client.call('sessions', { repo, all: false }),
    client.call('attention', { repo }),
  ])
  const riding = sessions.filter(({ stage }) => stage === 'on-train')
  const roots = [...new Set(riding.map(({ repository }) => repository.root))]
  const trains = await Promise.all(roots.map((root) => client.call('train', { repo: root })))
  const changes: ChangeView[] = trains.flatMap((train) => train.changes)
  return { of: 'facts', sessions, attention, changes, askedAt }
}

/** Only these sessions anew, and what waits; null: that does not tell all there is to know. */
async function these(
  client: Client,
  repo: string | null,
  now: () => number,
  known: Known,
  ids: ReadonlySet<string>,
): Promise<Known | null> {
  if (ids.size > ONE_BY_ONE_MAX || !known.sessions.some(({ id }) => ids.has(id))) return null
  const askedAt = now()
  try {
    const [attention, ...fresh] = await Promise.all([
      client.call('attention', { repo }),
      ...[...ids].map((id) => client.call('session', { repo: null, name: id })),
    ])
    return withSessions({ ...known, attention, askedAt }, fresh)
  } catch (error) {
    // Gone for good meanwhile.
    if (error instanceof WorktrainError && error.code === 'SESSION_UNKNOWN') return null
    throw error
  }
}

/**
 * What is known with these sessions as they are now, and of all what waits in them; null: one is new, and may be of
 * another repository. Pure.
 */
export function withSessions(known: Known, fresh: readonly SessionView[]): Known | null {
  if (fresh.some(({ id }) => !known.sessions.some((s) => s.id === id))) return null
  const isFresh = new Set(fresh.map(({ id }) => id))
  const waiting = Map.groupBy(known.attention.items, ({ session }) => session?.id)
  const sessions = withFresh(known.sessions, fresh).map((s) =>
    isFresh.has(s.id) ? s : { ...s, attention: inItsOrder(s.attention, waiting.get(s.id) ?? []) },
  )
  return { ...known, sessions }
}

/** A session has what is urgent first, the list what holds up most: what is known already stays where it was. */
function inItsOrder(before: readonly AttentionItem[], now: readonly AttentionItem[]): AttentionItem[] {
  const kept = before.flatMap(({ id }) => now.find((item) => item.id === id) ?? [])
  return [...kept, ...now.filter(({ id }) => !before.some((item) => item.id === id))]
}
