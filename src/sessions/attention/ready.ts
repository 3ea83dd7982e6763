/** How finished work waits, as words. Pure. */
import type { SessionState } from '../state.ts'

/** Beside it stands that it has handed off; the reason when `--land` could not put it on the train. */
export function readyAs({ stageWhy }: SessionState, reviewed: boolean, rejected: string | null): string {
  const [, held] = /^handed off, but (.*)/s.exec(stageWhy) ?? []
  const decided = reviewed ? 'approved' : rejected === null ? undefined : `rejected: ${rejected}`
  return [held, decided].filter(Boolean).join('; ') || 'not reviewed yet'
}
