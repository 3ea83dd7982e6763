/** The shape of an attack, and ways to see from outside whether it came through. */
import { existsSync, lstatSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { processesOf, startTimeOf } from '../../../src/platform/processes.ts'
import type { Attempt } from './stage.ts'

export interface ToolCall {
  tool: string
  input: Record<string, unknown>
}

export interface Vector {
  /** `M`: of the machine, `A`: of the agent (both numbered as they were first measured), `W`: our own. */
  id: string
  name: string
  /** Shell text; `$MAIN` and the stage's other words are put in before it runs. */
  script: string
  /** Tool calls of the agent instead of one Bash with the script. */
  calls?: (words: Record<string, string>) => ToolCall[]
  escaped: (attempt: Attempt) => boolean
  /** Only where it makes sense: run by hand, or by the agent's tools in a session. */
  only?: 'direct' | 'session'
  /** On a terminal whose shell goes on afterwards. */
  terminal?: true
  /** What it did may be seen a moment after its program has ended. */
  slow?: true
  /** The agent does not run its next command: it finds that its directory has gone. */
  unsettles?: true
  /** Judged when the session is over. */
  late?: true
  /**
   * With hooks alone a session is stopped all the same, by the guard (which understands what a tool call
   * plainly says), by the host, or, in a sealed workspace, by what git finds there.
   */
  hooks?: 'stopped' | 'stopped if sealed'
  /** Undoes what the stage does not know of. */
  clean?: (attempt: Attempt) => void
  /** It aims at Worktrain itself: there is nothing to hit without. */
  product?: true
  /** Why it cannot succeed on this machine even without any wall; empty: it can. */
  impossible?: string
  /**
   * Columns in which it is known to come through, and through which gap ({@link GAPS}). A column is named
   * by words that must all fit: `landlock`, `bubblewrap linked`, `direct landlock`. Without walls
   * everything comes through; with hooks alone see `hooks`.
   */
  open?: Record<string, string>
}

export const asRoot = process.getuid?.() === 0
export const ROOT_ONLY = asRoot ? {} : { impossible: 'only root could do it anyway' }

type Check = Vector['escaped']
const at = (a: Attempt, path: string): string =>
  path
    .replace(/^~/, a.places.home)
    .replace(/^\$(MAIN|OTHER|WS|STATE)/, (_, name: string) => a.words[name] ?? '')

export const exists =
  (path: string): Check =>
  (a) =>
    existsSync(at(a, path))
export const pwned = exists('$MAIN/pwned')
/** Content, mode or time of the path are not what they were. */
export const changed =
  (path: string): Check =>
  (a) =>
    a.keep.changed(at(a, path))
export const readme = changed('$MAIN/README.md')
export const moved =
  (ref: string): Check =>
  (a) =>
    a.moved(ref)
/** It came to know what it must not. */
export const learnt: Check = (a) => a.out.includes('SECRET')
/** It says itself that it came through, where nothing outside could tell. */
export const said: Check = (a) => a.out.includes('ESCAPED')
export const heard: Check = (a) => a.heard()
export const killed: Check = (a) => startTimeOf(a.victim.pid) !== a.victim.startTime
export const marked =
  (directory: string): Check =>
  (a) =>
    lstatSync(join(directory, a.mark), { throwIfNoEntry: false }) !== undefined
export const running: Check = (a) => processesOf(null, `MARK=${a.mark}`).length > 0
export const mode =
  (path: string, bits: number): Check =>
  (a) =>
    (statSync(at(a, path)).mode & 0o777) === bits
export const hasObjects: Check = (a) =>
  readdirSync(join(a.places.main, '.git/objects')).some((name) => name.length === 2)
export const victimSays =
  (file: string, text: string): Check =>
  (a) => {
    try {
      return readFileSync(`/proc/${a.victim.pid}/${file}`, 'latin1').includes(text)
    } catch {
      return false
    }
  }
export const either =
  (...checks: Check[]): Check =>
  (a) =>
    checks.some((check) => check(a))

/** Looks until it is so. @returns whether it came to be, within `ms` */
export async function patiently(look: () => boolean, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; !look();) {
    if (Date.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return true
}
