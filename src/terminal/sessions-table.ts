/** The sessions as `worktrain ls` prints them. Pure. */
import type { ChangeView, SessionView } from '../protocol/api.ts'
import { heldUpBy, waitsAs } from '../protocol/attention.ts'
import { namesOf } from '../protocol/repository-names.ts'
import { wayBack } from '../protocol/spotlight-off.ts'
import type { Colour, Look } from './look.ts'
import { age, columns, count, oneLine, short, truncate } from './text.ts'

export const GROUPS = [
  'needs you',
  'ready',
  'on the train',
  'working',
  'idle',
  'waiting',
  'stopped',
  'landed',
  'discarded',
] as const
export type Group = (typeof GROUPS)[number]

const COLOURS: Partial<Record<Group, Colour>> = {
  'needs you': 'yellow',
  ready: 'green',
  'on the train': 'cyan',
  working: 'cyan',
}

/** Attention that asks for a look rather than for an answer. */
const READY = ['ready', 'done']

const FENCED = /^[ \t]*(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^[ \t]*\1[^\n]*|$(?![\s\S]))/gm

export function groupOf(s: SessionView): Group {
  if (s.stage === 'landed' || s.stage === 'discarded') return s.stage
  const first = s.attention[0]
  if (first && !READY.includes(first.kind)) return 'needs you'
  if (s.stage === 'on-train') return 'on the train'
  if (first || s.stage === 'handed-off' || s.stage === 'in-review') return 'ready'
  if (s.stage === 'planned' || s.stage === 'waiting') return 'waiting'
  if (s.process.state === 'exited' || s.process.state === 'lost') return 'stopped'
  // It came to rest, and the person has seen it.
  return s.activity.state === 'idle' ? 'idle' : 'working'
}

/** What it is doing, in a person's words, with the age of the evidence. */
export function doing(s: SessionView): string {
  const group = groupOf(s)
  if (s.takenBack !== null) return 'taken back'
  if (group === 'landed' || group === 'discarded') return group
  if (group === 'waiting') return s.stage
  if (s.stage === 'preparing') return 'preparing'
  if (s.process.state === 'lost') return 'interrupted'
  if (s.process.state === 'exited' && group === 'stopped') return exitOf(s)
  if (group === 'ready' && s.activity.state === 'idle')
    return `${s.stage === 'active' ? 'turn done' : 'handed off'} ${age(s.age)}`
  return `${s.activity.state} ${age(s.age)}`
}

function exitOf({ process: { exit } }: SessionView): string {
  if (exit === null) return 'ended'
  return exit.signal === null ? `exit ${exit.code}` : `ended by ${exit.signal}`
}

/** Grouped, most urgent first; of each session one row of facts, then what was last heard and what to do. */
export function renderSessions(sessions: SessionView[], changes: ChangeView[], look: Look): string {
  if (sessions.length === 0) return 'no sessions; start one with: worktrain run "what it shall do"'
  const names = namesOf([...new Set(sessions.map((s) => s.repository.root))])
  const rows = columns(
    sessions.map((s) => cells(s, names.size > 1 ? (names.get(s.repository.root) ?? null) : null)),
  )
  const said: string[] = []
  for (const group of GROUPS) {
    const members = sessions.filter((s) => groupOf(s) === group).toSorted(asTheyWait)
    if (members.length === 0) continue
    const title = `${group} (${members.length})`
    said.push(look.paint(COLOURS[group] ?? 'bold', title))
    for (const s of members) {
      said.push(truncate(`  ${rows[sessions.indexOf(s)] ?? ''}`, look.width))
      for (const line of below(s, group, changes))
        said.push(look.paint('dim', truncate(`    ${line}`, look.width)))
    }
  }
  return said.join('\n')
}

/** As `next` has them: what holds up most, then what has waited longest; others as they came. */
function asTheyWait(a: SessionView, b: SessionView): number {
  const [mine, other] = [a.attention[0], b.attention[0]]
  return mine && other ? heldUpBy(other) - heldUpBy(mine) || mine.since - other.since : 0
}

function cells(s: SessionView, repository: string | null): string[] {
  return [
    ...(repository === null ? [] : [oneLine(repository)]),
    truncate(oneLine(s.name), 28),
    truncate(doing(s), 24),
    s.agent,
    oneLine(s.branch),
  ]
}

function changed(s: SessionView): string {
  if (s.work === null || s.work.files === 0) return ''
  const { files, added, removed, at, stale } = s.work
  const said = `${count(files, 'file')} +${added} -${removed}`
  return stale === null ? said : `${said} (${age(waited(s, at))} ago; ${stale})`
}

function merges(s: SessionView): string {
  if (s.merges === null || s.stage === 'landed') return ''
  const { clean, files, at, main, stale } = s.merges
  const said = clean ? 'merges' : `conflicts in ${files.map(oneLine).join(', ')}`
  return stale === null ? said : `${said} with main ${short(main)} (${age(waited(s, at))} ago; ${stale})`
}

function below(s: SessionView, group: Group, changes: ChangeView[]): string[] {
  const said: string[] = []
  const first = s.attention[0]
  if (group === 'on the train')
    said.push(place(changes.find((change) => change.id === s.change)) || oneLine(s.stageWhy))
  else if (group === 'needs you' && first)
    said.push(`${oneLine(waitsAs(first))} (${age(waited(s, first.since))})`)
  else if (s.activity.state === 'unknown' && group === 'working') said.push(oneLine(s.activity.evidence))
  else if (s.lastMessage !== '' && group !== 'landed' && group !== 'discarded')
    said.push(lastSentence(s.lastMessage))
  else if (group === 'stopped') said.push(oneLine(s.process.why || s.activity.evidence))
  else if (group === 'waiting') said.push(oneLine(s.stageWhy) || `waits for ${s.waitsFor.join(', ')}`)
  if (group === 'ready' && first?.kind === 'ready') said.push(oneLine(first.why))
  if (s.takenBack !== null)
    said.push(`landed, and taken back by ${oneLine(s.takenBack.name)} as ${short(s.takenBack.commit)}`)
  const facts = [changed(s), merges(s)].filter((fact) => fact !== '')
  if (facts.length > 0) said.push(facts.join(', '))
  if (s.note !== '') said.push(`note: ${oneLine(s.note)}`)
  for (const { checkout, n } of s.shownIn ?? [])
    said.push(
      `shown in ${oneLine(checkout)} (snapshot ${n}); back: ${oneLine(wayBack(checkout, s.repository.root))}`,
    )
  for (const warning of s.warnings) said.push(`! ${oneLine(warning)}`)
  if (first) said.push(`→ ${oneLine(first.action)}`)
  // What it did without stands beside what it did.
  for (const { kind, why, action } of s.attention.slice(1))
    if (kind === 'wants-paths') said.push(oneLine(why), `→ ${oneLine(action)}`)
  return said.filter((line) => line !== '')
}

/** The view has no clock of its own: the activity's time and age together say when it was made. */
function waited(s: SessionView, since: number): number {
  return s.activity.at + s.age - since
}

function place(change: ChangeView | undefined): string {
  if (change === undefined) return ''
  const where = change.position === null ? change.state : `place ${change.position}, ${change.state}`
  return `${where} for ${change.target}${change.why ? `: ${oneLine(change.why)}` : ''}`
}

/** Of what was said in words: code is seldom what one wants to know of a session. */
export function lastSentence(message: string): string {
  const text = oneLine(message.replaceAll(FENCED, '')).trim() || oneLine(message)
  const sentences = text.match(/[^.!?]+[.!?]*(?=\s|$)/g)
  return sentences?.at(-1)?.trim() || text
}
