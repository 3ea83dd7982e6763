/** Runs the checks of a repository's train: each in a cell, at a low priority, within its limits. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brokerDir } from '../../git/index.ts'
import { runBounded } from '../../platform/bounded.ts'
import type { RunCheck } from '../../train/ports.ts'
import { buildCell } from '../../walls/index.ts'
import type { Context } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'
import { cellSpec, commandEnv, probeOptions } from '../session/workspaces.ts'

/** Environment variable that marks every process of one run of a check. */
const MARKER = 'WORKTRAIN_CHECK_RUN'

/** Nobody reads as much; who prints it does so without end. */
const OUTPUT_BYTES = 1024 ** 3

/** @param current the repository as it is configured now */
export function checkRunner(ctx: Context, current: () => Promise<RepositoryContext>): RunCheck {
  return async ({ command, cwd, timeoutMs, memoryBytes, onOutput, signal }) => {
    const repo = await current()
    // Of this attempt alone, and gone with it: what one change leaves must not decide over the next.
    const tempDir = join(dirname(cwd), 'tmp')
    mkdirSync(tempDir, { recursive: true, mode: 0o700 })
    const spec = cellSpec(ctx, repo, {
      session: `train-${repo.repository.id}`,
      workspace: cwd,
      tempDir,
      writable: [],
      readable: [],
      protect: [],
      hidden: [brokerDir(repo.repository)],
    })
    const argv = ['/bin/sh', '-c', command]
    const cell = await buildCell(spec, { ...probeOptions(ctx, repo), argv, cwd })
    const [program = '', ...args] = cell.argv
    const run = ctx.id('k')
    const env = {
      ...commandEnv(ctx, {
        CI: '1',
        WORKTRAIN_CHECK: '1',
        WORKTRAIN_TRAIN: repo.repository.id,
        [MARKER]: run,
      }),
      ...cell.env,
    }
    const { code, ...ended } = await runBounded(program, args, {
      cwd,
      env,
      marker: `${MARKER}=${run}`,
      timeoutMs,
      memoryBytes,
      outputBytes: OUTPUT_BYTES,
      signal,
      onOutput,
    })
    return { exit: code, ...ended }
  }
}
