/** What is said to the session whose change was ejected. Pure. */
import type { CheckResult } from '../protocol/index.ts'

/** What a prompt needs of an ejected change. */
export interface Returned {
  id: string
  name: string
  branch: string
  target: string
  checks: readonly string[]
  ejected: {
    reason: string
    detail: string
    files: readonly string[]
    /** Commit of the target it was last tried on; null: of an old journal. */
    base?: string | null
    evidence?: readonly CheckResult[]
  } | null
}

/** Failed tests that are named; their messages stand in the output. */
const TESTS_MAX = 20
/** Red commands whose output is shown; the others are named. */
const SHOWN_MAX = 3

/**
 * One prompt with the evidence and the exact commands to reproduce it.
 * @param change an ejected change
 * @param to its own session, or another one that was started at its commit to repair it
 */
export function ejectionPrompt(change: Returned, to: 'own' | 'other' = 'own'): string {
  const { ejected, target, name } = change
  const which = `${change.branch} (change ${change.id} of ${name}) was not landed on ${target}.`
  const head =
    to === 'own'
      ? `Your branch ${which}`
      : `The branch ${which} Its session cannot repair it: you do, on a branch that begins at its commit.`
  if (!ejected) return head
  const base = ejected.base ?? target
  const again = 'Then hand off again: a new commit goes back on the train.'
  switch (ejected.reason) {
    case 'conflict': {
      // The first line says which files, as the list does.
      const more = ejected.detail.split('\n').slice(1).join('\n').trim()
      return [
        `${head} It conflicts with ${target}${at(ejected.base)}, in:`,
        list(ejected.files),
        ...(more === '' ? [] : [quoted('git says', more)]),
        `Reproduce and resolve it in your workspace:\n\n    git merge ${base}\n\nKeep what both sides meant, run the checks${commands(change.checks)}, and commit the merge. ${again}`,
      ].join('\n\n')
    }
    case 'checks':
      return [
        `${head} ${ejected.detail}`,
        ...redOnes(ejected.evidence ?? [], change.checks, base),
        `Repair your change so that the checks pass on the merge, and commit. ${again}`,
      ].join('\n\n')
    case 'foreign-paths':
      return [
        `${head} Merging it would change files that your branch does not touch:`,
        list(ejected.files),
        `See what the merge does:\n\n    git merge --no-commit ${base}\n    git diff --cached ${base}\n\nBring ${target} into your branch, check these files, and commit. ${again}`,
      ].join('\n\n')
    default:
      return `${head} ${ejected.detail}`
  }
}

/** The red runs: how to see each of them again, and what it said. */
function redOnes(evidence: readonly CheckResult[], checks: readonly string[], base: string): string[] {
  const red = evidence.filter((result) => isRed(result) && lastRed(evidence, result) === result)
  const names = red.length > 0 ? red.map((result) => result.command) : checks.slice(0, 1)
  const reproduce = [`git merge ${base}`, ...names].map((line) => `    ${line.replaceAll('\n', '\n    ')}`)
  const green = evidence.filter((result) => !isRed(result) && names.includes(result.command))
  return [
    `Reproduce it in your workspace, on the merge of both:\n\n${reproduce.join('\n')}`,
    ...red.slice(0, SHOWN_MAX).flatMap(said),
    ...(green.length > 0 ? [`Without your change it passes: ${green.map(passed).join(', ')}.`] : []),
  ]
}

function isRed(result: CheckResult): boolean {
  return result.exit !== 0 || result.timedOut === true || (result.dirtied?.length ?? 0) > 0
}

function lastRed(evidence: readonly CheckResult[], { command }: CheckResult): CheckResult | undefined {
  return evidence.findLast((result) => result.command === command && isRed(result))
}

function said(result: CheckResult): string[] {
  const failures = result.tests?.failures ?? []
  const ended = result.timedOut ? 'It took too long.' : (result.limit ?? '')
  const changed = result.dirtied?.length ? `It changed tracked files:\n\n${list(result.dirtied)}` : ''
  return [
    ...(ended === '' ? [] : [`\`${oneLine(result.command)}\`: ${ended}`]),
    ...(changed === '' ? [] : [changed]),
    ...(failures.length === 0
      ? []
      : [
          `Failed tests:\n\n${list(
            failures.map(({ name }) => name),
            TESTS_MAX,
          )}`,
        ]),
    ...(result.tail ? [quoted(`the end of the output of \`${oneLine(result.command)}\``, result.tail)] : []),
  ]
}

function passed({ command, ms, tree }: CheckResult): string {
  return `\`${oneLine(command)}\` on tree ${tree.slice(0, 10)} (${(ms / 1000).toFixed(1)} s)`
}

function at(base: string | null | undefined): string {
  return base ? `, which is at ${base.slice(0, 10)}` : ''
}

function commands(checks: readonly string[]): string {
  return checks.length === 0 ? '' : ` (${checks.map((check) => `\`${oneLine(check)}\``).join(', ')})`
}

/** Names are not part of the request: none of them begins a line of its own. */
function list(names: readonly string[], max = 20): string {
  const shown = names.slice(0, max).map((name) => `- ${oneLine(name)}`)
  return [...shown, ...(names.length > max ? [`- and ${names.length - max} more`] : [])].join('\n')
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ')
}

/** Output is data, not part of the request: it is marked as such, and cannot end its own marking. */
function quoted(what: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)))
  return `${what[0]?.toUpperCase()}${what.slice(1)}:\n\n${fence}\n${text}\n${fence}`
}
