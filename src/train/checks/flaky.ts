/** Which tests are known to fail without a reason: those of checks that were red and green on one tree. Pure. */
import type { CheckResult } from '../../protocol/index.ts'

/** Once is chance: the machine was busy, the network was away. */
const KNOWN_FROM = 2

/** How often a test was red and green on one tree; `test` null: the check did not say which. */
export type FlakyMemory = readonly { command: string; test: string | null; times: number }[]

/**
 * Is every failed test of this red result known to fail without a reason? Then the check is run again at once.
 * A result that does not name all that failed is not excused by any memory.
 */
export function onlyKnownFlaky(result: CheckResult, memory: FlakyMemory): boolean {
  const failed = failedOf(result)
  const known = new Set(
    memory
      .filter(({ command, times }) => command === result.command && times >= KNOWN_FROM)
      .map(({ test }) => test),
  )
  return failed !== null && failed.every((test) => known.has(test))
}

/**
 * The tests that a red and a green result of one command on one tree show to be flaky.
 * @returns none where the red one does not name what failed: then only the command is known to be flaky
 */
export function flakedTests(red: CheckResult, green: CheckResult): string[] {
  const same = red.command === green.command && red.tree === green.tree
  return same && green.exit === 0 ? (failedOf(red) ?? []) : []
}

/** Every test that failed; null when not all are named, or something besides tests failed it. */
function failedOf({ exit, timedOut, limit, dirtied, tests }: CheckResult): string[] | null {
  if (exit === 0 || exit === null || timedOut || limit || dirtied) return null
  if (!tests || tests.failed === 0 || tests.failures.length < tests.failed) return null
  return [...new Set(tests.failures.map(({ name }) => name))]
}
