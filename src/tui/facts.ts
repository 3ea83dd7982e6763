/** Keeps what the board knows up to date, by events. */
import { withFresh } from '../board/fresh.ts'
import { looks } from '../board/looks.ts'
import { markOf } from '../board/marks.ts'
import type { Client } from '../client/api.ts'
import { eventsAfter, isAway } from '../client/steady.ts'
import type { ChangeView } from '../protocol/api.ts'
import type { Happening } from './step.ts'

/** Events come in bursts: between two looks so much time passes at least, and the second answers all of it, ms. */
const BURST_MS = 60
/** States also grow old, of which no event tells, ms. */
const LOOK_EVERY_MS = 30_000

export interface Facts {
  /** Looks at everything again as soon as may be. */
  refresh: () => void
}

type Told = Extract<Happening, { of: 'facts' | 'link' | 'reviewed' | 'marked' }>
type Known = Extract<Happening, { of: 'facts' }> & { head: number }

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
  // What happens from here on is told as an event.
  let known = await look(client, repo, now, null, null)
  // Left meanwhile: nothing may go on that would keep the program from ending.
  if (signal.aborted) return { refresh: () => {} }
  tell(known)
  const again = looks(
    BURST_MS,
    async (ids) => {
      known = await look(client, repo, now, known, ids)
      tell(known)
      return known.head
    },
    (error) => {
      // The event stream tells when it is back, and then all is asked anew.
      if (!isAway(error)) fail(error)
    },
  )
  const follow = async (): Promise<void> => {
    const onLink = (live: boolean, silentMs: number): void => {
      tell({ of: 'link', live, silentMs })
      if (live) again.addAll()
    }
    for await (const event of eventsAfter(client, known.head, signal, onLink)) {
      const mark = markOf(event)
      if (mark !== null) {
        tell({ of: 'marked', session: event.id, ...mark })
        continue
      }
      if (event.aggregate === 'review') tell({ of: 'reviewed', session: event.id })
      again.add(event)
    }
  }
  const clock = setInterval(again.addAll, LOOK_EVERY_MS)
  const end = (): void => {
    clearInterval(clock)
    again.end()
  }
  signal.addEventListener('abort', end, { once: true })
  follow().catch(fail)
  return { refresh: again.addAll }
}

/** @param ids of sessions that are looked at anew; null: all, and the trains */
async function look(
  client: Client,
  repo: string | null,
  now: () => number,
  known: Known | null,
  ids: readonly string[] | null,
): Promise<Known> {
  const askedAt = now()
  const answer = await client.call('overview', { repo, sessions: ids === null ? null : [...ids] })
  const sessions = withFresh(known?.sessions ?? [], ids, answer)
  const changes = known === null || ids === null ? await riding(client, sessions) : known.changes
  return { of: 'facts', head: answer.head, sessions, attention: answer.attention, changes, askedAt }
}

/** What is on the trains that sessions are on. */
async function riding(client: Client, sessions: Known['sessions']): Promise<ChangeView[]> {
  const on = sessions.filter(({ stage }) => stage === 'on-train')
  const roots = [...new Set(on.map(({ repository }) => repository.root))]
  const trains = await Promise.all(roots.map((root) => client.call('train', { repo: root })))
  return trains.flatMap((train) => train.changes)
}
