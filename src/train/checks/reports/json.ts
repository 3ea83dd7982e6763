/** What vitest (and Jest) and pytest (pytest-json-report) write as JSON. Pure. */
import type { TestReport } from '../../../protocol/index.ts'
import { tally, type Tally } from './report.ts'

/** @returns null when it is neither */
export function parseJsonReport(text: string, root: string): TestReport | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Cut off, or something else.
    return null
  }
  const files = list(value, 'testResults')
  if (files) return vitest(files, root)
  const tests = list(value, 'tests')
  if (tests && object(value, 'summary')) return pytest(tests, list(value, 'collectors') ?? [], root)
  return null
}

function vitest(files: readonly unknown[], root: string): TestReport {
  const counted = tally('vitest', root)
  for (const file of files) {
    const name = string(file, 'name')
    const tests = list(file, 'assertionResults') ?? []
    for (const test of tests) {
      const titles = [...(list(test, 'ancestorTitles') ?? []), string(test, 'title')]
      const full = [name, ...titles.filter((title) => typeof title === 'string' && title !== '')].join(' > ')
      const messages = (list(test, 'failureMessages') ?? []).filter((one) => typeof one === 'string')
      count(counted, OUTCOMES[string(test, 'status')], full, () => messages.join('\n'))
    }
    // It could not even be loaded.
    if (tests.length === 0 && string(file, 'status') === 'failed')
      counted.fail(name, () => string(file, 'message'))
  }
  return counted.report()
}

function pytest(tests: readonly unknown[], collectors: readonly unknown[], root: string): TestReport {
  const counted = tally('pytest', root)
  for (const collector of collectors) {
    if (string(collector, 'outcome') === 'failed')
      counted.fail(string(collector, 'nodeid'), () => string(collector, 'longrepr'))
  }
  for (const test of tests) {
    count(counted, OUTCOMES[string(test, 'outcome')], string(test, 'nodeid'), () => pytestMessage(test))
  }
  return counted.report()
}

function pytestMessage(test: unknown): string {
  const failed = ['setup', 'call', 'teardown']
    .map((phase) => object(test, phase))
    .find((phase) => phase !== null && string(phase, 'outcome') === 'failed')
  const text = string(failed, 'longrepr')
  return text === '' ? string(object(failed, 'crash'), 'message') : text
}

type Outcome = 'passed' | 'failed' | 'skipped'
const OUTCOMES: Record<string, Outcome | undefined> = Object.assign(Object.create(null) as object, {
  passed: 'passed',
  xpassed: 'passed',
  failed: 'failed',
  error: 'failed',
  skipped: 'skipped',
  pending: 'skipped',
  todo: 'skipped',
  disabled: 'skipped',
  xfailed: 'skipped',
} satisfies Record<string, Outcome>)

function count(counted: Tally, outcome: Outcome | undefined, name: string, message: () => string): void {
  if (outcome === 'passed') counted.pass()
  else if (outcome === 'skipped') counted.skip()
  else if (outcome === 'failed') counted.fail(name, message)
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

function list(value: unknown, name: string): readonly unknown[] | null {
  const found = field(value, name)
  return Array.isArray(found) ? (found as readonly unknown[]) : null
}

function object(value: unknown, name: string): unknown {
  const found = field(value, name)
  return typeof found === 'object' ? found : null
}

function string(value: unknown, name: string): string {
  const found = field(value, name)
  return typeof found === 'string' ? found : ''
}
