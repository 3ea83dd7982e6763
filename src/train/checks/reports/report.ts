/** What all parsers of test results share. What they read was written by the code under test. */
import type { TestReport } from '../../../protocol/index.ts'
import { plainText } from '../output.ts'
import { clipped } from '../../../protocol/hidden.ts'

/** Failed tests that are named. */
const FAILURES_MAX = 50
/** Characters: a name is a line, a message a paragraph. */
const NAME_MAX = 500
const MESSAGE_MAX = 2000

export interface Tally {
  pass(): void
  skip(): void
  /** @param message not asked for when enough failures are named */
  fail(name: string, message: () => string): void
  /** How many were counted. */
  seen(): number
  report(): TestReport
}

/** @param root directory the tests ran in: another one each time, so names are without it */
export function tally(format: TestReport['format'], root: string): Tally {
  const report: TestReport = { format, passed: 0, failed: 0, skipped: 0, failures: [] }
  const clean = (text: string) => plainText(root === '' ? text : text.replaceAll(`${root}/`, ''))
  return {
    pass: () => void report.passed++,
    skip: () => void report.skipped++,
    fail(name, message) {
      report.failed++
      if (report.failures.length >= FAILURES_MAX) return
      report.failures.push({
        name: clipped(
          clean(clipped(name, 4 * NAME_MAX))
            .replace(/\s+/g, ' ')
            .trim() || '(no name)',
          NAME_MAX,
        ),
        message: clipped(clean(clipped(message(), 4 * MESSAGE_MAX)).trim(), MESSAGE_MAX),
      })
    },
    seen: () => report.passed + report.failed + report.skipped,
    report: () => report,
  }
}
