/** How much memory do supervisor, host and cell take for each idle session? */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { pathsFrom } from '../src/platform/paths.ts'
import { processesOf, processesWithArgument } from '../src/platform/processes.ts'
import type { BriefInput, SessionView } from '../src/protocol/api.ts'
import { startModelServer } from '../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv } from '../test/fixtures/claude.ts'
import type { World } from '../test/fixtures/world.ts'
import { summary, table } from './measure.ts'
import type { Wanted } from './measure.ts'
import { inPlace } from './place.ts'

/** Memory of one or more processes, bytes. */
export interface Memory {
  /** Shared pages divided by those who share them: these numbers may be added up. */
  pss: number
  /** Pages that nobody shares: what comes back when it ends. */
  private: number
  rss: number
}

export interface MemoryRow extends Memory {
  agent: string
  sessions: number
  /** What was measured; of several the median of each column. */
  what: 'supervisor' | 'host, each' | 'cell and agent, each'
}

export interface MemoryResult {
  /** A Node process of the same version that does nothing. */
  node: Memory
  rows: MemoryRow[]
  skipped: string[]
}

interface Kind {
  agent: string
  env: Record<string, string>
  brief: Partial<BriefInput>
  idle: (session: SessionView) => boolean
}

/**
 * @param wanted.settleMs rest before each look, so that what a start has left behind is collected
 * @throws Error on anything but Linux, whose /proc knows the numbers
 */
export async function measureMemory(wanted: Wanted & { settleMs?: number }): Promise<MemoryResult> {
  if (process.platform !== 'linux') throw new Error('memory is measured on Linux only: it reads /proc')
  const { sessions = [0, 1, 4, 13], files = 50, settleMs = 5000, say = () => {} } = wanted
  const sizes = sessions.toSorted((a, b) => a - b)
  const node = await idleNode()
  const rows = await idleSessions(COMMAND, { sizes, files, settleMs, say })
  if (claude === null) return { node, rows, skipped: ['Claude Code: not found'] }
  const server = await startModelServer()
  try {
    const env = claudeEnv(server.url)
    const idle: Kind['idle'] = ({ process, activity }) =>
      process.state === 'running' && activity.state === 'idle'
    const kind = { agent: `Claude Code ${claude.version}`, env, brief: {}, idle }
    rows.push(...(await idleSessions(kind, { sizes: sizes.filter((n) => n > 0), files, settleMs, say })))
  } finally {
    await server.close()
  }
  return { node, rows, skipped: [] }
}

const COMMAND: Kind = {
  agent: 'cat',
  env: {},
  brief: { agent: 'command', command: ['/bin/cat'] },
  idle: ({ process }) => process.state === 'running',
}

async function idleSessions(
  kind: Kind,
  {
    sizes,
    files,
    settleMs,
    say,
  }: Required<Pick<Wanted, 'files' | 'say'>> & { sizes: number[]; settleMs: number },
): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = []
  await inPlace(files, kind.env, async (world) => {
    await world.json(['ls'])
    const supervisor = await world.supervisor()
    const names: string[] = []
    for (const n of sizes) {
      say(`memory: ${n} x ${kind.agent}`)
      await startUpTo(world, kind, names, n)
      await pass(settleMs)
      const add = (what: MemoryRow['what'], memory: Memory): void =>
        void rows.push({ agent: kind.agent, sessions: n, what, ...memory })
      add('supervisor', memoryOf([supervisor]))
      if (n === 0) continue
      const views = await world.client.call('sessions', { repo: world.repo, all: false })
      const hosts = views.map(({ id }) => hostOf(world, id))
      add('host, each', medians(hosts.map((pid) => memoryOf([pid]))))
      const cells = views.map(({ id }, i) =>
        processesOf(hosts[i] ?? null, `WORKTRAIN_SESSION=${id}`).filter((pid) => pid !== hosts[i]),
      )
      add('cell and agent, each', medians(cells.map(memoryOf)))
    }
  })
  return rows
}

async function startUpTo(world: World, kind: Kind, names: string[], n: number): Promise<void> {
  const fresh = Array.from({ length: n - names.length }, (_, i) => `idle-${names.length + i}`)
  if (fresh.length === 0) return
  const sessions = fresh.map((name) => ({ ...kind.brief, name, goal: `Say hello, ${name}.` }))
  await world.client.call('run', { repo: world.repo, sessions, limits: { active: n } })
  for (const name of fresh) await world.until(name, kind.idle, 'is idle')
  names.push(...fresh)
}

function hostOf(world: World, id: string): number {
  const [pid] = processesWithArgument(join(pathsFrom(world.env).sessionState(id), 'host-spec.json'))
  if (pid === undefined) throw new Error(`session ${id} has no host`)
  return pid
}

async function idleNode(): Promise<Memory> {
  const child = spawn(process.execPath, ['-e', "process.stdout.write('up'); setInterval(() => {}, 1e6)"], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await new Promise((resolve, reject) => child.once('error', reject).stdout.once('data', resolve))
    return memoryOf([child.pid ?? 0])
  } finally {
    child.kill('SIGKILL')
  }
}

/** Sum over processes. Fields of smaps_rollup: proc_pid_smaps(5). */
function memoryOf(pids: readonly number[]): Memory {
  const sum: Memory = { pss: 0, private: 0, rss: 0 }
  for (const pid of pids) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    const bytes = (name: string): number =>
      1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1])
    sum.pss += bytes('Pss')
    sum.private += bytes('Private_Clean') + bytes('Private_Dirty')
    sum.rss += bytes('Rss')
  }
  return sum
}

function medians(all: readonly Memory[]): Memory {
  const of = (name: keyof Memory): number => summary(all.map((each) => each[name]))?.median ?? 0
  return { pss: of('pss'), private: of('private'), rss: of('rss') }
}

export function renderMemory({ node, rows, skipped }: MemoryResult): string {
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)
  const cells = (memory: Memory): string[] => [memory.pss, memory.private, memory.rss].map(mb)
  return [
    'Memory of idle sessions, MB (PSS: shared pages divided among those who share)',
    '',
    table([
      ['', 'PSS', 'private', 'RSS'],
      ['node that does nothing', ...cells(node)],
      ...rows.flatMap((row, i) => {
        const heading = `${row.sessions} x ${row.agent}`
        const first = i === 0 || heading !== `${rows[i - 1]?.sessions} x ${rows[i - 1]?.agent}`
        return [...(first ? [[heading]] : []), [`  ${row.what}`, ...cells(row)]]
      }),
    ]),
    ...skipped.map((what) => `skipped: ${what}`),
  ].join('\n')
}
