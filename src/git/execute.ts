/** Runs git: lock-safe, config-safe, and never with what the caller's environment would redirect it to. */
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { run, type RunResult } from '../platform/run.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { runInShell } from './standby.ts'

export interface GitOptions {
  cwd?: string
  gitDir?: string
  workTree?: string
  /** Added to the scrubbed environment. */
  env?: Record<string, string>
  input?: string | Uint8Array
  /** Exit codes besides 0 that are an answer, not a failure. */
  allow?: readonly number[]
  /** Further `-c key=value` settings. */
  config?: readonly string[]
  /** Leave out the person's and the machine's configuration: for work trees that are not trusted. */
  isolated?: boolean
  /** Keep stdout as bytes in `bytes`: file names need not be UTF-8. */
  raw?: boolean
  timeoutMs?: number
  /** How often to try again while another process holds a lock. Default 40 (facts/merge-and-partition 5). */
  retries?: number
  /** How long to try again, ms. Default 30,000. */
  patienceMs?: number
  /** Kills it. */
  signal?: AbortSignal
  /** At the lowest priority. */
  background?: boolean
  /** Called when a lock is in the way, before the next try. */
  onLocked?: () => void
  /**
   * It may be started by a shell that stands by; `again`: and once more when that dies, as it changes nothing.
   * Never what others wait for when this process dies: a command that a shell was told is not seen yet.
   */
  standby?: 'once' | 'again'
}

export interface GitResult {
  code: number
  stdout: string
  stderr: string
  /** stdout as bytes, only with `raw`. */
  bytes: Buffer
}

/** What git says when another process is in the way for a moment (facts/merge-and-partition 5). */
const LOCKED =
  /Unable to create '.*\.lock': File exists|could not lock|cannot lock|unable to lock|Another git process|File exists|failed to lock|Resource temporarily|gc is already running|failed to read .*commondir/i
/** A compare-and-swap that lost: trying again cannot help. */
const LOST =
  /is at [0-9a-f]+ but expected|incorrect old value|reference already exists|but expected|unable to resolve reference|exists; cannot create/i
/** The lock file that git names. */
const LOCK_FILE = /Unable to create (?:file )?'?(.*\.(?:lock|new))'?: File exists/i
/** An operation of the person's that takes longer than this is told, not waited for, ms. */
const PATIENCE_MS = 30_000
const FULL = /No space left on device|Disk quota exceeded|Out of diskspace/i
/** A write that failed, of which git says where but not why. */
const UNWRITTEN = /(?:couldn't|could not|unable to|failed to) (?:write|create|append to)[^']*'(\/[^']+)'/i
/** Where less than this is left, bytes, a write that failed will have failed for want of room. */
const ROOM = 1024 * 1024

/** Settings that keep git from running anything of a repository's, and from failing at a short lock. */
const SAFE = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'protocol.ext.allow=never',
  'core.filesRefLockTimeout=10000',
  'core.packedRefsTimeout=10000',
  'gc.auto=0',
  'maintenance.auto=false',
  'branch.autoSetupMerge=false',
  'init.defaultRefFormat=files',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'advice.detachedHead=false',
  'core.quotePath=false',
]

/**
 * The environment git runs in: the caller's without anything that redirects git.
 * @param from usually `process.env`
 */
export function gitEnvironment(from: Record<string, string | undefined>): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(from)) {
    if (value === undefined || name.startsWith('GIT_') || name === 'SSH_ASKPASS' || name.startsWith('LC_'))
      continue
    env[name] = value
  }
  return {
    ...env,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    // A replace ref shows another commit under the name of the one that was tested.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_PAGER: 'cat',
    GIT_EDITOR: 'true',
    GIT_SEQUENCE_EDITOR: 'true',
    GIT_MERGE_AUTOEDIT: 'no',
  }
}

const ISOLATED = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_ATTR_NOSYSTEM: '1' }

/**
 * Runs git. Tries again, with jitter, while another process holds a lock. For `git.ts` and `broker.ts` only:
 * what is run here is not looked at.
 * @throws GIT_FAILED with git's own message, GIT_LOCKED, DISK_FULL, GIT_TOO_OLD
 */
export async function execute(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  await requireGit()
  return runGit(args, options)
}

