import { expect, test, vi } from 'vitest'
import type { Client } from '../../src/client/api.ts'
import { followFacts } from '../../src/tui/facts.ts'

test('left before the first answer, it follows nothing and keeps nothing going', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] })
  try {
    const left = new AbortController()
    const attention = { items: [], places: [], reviews: [] }
    const client = {
      call: async () => {
        left.abort()
        return { head: 1, sessions: [], attention }
      },
      events: () => expect.unreachable('it follows'),
    } as unknown as Client
    const told: unknown[] = []
    await followFacts(
      client,
      null,
      () => 0,
      left.signal,
      (what) => told.push(what),
      (error) => expect.unreachable(String(error)),
    )
    expect(told).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
