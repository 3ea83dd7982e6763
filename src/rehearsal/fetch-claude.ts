/** Finds the Claude Code program on this machine, or fetches its npm package into the cache. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ownIdentity, startTimeOf } from '../platform/processes.ts'
import { run } from '../platform/run.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { findInstalled, versionOf } from './find-claude.ts'

/** The version every recipe was measured with; fetched where none is installed. */
export const CLAUDE_VERSION = '2.1.329'
/** Bytes of the unpacked 2.1.329 for linux-x64; said when the registry does not tell the size. */
const MEASURED_BYTES = 377_545_232
/** npm's own waits between tries are made for builds: a person without a network would sit for 90 s. */
const SHORT_WAITS = ['--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=4000']
const LICENCE =
  "Anthropic's commercial terms (not open source), see https://code.claude.com/docs/en/legal-and-compliance"

export interface ClaudeProgram {
  path: string
  version: string
  /** This call put it into the cache. */
  fetched: boolean
}

export type FetchProgress =
  /** An installation that is too old, with what happens instead. */
  | { stage: 'passed-over'; path: string; version: string }
  /** Before anything is downloaded. */
  | { stage: 'announced'; package: string; version: string; bytes: number; into: string; licence: string }
  /** Another process is fetching the same. */
  | { stage: 'waiting'; pid: number }
  | { stage: 'fetching'; bytes: number; total: number }
  | { stage: 'checking' }

export interface FetchOptions {
  cacheDir: string
  /** The person's own environment: PATH, npm configuration; `WORKTRAIN_CLAUDE` names a program to use. */
  env: Record<string, string | undefined>
  version?: string
  onProgress?: (progress: FetchProgress) => void
  /** False: only look. */
  allowFetch: boolean
  signal?: AbortSignal
}

/**
 * @returns null when there is none and fetching was declined
 * @throws FETCH_FAILED with npm's reason; nothing half-made is left
 * @throws AGENT_NOT_INSTALLED when `WORKTRAIN_CLAUDE` names something that does not run
 */
export async function findOrFetchClaude(options: FetchOptions): Promise<ClaudeProgram | null> {
  const version = options.version ?? CLAUDE_VERSION
  const agents = join(options.cacheDir, 'agents')
  const installed = await findInstalled(options.env, (path, found) => {
    options.onProgress?.({ stage: 'passed-over', path, version: found })
  })
  if (installed) return { ...installed, fetched: false }
  const name = platformPackage()
  const kept = name ? programIn(join(agents, `claude-code-${version}`), name) : null
  if (kept && existsSync(kept)) return { path: kept, version, fetched: false }
  if (!options.allowFetch) return null
  if (!name) throw failed(`there is no package for ${process.platform}-${process.arch}`)
  return fetchInto(agents, name, version, options)
}

