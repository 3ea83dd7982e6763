/**
 * A vitest runner that gives the tests of slow files a turn each: a commit runs some of them, and the next commits
 * the others. Which ones is told by the commit under test, so that a run can be repeated. Nothing is lost: what a
 * commit leaves to others is counted, and `npm run soak:tests` (WORKTRAIN_ALL=1) runs all at once.
 */
import { relative } from 'node:path'
import { type RunnerTask, type RunnerTestFile, TestRunner } from 'vitest'
import { every, startOf } from './fixtures/sample.ts'
import { TURNS } from './turns-table.ts'

export default class Turns extends TestRunner {
  onCollected(files: RunnerTestFile[]): void {
    // Who asks for a test by its name is given it.
    if (every || this.config.testNamePattern) return
    for (const file of files) {
      const path = relative(this.config.root, file.filepath)
      const turn = TURNS[path]
      if (turn === undefined) continue
      let at = startOf(path)
      const look = (task: RunnerTask): void => {
        // Of a suite that is left as a whole nothing would be told.
        if (task.type === 'suite') return task.tasks.forEach(look)
        if ((task.mode !== 'run' && task.mode !== 'queued') || at++ % turn === 0) return
        task.mode = 'skip'
        task.result = { state: 'skip' }
        task.meta = { ...task.meta, left: true }
      }
      file.tasks.forEach(look)
    }
  }
}

declare module 'vitest' {
  interface TaskMeta {
    /** Left to other commits. */
    left?: true
  }
}
