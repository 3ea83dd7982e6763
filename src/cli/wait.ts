/** Follows sessions until each is done or needs the person. */
import type { Client } from '../client/api.ts'
import type { SessionView } from '../protocol/api.ts'
import { waitsAs } from '../protocol/attention.ts'
import { doing, groupOf } from '../terminal/sessions-table.ts'
import { oneLine } from '../terminal/text.ts'

export type Outcome = 'going' | 'done' | 'needs-person'

/** What a session's view means to somebody who waits for it. Pure. */
export function outcomeOf(s: SessionView, lands: boolean): Outcome {
  switch (groupOf(s)) {
    case 'landed':
    case 'discarded':
      return 'done'
    case 'needs you':
      return 'needs-person'
    case 'ready':
      // Handed off and to land: the train takes it by itself. A turn that ended without a handoff does not land.
      if (!lands) return 'done'
      return s.stage === 'handed-off' || s.stage === 'in-review' ? 'going' : 'needs-person'
    case 'idle':
    case 'stopped':
      return lands ? 'needs-person' : 'done'
    default:
      return 'going'
  }
}

export interface WaitOptions {
  /** Told of every change of a session's state. */
  say: (line: string) => void
  /** Was it started with `--land`? Then it is done when it has landed. */
  lands: (s: SessionView) => boolean
}

/** @returns the sessions as they are when none goes on by itself any more */
export async function waitFor(
  client: Client,
  sessions: readonly SessionView[],
  { say, lands }: WaitOptions,
): Promise<{ sessions: SessionView[]; needsPerson: boolean }> {
  const ended = new AbortController()
  const latest = new Map(sessions.map((s) => [s.id, s]))
  const told = new Map<string, string>()
  const outcome = (s: SessionView): Outcome => outcomeOf(s, lands(s))
  const follow = async (id: string): Promise<void> => {
    for await (const _event of client.events({ session: id, signal: ended.signal })) {
      const known = latest.get(id)
      if (known === undefined) return
      const s = await client.call('session', { repo: known.repository.root, name: known.id })
      latest.set(id, s)
      const line = `${oneLine(s.name)}: ${doing(s)}${s.attention[0] ? ` (${oneLine(waitsAs(s.attention[0]))})` : ''}`
      const state = `${s.stage} ${s.activity.state} ${s.process.state} ${s.attention[0]?.kind ?? ''}`
      if (told.get(id) !== state) say(line)
      told.set(id, state)
      if ([...latest.values()].every((each) => outcome(each) !== 'going')) ended.abort()
    }
  }
  await Promise.all(sessions.map(({ id }) => follow(id)))
  const last = [...latest.values()]
  return { sessions: last, needsPerson: last.some((s) => outcome(s) === 'needs-person') }
}
