import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Due } from '../../src/board/due.ts'
import { looks } from '../../src/board/looks.ts'

const of = (aggregate: 'session' | 'review' | 'change' | 'access', id: string, seq: number) => ({
  aggregate,
  id,
  seq,
})

test('events of sessions and reviews are about one, those of others about all, those of accesses about none', () => {
  const due = new Due()
  due.add(of('access', 'w1', 1))
  expect(due.any).toBe(false)
  due.add(of('session', 's1', 2))
  due.add(of('review', 's2', 3))
  expect(due.take()).toEqual(['s1', 's2'])
  expect(due.any).toBe(false)
  due.add(of('session', 's1', 4))
  due.add(of('change', 'c1', 5))
  expect(due.take()).toBeNull()
  expect(due.any).toBe(false)
})

test('what came during a look is due unless it was seen by it', () => {
  const due = new Due()
  due.add(of('session', 's1', 1))
  due.take()
  due.add(of('session', 's1', 2))
  due.add(of('session', 's2', 3))
  due.seen(3)
  // The other one was not asked for.
  expect(due.take()).toEqual(['s2'])
  due.add(of('session', 's2', 5))
  due.seen(4)
  expect(due.take()).toEqual(['s2'])
  due.addAll()
  due.take()
  due.add(of('session', 's1', 6))
  due.add(of('change', 'c1', 7))
  due.seen(7)
  expect(due.any).toBe(false)
  due.addAll()
  due.seen(1000)
  expect(due.take()).toBeNull()
})

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A supervisor that answers when the test says so. */
function supervisor() {
  const asked: (readonly string[] | null)[] = []
  const failed: unknown[] = []
  let answer = Promise.withResolvers<number>()
  const again = looks(
    60,
    (ids) => {
      asked.push(ids)
      answer = Promise.withResolvers()
      return answer.promise
    },
    (error) => failed.push(error),
  )
  const settled = async (how: (answer: PromiseWithResolvers<number>) => void) => {
    how(answer)
    await vi.advanceTimersByTimeAsync(0)
  }
  return { again, asked, failed, settled }
}

test('the first event is looked at once, what comes in a burst together and in its time', async () => {
  const { again, asked, settled } = supervisor()
  again.add(of('session', 's1', 1))
  await vi.advanceTimersByTimeAsync(0)
  expect(asked).toEqual([['s1']])
  again.add(of('session', 's1', 2))
  again.add(of('session', 's2', 3))
  await settled(({ resolve }) => resolve(1))
  await vi.advanceTimersByTimeAsync(59)
  expect(asked).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(asked[1]).toEqual(['s1', 's2'])
  // One look at a time, however long it takes.
  again.addAll()
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toHaveLength(2)
  await settled(({ resolve }) => resolve(3))
  expect(asked[2]).toBeNull()
})

test('a look that failed is not tried again by itself, and the next event looks at everything', async () => {
  const { again, asked, failed, settled } = supervisor()
  again.add(of('session', 's1', 1))
  await vi.advanceTimersByTimeAsync(0)
  await settled(({ reject }) => reject(new Error('away')))
  await vi.advanceTimersByTimeAsync(1000)
  expect(failed).toEqual([new Error('away')])
  expect(asked).toHaveLength(1)
  again.add(of('session', 's1', 2))
  await vi.advanceTimersByTimeAsync(0)
  expect(asked[1]).toBeNull()
  again.end()
  await settled(({ resolve }) => resolve(1))
  again.addAll()
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toHaveLength(2)
})
