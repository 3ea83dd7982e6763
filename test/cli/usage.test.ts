/** `worktrain usage` as text: what it cost is in sight in 80 columns, whatever the names. */
import { expect, test } from 'vitest'
import { renderUsage } from '../../src/cli/commands/usage.ts'
import type { Outputs } from '../../src/protocol/api.ts'
import { width } from '../../src/terminal/text.ts'
import { MINUTE, NOW, PLAIN } from './fixtures.ts'

const tokens = { input: 1234567, output: 65432, cacheRead: 9876543, cacheWrite: 123456, requests: 321 }
const row = { ...tokens, key: 's1', source: 'transcript' as const, at: NOW - MINUTE }
const cost = { usd: 12.5, source: 'status line' as const, at: NOW - 2 * MINUTE }

test('in 80 columns', () => {
  const usage = {
    ...{ by: 'session', since: null, windows: [], unreported: [], undated: 0 },
    rows: [
      { ...row, label: 'a-name-that-is-longer-than-most-others', cost },
      { ...row, label: 'free', cost: null },
    ],
    total: { ...tokens, costUsd: null },
  } as unknown as Outputs['usage']
  const lines = renderUsage(usage, PLAIN, NOW).split('\n')
  for (const line of lines) expect(width(line)).toBeLessThanOrEqual(80)
  expect(lines.map((line) => line.slice(0, 41).trimEnd())).toMatchInlineSnapshot(`
    [
      "session                   cost    input",
      "a-name-that-is-longer-t…  $12.50  1234567",
      "free                              1234567",
      "total                             1234567",
    ]
  `)
})
