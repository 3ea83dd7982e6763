/** The session's place behind the person's own programs when both want the processor. */
import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Behind boards, supervisor and editors (0); checks have 10 (platform/bounded). A person waits, an agent does not mind. */
const NICENESS = 5

/**
 * Puts a process, and what it starts from now on, behind. Where the kernel shares the processor among terminals first
 * (autogroup: https://man7.org/linux/man-pages/man7/sched.7.html), its terminal as well.
 */
export function stepBehind(pid: number): void {
  try {
    setPriority(pid, NICENESS)
    writeFileSync(`/proc/${pid}/autogroup`, String(NICENESS))
  } catch {
    // It has ended, or the kernel does not share so: then there is nothing to do, and nothing is lost but speed.
  }
}
