/** Keeps what the board knows up to date, by events. */
import { pause } from '../client/pause.ts'
import type { Client } from '../client/api.ts'
import { eventsAfter, isAway } from '../client/steady.ts'
import type { ChangeView } from '../protocol/api.ts'
import type { Happening } from './step.ts'

/** Events come in bursts: one look answers all of a burst, ms. */
const BURST_MS = 60
/** A look that takes long is followed by a rest of so many times its length. */
const REST_SHARE = 2
/** States also grow old, of which no event tells, ms. */
const LOOK_EVERY_MS = 30_000

export interface Facts {
  /** Looks again as soon as may be. */
  refresh: () => void
}

type Told = Extract<Happening, { of: 'facts' | 'link' | 'reviewed' }>

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
  let due = false
  let looking = false
  const look = async (): Promise<void> => {
    looking = true
    while (due && !signal.aborted) {
      await pause(BURST_MS, signal)
      due = false
      const began = performance.now()
      try {
        tell(await factsOf(client, repo, now))
      } catch (error) {
        // The event stream tells when it is back, and then all is asked anew.
        if (!isAway(error)) return fail(error)
      }
      const rest = (performance.now() - began) * REST_SHARE
      if (due) await pause(rest, signal)
    }
    looking = false
  }
  const refresh = (): void => {
    due = true
    if (!looking) void look()
  }
  const follow = async (after: number): Promise<void> => {
    const onLink = (live: boolean): void => {
      tell({ of: 'link', live })
      if (live) refresh()
    }
    for await (const { aggregate, id } of eventsAfter(client, after, signal, onLink)) {
      if (aggregate === 'review') tell({ of: 'reviewed', session: id })
      refresh()
    }
  }
  // Before the first look: what happens in between is then told once more.
  const head = (await client.call('status', {})).head ?? 0
  tell(await factsOf(client, repo, now))
  const clock = setInterval(refresh, LOOK_EVERY_MS)
  signal.addEventListener('abort', () => clearInterval(clock), { once: true })
  follow(head).catch(fail)
  return { refresh }
}

async function factsOf(client: Client, repo: string | null, now: () => number): Promise<Told> {
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
