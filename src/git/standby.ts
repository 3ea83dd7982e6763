/**
 * Small shells that stand by to start git, so that this process need not fork itself.
 *
 * A fork of a process that holds 100 MB stops it for 10 to 20 ms on a virtual machine, and what it writes
 * afterwards is copied page by page; a shell of 1 MB forks in less than one. A shell outlives this process until
 * what it was told is done: who comes after it waits for that ({@link nameShells}).
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { signal, treeOf } from '../platform/processes.ts'
import type { RunResult } from '../platform/run.ts'
import { shellQuoted } from '../protocol/shell-quote.ts'

/** Shells that are kept; with more commands at once, the others are started as usual. */
const MOST = 4
/** A command line longer than this is started as usual, characters. */
const LONGEST = 64 * 1024

/** Git's exit code for a command line it does not understand; above it stand those of signals. */
const USAGE = 129

interface Shell {
  child: ChildProcessByStdio<Writable, Readable, Readable>
  path: string
  busy: boolean
}

/** Environment entry by which a shell is known, also after its starter died. */
const MARKER = 'WORKTRAIN_STANDBY'

const shells = new Set<Shell>()
let named: Record<string, string> = {}
process.on('exit', () => {
  for (const shell of shells) end(shell)
})

/**
 * Gives the shells of this process a name, before the first git.
 * @returns what they carry in their environment, by which those of an earlier process with the same name are found:
 *   until they have ended, something may still be done that it told them
 */
export function nameShells(name: string): string {
  named = { [MARKER]: name }
  return `${MARKER}=${name}`
}

export interface Standby {
  cwd?: string | undefined
  env: Record<string, string>
  input?: string | Uint8Array | undefined
  timeoutMs?: number | undefined
  /** Ends it, and the shell. */
  signal?: AbortSignal | undefined
  /** At the lowest priority. */
  background?: boolean | undefined
}

/**
 * Runs git in a shell that stands by.
 * @returns stdout as bytes too, a signal when git or the shell was ended; null: it was not run, run it as usual
 */
export async function runInShell(
  args: readonly string[],
  options: Standby,
): Promise<(RunResult & { bytes: Buffer }) | null> {
  const marker = randomBytes(16).toString('hex')
  const line = lineOf(args, options, marker)
  const shell = line === null ? null : idle(options.env['PATH'] ?? '')
  if (line === null || shell === null) return null
  shell.busy = true
  hold(shell, true)
  try {
    return await done(shell, line, marker, options)
  } finally {
    shell.busy = false
    if (shells.has(shell)) hold(shell, false)
  }
}

/** Null where a shell could not say it. */
function lineOf(
  args: readonly string[],
  { cwd, env, input, background }: Standby,
  marker: string,
): string | null {
  const names = Object.keys(env)
  // A here document is text, and ends with a line.
  if (input !== undefined && (typeof input !== 'string' || !input.endsWith('\n'))) return null
  const words = [...args, ...Object.values(env), cwd ?? '', input ?? '']
  if (names.some((name) => !/^[A-Za-z_]\w*$/.test(name)) || words.some((word) => word.includes('\0')))
    return null
  const set = names.map((name) => `${name}=${shellQuoted(env[name] ?? '')}`)
  // Git says itself when the directory is not there.
  const at = cwd === undefined ? [] : ['-C', shellQuoted(cwd)]
  const program = background ? 'nice -n 19 git' : 'git'
  const command = [...set, program, ...at, ...args.map(shellQuoted)].join(' ')
  const from = input === undefined ? '</dev/null' : `<<'${marker}'`
  const text = input === undefined ? '' : `${input}${marker}\n`
  const line = `${command} ${from}; printf '%s %d\\n' ${marker} $?; printf '%s\\n' ${marker} >&2\n${text}`
  return line.length > LONGEST ? null : line
}

function idle(path: string): Shell | null {
  for (const shell of shells) {
    if (shell.busy) continue
    if (shell.path === path) return shell
    end(shell)
  }
  return shells.size < MOST ? start(path) : null
}

/** Null: this process may start no more, or open no more. */
function start(path: string): Shell | null {
  // Of the environment only what finds git, and its name: it is given the rest with each command. In a group of its own.
  const child = spawn('/bin/sh', [], {
    env: { ...named, PATH: path },
    stdio: 'pipe',
    detached: true,
    cwd: '/',
  })
  const shell: Shell = { child, path, busy: false }
  const gone = () => void shells.delete(shell)
  child.on('error', gone).on('exit', gone)
  if (child.pid === undefined) return null
  shells.add(shell)
  // Told by its end.
  child.stdin.on('error', () => {})
  // Of a command that is over: it is not to be taken for what the next one says.
  const late = () => void (shell.busy || retire(shell))
  child.stdout.on('data', late)
  child.stderr.on('data', late)
  hold(shell, false)
  return shell
}