async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const line = [...SAFE, ...(options.config ?? [])].flatMap((setting) => ['-c', setting])
  if (options.gitDir !== undefined) line.push(`--git-dir=${options.gitDir}`)
  if (options.workTree !== undefined) line.push(`--work-tree=${options.workTree}`)
  line.push(...args)
  const env = { ...gitEnvironment(process.env), ...(options.isolated ? ISOLATED : {}), ...options.env }
  const until = performance.now() + (options.patienceMs ?? PATIENCE_MS)
  for (let left = options.retries ?? 40; ; left -= 1) {
    const shelled = options.standby ? await runInShell(line, { ...options, env }) : null
    const ours = shelled?.timedOut || options.signal?.aborted
    const died = shelled !== null && shelled.signal !== null && !ours
    const whole = shelled !== null && !(died && options.standby === 'again')
    const done = whole ? shelled : await direct(line, env, options)
    const code = done.code ?? 128
    const result = { code, stdout: done.stdout, stderr: done.stderr, bytes: done.bytes }
    if (done.code !== null && (code === 0 || options.allow?.includes(code))) return result
    const failure = failed(args, { ...result, signal: done.signal, timedOut: done.timedOut })
    const passing = LOCKED.test(done.stderr) && !LOST.test(done.stderr) && failure.code !== 'DISK_FULL'
    if (!passing || done.timedOut) throw failure
    if (left <= 0 || performance.now() > until) throw locked(done.stderr) ?? failure
    options.onLocked?.()
    await wait(5 + Math.random() * 495)
  }
}

/** In a process that this one starts itself. */
async function direct(
  line: readonly string[],
  env: Record<string, string>,
  options: GitOptions,
): Promise<RunResult & { bytes: Buffer }> {
  const chunks: Buffer[] = []
  const [program, ...first] = options.background ? ['nice', '-n', '19', 'git'] : ['git']
  const done = await run(program, [...first, ...line], {
    env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.raw
      ? {
          onOutput: (chunk: Buffer, stream: string) => void (stream === 'stdout' && chunks.push(chunk)),
          maxBytes: 65536,
        }
      : {}),
  }).catch((error: unknown) => {
    throw notStarted(error, options.cwd)
  })
  return { ...done, bytes: Buffer.concat(chunks) }
}

function isUnwritten(stderr: string): boolean {
  const path = UNWRITTEN.exec(stderr)?.[1]
  if (path === undefined || /File exists|denied/i.test(stderr)) return false
  try {
    const place = statfsSync(dirname(path))
    return place.bavail * place.bsize < ROOM || (place.files > 0 && place.ffree === 0)
  } catch {
    return false
  }
}

function notStarted(error: unknown, cwd: string | undefined): WorktrainError {
  const code = (error as NodeJS.ErrnoException).code
  // A missing directory is reported by spawn as ENOENT of the program.
  const why =
    code === 'ENOENT' ? `git is not installed${cwd ? `, or ${cwd} does not exist` : ''}` : String(error)
  return new WorktrainError('GIT_FAILED', `git could not be started: ${why}.`, { cause: error })
}

function locked(stderr: string): WorktrainError | null {
  const file = LOCK_FILE.exec(stderr)?.[1]
  if (file === undefined) return null
  return new WorktrainError('GIT_LOCKED', `Another git process holds ${file}.`, {
    hint: `Let it end, then try again. If no git runs on this repository, a crash left the file: remove it.`,
    details: { file, stderr },
  })
}

function failed(
  args: readonly string[],
  result: { code: number; stdout: string; stderr: string; signal: string | null; timedOut: boolean },
): WorktrainError {
  const said = result.stderr.trim() || result.stdout.trim().slice(-2000)
  if (FULL.test(result.stderr) || isUnwritten(result.stderr))
    return new WorktrainError('DISK_FULL', `The disk is full: ${said}`)
  const end = result.timedOut
    ? 'did not answer in time'
    : result.signal
      ? `ended by ${result.signal}`
      : `exit ${result.code}`
  return new WorktrainError('GIT_FAILED', `git ${args[0] ?? ''} failed (${end})${said ? `: ${said}` : ''}`, {
    details: {
      args: [...args],
      exit: result.code,
      signal: result.signal,
      stderr: result.stderr,
      timedOut: result.timedOut,
    },
  })
}

const OLDEST = [2, 38] as const
let checked: Promise<void> | undefined

/**
 * Checks once that git is there and new enough: `merge-tree --write-tree` came with 2.38.
 * @throws GIT_TOO_OLD, GIT_FAILED
 */
export function requireGit(): Promise<void> {
  checked ??= gitVersion().then((version) => requireVersion(version))
  checked.catch(() => {
    checked = undefined
  })
  return checked
}

/** @throws GIT_TOO_OLD @param version as git prints it, such as `2.39.5` */
export function requireVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return
  throw new WorktrainError(
    'GIT_TOO_OLD',
    `git ${version} is too old: Worktrain needs ${OLDEST.join('.')} or newer.`,
  )
}

/** Version of the installed git, such as `2.39.5`. */
export async function gitVersion(): Promise<string> {
  const { stdout } = await runGit(['version'], {})
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? '0'
}
