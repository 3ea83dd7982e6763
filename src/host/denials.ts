/** What the kernel's wall refused to the session, each path told once a turn. */
import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import { realpathOfNew } from '../platform/files.ts'
import { deniedPaths, mayTellDenial, type Denied } from '../protocol/guard-denied.ts'
import type { GuardPolicy } from '../protocol/guard.ts'

/** Paths told in one turn: a hostile or a broken program prints as many as it likes. */
const TOLD_MAX = 20
/** Longest line of a terminal that is kept to its end, bytes. */
const LINE_MAX = 4096
/** Lines of a terminal that are looked at within {@link WINDOW}: more is no message to anyone. */
const LOOKS_MAX = 100
/** Milliseconds. */
const WINDOW = 10_000

export class Denials {
  readonly #guard: () => GuardPolicy | null
  readonly #told = new Set<string>()

  constructor(guard: () => GuardPolicy | null) {
    this.#guard = guard
  }

  /** From now on everything is news again. */
  forget(): void {
    this.#told.clear()
  }

  /**
   * @param text what was printed
   * @param directories where relative paths may count from; the workspace is always one
   * @returns what was not told yet
   */
  news(text: string, directories: readonly string[] = []): Denied[] {
    const policy = this.#guard()
    if (policy === null || policy.kernel === null) return []
    const from = [...directories, policy.workspace]
    const fresh = deniedPaths(policy, text, from, { realpathOfNew, couldOutside }).filter(
      ({ path }) => !this.#told.has(path),
    )
    const kept = fresh.slice(0, Math.max(0, TOLD_MAX - this.#told.size))
    for (const { path } of kept) this.#told.add(path)
    return kept
  }
}

/**
 * The same for an agent without hooks: the lines of its terminal are all there is. Without turns, a path is
 * told once for each process.
 */
export class TerminalDenials {
  readonly #denials: Denials
  readonly #now: () => number
  readonly #tell: (denied: Denied) => void
  #line = ''
  #looks = 0
  #since = 0

  constructor(guard: () => GuardPolicy | null, now: () => number, tell: (denied: Denied) => void) {
    this.#denials = new Denials(guard)
    this.#now = now
    this.#tell = tell
  }

  take(bytes: Uint8Array): void {
    const text = this.#line + Buffer.from(bytes).toString('utf8')
    const end = text.lastIndexOf('\n') + 1
    this.#line = text.slice(Math.max(end, text.length - LINE_MAX))
    if (end === 0 || !mayTellDenial(text)) return
    for (const line of text.slice(0, end).split(/[\r\n]+/))
      if (mayTellDenial(line) && this.#mayLook()) this.#look(line)
  }

  #mayLook(): boolean {
    const now = this.#now()
    if (now - this.#since > WINDOW) {
      this.#since = now
      this.#looks = 0
    }
    return ++this.#looks <= LOOKS_MAX
  }

  #look(line: string): void {
    for (const denied of this.#denials.news(withoutControls(line))) this.#tell(denied)
  }
}

/** Without colours, cursor movements and links. */
function withoutControls(line: string): string {
  return (
    line
      // eslint-disable-next-line no-control-regex
      .replace(/\u001b(\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(\u0007|\u001b\\)|[@-Z\\-_])/g, '')
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  )
}

/** The host runs outside the cell, as the same user. */
function couldOutside(path: string): boolean {
  const may = (at: string, mode: number): boolean => {
    try {
      accessSync(at, mode)
      return true
    } catch {
      return false
    }
  }
  if (may(path, constants.F_OK)) return may(path, constants.R_OK) || may(path, constants.W_OK)
  return may(dirname(path), constants.W_OK)
}
