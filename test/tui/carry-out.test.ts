import { expect, test } from 'vitest'
import { type ErrorCode, WorktrainError } from '../../src/protocol/errors.ts'
import { carryOut, type Hands } from '../../src/tui/carry-out.ts'
import type { Happening } from '../../src/tui/step.ts'

/** What the person is told when a call is refused so. */
async function refused(code: ErrorCode, message: string): Promise<string> {
  const told: Happening[] = []
  const hands = {
    client: { call: () => Promise.reject(new WorktrainError(code, message)) },
    tell: (what: Happening) => told.push(what),
  } as unknown as Hands
  const input = { repo: null, name: 's', commit: 'c', land: false }
  await carryOut({ do: 'decide', session: 's', call: { call: 'approve', input, said: () => '' } }, hands)
  const [first] = told
  return first?.of === 'failed' ? first.said : ''
}

test('what was refused names the key of the board, where it has one, else the command', async () => {
  expect(await refused('REVIEW_STALE', 'fix has changed since you looked at it.')).toBe(
    'fix has changed since you looked at it. In its review, b goes to what is new, and y approves it.',
  )
  expect(await refused('DIALOG_OPEN', 'fix waits for an answer: Which?')).toBe(
    'fix waits for an answer: Which? n goes to it.',
  )
  expect(await refused('SESSION_WRONG_STATE', 'fix is in main.')).toBe(
    'fix is in main. See `worktrain why NAME`.',
  )
})
