/** What handlers refuse leads to commands that can be typed as they stand. */
import { expect, test } from 'vitest'
import { type Actor, WorktrainError } from '../../src/protocol/index.ts'
import type { Handlers } from '../../src/server/index.ts'
import { withNames } from '../../src/supervisor/named-hints.ts'

const person: Actor = { kind: 'person', via: 'web' }

/** What a handler that throws this ends with, asked about a session by its id. */
async function refused(error: unknown, input: object = { repo: null, name: 's1' }): Promise<unknown> {
  const handlers = { resume: () => Promise.reject(error as Error) } as unknown as Handlers
  const find = async ({ name }: { name: string }) => {
    if (name !== 's1') throw new WorktrainError('SESSION_UNKNOWN', 'There is none.')
    return { name: 'tax' } as never
  }
  return withNames(handlers, { find })
    .resume(input as never, person)
    .catch((thrown: unknown) => thrown)
}

test('the session is named where its hint says NAME, and everything else is as it was', async () => {
  const details = { at: 1 }
  const wrong = new WorktrainError('SESSION_WRONG_STATE', 'It runs.', { details })
  expect(await refused(wrong)).toMatchObject({
    ...{ code: 'SESSION_WRONG_STATE', message: 'It runs.', details },
    hint: 'See `worktrain why tax`.',
  })
  const setup = new WorktrainError('SETUP_FAILED', 'x')
  expect(await refused(setup)).toMatchObject({
    hint: 'See the output with `worktrain logs tax --setup`, then `worktrain resume tax`.',
  })
})

test('what names no session, or is no error of ours, goes through', async () => {
  const wrong = new WorktrainError('SESSION_WRONG_STATE', 'It runs.')
  expect(await refused(wrong, { repo: null, name: 's2' })).toBe(wrong)
  expect(await refused(wrong, { repo: null })).toBe(wrong)
  const plain = new WorktrainError('DISK_FULL', 'x')
  expect(await refused(plain)).toBe(plain)
  const other = new Error('NAME')
  expect(await refused(other)).toBe(other)
})
