/** What the results of all builds prove. Pure. */
import type { CheckResult, Proof } from '../protocol/index.ts'
import { type Build, isGreen } from './build.ts'

export interface Evidence {
  /** Proof that this tree passed this command with these tools. */
  proof(tree: string, command: string): Proof | null
  /** Red results of this tree by this command with these tools, oldest first. */
  reds(tree: string, command: string): readonly CheckResult[]
  resultIn(log: string): CheckResult | null
  /** What a command usually takes when it passes, ms; null: it was never seen to pass. */
  usually(command: string): number | null
}

/** Passed runs that the usual duration is taken from. */
const RECENT = 9

/**
 * @param builds all of the repository, ended ones too
 * @param environment fingerprint of the tools of now: a verdict counts for the same ones only (G12)
 */
export function evidenceOf(builds: Iterable<Build>, environment: string): Evidence {
  const green = new Map<string, Proof>()
  const red = new Map<string, CheckResult[]>()
  const logs = new Map<string, CheckResult>()
  const times = new Map<string, number[]>()
  for (const build of builds)
    for (const result of build.results) {
      const { command, tree, ms, log } = result
      logs.set(log, result)
      const key = `${tree} ${command}`
      if (isGreen(result)) times.set(command, [...(times.get(command) ?? []), ms].slice(-RECENT))
      if ((result.environment ?? '') !== environment) continue
      if (!isGreen(result)) red.set(key, [...(red.get(key) ?? []), result])
      else green.set(key, proofFrom(build, result))
    }
  return {
    proof: (tree, command) => green.get(`${tree} ${command}`) ?? null,
    reds: (tree, command) => red.get(`${tree} ${command}`) ?? [],
    resultIn: (log) => logs.get(log) ?? null,
    usually(command) {
      const seen = times.get(command)?.toSorted((a, b) => a - b) ?? []
      return seen[Math.floor(seen.length / 2)] ?? null
    },
  }
}

/** A green result of a build as proof. */
export function proofFrom(build: Build, result: CheckResult): Proof {
  const { command, tree, ms, log, tests, environment = '' } = result
  return { command, tree, exit: 0, ms, log, build: build.id, environment, ...(tests ? { tests } : {}) }
}
