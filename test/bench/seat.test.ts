/** What the measurements of the seat say of what they found: against the goal, in 80 columns. */
import { expect, test } from 'vitest'
import { renderIdle } from '../../bench/seat/idle.ts'
import { renderKeys } from '../../bench/seat/keys.ts'
import { renderLatency } from '../../bench/seat/latency.ts'
import { Sightings } from '../../bench/seat/marks.ts'
import { WAITS } from '../../bench/seat/waits.ts'
import { renderWeb } from '../../bench/web.ts'

const fits = (text: string): void => {
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
}

test('a mark is seen once, when it was first seen, whatever stands around it', async () => {
  const seen = new Sightings()
  const awaited = seen.of('ask-7')
  seen.read('Bash: ask-7-1764330000000 ren-12 (out-3-1764330', 5)
  seen.read('ask-7-1764330000000 ren-12 out-3-1764330000001', 9)
  await awaited
  expect(seen.all).toEqual([
    { mark: 'ask-7', said: 1764330000000, at: 5 },
    { mark: 'ren-12', said: null, at: 5 },
    { mark: 'out-3', said: 1764330000001, at: 9 },
  ])
})

test('delays stand beside the goal, with what was never seen', () => {
  const few = { count: 100, missed: 0, p50: 150, p99: 380, max: 400 }
  const many = { count: 97, missed: 3, p50: 400, p99: 1250, max: 1300 }
  const tasks = { count: 30, totalMs: 3000, maxMs: 210 }
  const text = renderLatency({
    sessions: 64,
    rows: [{ what: 'a change in the journal', where: 'attached terminal', idle: few, loaded: many }],
    busy: [{ page: 'four terminals, one floods', seconds: 60, tasks }],
  })
  expect(text).toMatch(/attached terminal +150 +380 +100 +400 +1250 +97-3 +125 %/)
  expect(text).toMatch(/four terminals, one floods +30 +210 ms +5 %/)
  fits(text)
})

test('every kind of wait that the product promises is settled, and what takes more keys is named', () => {
  expect(WAITS).toHaveLength(11)
  const row = (title: string, web: string[] | string) => ({
    ...{ title, kind: 'plan' as const },
    pressed: { 'web board': web, 'terminal board': ['n', 'a'], 'worktrain next': ['a'] },
  })
  const good = renderKeys({ rows: [row('conflict with main', ['n', 'u'])], skipped: [] })
  expect(good).toContain('at most 2 for each kind in each seat')
  fits(good)
  const bad = renderKeys({ rows: [row('plan', ['n', 'd', 'a']), row('overlap', 'not settled')], skipped: [] })
  expect(bad).toContain('above the goal: plan in the web board, overlap in the web board')
})

test('sizes, starts and idling are in one table each', () => {
  const size = { file: 'assets/index-0123abcd.css', bytes: 1_234_567, gzip: 300_000, brotli: 250_000 }
  const time = { median: 1234, min: 1000, max: 2345 }
  const start = { drawn: time, interactive: time, longest: time }
  const web = renderWeb({
    sizes: [
      { ...size, first: true },
      { ...size, first: false },
    ],
    sessions: 8,
    starts: [
      { ...start, slower: 1, cold: true },
      { ...start, slower: 4, cold: false },
    ],
    skipped: [],
  })
  expect(web).toMatch(/before the first page +1234\.6 kB +300\.0 kB +250\.0 kB/)
  expect(web).toMatch(/4 x slower, again +1234 ms +1234 ms +2345 ms +1234 ms/)
  fits(web)
  const cpu = { supervisor: 60, 'terminal board': 120, 'web board': 600, 'hosts, together': 0 }
  const idle = renderIdle({ seconds: 60, rows: [{ sessions: 64, cpu }] })
  expect(idle).toMatch(/64 +0\.1 % +0\.2 % +1\.0 % +0\.0 %/)
  fits(idle)
})
