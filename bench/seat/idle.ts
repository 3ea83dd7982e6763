/** What does the seat cost while nothing happens? */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pass } from 'node:timers/promises'
import { processesOf } from '../../src/platform/processes.ts'
import { launchBrowser, sitDown } from '../../test/e2e/browser.ts'
import type { World } from '../../test/fixtures/world.ts'
import { table } from '../measure.ts'
import type { Wanted } from '../measure.ts'
import { inPlace } from '../place.ts'
import { watchTerminal } from './marks.ts'

const MINUTE_MS = 60_000
const QUICK_MS = 5000
/** After a start, before anything is counted, ms. */
const SETTLE_MS = 5000
/** Of `/proc/PID/stat`: ticks of 10 ms, on every Linux that Node runs on. */
const TICK_MS = 10

const WHO = ['supervisor', 'terminal board', 'web board', 'hosts, together'] as const
type Who = (typeof WHO)[number]

export interface IdleResult {
  seconds: number
  /** Processor time, ms a minute. */
  rows: { sessions: number; cpu: Record<Who, number> }[]
}

/** @throws Error on anything but Linux, whose /proc knows the numbers */
export async function measureIdle(wanted: Wanted): Promise<IdleResult> {
  if (process.platform !== 'linux')
    throw new Error('processor time is measured on Linux only: it reads /proc')
  const { sessions = [0, 8, 64], quick = false, say = () => {} } = wanted
  const forMs = quick ? QUICK_MS : MINUTE_MS
  const rows: IdleResult['rows'] = []
  await inPlace(50, {}, async (world) => {
    await world.json(['ls'])
    let made = 0
    for (const n of sessions.toSorted((a, b) => a - b)) {
      say(`seat-idle: ${n} sessions`)
      await startUpTo(world, made, n)
      made = n
      const browser = await launchBrowser()
      const board = watchTerminal(world, [], { cols: 120, rows: 40 })
      try {
        await sitDown(world, browser)
        await pass(SETTLE_MS)
        rows.push({ sessions: n, cpu: await used(await groups(world, board.pid), forMs) })
      } finally {
        board.close()
        await browser.close()
      }
    }
  })
  return { seconds: forMs / 1000, rows }
}

async function startUpTo(world: World, made: number, n: number): Promise<void> {
  const fresh = Array.from({ length: n - made }, (_, i) => `calm-${made + i}`)
  if (fresh.length === 0) return
  const sessions = fresh.map((name) => ({
    ...{ name, goal: `Be ${name}`, agent: 'command', command: ['/bin/cat'] },
  }))
  await world.client.call('run', { repo: world.repo, sessions, limits: { active: n } })
  for (const name of fresh) await world.until(name, ({ process }) => process.state === 'running', 'runs')
}

/** Processes of each part of the seat. */
async function groups(world: World, board: number): Promise<Record<Who, number[]>> {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  const parents = new Map(all.map((pid) => [pid, parentOf(pid)]))
  const below = (pid: number): number[] => [
    pid,
    ...[...parents].filter(([, parent]) => parent === pid).flatMap(([child]) => below(child)),
  ]
  const supervisor = await world.supervisor()
  const browser = [...parents].filter(
    ([pid, parent]) => parent === process.pid && nameOf(pid).includes('chrom'),
  )
  const hosts = processesOf(null, `HOME=${world.home}`).filter((pid) =>
    commandOf(pid).includes('host-spec.json'),
  )
  return {
    supervisor: [supervisor],
    'terminal board': below(board),
    'web board': browser.flatMap(([pid]) => below(pid)),
    'hosts, together': hosts,
  }
}

async function used(of: Record<Who, number[]>, forMs: number): Promise<Record<Who, number>> {
  const now = (): Record<Who, number> =>
    Object.fromEntries(WHO.map((who) => [who, of[who].reduce((sum, pid) => sum + cpuMs(pid), 0)])) as Record<
      Who,
      number
    >
  const before = now()
  const from = performance.now()
  await pass(forMs)
  const share = MINUTE_MS / (performance.now() - from)
  const after = now()
  return Object.fromEntries(WHO.map((who) => [who, (after[who] - before[who]) * share])) as Record<
    Who,
    number
  >
}

/** Fields of proc_pid_stat(5) after the name, which may hold anything; none of a process that has ended. */
function fieldsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  } catch {
    return []
  }
}
const parentOf = (pid: number): number => Number(fieldsOf(pid)[1] ?? 0)
const cpuMs = (pid: number): number =>
  (Number(fieldsOf(pid)[11] ?? 0) + Number(fieldsOf(pid)[12] ?? 0)) * TICK_MS

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
const nameOf = (pid: number): string => commandOf(pid).split('\0')[0] ?? ''

export function renderIdle({ seconds, rows }: IdleResult): string {
  const share = (ms: number): string => `${((ms / MINUTE_MS) * 100).toFixed(1)} %`
  return [
    `Processor time while nothing happens, of one core, over ${seconds} s`,
    '',
    table([
      ['sessions', ...WHO],
      ...rows.map(({ sessions, cpu }) => [String(sessions), ...WHO.map((who) => share(cpu[who]))]),
    ]),
  ].join('\n')
}
