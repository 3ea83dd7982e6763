import { expect, test } from 'vitest'
import type { Usage } from '../../src/protocol/index.ts'
import { usageView } from '../../src/sessions/usage.ts'
import { event, fold, planned } from './fixtures.ts'

const tokens = (input: number) => ({ input, output: 1, cacheRead: 0, cacheWrite: 0, requests: 1 })

function used(id: string, usage: Usage, at = 50) {
  return fold(planned(id, `name-${id}`), event(id, at, 'usage.observed', usage))
}

/** Two models, two days, and two tokens that were not dated. */
const a = used('a', {
  byModel: { opus: { ...tokens(30), output: 3, requests: 3 }, haiku: tokens(5) },
  byDay: { '2026-11-20': { opus: tokens(10) }, '2026-11-21': { opus: tokens(18), haiku: tokens(5) } },
  costUsd: null,
  told: { at: 40, costUsd: 0.5, windows: [{ name: 'five_hour', usedPercent: 40, resetsAt: 100 }] },
})
const b = used('b', {
  byModel: { opus: tokens(100) },
  costUsd: 2,
  told: { at: 45, costUsd: 1, windows: [{ name: 'five_hour', usedPercent: 60, resetsAt: 100 }] },
})

const keys = (by: 'session' | 'model' | 'day', since: string | null = null) =>
  usageView([a, b], { by, since }, 90).rows.map(({ key, input }) => [key, input])

test('by session, the most first, each with where its cost stands and how old that is', () => {
  const view = usageView([a, b], { by: 'session', since: null }, 90)
  expect(view.rows.map(({ label, input, cost }) => ({ label, input, cost }))).toEqual([
    { label: 'name-b', input: 100, cost: { usd: 2, source: 'transcript', at: 50 } },
    { label: 'name-a', input: 35, cost: { usd: 0.5, source: 'status line', at: 40 } },
  ])
  expect(view.total).toEqual({
    input: 135,
    output: 5,
    cacheRead: 0,
    cacheWrite: 0,
    requests: 5,
    costUsd: 2.5,
  })
})

test('by model and by day; what is not dated is a row of its own, and money is in none', () => {
  expect(keys('model')).toEqual([
    ['opus', 130],
    ['haiku', 5],
  ])
  expect(keys('day')).toEqual([
    ['2026-11-21', 23],
    ['2026-11-20', 10],
    ['', 102],
  ])
  expect(usageView([a], { by: 'day', since: null }, 90).rows.every(({ cost }) => cost === null)).toBe(true)
})

test('since a day: only what is dated, no cost, and how much is left out', () => {
  const view = usageView([a, b], { by: 'session', since: '2026-11-21' }, 90)
  expect(view.rows).toMatchObject([{ label: 'name-a', input: 23, cost: null }])
  expect(view.total.costUsd).toBeNull()
  expect(view.undated).toBe(2 + 1 + 100 + 1)
})

test('a total needs the cost of every session', () => {
  const c = used('c', { byModel: { opus: tokens(1) }, costUsd: null })
  expect(usageView([a, c], { by: 'session', since: null }, 90).total.costUsd).toBeNull()
})

test('limits are as the newest word says, until the window begins anew', () => {
  const at = (now: number) => usageView([a, b], { by: 'session', since: null }, now).windows
  expect(at(90)).toMatchObject([{ usedPercent: 60, session: 'name-b', at: 45, over: false }])
  expect(at(100)).toMatchObject([{ over: true }])
})

test('who ran and reports nothing is named', () => {
  const silent = fold(planned('d', 'silent'), event('d', 2, 'process.started', { generation: 0, pid: 7 }))
  expect(
    usageView([silent, fold(planned('e', 'never'))], { by: 'model', since: null }, 9).unreported,
  ).toEqual(['silent'])
})
