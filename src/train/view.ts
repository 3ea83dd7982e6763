/** The train as a person sees it. Pure. */
import type { ChangeView, TrainView } from '../protocol/api.ts'
import { isActive } from './change.ts'
import type { TrainState } from './pause.ts'
import type { Change } from './ports.ts'
import { inOrder, short } from './policy.ts'

/** How many changes that left the train are shown. */
const HISTORY = 20

/** Changes that left the train first, oldest first; then those on it, in order. */
export function viewOf(
  changes: readonly Change[],
  train: TrainState,
  target: string,
  stuck: string | null,
): TrainView {
  const active = inOrder(changes)
  const over = changes
    .filter((change) => !isActive(change))
    .sort((a, b) => a.place - b.place)
    .slice(-HISTORY)
  return {
    target,
    paused: train.paused?.why ?? null,
    stuck,
    changes: [
      ...over.map((change) => changeView(change, null)),
      ...active.map((change, index) => changeView(change, index + 1)),
    ],
  }
}

/** @param position from 1; null when it is not on the train */
export function changeView(change: Change, position: number | null): ChangeView {
  const { id, name, session, branch, head, target, state, queuedAt, landed, ejected } = change
  const why = explain(change, position)
  const checks = change.results
    .filter((result) => result.tree === change.candidate?.tree)
    .map(({ command, exit, ms, log, tail }) => ({ command, exit, ms, log, tail }))
  return { id, name, session, branch, head, target, state, why, position, queuedAt, checks, landed, ejected }
}

/** One sentence: where the change is, and why. */
function explain(change: Change, position: number | null): string {
  const { target, candidate } = change
  const on = `on top of ${target} at ${short(change.base)}`
  switch (change.state) {
    case 'queued': {
      const again = change.voided ? ` Tested before, but: ${change.voided.detail}` : ''
      return `Waits at place ${position ?? '?'} of the train.${again}`
    }
    case 'building':
      return `Being merged ${on}.`
    case 'testing':
      return change.running
        ? `\`${change.running.command}\` runs on ${change.running.tree === candidate?.tree ? `${short(candidate.commit)}, the merge ${on}` : `${target} at ${short(change.base)} alone, because it failed on the merge`}.`
        : `Tested as ${short(candidate?.commit ?? null)}, the merge ${on}.`
    case 'landing':
      return `Tested; ${target} is being moved from ${short(change.base)} to ${short(change.intent?.new ?? null)}.`
    case 'blocked':
      return `Tested, but cannot land yet. ${change.blocked?.detail ?? ''}`
    case 'landed':
      return change.landed?.commit === change.base
        ? `Already in ${target}: nothing was left to land.`
        : `Landed as ${short(change.landed?.commit ?? null)}.`
    case 'ejected':
      return change.ejected?.detail ?? ''
    case 'withdrawn':
      return 'Taken off the train.'
  }
}