async function fetchInto(
  agents: string,
  name: string,
  version: string,
  options: FetchOptions,
): Promise<ClaudeProgram> {
  const directory = join(agents, `claude-code-${version}`)
  const program = programIn(directory, name)
  mkdirSync(agents, { recursive: true })
  if (await anotherFetched(agents, directory, program, options))
    return { path: program, version, fetched: false }

  const { pid, startTime } = ownIdentity()
  const random = randomBytes(4).toString('hex')
  const partial = `${directory}.partial-${pid}-${nameable(startTime)}-${random}`
  let watch: NodeJS.Timeout | undefined
  try {
    mkdirSync(partial)
    const total = (await unpackedSize(name, version, options.env)) ?? MEASURED_BYTES
    options.onProgress?.({
      stage: 'announced',
      package: name,
      version,
      bytes: total,
      into: directory,
      licence: LICENCE,
    })
    watch = setInterval(
      () => options.onProgress?.({ stage: 'fetching', bytes: sizeOf(programIn(partial, name)), total }),
      500,
    )
    // The platform's own package alone: its program needs no install script (the wrapper's would only link it).
    const args = [
      'install',
      '--prefix',
      partial,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      '--no-save',
    ]
    if (options.signal?.aborted) throw failed('it was interrupted')
    const npm = await run(
      'npm',
      [
        ...args,
        ...SHORT_WAITS,
        '--global=false',
        '--prefer-offline',
        '--loglevel=error',
        `${name}@${version}`,
      ],
      {
        cwd: partial,
        env: options.env,
        ...(options.signal ? { signal: options.signal } : {}),
      },
    ).catch((error: NodeJS.ErrnoException) => {
      throw failed(error.code === 'ENOENT' ? 'npm was not found on PATH' : error.message)
    })
    if (options.signal?.aborted) throw failed('it was interrupted')
    if (npm.code !== 0) throw failed(reasonOf(npm.stderr || npm.stdout))
    options.onProgress?.({ stage: 'checking' })
    const got = await versionOf(programIn(partial, name), options.env)
    if (got !== version)
      throw failed(`the fetched program says it is version ${got ?? 'nothing'}, not ${version}`)
    try {
      renameSync(partial, directory)
    } catch (error) {
      // Somebody else finished first: theirs is as good.
      if (!existsSync(program)) throw error
    }
    return { path: program, version, fetched: true }
  } finally {
    clearInterval(watch)
    rmSync(partial, { recursive: true, force: true })
  }
}

/** Removes what dead fetches left, waits for a live one. @returns whether the program is there now */
async function anotherFetched(
  agents: string,
  directory: string,
  program: string,
  options: FetchOptions,
): Promise<boolean> {
  let told = false
  for (;;) {
    if (existsSync(program)) return true
    let owner: number | null = null
    for (const name of readdirSync(agents)) {
      const found = /\.partial-(\d+)-(\w+)-[0-9a-f]+$/.exec(name)
      if (!found || !join(agents, name).startsWith(`${directory}.partial-`)) continue
      const pid = Number(found[1])
      if (nameable(startTimeOf(pid)) === found[2]) owner = pid
      else rmSync(join(agents, name), { recursive: true, force: true })
    }
    if (owner === null || owner === process.pid) return false
    if (!told) options.onProgress?.({ stage: 'waiting', pid: owner })
    told = true
    await delay(500)
    if (options.signal?.aborted) throw failed('it was interrupted')
  }
}

/** Name of the package that holds this platform's program; null: there is none. */
function platformPackage(): string | null {
  const supported = ['linux', 'darwin'].includes(process.platform) && ['x64', 'arm64'].includes(process.arch)
  if (!supported) return null
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  const musl = process.platform === 'linux' && report.header?.glibcVersionRuntime === undefined
  return `@anthropic-ai/claude-code-${process.platform}-${process.arch}${musl ? '-musl' : ''}`
}

function programIn(directory: string, name: string): string {
  return join(directory, 'node_modules', name, 'claude')
}

async function unpackedSize(name: string, version: string, env: FetchOptions['env']): Promise<number | null> {
  // Only a number to show: a registry that does not answer is met, with its reason, by the fetch itself.
  const view = await run(
    'npm',
    ['view', `${name}@${version}`, 'dist.unpackedSize', '--json', '--fetch-retries=0'],
    {
      env,
      timeoutMs: 20_000,
    },
  ).catch(() => null)
  const size = Number(view?.stdout.trim())
  return view?.code === 0 && Number.isSafeInteger(size) && size > 0 ? size : null
}

/** A start time as part of a file name; null stays null. */
function nameable(startTime: string | null): string | null {
  return startTime?.replace(/\W+/g, '_') ?? null
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** npm's own reason without its prefixes and the pointer to its log. */
function reasonOf(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .filter((line) => line !== '' && !/complete log of this run|^npm warn/i.test(line))
  return `npm said: ${lines.slice(0, 3).join(' ') || 'nothing'}`
}

function failed(why: string): WorktrainError {
  return new WorktrainError('FETCH_FAILED', `Claude Code could not be fetched: ${why}`)
}
