/** Deletes a directory for good in a process of its own. */
import { run } from '../platform/run.ts'
import type { Erased, Erasure } from '../workspaces/erase.ts'

/**
 * @param program how to start `erase-main.ts`
 * @returns what the process says it did
 */
export async function eraseApart(
  program: { node: string; entry: string },
  erasure: Erasure,
  stop: AbortSignal,
): Promise<Erased> {
  const done = await run(program.node, [program.entry, JSON.stringify(erasure)], {
    cwd: '/',
    env: {},
    signal: stop,
  })
  if (done.code === 0) return JSON.parse(done.stdout) as Erased
  const why = done.stderr.trim().split('\n').at(-1) ?? ''
  return {
    gone: false,
    kept: [
      { path: erasure.directory, why: `deleting ended with ${done.signal ?? `code ${done.code}`}: ${why}` },
    ],
  }
}
