/** Runs one check on one commit: workspace, set-up, command, evidence. */
import type { Repository } from '../git/index.ts'
import { openOutput } from './output.ts'
import type { CheckResult, RunCheck } from './ports.ts'
import { dirtiedFiles, makeScratch, removeScratch, type Scratch } from './scratch.ts'

export interface CheckJob {
  command: string
  commit: string
  tree: string
  log: string
}

export interface Checker {
  /**
   * Runs a check. Checks of one commit that follow each other share a workspace, so that set-up runs once.
   * @returns null when it was aborted: then there is no verdict
   */
  run(
    job: CheckJob,
    signal: AbortSignal,
  ): Promise<(Omit<CheckResult, 'timedOut'> & { timedOut: boolean }) | null>
  /** Removes the workspace of the last attempt. */
  dispose(): void
}

export function createChecker(options: {
  repository: Repository
  runCheck: RunCheck
  /** Commands that make a fresh workspace ready, such as `npm ci`. */
  setup: () => Promise<readonly string[]>
  timeoutMs: number
  now: () => number
  /** A path that does not exist yet. */
  directory: () => string
}): Checker {
  const { repository, runCheck, timeoutMs, now } = options
  let current: { commit: string; scratch: Scratch } | null = null

  function dispose(): void {
    if (current) removeScratch(current.scratch.directory)
    current = null
  }

  return {
    dispose,
    async run({ command, commit, tree, log }, signal) {
      const started = now()
      const output = openOutput(log)
      const say = (text: string) => output.write(Buffer.from(text))
      const execute = (what: string, cwd: string) => {
        say(`$ ${what}\n`)
        return runCheck({
          command: what,
          cwd,
          log,
          timeoutMs,
          memoryBytes: null,
          signal,
          onOutput: (chunk) => output.write(chunk),
        })
      }
      const finish = (ended: { exit: number | null; timedOut: boolean }, dirtied: string[]) => ({
        command,
        tree,
        exit: ended.exit,
        timedOut: ended.timedOut,
        ms: now() - started,
        log,
        tail: output.tail(),
        ...(dirtied.length > 0 ? { dirtied } : {}),
      })
      try {
        if (current?.commit !== commit) {
          dispose()
          const directory = options.directory()
          current = { commit, scratch: await makeScratch(repository, directory, commit) }
          for (const setup of await options.setup()) {
            const ended = await execute(setup, current.scratch.work)
            if (signal.aborted) return null
            if (ended.exit === 0 && !ended.timedOut) continue
            say(`\nThe check did not run: its set-up command \`${setup}\` failed.\n`)
            const failed = finish(ended, [])
            dispose()
            return failed
          }
        }
        const ended = await execute(command, current.scratch.work)
        if (signal.aborted) return null
        const result = finish(ended, await dirtiedFiles(current.scratch))
        // What is not as it was must not carry another verdict.
        if (result.dirtied) dispose()
        return result
      } catch (error) {
        dispose()
        throw error
      } finally {
        output.close()
      }
    },
  }
}
