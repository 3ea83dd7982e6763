/** What the train tells of its sessions: where each is on it, and why it does not move, told on one of them. */
import type { TrainView } from '../protocol/api.ts'
import { toErrorBody } from '../protocol/index.ts'
import type { SessionState } from '../sessions/state.ts'
import type { Context } from './context.ts'
import type { Repositories } from './repositories.ts'
import type { Trains } from './trains.ts'

export interface OnTrain {
  /** Where its change is, as a sentence. */
  why: string
  /** On the first alone: what keeps the whole train. */
  stuck: { why: string; action: string; since: number } | null
}

/** By session, for those on a train. Pure. */
export function onTrain(train: Pick<TrainView, 'paused' | 'stuck' | 'changes'>): Map<string, OnTrain> {
  const waiting = train.changes
    .filter((change) => change.position !== null && change.session !== null)
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0))
  const reason = train.paused ?? train.stuck
  return new Map(
    waiting.map(({ session, why, queuedAt }, index) => {
      const action = train.paused === null ? 'worktrain train' : 'worktrain train resume'
      const stuck = reason !== null && index === 0
      return [
        session ?? '',
        { why, stuck: stuck ? { why: `the train waits: ${reason}`, action, since: queuedAt } : null },
      ]
    }),
  )
}

/** Of all trains that these sessions are on. A list must not fail because one of them cannot be asked. */
export async function trainFacts(
  ctx: Context,
  parts: { repositories: Repositories; trains: Trains },
  sessions: readonly SessionState[],
): Promise<Map<string, OnTrain>> {
  const found = new Map<string, OnTrain>()
  const asked = new Set(sessions.filter((s) => s.stage === 'on-train').map((s) => s.repository))
  for (const id of asked) {
    try {
      const train = await parts.trains.of(await parts.repositories.byId(id))
      for (const [session, facts] of onTrain(await train.view())) found.set(session, facts)
    } catch (error) {
      ctx.log.warn('a train could not be asked', { repository: id, error: toErrorBody(error).message })
    }
  }
  return found
}
