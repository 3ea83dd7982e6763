/** `land --wait`: stays until changes have landed, or do not go on by themselves. */
import type { Client } from '../../client/api.ts'
import type { ChangeView, TrainView } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import { oneLine, short } from '../../terminal/text.ts'
import { leaving } from '../../terminal/leaving.ts'
import { eventsAfter, steadily } from '../../client/steady.ts'

export type LandOutcome = 'going' | 'landed' | 'ejected' | 'needs-person'

/** Exit code of the command for each outcome; `going`: it was left. */
export const LAND_EXIT: Record<LandOutcome, number> = { landed: 0, ejected: 1, 'needs-person': 4, going: 1 }

/** What the train says of a change to somebody who waits for its landing. Pure. */
export function landOutcome(train: TrainView, change: ChangeView | undefined): LandOutcome {
  switch (change?.state) {
    case undefined:
    case 'ejected':
    case 'withdrawn':
      return 'ejected'
    case 'landed':
      return 'landed'
    case 'held':
    case 'blocked':
      return 'needs-person'
    default:
      return train.paused === null ? 'going' : 'needs-person'
  }
}

/** The train with those that landed so long ago that it no longer shows them: they have landed all the same. Pure. */
export function withLanded(train: TrainView, known: readonly ChangeView[]): TrainView {
  const shown = new Set(train.changes.map(({ id }) => id))
  return {
    ...train,
    changes: [...train.changes, ...known.filter((c) => c.state === 'landed' && !shown.has(c.id))],
  }
}

/** As a sentence. Pure. */
export function sayOutcome(train: TrainView, id: string, name: string): string {
  const change = train.changes.find((one) => one.id === id)
  const who = oneLine(change?.name ?? name)
  if (change === undefined) return `${who}: no longer on the train`
  if (change.landed) return `${who}: landed as ${short(change.landed.commit)}`
  const paused = landOutcome(train, change) === 'needs-person' && train.paused !== null
  const why = paused ? `the train is paused: ${train.paused}` : (change.ejected?.detail ?? change.why)
  return `${who}: ${change.state}${why === '' ? '' : `; ${oneLine(why)}`}`
}

/** A lock of another git, or a merge just being finished, is no matter for the person yet, ms. */
const GRACE_MS = 5_000

const AWAY = 'The supervisor is not there; any worktrain command starts it, and this goes on.'

/** @returns each change's outcome, in order, and the changes as they are then */
export async function waitForLanding(
  ctx: Context,
  client: Client,
  changes: readonly ChangeView[],
  graceMs = GRACE_MS,
): Promise<{ outcomes: LandOutcome[]; changes: ChangeView[] }> {
  const left = leaving()
  const done = new AbortController()
  const either = AbortSignal.any([left.signal, done.signal])
  const told = new Map<string, string>()
  let outcomes: LandOutcome[] = changes.map(() => 'going')
  let latest = [...changes]
  let patience: NodeJS.Timeout | null = null
  let away = false
  // Who waits here would otherwise wait for nothing, and not know it.
  const onLink = (live: boolean): void => {
    if (!live && !away) ctx.stderr.write(`${AWAY}\n`)
    away = !live
  }
  const look = async (): Promise<void> => {
    const now = await steadily(either, () => client.call('train', { repo: ctx.directory }), onLink)
    if (now === null) return
    const train = withLanded(now, latest)
    latest = latest.map((known) => train.changes.find(({ id }) => id === known.id) ?? known)
    outcomes = changes.map(({ id, name }) => {
      const change = train.changes.find((one) => one.id === id)
      const outcome = landOutcome(train, change)
      if (outcome !== 'going' && told.get(id) !== outcome && !ctx.json) ctx.say(sayOutcome(train, id, name))
      told.set(id, outcome)
      return outcome
    })
    const over = outcomes.every((outcome) => outcome === 'landed' || outcome === 'ejected')
    if (over) return done.abort()
    if (outcomes.includes('going')) {
      if (patience !== null) clearTimeout(patience)
      patience = null
    } else patience ??= setTimeout(() => done.abort(), graceMs)
  }
  try {
    const status = await steadily(either, () => client.call('status', {}), onLink)
    await look()
    for await (const event of eventsAfter(client, status?.head ?? 0, either, onLink))
      if (['change', 'build', 'train'].includes(event.aggregate)) await look()
    return { outcomes, changes: latest }
  } finally {
    if (patience !== null) clearTimeout(patience)
    left.stop()
  }
}
