/** Putting the files of a workspace back to an earlier state. */
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { inRepository } from '../git/index.ts'
import { wordsOf } from './update.ts'
import type { RunInCell, Workspace } from './workspace.ts'

/** An index of our own: the session's keeps what it has staged. */
const INDEX = 'worktrain-reset-index'
const LIMIT_MS = 5 * 60_000

/**
 * Makes the tracked and untracked files those of another state; ignored ones, the branch and the index stay. Runs
 * in the cell: whatever a program of the session puts in the way meanwhile, it cannot lead out of it.
 * @param from tree of the workspace as it is: where a file is another by now, nothing is done
 * @param to commit or tree
 * @throws GIT_FAILED when git refuses
 */
export async function resetFiles(
  workspace: Workspace,
  from: string,
  to: string,
  run: RunInCell,
): Promise<void> {
  const index = join(workspace.gitDir, INDEX)
  const inCell = (...argv: string[]) =>
    run({
      argv,
      cwd: workspace.path,
      env: { GIT_INDEX_FILE: index, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' },
      timeoutMs: LIMIT_MS,
    })
  const { stdout } = await inRepository(workspace.repository, [
    'rev-parse',
    '--verify',
    '--end-of-options',
    `${to}^{tree}`,
  ])
  try {
    const git = ['git', '-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false']
    const steps = [
      ['read-tree', from],
      ['update-index', '-q', '--refresh'],
      ['read-tree', '-m', '-u', from, stdout.trim()],
    ]
    for (const step of steps) {
      const done = await inCell(...git, ...step)
      // A file that is another by now is told by the last step, which then does nothing.
      if (done.exit !== 0 && step[0] !== 'update-index')
        throw new WorktrainError('GIT_FAILED', `git could not put the files back: ${wordsOf(done)}`, {
          hint: 'Everything is as it was.',
        })
    }
  } finally {
    await inCell('rm', '-f', index, `${index}.lock`)
  }
}
