/** Which rung this machine can do: found out by doing it. */
import { accessSync, constants, mkdirSync, readFileSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { readJson, writeFileDurably } from '../platform/files.ts'
import { bootId } from '../platform/processes.ts'
import { run, type RunResult } from '../platform/run.ts'
import { type Rung, WorktrainError } from '../protocol/index.ts'
import { type CellTools, namespaceArgv } from './bubblewrap.ts'
import { diagnose, type MachineFacts } from './enable.ts'

export interface ProbeOptions {
  env: Record<string, string | undefined>
  /** Where a result is kept; absent: in this process only. */
  cacheDir?: string
  now?: () => number
}

export interface RungProbe {
  rung: Rung
  /** Why not a better rung; empty when it is the best. */
  why: string
  /** What would enable the better one; empty when nothing is missing. */
  enable: string
  /** Null: no cell can be built. */
  tools: CellTools | null
  /** As bwrap names it; empty without. */
  version: string
  /** Can a program in the cell make a sandbox of its own? */
  nested: boolean
}

/** What was possible stays so until the next boot or update; look again after a day all the same, ms. */
const KEEP = 24 * 60 * 60 * 1000
const PROBE_TIMEOUT = 10_000

interface Kept {
  key: string
  at: number
  probe: RungProbe
}
const inProcess = new Map<string, Kept>()

/**
 * The best rung of this machine. Only success is remembered (5–20 ms to find out): what fails is tried
 * again each time, so that a person who enables it need not restart anything.
 *
 * `WORKTRAIN_WALLS` in `env`: `hooks` goes without a cell, `bubblewrap` refuses to, `auto` or nothing chooses.
 * @throws CONFIG_INVALID for another value, UNAVAILABLE when `bubblewrap` is demanded and cannot be had
 */
export async function probeRung(options: ProbeOptions): Promise<RungProbe> {
  const wanted = options.env.WORKTRAIN_WALLS || 'auto'
  if (!['auto', 'hooks', 'bubblewrap'].includes(wanted)) {
    throw new WorktrainError(
      'CONFIG_INVALID',
      `WORKTRAIN_WALLS is "${wanted}"; it may be auto, bubblewrap or hooks.`,
    )
  }
  if (wanted === 'hooks') {
    return { ...HOOKS, why: 'WORKTRAIN_WALLS=hooks was set.', enable: 'unset WORKTRAIN_WALLS' }
  }
  const probe = await probeCell(options)
  if (wanted === 'bubblewrap' && probe.rung !== 'bubblewrap') throw unavailable(probe)
  return probe
}

/** A rung was demanded that this machine cannot do. */
export function unavailable(probe: RungProbe): WorktrainError {
  return new WorktrainError(
    'UNAVAILABLE',
    `No cell can be built: ${probe.why}`,
    probe.enable ? { hint: probe.enable } : {},
  )
}

const HOOKS = { rung: 'hooks', tools: null, version: '', nested: false } as const

async function probeCell(options: ProbeOptions): Promise<RungProbe> {
  const machine: MachineFacts = {
    platform: process.platform,
    osRelease: readOr('/etc/os-release'),
    apparmorRestricts: readOr('/proc/sys/kernel/apparmor_restrict_unprivileged_userns').trim() === '1',
    usernsClone: readOr('/proc/sys/kernel/unprivileged_userns_clone').trim(),
    maxUserNamespaces: readOr('/proc/sys/user/max_user_namespaces').trim(),
  }
  const bwrap = process.platform === 'linux' ? findProgram('bwrap', options.env) : null
  if (bwrap === null) return { ...HOOKS, ...diagnose(machine, null) }
  const { mtimeMs, size } = statSync(bwrap)
  const key = [bootId(), process.getuid?.(), bwrap, mtimeMs, size].join(' ')
  const now = (options.now ?? Date.now)()
  const known = recall(key, options.cacheDir, now)
  if (known) return known
  const probe = await tryCell(bwrap, machine, options.env)
  if (probe.rung === 'bubblewrap') remember({ key, at: now, probe }, options.cacheDir)
  return probe
}

async function tryCell(bwrap: string, machine: MachineFacts, env: ProbeOptions['env']): Promise<RungProbe> {
  const outer = [
    ...namespaceArgv(process.getuid?.() === 0),
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
  ]
  const attempt = (argv: string[]): Promise<RunResult> =>
    run(bwrap, [...outer, '--tmpfs', '/tmp', '--', ...argv], {
      env: { PATH: env.PATH },
      timeoutMs: PROBE_TIMEOUT,
    })
  const version = (await run(bwrap, ['--version'], { timeoutMs: PROBE_TIMEOUT })).stdout.trim()
  const plain = await attempt(['/bin/sh', '-c', 'exit 0'])
  if (plain.code !== 0) {
    const said = plain.timedOut ? 'it did not end' : plain.stderr.trim()
    return { ...HOOKS, version, ...diagnose(machine, said) }
  }
  const coreutils = findProgram('env', env)
  const signals =
    coreutils !== null &&
    (await attempt([coreutils, '--default-signal=INT', '/bin/sh', '-c', 'exit 0'])).code === 0
  const inner = await attempt([
    bwrap,
    '--unshare-user',
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--',
    '/bin/sh',
    '-c',
    'exit 0',
  ])
  const tools = { bwrap, env: signals ? coreutils : null }
  return { rung: 'bubblewrap', why: '', enable: '', tools, version, nested: inner.code === 0 }
}

function recall(key: string, cacheDir: string | undefined, now: number): RungProbe | null {
  const fresh = (kept: Kept | null | undefined) => kept?.key === key && kept.at <= now && now - kept.at < KEEP
  const here = inProcess.get(key)
  if (here && fresh(here)) return here.probe
  if (cacheDir === undefined) return null
  try {
    const kept = readJson<Kept>(join(cacheDir, 'walls.json'))
    if (!kept || !fresh(kept)) return null
    inProcess.set(key, kept)
    return kept.probe
  } catch {
    // A damaged cache is no cache: it is written anew.
    return null
  }
}

function remember(kept: Kept, cacheDir: string | undefined): void {
  inProcess.set(kept.key, kept)
  if (cacheDir === undefined) return
  try {
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 })
    writeFileDurably(join(cacheDir, 'walls.json'), JSON.stringify(kept))
  } catch {
    // No cache (a full disk, a read-only home) costs the next process some milliseconds.
  }
}

function findProgram(name: string, env: ProbeOptions['env']): string | null {
  for (const directory of [...(env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/bin']) {
    if (!isAbsolute(directory)) continue
    const path = join(directory, name)
    try {
      accessSync(path, constants.X_OK)
      if (statSync(path).isFile()) return path
    } catch {
      // Not here: look further.
    }
  }
  return null
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
