import { afterEach, expect, test, vi } from 'vitest'
import { steadyTitle } from '../../src/host/title.ts'

afterEach(() => vi.useRealTimers())

test('a title is told once it stands, without the wheel in front of it', () => {
  vi.useFakeTimers()
  const told: string[] = []
  const title = steadyTitle((text) => told.push(text))
  for (const wheel of ['⠂', '⠐', '⠂', '⠐', '✳']) {
    title(`${wheel} Fix the bug`)
    vi.advanceTimersByTime(500)
  }
  expect(told).toEqual(['Fix the bug'])
  title('⠂ Fix the bug')
  title('passing')
  vi.advanceTimersByTime(500)
  title('Another')
  vi.advanceTimersByTime(500)
  expect(told).toEqual(['Fix the bug'])
  vi.advanceTimersByTime(1000)
  expect(told).toEqual(['Fix the bug', 'Another'])
})