function end(shell: Shell): void {
  shells.delete(shell)
  const { pid } = shell.child
  if (pid !== undefined)
    for (const each of shell.busy ? [...treeOf(pid), -pid] : [-pid]) signal(each, 'SIGKILL')
}

/** Takes no more commands; what git left running there is not listened to. */
function retire(shell: Shell): void {
  shells.delete(shell)
  const { child } = shell
  child.stdin.end()
  child.stdout.destroy()
  child.stderr.destroy()
}

/** An idle shell must not keep this process from ending. */
function hold({ child }: Shell, held: boolean): void {
  const how = held ? 'ref' : 'unref'
  child[how]()
  for (const stream of [child.stdin, child.stdout, child.stderr])
    (stream as unknown as Partial<Record<typeof how, () => void>>)[how]?.()
}

function done(
  shell: Shell,
  line: string,
  marker: string,
  { timeoutMs, signal: over }: Pick<Standby, 'timeoutMs' | 'signal'>,
): Promise<(RunResult & { bytes: Buffer }) | null> {
  const { child } = shell
  return new Promise((resolve) => {
    const out = upTo(marker)
    const err = upTo(marker)
    let timedOut = false
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs)
    function late(): void {
      timedOut = true
      end(shell)
    }
    const onOver = (): void => end(shell)
    function settle(result: (RunResult & { bytes: Buffer }) | null): void {
      clearTimeout(timer)
      over?.removeEventListener('abort', onOver)
      child.stdout.off('data', onOut)
      child.stderr.off('data', onErr)
      child.off('close', onClose).off('error', onClose)
      resolve(result)
    }
    function look(): void {
      const said = out.found()
      const complained = err.found()
      if (said === null || complained === null) return
      // A fetch ends when the other side fails, and that may have more to say.
      if (complained.bytes.length > 0 || said.more || complained.more) retire(shell)
      const code = Number(said.word)
      // Not found, or not to be run: started as usual it says why.
      if (code === 126 || code === 127) return settle(null)
      const signal = signalOf(code)
      if (signal !== null) return settle(killed(signal))
      const stderr = complained.bytes.toString()
      if (code === 128 && stderr.startsWith('fatal: cannot change to')) return settle(null)
      const { bytes } = said
      settle({ code, signal: null, stdout: bytes.toString(), stderr, timedOut: false, bytes })
    }
    function onOut(chunk: Buffer): void {
      out.add(chunk)
      look()
    }
    function onErr(chunk: Buffer): void {
      err.add(chunk)
      look()
    }
    function onClose(): void {
      end(shell)
      settle({ ...killed('SIGKILL'), timedOut })
    }
    child.stdout.on('data', onOut)
    child.stderr.on('data', onErr)
    child.on('close', onClose).on('error', onClose)
    over?.addEventListener('abort', onOver, { once: true })
    child.stdin.write(line)
  })
}

function killed(signal: NodeJS.Signals): RunResult & { bytes: Buffer } {
  return { code: null, signal, stdout: '', stderr: '', timedOut: false, bytes: Buffer.alloc(0) }
}

/** By which signal a command was ended, of which a shell tells this; null: it ended by itself. */
function signalOf(code: number): NodeJS.Signals | null {
  if (code <= USAGE) return null
  const found = Object.entries(constants.signals).find(([, number]) => number === code - 128)
  return (found?.[0] as NodeJS.Signals | undefined) ?? null
}

/** Output as it comes, and what of it came before a line that begins with the marker. */
function upTo(marker: string) {
  const line = new RegExp(`${marker} ?(\\d*)\\n`)
  /** The longest that such a line can be, bytes. */
  const longest = marker.length + 5
  const chunks: Buffer[] = []
  let size = 0
  let last = Buffer.alloc(0)
  let at: { begins: number; ends: number; word: string } | null = null
  return {
    add(chunk: Buffer): void {
      chunks.push(chunk)
      size += chunk.length
      if (at !== null) return
      last = Buffer.concat([last, chunk])
      const match = line.exec(last.toString('latin1'))
      if (match === null) last = last.subarray(-longest)
      else {
        const begins = size - last.length + match.index
        at = { begins, ends: begins + match[0].length, word: match[1] ?? '' }
      }
    },
    /** Null: it has not come yet. `more`: something came after the line. */
    found: () =>
      at === null
        ? null
        : { bytes: Buffer.concat(chunks).subarray(0, at.begins), word: at.word, more: size > at.ends },
  }
}
