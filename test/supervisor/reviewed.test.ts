/** What the person has decided of a session's work, as it counts for the boards and the review limit. */
import { expect, test } from 'vitest'
import type { ReviewState } from '../../src/review/index.ts'
import type { SessionState } from '../../src/sessions/state.ts'
import type { Context } from '../../src/supervisor/context.ts'
import { reviewedOf } from '../../src/supervisor/reviews/reviewed.ts'

const session = (id: string) =>
  ({ id, head: 'now', snapshot: { tree: 'same' }, handoff: { at: 10 } }) as unknown as SessionState
const decided = async (facts: Partial<ReviewState>) => {
  const state = { id: 's1', approved: null, rejected: null, ...facts }
  const ctx = { journal: { list: async () => [{ state }] } } as unknown as Context
  return (await reviewedOf(ctx, [session('s1'), session('s2')])).get('s1')
}

test('approved counts for the tree that was approved, rejected until it is handed off again', async () => {
  const approved = (tree: string, more: Partial<ReviewState['approved']> = {}) =>
    decided({
      approved: {
        ...{ tree, head: 'now', main: null, uncommitted: false },
        ...more,
      } as ReviewState['approved'],
    })
  const rejected = (at: number, told = true) =>
    decided({ rejected: { reason: 'too slow', commit: 'c', at, told } })
  expect(await approved('same')).toEqual({ rejected: null, uncommitted: false })
  expect(await approved('same', { uncommitted: true })).toEqual({ rejected: null, uncommitted: true })
  // Committed since, and no more than that.
  expect(await approved('same', { uncommitted: true, head: 'before' })).toMatchObject({ uncommitted: false })
  expect(await approved('another')).toBeUndefined()
  expect(await rejected(11)).toMatchObject({ rejected: { reason: 'too slow', told: true } })
  expect(await rejected(11, false)).toMatchObject({ rejected: { reason: 'too slow', told: false } })
  expect(await rejected(9)).toBeUndefined()
  expect(await decided({})).toBeUndefined()
})
