/** What a person reads at the end of a rehearsal, and can check with plain git. Pure. */
import { isWalled } from './findings.ts'
import type { Findings } from './findings.ts'
import { NAME_WIDTH, cut, refusalText, seconds, short, wrap } from './lines.ts'
import type { Look } from './lines.ts'
import { changeOf } from './story.ts'
import type { ChangeTold, SessionTold, Story } from './story.ts'
import { EXPECTED } from './week/index.ts'

export interface SummaryInput {
  story: Story
  findings: Findings
  /** Which program did the work, e.g. `Claude Code 2.1.329`. */
  agent: string
  /** Why not Claude Code; null: it was. */
  insteadWhy: string | null
  protectedFirst: { name: string; why: string }[]
  left: string[]
  /** Why it did not come to its end; null: it did. */
  stuck: string | null
  repository: string
  directory: string
  /** All files of the rehearsal are kept, not the repository alone. */
  keptAll: boolean
  totalMs: number
}

/** Held: everything that was meant to happen did, and nothing else. */
export function held({ findings, stuck, left }: Pick<SummaryInput, 'findings' | 'stuck' | 'left'>): boolean {
  return stuck === null && left.length === 0 && findings.differences.length === 0
}

export function drawSummary(input: SummaryInput, look: Look): string {
  const { story, findings, repository, directory } = input
  const sections = [
    [
      'Sessions',
      story.sessions.flatMap((session) =>
        sessionLines(session, changeOf(story, session.name), findings, look),
      ),
    ],
    ['Refused', refusals(input, look)],
    ['Check it with plain git', gitLines(input, look)],
    [
      'Left behind',
      [
        `the repository   ${repository}`,
        ...(input.keptAll ? [`everything else  ${directory}`] : []),
        `delete it        rm -r ${directory}`,
      ],
    ],
  ] as const
  const body = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [look.paint('bold', title), ...lines.map((line) => `  ${line}`)].join('\n'))
  return [...body, verdict(input, look)].join('\n\n')
}

function sessionLines(
  session: SessionTold,
  change: ChangeTold | undefined,
  findings: Findings,
  look: Look,
): string[] {
  const landing = findings.landings.find(({ name }) => name === session.name)
  const times = timesOf(session, change)
    .flatMap((line) => wrap(line, room(look)))
    .map((line) => look.paint('dim', line))
  const red = change?.checks.findLast((check) => check.exit !== 0)
  const said = session.answer ? wrap(`Told why, it answered: ${lastLine(session.answer)}`, room(look)) : []
  if (landing) {
    const tested = landing.tested
      ? 'the tree that was tested'
      : look.paint('red', 'NOT a tree that was tested')
    const head = `${look.paint('green', 'landed')} as ${short(landing.commit)}, ${tested}`
    return entry(session.name, [head, ...times, ...wrap(landing.files.join(', '), room(look))])
  }
  if (change?.ejected) {
    const why = wrap(change.ejected.detail, room(look))
    const proof = red ? evidence(red.tail).map((line) => look.paint('dim', cut(line, room(look)))) : []
    return entry(session.name, [look.paint('red', 'ejected'), ...why, ...proof, ...said, ...times])
  }
  return entry(session.name, [session.stage, ...wrap(session.trouble ?? session.doing, room(look))])
}

/** Columns beside the name. */
function room(look: Look): number {
  return Math.max(30, look.width - NAME_WIDTH - 4)
}

/** The name, and lines beside it. */
function entry(name: string, lines: string[]): string[] {
  return lines
    .filter((line) => line !== '')
    .map((line, i) => `${(i === 0 ? name : '').padEnd(NAME_WIDTH)}  ${line}`)
}

function timesOf(session: SessionTold, change: ChangeTold | undefined): string[] {
  const { startedAt, handedOffAt, plannedAt, waitedFor, unverified } = session
  const checked = change?.checks.reduce((sum, check) => sum + check.ms, 0) ?? 0
  const times = [
    ...(startedAt !== null && waitedFor.length > 0
      ? [`waited ${seconds(startedAt - plannedAt)} for ${waitedFor.join(', ')}`]
      : []),
    ...(startedAt !== null && handedOffAt !== null ? [`worked ${seconds(handedOffAt - startedAt)}`] : []),
    ...(change?.endedAt
      ? [`on the train ${seconds(change.endedAt - change.queuedAt)} (tests ${seconds(checked)})`]
      : []),
  ]
  return [...(times.length > 0 ? [times.join(', ')] : []), ...unverified]
}

function refusals({ story, findings, protectedFirst, repository }: SummaryInput, look: Look): string[] {
  const lines: [name: string, text: string][] = story.sessions.flatMap(({ name, refusals: refused }) =>
    refused.map((refusal): [string, string] => [name, `${refusalText(refusal)} (${refusal.source})`]),
  )
  const reaching = story.sessions.find(
    (session) => session.name === EXPECTED.refused && session.refusals.length === 0,
  )
  if (reaching && reaching.startedAt !== null) {
    const tried = `Write ${repository}/${EXPECTED.outside}`
    const wall = isWalled(reaching.wall)
      ? `its wall (${reaching.wall})`
      : 'a wall: this machine has none, see `worktrain doctor`'
    lines.push([
      reaching.name,
      findings.reached ? `${tried}: NOT stopped by ${wall}` : `${tried}: stopped by ${wall}`,
    ])
  }
  for (const { name, why } of protectedFirst) lines.push([name, `to be removed without --discard: ${why}`])
  return lines.flatMap(([name, text]) =>
    entry(
      name,
      wrap(text, room(look)).map((line) => look.paint('yellow', line)),
    ),
  )
}

function gitLines({ findings, repository }: SummaryInput, look: Look): string[] {
  return [
    `cd ${repository}`,
    'git log --graph --oneline',
    ...findings.log.split('\n').map((line) => `  ${line.slice(0, look.width - 4)}`),
    'git worktree list',
    ...(findings.kept ? [`git show ${findings.kept}   # not landed, not lost`] : []),
  ]
}

function verdict(input: SummaryInput, look: Look): string {
  const { findings, stuck, left, insteadWhy } = input
  const by = insteadWhy === null ? input.agent : `${input.agent}, because ${insteadWhy}`
  const end = wrap(
    `${seconds(input.totalMs)} in all. The work was done by ${by}. No model was called.`,
    look.width,
  ).join('\n')
  if (held(input)) {
    const landed = findings.landings.length
    return `${look.paint('green', 'It held:')} ${landed} landed, each in a tree that was tested; 1 was ejected;\nmain is green; no workspace and no lock file is left.\n${end}`
  }
  // What never came to its end differs in many ways that say nothing.
  const why = stuck ? [`it did not come to its end: ${stuck}`] : findings.differences
  const wrong = [...why, ...left.map((each) => `not cleaned up: ${each}`)]
  return `${look.paint('red', 'It did not hold:')}\n${wrong.map((each) => `  - ${wrap(each, look.width - 4).join('\n    ')}`).join('\n')}\n${end}`
}

/** The lines of a test's output that say what is wrong. */
function evidence(tail: string): string[] {
  const lines = tail.split('\n').map((line) => line.trim())
  return lines
    .filter((line) => /^(✖ (?!failing)|not ok|\w*Error\b)/.test(line))
    .filter((line, i, all) => all.indexOf(line) === i)
    .slice(0, 2)
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
