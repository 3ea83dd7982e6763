/** What the train decides from, and what it can decide to do. Pure data. */
import type {
  BuildEvents,
  BuildPurpose,
  ChangeEvents,
  CheckResult,
  TrainEvents,
} from '../../protocol/index.ts'
import type { Build } from '../build.ts'
import type { Change } from '../ports.ts'
import type { TrainRecord } from '../record.ts'

/** Everything a decision is made from. */
export interface Situation {
  now: number
  /** All of the repository. */
  changes: readonly Change[]
  /** Those that have not ended. */
  builds: readonly Build[]
  record: TrainRecord
  target: string
  /** Commit of the target; null: nothing can be built on it, and `mainWhy` says why. */
  main: string | null
  mainTree: string | null
  mainWhy: string | null
  /** Builds of which a check runs in this very process. */
  running: ReadonlySet<string>
  settings: { slots: number; mode: 'prefix' | 'every-commit'; verify: boolean }
  /** Fingerprint of the tools of now: results of other ones count for nothing (G12). */
  environment: string
  /** Was this tree proven green by this command, with the tools of now? */
  proven: (tree: string, command: string) => boolean
  /** The result that was written to this log, whichever build it was of. */
  resultIn: (log: string) => CheckResult | null
  /** May this build's landing be tried now? Not again at once what was blocked. */
  mayLand: (build: string) => boolean
  /** Red results of this tree by this command, with the tools of now, oldest first. */
  reds: (tree: string, command: string) => readonly CheckResult[]
  /** Were all failed tests of this result seen to flake before? */
  onlyFlaky: (result: CheckResult) => boolean
  /** Did a build of this tree end because the check changed tracked files? */
  dirtiedBefore: (tree: string, command: string) => boolean
  /** Does the change conflict with these changes before it, on the target as it is? */
  conflicts: (change: string, before: readonly string[]) => boolean
  /** Commits of the target since its last green one, oldest first; at most a few dozen. */
  since: readonly string[]
}

export type Step =
  /** Nothing can be done now. `stuck`: why, when there would be something to do. */
  | { kind: 'none'; stuck: string | null }
  | { kind: 'resume' }
  | { kind: 'pause'; data: TrainEvents['train.paused']; ends: Build[] }
  | { kind: 'end'; build: Build; data: BuildEvents['build.ended'] }
  | {
      kind: 'build'
      purpose: BuildPurpose
      base: string
      members: Change[]
      checks: string[] | null
      afresh: boolean
    }
  | { kind: 'check'; build: Build; command: string }
  | { kind: 'suspect'; change: Change; build: Build; data: ChangeEvents['change.suspected'] }
  | { kind: 'clear'; change: Change; build: Build; why: string }
  | { kind: 'eject'; change: Change; build: Build | null; data: ChangeEvents['change.ejected'] }
  | { kind: 'verified'; build: Build }
  /** See how it could land, and journal the intent. */
  | { kind: 'intend'; build: Build }
  /** Do what the journalled intent says. */
  | { kind: 'land' }
