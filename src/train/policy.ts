/** What the train does next, and the one reason why it does nothing. Pure: one change at a time. */
import type { ChangeEvents, TrainEvents } from '../protocol/index.ts'
import { isActive, isGreen } from './change.ts'
import type { TrainState } from './pause.ts'
import type { Change, CheckResult } from './ports.ts'

/** What the policy has to know about the target of the change at the head of the train. */
export interface Facts {
  /** Commit of the target now; null: there is no such branch. */
  main: string | null
  /** Tree of that commit. */
  mainTree: string | null
  /** Was this tree ever proven green by this command? */
  green: (tree: string, command: string) => boolean
}

export type Step =
  /** Nothing can be done now. `stuck`: why, when there would be something to do. */
  | { kind: 'none'; stuck: string | null }
  | { kind: 'resume' }
  | { kind: 'build'; change: Change; base: string }
  | { kind: 'check'; change: Change; command: string; commit: string; tree: string }
  | { kind: 'void'; change: Change; data: ChangeEvents['change.voided'] }
  | { kind: 'eject'; change: Change; data: ChangeEvents['change.ejected'] }
  | { kind: 'pause'; change: Change; data: TrainEvents['train.paused'] }
  | { kind: 'intend'; change: Change }
  | { kind: 'land'; change: Change }
  /** See whether what blocked the landing is gone. */
  | { kind: 'unblock'; change: Change }

/** The changes on the train, in order; one that has left the queue goes on before the others. */
export function inOrder(changes: readonly Change[]): Change[] {
  return changes
    .filter(isActive)
    .sort((a, b) => Number(a.state === 'queued') - Number(b.state === 'queued') || a.place - b.place)
}

/**
 * @param changes all changes of the repository
 * @param facts about the target of the first one of {@link inOrder}
 */
export function nextStep(changes: readonly Change[], train: TrainState, facts: Facts): Step {
  const change = inOrder(changes)[0]
  const paused = train.paused
  // A landing that was begun is finished, paused or not: main is either the old or the new commit.
  if (change?.state === 'landing') return { kind: 'land', change }
  if (paused) {
    const main = paused.main
    const moved = main && main.target === change?.target && facts.main !== null && facts.main !== main.commit
    return moved ? { kind: 'resume' } : { kind: 'none', stuck: change ? paused.why : null }
  }
  if (!change) return { kind: 'none', stuck: null }
  if (facts.main === null) return { kind: 'none', stuck: `There is no branch ${change.target} to land on.` }
  if (change.state === 'queued' || change.state === 'building')
    return { kind: 'build', change, base: facts.main }
  if (facts.main !== change.base) return { kind: 'void', change, data: baseMoved(change, facts.main) }
  if (change.state === 'blocked') return { kind: 'unblock', change }
  return testing(change, facts, facts.main)
}

export function baseMoved(change: Change, main: string): ChangeEvents['change.voided'] {
  return {
    why: 'base-moved',
    detail: `${change.target} moved from ${short(change.base)} to ${short(main)} meanwhile: the merge is built and tested again.`,
  }
}

function testing(change: Change, facts: Facts, main: string): Step {
  const candidate = change.candidate
  if (!candidate) return { kind: 'build', change, base: main }
  const command = change.checks.find((check) => !facts.green(candidate.tree, check))
  if (command === undefined) return { kind: 'intend', change }
  const red = resultOf(change, command, candidate.tree)
  if (!red) return { kind: 'check', change, command, ...candidate }
  // Once more from the start: what changed the files may have been a passing accident.
  if (red.dirtied?.length && change.dirtied === 0)
    return { kind: 'void', change, data: { why: 'dirtied', detail: describe(red) } }
  return verdict(change, red, facts, main)
}

/** A change is not to blame for what main does by itself (facts/merge-and-partition 4.4, G9 and G10). */
function verdict(change: Change, red: CheckResult, facts: Facts, main: string): Step {
  const tree = facts.mainTree ?? ''
  const { command } = red
  if (facts.green(tree, command)) {
    const detail = `${describe(red)} It passes on ${change.target} at ${short(main)} without this change.`
    return {
      kind: 'eject',
      change,
      data: { reason: 'checks', detail, files: red.dirtied ?? [], log: red.log },
    }
  }
  const onMain = resultOf(change, command, tree)
  if (!onMain) return { kind: 'check', change, command, commit: main, tree }
  const why =
    `${change.target} is red at ${short(main)}: ${describe(onMain)} ${change.name} is not to blame and stays queued. ` +
    `Repair ${change.target}, or run \`worktrain train resume\` to test again.`
  const log = onMain.log
  return {
    kind: 'pause',
    change,
    data: { why, main: { target: change.target, commit: main, command, log } },
  }
}

/** The newest result of this attempt. */
function resultOf(change: Change, command: string, tree: string): CheckResult | undefined {
  return change.results.findLast((result) => result.command === command && result.tree === tree)
}

/** One sentence about a result that is not green. */
export function describe(result: CheckResult): string {
  const check = `The check \`${result.command}\``
  if (result.timedOut) return `${check} did not end within its time.`
  if (result.dirtied?.length) {
    const files = result.dirtied.slice(0, 5).join(', ')
    const more = result.dirtied.length > 5 ? ` and ${result.dirtied.length - 5} more` : ''
    return `${check} changed tracked files (${files}${more}), so that its verdict does not count.`
  }
  return `${check} failed (${result.exit === null ? 'ended by a signal' : `exit ${result.exit}`}).`
}

/** All green results, as the question that {@link Facts} asks. */
export function proofs(changes: readonly Change[]): Facts['green'] {
  const proven = new Set<string>()
  for (const change of changes)
    for (const result of change.results) if (isGreen(result)) proven.add(`${result.tree} ${result.command}`)
  return (tree, command) => proven.has(`${tree} ${command}`)
}

export function short(oid: string | null): string {
  return oid?.slice(0, 10) ?? 'nothing'
}
