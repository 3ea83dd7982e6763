/** Runs the checks of several builds side by side, each build in a workspace of its own. */
import { join } from 'node:path'
import type { CheckResult } from '../../protocol/index.ts'
import { type Attempt, createAttempt } from './attempt.ts'
import { type Build, isDone } from '../build.ts'
import type { Parts, TrainSettings } from '../parts.ts'
import type { RunCheck } from '../ports.ts'
import { attemptsOf } from '../recover.ts'

export interface Crew {
  /** Builds of which a check runs. */
  running: ReadonlySet<string>
  start(job: { build: Build; command: string; log: string }, settings: TrainSettings): void
  /**
   * Ends checks, and removes workspaces, of builds that have ended or have no check left to run. Waits for
   * nothing: what still ends is seen by {@link Crew.idle}.
   */
  keepOnly(builds: readonly Build[]): void
  /** When nothing is left that {@link Crew.keepOnly} ended. */
  idle(): Promise<void>
  /** Throws what kept a check from running at all, once. */
  complain(): void
  /** Ends every check; no verdict comes of them. */
  abort(): void
  /** Ends every check and removes every workspace. */
  dispose(): Promise<void>
}

interface Member {
  attempt: Attempt
  /** Fingerprint of the tools it was set up with. */
  environment: string
  check: { abort: AbortController; over: Promise<void> } | null
}

export function createCrew(
  parts: Parts,
  options: {
    runCheck: RunCheck
    setup: () => Promise<readonly string[]>
    /** Journals a result. */
    finish: (build: string, result: CheckResult) => Promise<void>
    /** Told whenever a check is over, whatever came of it. */
    ring: () => void
  },
): Crew {
  const { repository, stateDir, now, id } = parts
  const members = new Map<string, Member>()
  const running = new Set<string>()
  const leaving = new Set<Promise<void>>()
  const failures: unknown[] = []

  function memberOf(build: Build, settings: TrainSettings): Member {
    const known = members.get(build.id)
    if (known?.environment === settings.environment) return known
    // Set up with other tools than those of now: what it says would not count.
    if (known) remove(build.id, known)
    const attempt = createAttempt({
      repository,
      runCheck: options.runCheck,
      setup: options.setup,
      defaults: settings.limits,
      now,
      directory: join(attemptsOf(stateDir), id('a')),
      commit: build.commit,
      tree: build.tree,
      environment: settings.environment,
    })
    const member: Member = { attempt, environment: settings.environment, check: null }
    members.set(build.id, member)
    return member
  }

  async function run(
    build: Build,
    member: Member,
    job: { command: string; log: string },
    settings: TrainSettings,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const result = await member.attempt.run(settings.specOf(job.command), job.log, signal)
      if (result) await options.finish(build.id, result)
    } catch (error) {
      // Of no check that somebody still asks for.
      if (!signal.aborted) failures.push(error)
    } finally {
      member.check = null
      running.delete(build.id)
      options.ring()
    }
  }

  function remove(build: string, { check, attempt }: Member): void {
    members.delete(build)
    if (!check) return attempt.dispose()
    check.abort.abort()
    const left = check.over.then(() => attempt.dispose()).finally(() => leaving.delete(left))
    leaving.add(left)
  }

  return {
    running,
    start({ build, command, log }, settings) {
      const member = memberOf(build, settings)
      const abort = new AbortController()
      running.add(build.id)
      member.check = { abort, over: run(build, member, { command, log }, settings, abort.signal) }
    },
    keepOnly(builds) {
      const live = new Set(builds.filter((build) => !build.ended && !isDone(build)).map((build) => build.id))
      for (const [build, member] of members) if (!live.has(build)) remove(build, member)
    },
    async idle() {
      await Promise.all(leaving)
    },
    complain() {
      const [first] = failures.splice(0)
      if (first !== undefined) throw first
    },
    abort() {
      for (const member of members.values()) member.check?.abort.abort()
    },
    async dispose() {
      for (const [build, member] of members) remove(build, member)
      await Promise.all(leaving)
    },
  }
}
