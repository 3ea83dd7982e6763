/** How a commit got to the target, as text. Pure. */
import type { CommitView, LandingView } from '../protocol/api.ts'
import type { Look } from '../terminal/look.ts'
import { age, columns, oneLine, short, truncate, wrap } from '../terminal/text.ts'
import { failures } from '../terminal/train/builds.ts'
import { proof, took } from '../terminal/train/words.ts'

export function renderCommit(view: CommitView, look: Look, now: number): string {
  const { commit, subject, author, target, through, landing, why } = view
  const rows = [
    ['author', author],
    ['came to', `${target} ${through === commit ? 'as itself' : `by ${short(through)}`}`],
  ]
  return [
    truncate(look.paint('bold', `${short(commit)} ${oneLine(subject)}`), look.width),
    ...wrap(why, look.width - 2).map((line) => `  ${line}`),
    '',
    ...table([...rows, ...(landing === null ? [] : facts(landing, view.change, now))], look),
    ...(landing === null ? [] : evidence(landing, look)),
  ].join('\n')
}

function table(rows: readonly (readonly string[])[], look: Look): string[] {
  return columns(rows.map((row) => row.map(oneLine))).map((line) => truncate(line, look.width))
}

function facts(landing: LandingView, change: string | null, now: number): string[][] {
  const members = landing.members.map((member) => [
    member.change === change ? 'with it' : 'together with',
    `${member.name}, ${short(member.head)} of ${member.branch}${member.session === null ? '' : `, session ${member.session}`}`,
  ])
  return [
    ['landed', `${age(now - landing.at)} ago, event ${landing.seq}, after ${took(landing.ms)} on the train`],
    ['base', landing.old],
    ['landed as', landing.new],
    ['tested tree', landing.tree],
    ['build', landing.build],
    ...members,
    ...landing.resolved.map(({ path, how, from }) => ['resolved', `${path}, ${how}: ${from}`]),
    ...(landing.remote === null ? [] : [['pushed', `to ${landing.remote}`]]),
  ]
}

function evidence(landing: LandingView, look: Look): string[] {
  const { checks, skipped } = landing
  if (checks.length + skipped.length === 0) return []
  return [
    '',
    look.paint('bold', 'checks'),
    ...checks.flatMap((check) => [
      truncate(`  ${proof(check, landing.build)}, exit ${check.exit}`, look.width),
      // Whole, however long: to be opened.
      ...(check.log === '' ? [] : [`    ${oneLine(check.log)}`]),
      ...failures({ tests: check.tests ?? null }, look),
    ]),
    ...skipped.map(({ command, why }) =>
      truncate(`  ${oneLine(command)} skipped: ${oneLine(why)}`, look.width),
    ),
  ]
}
