/** One build under test: a workspace of its own, set-up, its checks one after another, evidence. */
import type { Repository } from '../../git/index.ts'
import type { CheckResult, CheckSpec, TestReport } from '../../protocol/index.ts'
import { openOutput, type Output } from './output.ts'
import type { RunCheck } from '../ports.ts'
import { parseReport } from './reports/index.ts'
import { markOf, readReport } from './reports/read.ts'
import { tapReader } from './reports/tap.ts'
import { dirtiedFiles, makeScratch, removeScratch, type Scratch } from './scratch.ts'

export interface Attempt {
  /**
   * Runs a check. One at a time; checks of one attempt share a workspace, so that set-up runs once.
   * @param log file for everything it prints, made anew
   * @returns null when it was aborted: then there is no verdict
   * @throws what kept it from being run at all
   */
  run(
    check: CheckSpec,
    log: string,
    signal: AbortSignal,
  ): Promise<(CheckResult & { timedOut: boolean }) | null>
  /** Removes the workspace. */
  dispose(): void
}

export interface AttemptOptions {
  repository: Repository
  runCheck: RunCheck
  /** Commands that make a fresh workspace ready, such as `npm ci`. */
  setup: () => Promise<readonly string[]>
  /** For a check that says nothing itself, and for set-up. */
  defaults: { timeoutMs: number; memoryBytes: number | null }
  now: () => number
  /** A path that does not exist yet, for this attempt alone. */
  directory: string
  commit: string
  /** Of the commit. */
  tree: string
  /** Tools and settings it runs with. */
  environment: string
}

type Ended = Awaited<ReturnType<RunCheck>>

export function createAttempt(options: AttemptOptions): Attempt {
  const { repository, runCheck, defaults, now, commit, tree, environment } = options
  let scratch: Scratch | null = null

  function dispose(): void {
    if (scratch) removeScratch(scratch.directory)
    scratch = null
  }

  return {
    dispose,
    async run(check, log, signal) {
      const started = now()
      const output = openOutput(log)
      const execute = async (
        command: string,
        cwd: string,
        limits: { timeoutMs: number; memoryBytes: number | null },
        onOutput: Parameters<RunCheck>[0]['onOutput'] = () => {},
      ) => {
        say(output, `$ ${command}\n`)
        const ended = await runCheck({
          command,
          cwd,
          log,
          ...limits,
          signal,
          onOutput: (chunk, stream) => {
            output.write(chunk)
            onOutput(chunk, stream)
          },
        })
        if (ended.timedOut) say(output, `\nEnded: it took longer than ${inWords(limits.timeoutMs)}.\n`)
        else if (ended.limit) say(output, `\nEnded: ${ended.limit}\n`)
        return ended
      }
      const finish = (ended: Ended, dirtied: string[], tests: TestReport | null) => ({
        command: check.run,
        tree,
        exit: ended.timedOut || ended.limit ? null : ended.exit,
        ms: now() - started,
        log,
        tail: output.tail(),
        timedOut: ended.timedOut,
        ...(ended.limit ? { limit: ended.limit } : {}),
        ...(dirtied.length > 0 ? { dirtied } : {}),
        ...(tests ? { tests } : {}),
        environment,
      })
      try {
        if (!scratch) {
          scratch = await makeScratch(repository, options.directory, commit)
          for (const setup of await options.setup()) {
            if (signal.aborted) break
            const ended = await execute(setup, scratch.work, defaults)
            if (ended.exit === 0 && !ended.timedOut && !ended.limit) continue
            // What is half set up is no place for another check, nor for this one once more.
            if (!signal.aborted)
              say(output, `\nThe check did not run: its set-up command \`${setup}\` failed.\n`)
            const failed = finish(ended, [], null)
            dispose()
            return signal.aborted ? null : failed
          }
        }
        if (signal.aborted) return null
        const { work, notes } = scratch
        for (const note of notes) say(output, `Note: ${note}\n`)
        const limits = {
          timeoutMs: check.timeoutMs ?? defaults.timeoutMs,
          memoryBytes: check.memoryBytes ?? defaults.memoryBytes,
        }
        const before = check.report === null ? null : markOf(work, check.report)
        const tap = tapReader(work)
        const ended = await execute(check.run, work, limits, (chunk, stream) => {
          if (stream === 'stdout') tap.push(chunk)
        })
        if (signal.aborted) return null
        const tests = reported(check, work, before, output) ?? tap.end()
        const result = finish(ended, await dirtiedFiles(scratch), tests)
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

/** What its report says; a report that cannot be used is told in the log. */
function reported(check: CheckSpec, work: string, before: string | null, output: Output): TestReport | null {
  if (check.report === null) return null
  const read = readReport(work, check.report, before)
  const tests = 'text' in read ? parseReport(read.text, work) : null
  if (tests) return tests
  const why = 'text' in read ? 'it is in no format that is known' : read.why
  say(output, `\nNo test results from ${check.report}: ${why}.\n`)
  return null
}

function say(output: Output, text: string): void {
  output.write(Buffer.from(text))
}

function inWords(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`
}
