import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { statusLineFor, toldBy } from '../../src/agents/claude/status-line.ts'

let dir: string
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'status-'))))
afterEach(() => rmSync(dir, { recursive: true }))

const TOLD = {
  version: '2.1.329',
  cost: { total_cost_usd: 0.5 },
  rate_limits: {
    five_hour: { used_percentage: 42.5, resets_at: 1_800_000_000 },
    seven_day: { used_percentage: 7 },
  },
}

test('what it says, and nothing that is no figure', () => {
  expect(toldBy(JSON.stringify(TOLD), 9)).toEqual({
    at: 9,
    costUsd: 0.5,
    windows: [
      { name: 'five_hour', usedPercent: 42.5, resetsAt: 1_800_000_000_000 },
      { name: 'seven_day', usedPercent: 7, resetsAt: null },
    ],
  })
  const hostile = {
    '\u001b[2J': { used_percentage: 1 },
    five_hour: { used_percentage: '9' },
    seven_day: null,
  }
  expect(toldBy(JSON.stringify({ ...TOLD, rate_limits: hostile }), 9)?.windows).toEqual([])
  expect(toldBy(JSON.stringify({ ...TOLD, cost: { total_cost_usd: -1 } }), 9)?.costUsd).toBeNull()
  expect(toldBy('{"version":', 9)).toBeNull()
})

test('a version that begins at 0 when it resumes does not speak of the whole session', () => {
  expect(toldBy(JSON.stringify({ ...TOLD, version: '2.1.197' }), 9)?.costUsd).toBeNull()
  expect(toldBy(JSON.stringify({ ...TOLD, version: 'newest' }), 9)?.costUsd).toBeNull()
})

test("the person's own line is shown as before, and what it is told is kept", async () => {
  const home = join(dir, "it's home")
  const file = join(home, 'told.json')
  mkdirSync(join(home, '.claude'), { recursive: true })
  const place = { file, workspace: dir, repositoryRoot: dir }
  const run = async () => {
    const { command } = await statusLineFor(place, { HOME: home })
    return spawnSync('sh', ['-c', String(command)], { input: JSON.stringify(TOLD), encoding: 'utf8' })
  }
  expect(await run()).toMatchObject({ stdout: '', stderr: '', status: 0 })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(TOLD)
  const theirs = { type: 'command', command: `printf "I'm "; grep -o 2.1.329`, padding: 2 }
  writeFileSync(join(home, '.claude/settings.json'), JSON.stringify({ statusLine: theirs }))
  expect((await run()).stdout).toBe("I'm 2.1.329\n")
  expect(await statusLineFor(place, { HOME: home })).toMatchObject({ padding: 2 })
})
