/** Vitest reporter: counts results for `test.mjs`, keeps the reason of every skip and names what passed only when repeated. */
import { writeFileSync } from 'node:fs'

export default class Counts {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: [], flaky: [], left: 0 }
    for (const module of modules) {
      // A file that cannot be loaded has no tests to fail.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (test.diagnostic()?.flaky)
          counts.flaky.push(`${module.relativeModuleId ?? module.moduleId} > ${test.fullName}`)
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
