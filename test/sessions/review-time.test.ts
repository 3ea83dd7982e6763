import { expect, test } from 'vitest'
import type { Recorded } from '../../src/protocol/index.ts'
import { reviewTime } from '../../src/sessions/review-time.ts'
import { event } from './fixtures.ts'

const files = [
  { path: 'a', added: 200, removed: 30 },
  { path: 'logo.png', added: null, removed: null },
]
const handoff = (at: number) =>
  event('s1', at, 'handoff.completed', {
    at,
    claims: null,
    observed: { files, commands: [] },
    unverified: [],
  })
const seen = (at: number) => event('s1', at, 'session.seen', { how: 'diff' })
const queued = (at: number, kind: 'person' | 'supervisor' = 'person') =>
  ({
    ...event('c1', at, 'change.withdrawn', { why: '' }),
    type: 'change.queued',
    actor: { kind },
  }) as Recorded

test('from the first look after the handoff to the decision, with the size of the work', () => {
  expect(reviewTime([seen(5), handoff(10), seen(20), seen(30), queued(50), seen(60)])).toEqual({
    files: 2,
    lines: 230,
    looks: 2,
    ms: 30,
    decidedAt: 50,
  })
})

test('a decision without a look has no time, and what is not decided has none yet', () => {
  expect(reviewTime([handoff(10), queued(50)])).toMatchObject({ looks: 0, ms: null, decidedAt: 50 })
  expect(reviewTime([handoff(10), seen(20)])).toMatchObject({ looks: 1, ms: null, decidedAt: null })
  expect(reviewTime([handoff(10), queued(50, 'supervisor')])).toMatchObject({ decidedAt: null })
})

test('only the newest handoff counts; without one there is nothing to review', () => {
  expect(reviewTime([handoff(10), seen(20), queued(30), handoff(40)])).toMatchObject({
    looks: 0,
    decidedAt: null,
  })
  expect(reviewTime([seen(5)])).toBe(null)
})
