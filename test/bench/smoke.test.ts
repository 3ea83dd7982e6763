/** The measurements still run, and say what they promise. No time and no size is asserted. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderCell, type CellResult } from '../../bench/cell.ts'
import type { LsResult } from '../../bench/ls.ts'
import { table } from '../../bench/measure.ts'
import { measureMemory, renderMemory } from '../../bench/memory.ts'
import { renderStorm, type StormResult } from '../../bench/storm.ts'
import { renderReal } from '../../bench/train/real-report.ts'
import type { RealResult } from '../../bench/train/real.ts'
import { claude } from '../fixtures/claude.ts'

const MAIN = join(import.meta.dirname, '../../bench/main.ts')
const WIDTH = 80

function bench(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME }
    execFile(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 128 : 0, stdout, stderr })
    })
  })
}

test('ls: a row a command for each number of sessions, as JSON', async () => {
  const { code, stdout, stderr } = await bench([
    'ls',
    '--json',
    '--sessions',
    '1,2',
    '--files',
    '5',
    '--repeat',
    '1',
  ])
  expect(code, stderr).toBe(0)
  const { ls, before, after } = JSON.parse(stdout) as { ls: LsResult; before: string; after: string }
  for (const line of [before, after]) expect(line).toMatch(/Node \d.*load \d/)
  expect(ls).toMatchObject({ files: 5, repeat: 1 })
  const asked = ls.rows.map(({ sessions, command }) => `${sessions} ${command}`)
  expect(asked.filter((row) => row.startsWith('1 '))).toHaveLength(5)
  expect(asked).toEqual(expect.arrayContaining(['2 node -e 0', '2 git status', '2 worktrain ls --json']))
  for (const { median, min, max, ratio } of ls.rows) {
    expect(median).toBeGreaterThan(0)
    expect(ratio).toBeGreaterThan(0)
    expect(min <= median && median <= max).toBe(true)
  }
})

const linux = process.platform === 'linux'
test.skipIf(!linux)(
  `memory${linux ? '' : ' (skipped: it reads /proc)'}: supervisor, host and cell`,
  async () => {
    const result = await measureMemory({ sessions: [1, 0], files: 5, settleMs: 0 })
    expect(result.rows.filter(({ agent }) => agent === 'cat')).toMatchObject([
      { sessions: 0, what: 'supervisor' },
      { sessions: 1, what: 'supervisor' },
      { sessions: 1, what: 'host, each' },
      { sessions: 1, what: 'cell and agent, each' },
    ])
    expect(result.rows).toHaveLength(claude ? 7 : 4)
    for (const { pss, private: own, rss } of [result.node, ...result.rows]) {
      expect(own).toBeGreaterThan(0)
      expect(own).toBeLessThanOrEqual(pss)
      expect(pss).toBeLessThanOrEqual(rss)
    }
    for (const line of renderMemory(result).split('\n')) expect(line.length).toBeLessThanOrEqual(WIDTH)
  },
)

test('storm: nothing fails and nothing is lost in sealed workspaces', async () => {
  const { code, stdout, stderr } = await bench([
    'storm',
    '--json',
    '--workers',
    '4',
    '--repeat',
    '1',
    '--files',
    '5',
  ])
  expect(code, stderr).toBe(0)
  const { storm } = JSON.parse(stdout) as { storm: StormResult }
  expect(storm.rows.map(({ method }) => method)).toEqual(['git worktree add', 'sealed workspaces'])
  expect(storm.rows[1]).toMatchObject({ workers: 4, failed: 0, locked: 0, commits: 4, lost: 0 })
  for (const line of renderStorm(storm).split('\n')) expect(line.length).toBeLessThanOrEqual(WIDTH)
})

test('train-real: the same changes land one at a time and by the policy, and a landing has its parts', async () => {
  const { code, stdout, stderr } = await bench([
    ...['train-real', '--json', '--sessions', '2', '--files', '5', '--repeat', '1'],
  ])
  expect(code, stderr).toBe(0)
  const real = (JSON.parse(stdout) as { 'train-real': RealResult })['train-real']
  expect(real).toMatchObject({ changes: 2, rounds: 1 })
  expect(real.rows).toHaveLength(4)
  expect(real.rows[0]?.ratio).toEqual({ makespan: 1, latency: 1, runs: 1 })
  for (const { ms } of real.parts) expect(ms.median).toBeGreaterThanOrEqual(0)
  for (const line of renderReal(real).split('\n')) expect(line.length).toBeLessThanOrEqual(WIDTH)
})

test('cell: a launch and every git command, without walls and on each rung there is', async () => {
  const { code, stdout, stderr } = await bench(['cell', '--json', '--repeat', '1', '--files', '250'])
  expect(code, stderr).toBe(0)
  const { cell } = JSON.parse(stdout) as { cell: CellResult }
  const rungs = ['none', 'bubblewrap', 'landlock'].filter((rung) => !(rung in cell.without)).toSorted()
  expect(cell.git).toHaveLength(8)
  for (const row of [cell.launch, ...cell.git]) expect(Object.keys(row.times).toSorted()).toEqual(rungs)
  for (const line of renderCell(cell).split('\n'))
    if (!line.startsWith('not measured')) expect(line.length).toBeLessThanOrEqual(WIDTH)
})

test('what cannot be measured is an error before anything is started', async () => {
  expect(await bench(['speed'])).toMatchObject({ code: 2, stdout: '' })
  expect(await bench(['ls', '--sessions', 'many'])).toMatchObject({ code: 2, stdout: '' })
})

test('a table aligns its columns; a heading has none', () => {
  expect(table([['', 'ms'], ['of a kind that is long'], ['node', '42'], ['git', '1234']])).toBe(
    '        ms\nof a kind that is long\nnode    42\ngit   1234',
  )
})
