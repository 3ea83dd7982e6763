/** Ends every process of a session, also those that left its terminal, its group or its parent. */
import { setTimeout as wait } from 'node:timers/promises'
import { processesOf, signal, startTimeOf } from './processes.ts'

/** Environment variable that marks the processes of a session; the host's spec carries it. */
export const SESSION_MARKER = 'WORKTRAIN_SESSION'

const SIGNALS = ['SIGHUP', 'SIGTERM'] as const
const LOOK_EVERY = 25
/** A process that survives SIGKILL this long sits in the kernel (a dead network drive), milliseconds. */
const GIVE_UP_AFTER = 15_000

/**
 * SIGHUP, SIGTERM, then SIGKILL until nobody is left. Every Bash command and hook of Claude Code is a
 * session of its own (facts/claude-code 2.6), so a process group is never enough: descendants are found
 * by parent, and whoever left the tree by the mark in its environment. In a cell with its own pid namespace
 * the end of the cell's first process ends all; behind Landlock orphans stay below the process that built
 * the wall. On macOS the process table comes from `ps`, a child to which the terminal's master descriptor
 * leaks for the milliseconds it lives.
 *
 * @param root the session's first process; null when it has ended
 * @param marker `NAME=value`
 * @param grace milliseconds between the signals
 * @returns processes that could not be ended: other users', or stuck in the kernel
 */
export async function killTree(root: number | null, marker: string, grace: number): Promise<number[]> {
  for (const name of SIGNALS) {
    const told = processesOf(root, marker)
    if (told.length === 0) return []
    for (const pid of told) signal(pid, name)
    const until = Date.now() + grace
    while (Date.now() < until && told.some((pid) => startTimeOf(pid) !== null)) await wait(LOOK_EVERY)
  }
  return endAll(() => processesOf(root, marker))
}

/**
 * Ends what a killed host left behind: closing the terminal hangs up its foreground programs, but not
 * those that ignore SIGHUP or called setsid (facts/terminal-and-stack 3.3).
 * @returns processes that could not be ended
 */
export function sweepOrphans(session: string): Promise<number[]> {
  return endAll(() => processesOf(null, `${SESSION_MARKER}=${session}`))
}

/**
 * SIGKILL until nobody is left.
 * @param find looked up anew each time: what was forked between look and signal is found in the next round
 * @returns processes that could not be ended
 */
export async function endAll(find: () => number[]): Promise<number[]> {
  const until = Date.now() + GIVE_UP_AFTER
  for (;;) {
    const left = find()
    if (left.length === 0 || Date.now() > until) return left
    for (const pid of left) signal(pid, 'SIGKILL')
    await wait(LOOK_EVERY)
  }
}
