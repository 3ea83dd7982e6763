/** Tries to build the smallest cell of each rung, and says why it cannot be built. */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { findProgram } from '../platform/find.ts'
import { run, type RunResult } from '../platform/run.ts'
import { namespaceArgv, starter } from './bubblewrap.ts'
import { diagnoseBubblewrap, diagnoseLandlock, type MachineFacts } from './enable.ts'
import { filterWords } from './filter.ts'
import { seatbeltArgv } from './seatbelt.ts'

/** A rung that is more than hooks. */
export type WalledRung = 'bubblewrap' | 'landlock' | 'sandbox-exec'

/** What builds a cell, as it was found. */
export type CellTools = BubblewrapTools | LandlockTools | SeatbeltTools

export interface BubblewrapTools {
  rung: 'bubblewrap'
  /** Path of bwrap. */
  bwrap: string
  /** Path of an `env` that knows `--default-signal` (coreutils 8.31); null: there is none. */
  env: string | null
  /** Path of perl, which gives the cell a keyring of its own; null: there is none. */
  perl: string | null
  /** Can it refuse the system calls of `filter.ts`? */
  filter: boolean
  /** As bwrap names it. */
  version: string
  /** Can a program in the cell make a sandbox of its own? */
  nested: boolean
}

export interface LandlockTools {
  rung: 'landlock'
  /** Path of perl. */
  perl: string
  /** Version of Landlock in this kernel. */
  abi: number
}

export interface SeatbeltTools {
  rung: 'sandbox-exec'
  /** Path of sandbox-exec. */
  program: string
}

/** `tools` null: it cannot be had, for this reason and with this way out. */
export interface Tried {
  tools: CellTools | null
  why: string
  enable: string
}

type Environment = Record<string, string | undefined>

/** Beside this file: in the sources, and in dist, where the build puts it. */
export const LANDLOCK_SCRIPT = join(import.meta.dirname, 'landlock.pl')
const TIMEOUT = 10_000

/** The program that builds the cells of a rung; null: it is not installed. */
export function programOf(rung: WalledRung, env: Environment): string | null {
  if (rung === 'bubblewrap') return process.platform === 'linux' ? inSystem('bwrap', env.PATH) : null
  // The system's own: another perl may be a script that looks for one.
  if (rung === 'landlock') return process.platform === 'linux' ? inSystem('perl') : null
  return process.platform === 'darwin' ? inSystem('sandbox-exec') : null
}

/** @param program what {@link programOf} found */
export function tryRung(rung: WalledRung, program: string | null, env: Environment): Promise<Tried> {
  if (rung === 'bubblewrap') return tryBubblewrap(program, env)
  if (rung === 'landlock') return tryLandlock(program, env)
  return trySandboxExec(program)
}

async function tryBubblewrap(bwrap: string | null, env: Environment): Promise<Tried> {
  const machine = machineFacts()
  if (bwrap === null) return { tools: null, ...diagnoseBubblewrap(machine, null) }
  const outer = [...namespaceArgv(process.getuid?.() === 0), ...ROOT, '--proc', '/proc', '--tmpfs', '/tmp']
  const attempt = (argv: string[]): Promise<RunResult> =>
    run(bwrap, [...outer, '--', ...argv], { env: { PATH: env.PATH }, timeoutMs: TIMEOUT })
  const version = (await run(bwrap, ['--version'], { timeoutMs: TIMEOUT })).stdout.trim()
  const plain = await attempt(SUCCEED)
  if (plain.code !== 0) return { tools: null, ...diagnoseBubblewrap(machine, said(plain)) }
  const coreutils = inSystem('env', env.PATH)
  const signals =
    coreutils !== null && (await attempt([coreutils, '--default-signal=INT', ...SUCCEED])).code === 0
  const inner = await attempt([bwrap, '--unshare-user', ...ROOT, '--', ...SUCCEED])
  const perl = programOf('landlock', env)
  const [first = '', ...rest] = [...starter({ env: null, perl, filter: true }), bwrap, ...outer, '--']
  const filtered =
    perl !== null &&
    (await run(first, [...rest, ...SUCCEED], { env: { PATH: env.PATH }, timeoutMs: TIMEOUT }))
  return found({
    rung: 'bubblewrap',
    bwrap,
    env: signals ? coreutils : null,
    perl,
    filter: filtered !== false && filtered.code === 0,
    version,
    nested: inner.code === 0,
  })
}
const ROOT = ['--ro-bind', '/', '/', '--dev', '/dev']
const SUCCEED = ['/bin/sh', '-c', 'exit 0']

