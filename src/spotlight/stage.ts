/** A spotlight at work: where it is, and the journal in which it is written down. */
import type { Journal } from '../journal/journal.ts'
import { type Actor, type Draft, type EventMap, WorktrainError } from '../protocol/index.ts'
import type { Scene } from './scene.ts'
import { spotlightProjection, type SpotlightState } from './state.ts'

/** Where, and how it is written down. */
export interface Stage extends Scene {
  journal: Journal
  /** Of the checkout, in the journal. */
  aggregate: string
  actor: Actor
  /** How long what a look kept is kept after it, ms. */
  keepMs: number
}

/** @throws when the journal cannot be written */
export async function tell<T extends keyof EventMap>(
  stage: Pick<Stage, 'journal' | 'aggregate' | 'actor'>,
  ...events: readonly (readonly [T, EventMap[T]])[]
): Promise<SpotlightState> {
  const { journal, aggregate: id, actor } = stage
  const drafts = events.map(
    ([type, data]) => ({ aggregate: 'spotlight', id, type, data, actor, cause: 'spotlight' }) as Draft,
  )
  await journal.append(drafts)
  return stateOf(stage)
}

export async function stateOf(stage: Pick<Stage, 'journal' | 'aggregate'>): Promise<SpotlightState> {
  const stored = await stage.journal.get(spotlightProjection, stage.aggregate)
  if (!stored) throw new WorktrainError('INTERNAL', `There is no spotlight ${stage.aggregate}.`)
  return stored.state
}
