/** How finished work waits, as words. Pure. */
import type { SessionState } from '../state.ts'
import type { AttentionFacts } from './facts.ts'

/** Beside it stands that it has handed off; the reason when `--land` could not put it on the train. */
export function readyAs(
  { stageWhy }: SessionState,
  { reviewed, rejected, uncommitted }: Pick<AttentionFacts, 'reviewed' | 'rejected' | 'uncommitted'>,
): string {
  const [, held] = /^handed off, but (.*)/s.exec(stageWhy) ?? []
  const decided = reviewed ? approvedAs(uncommitted) : rejected && rejectedAs(rejected)
  return [held, decided].filter(Boolean).join('; ') || 'not reviewed yet'
}

const approvedAs = (uncommitted: boolean): string =>
  `approved${uncommitted ? '; not all of it is committed, and only commits land' : ''}`

function rejectedAs({ reason, told }: NonNullable<AttentionFacts['rejected']>): string {
  return `rejected${told ? '' : ', and nobody could be told'}: ${reason}`
}
