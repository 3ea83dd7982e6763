/**
 * A vitest runner that gives slow tests a turn each: a commit runs some of them, and the next commits the others.
 * Which ones is told by the commit under test, so that a run can be repeated. Nothing is lost: what a commit leaves
 * to others is counted, and `npm run soak:tests` (WORKTRAIN_ALL=1) runs all at once.
 */
import { relative } from 'node:path'
import { type RunnerTask, type RunnerTestFile, type RunnerTestSuite, TestRunner } from 'vitest'
import { every, startOf } from './fixtures/sample.ts'
import { TURNS, type Turn } from './turns-table.ts'

export default class Turns extends TestRunner {
  onCollected(files: RunnerTestFile[]): void {
    // Who asks for a test by its name is given it.
    if (every || this.config.testNamePattern) return
    for (const file of files) {
      const path = relative(this.config.root, file.filepath)
      const turn = TURNS[path]
      if (turn !== undefined) leave(file, isLeft(turn, path))
    }
  }
}

/** Asked of a file's tests in order: is this one left to other commits? */
function isLeft(turn: Turn, path: string): () => boolean {
  if (typeof turn === 'number') {
    let at = startOf(path)
    return () => at++ % turn !== 0
  }
  const left = (startOf('') + turn.group) % turn.of !== 0
  return () => left
}

/** @returns whether nothing of the suite is left over to be run now */
function leave(suite: RunnerTestSuite, left: () => boolean): boolean {
  const look = (task: RunnerTask): boolean => {
    if (task.type === 'suite') return leave(task, left)
    if (task.mode !== 'run' && task.mode !== 'queued') return true
    if (!left()) return false
    task.mode = 'skip'
    task.result = { state: 'skip' }
    task.meta = { ...task.meta, left: true }
    return true
  }
  const nothing = suite.tasks.map(look).every(Boolean)
  if (nothing) {
    // Of a suite that is skipped as a whole nothing would be told; but it need not be set up.
    const hooks = TestRunner.getSuiteHooks(suite)
    hooks.beforeAll.length = 0
    hooks.afterAll.length = 0
  }
  return nothing
}

declare module 'vitest' {
  interface TaskMeta {
    /** Left to other commits. */
    left?: true
  }
}
