/** What a check of the train printed, or prints. */
import type { ChangeView, CheckView, Outputs, TrainView } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/index.ts'
import { TAIL_BYTES, tailOf } from '../../train/checks/output.ts'
import { tail } from '../session/reading.ts'
import { changeCalled } from './steering.ts'

export interface LogOf {
  command: string
  log: string
  running: boolean
}

/**
 * The check whose output is meant: of a change, the one that runs for it, else the one that failed, else the last
 * that ran; without a change, the one that began to run last. Pure.
 * @throws UNAVAILABLE when none ran, SESSION_UNKNOWN, NAME_AMBIGUOUS
 */
export function logOf(train: TrainView, called: string | null): LogOf {
  if (called === null) {
    const running = train.builds
      .toSorted((a, b) => b.startedAt - a.startedAt)
      .flatMap(({ checks }) => checks.filter(({ state }) => state === 'running'))
    const found = withLog(running) ?? lastOf(train.changes)
    if (found === null)
      throw new WorktrainError('UNAVAILABLE', 'No check of the train has printed anything yet.', {
        hint: 'See `worktrain train`.',
      })
    return found
  }
  const change = changeCalled(train.changes, called)
  const found = ofChange(train, change)
  if (found === null)
    throw new WorktrainError('UNAVAILABLE', `No check has run for ${change.name} yet.`, {
      hint: 'See `worktrain train` for why.',
    })
  return found
}

function ofChange(train: TrainView, change: ChangeView): LogOf | null {
  const builds = change.builds.flatMap((id) => train.builds.find((build) => build.id === id) ?? [])
  const all = [...change.checks, ...builds.flatMap(({ checks }) => checks)]
  const running = withLog(all.filter(({ state }) => state === 'running'))
  if (running !== null) return running
  const evidence = change.ejected?.evidence.findLast((run) => run.exit !== 0)
  if (evidence) return { command: evidence.command, log: evidence.log, running: false }
  return withLog(all.filter(({ state }) => state === 'failed')) ?? lastOf([change])
}

function lastOf(changes: readonly ChangeView[]): LogOf | null {
  return withLog(changes.toReversed().flatMap(({ checks }) => checks.toReversed()))
}

function withLog(checks: readonly CheckView[]): LogOf | null {
  for (const { command, log, state } of checks) {
    if (log !== null && log !== '') return { command, log, running: state === 'running' }
  }
  return null
}

/** The train with the end of what its running checks have printed so far; a log that is gone has printed nothing. */
export function withOutput(train: TrainView): TrainView {
  const read = (check: CheckView): CheckView => {
    if (check.state !== 'running' || check.log === null) return check
    const found = tail(check.log, TAIL_BYTES)
    return found === null ? check : { ...check, tail: tailOf(Buffer.from(found.text)) }
  }
  const all = <T extends { checks: CheckView[] }>(those: T[]): T[] =>
    those.map((one) => ({ ...one, checks: one.checks.map(read) }))
  return { ...train, builds: all(train.builds), changes: all(train.changes) }
}

/** @throws UNAVAILABLE when the log is not there any more, and as {@link logOf} */
export function readTrainLog(train: TrainView, change: string | null, bytes: number): Outputs['trainLog'] {
  const { command, log, running } = logOf(train, change)
  const found = tail(log, bytes)
  if (found === null)
    throw new WorktrainError(
      'UNAVAILABLE',
      `The output of \`${command}\` is not kept any more: there is no ${log}.`,
    )
  return { command, path: log, ...found, running }
}