/** The wall must be seen to hold: a kernel that takes the rules and does not keep them is none. */
const HOLDS = ': > "$1/x" || exit 1; if (: > "$1.out") 2> /dev/null; then exit 1; fi; exit 0'

async function tryLandlock(perl: string | null, env: Environment): Promise<Tried> {
  const machine = machineFacts()
  if (perl === null) return { tools: null, ...diagnoseLandlock(machine, null) }
  const attempt = (argv: string[]): Promise<RunResult> =>
    run(perl, [LANDLOCK_SCRIPT, ...argv], { env: { PATH: env.PATH }, timeoutMs: TIMEOUT })
  const version = await attempt(['--abi'])
  const directory = mkdtempSync(join(tmpdir(), 'worktrain-wall-'))
  try {
    const filter = filterWords(process.arch).flatMap((hex) => ['--filter', hex])
    const rules = ['--read', '/', '--write', directory, '--device', '/dev/null', ...filter]
    const result =
      version.code === 0 ? await attempt([...rules, '--', '/bin/sh', '-c', HOLDS, 'sh', directory]) : version
    if (result.code !== 0) return { tools: null, ...diagnoseLandlock(machine, said(result)) }
  } finally {
    for (const path of [directory, `${directory}.out`]) rmSync(path, { recursive: true, force: true })
  }
  return found({ rung: 'landlock', perl, abi: Number(version.stdout) })
}

async function trySandboxExec(program: string | null): Promise<Tried> {
  if (program === null)
    return { tools: null, why: 'sandbox-exec is a program of macOS, and is not here.', enable: '' }
  const directory = realpathSync.native(mkdtempSync(join(tmpdir(), 'worktrain-wall-')))
  try {
    const facts = { ...NO_FACTS, workspace: directory, tempDir: directory, home: directory }
    const argv = ['/bin/sh', '-c', HOLDS, 'sh', directory]
    const [, ...args] = seatbeltArgv(facts, { program }, directory, argv)
    const result = await run(program, args, { timeoutMs: TIMEOUT })
    if (result.code === 0) return found({ rung: 'sandbox-exec', program })
    return { tools: null, why: `sandbox-exec cannot make a cell: ${said(result)}`, enable: '' }
  } finally {
    for (const path of [directory, `${directory}.out`]) rmSync(path, { recursive: true, force: true })
  }
}
const NO_FACTS = {
  ...{
    writable: [],
    readable: [],
    protect: [],
    contested: [],
    hidden: [],
    programs: [],
    volatile: [],
    sockets: [],
  },
  root: false,
}

const found = (tools: CellTools): Tried => ({ tools, why: '', enable: '' })

function said(result: RunResult): string {
  return result.timedOut ? 'it did not end' : result.stderr.trim() || `it exited with ${result.code}`
}

function machineFacts(): MachineFacts {
  return {
    platform: process.platform,
    osRelease: readOr('/etc/os-release'),
    apparmorRestricts: readOr('/proc/sys/kernel/apparmor_restrict_unprivileged_userns').trim() === '1',
    usernsClone: readOr('/proc/sys/kernel/unprivileged_userns_clone').trim(),
    maxUserNamespaces: readOr('/proc/sys/user/max_user_namespaces').trim(),
  }
}

/** On PATH, else where systems keep their own. */
function inSystem(name: string, path = ''): string | null {
  return findProgram(name, [path, '/usr/bin', '/usr/local/bin', '/bin'].join(delimiter))
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
