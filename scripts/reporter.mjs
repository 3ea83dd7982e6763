/**
 * Vitest reporter: counts results for `test.mjs`, keeps the reason of every skip, and of what passed only when
 * repeated why it had failed at first.
 */
import { writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

export default class Counts {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: [], flaky: [], left: 0 }
    for (const module of modules) {
      // A file that cannot be loaded has no tests to fail.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (test.diagnostic()?.flaky)
          counts.flaky.push({
            name: `${module.relativeModuleId ?? module.moduleId} > ${test.fullName}`,
            why: result.errors?.map(told).join('\n') ?? '',
          })
        if (result.state === 'passed') counts.passed += 1
        else if (result.state === 'failed') counts.failed += 1
        else if (test.meta().left) counts.left += 1
        else
          counts.skipped.push({
            name: `${module.relativeModuleId ?? module.moduleId} > ${test.fullName}`,
            why: result.note ?? '',
          })
      }
    }
    writeFileSync(process.env.WORKTRAIN_TEST_COUNTS, JSON.stringify(counts))
  }
}

function told({ name, message, diff = '', stacks: [at] = [] }) {
  const where = at ? `at ${at.file}:${at.line}:${at.column}` : ''
  return [`${name}: ${message}`, stripVTControlCharacters(diff), where].filter(Boolean).join('\n')
}
