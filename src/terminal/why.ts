/** How a session came to be as it is, as lines. Pure. */
import type { SessionView, WhyView } from '../protocol/api.ts'
import { waitsAs } from '../protocol/attention.ts'
import { reviewTimeSaid } from '../protocol/review-time.ts'
import { rungTitle } from '../protocol/session.ts'
import type { Look } from './look.ts'
import { doing } from './sessions-table.ts'
import { age, columns, count, facts, lines, oneLine, short, truncate, wrap } from './text.ts'

export function renderWhy(
  { session: s, review, place, story, refusals, cell }: WhyView,
  look: Look,
  now: number,
): string {
  const said = [
    look.paint('bold', `${oneLine(s.name)}: ${doing(s)}`),
    ...wrap(s.goal, look.width - 2).map((line) => `  ${line}`),
  ]
  const rows: [string, string][] = [
    ...known(s, now),
    ...(review === null ? [] : [['review', reviewTimeSaid(review, age)] satisfies [string, string]]),
  ]
  said.push('', ...facts(rows, look.width))
  section(said, look, 'next', [
    ...s.attention.flatMap((item) => [...wrap(waitsAs(item), look.width - 2), `  → ${oneLine(item.action)}`]),
    ...(place === null ? [] : wrap(place, look.width - 2)),
  ])
  section(said, look, 'handoff', handoff(s, look))
  section(said, look, 'how it came about', told(story, look, now))
  section(
    said,
    look,
    `refused (${refusals.length})`,
    refusals.flatMap((r) => [
      truncate(
        `${age(now - r.at)} ago, ${r.source}: ${oneLine(r.tool)} ${oneLine(r.target)}`,
        look.width - 2,
      ),
      ...wrap(`${r.why}${r.instead ? ` Instead: ${r.instead}` : ''}`, look.width - 4).map(
        (line) => `  ${line}`,
      ),
    ]),
  )
  if (cell !== null) {
    section(
      said,
      look,
      `walls: ${rungTitle(cell.rung)}${cell.why ? ` (${oneLine(cell.why)})` : ''}`,
      walls(cell, look),
      true,
    )
  }
  return said.join('\n')
}

/** Paths of one kind that are listed one by one; `--json` has them all. */
const PATHS_SHOWN = 8

function walls(cell: NonNullable<WhyView['cell']>, look: Look): string[] {
  const kinds = {
    writable: cell.writable,
    'not writable': cell.protected,
    hidden: cell.hidden,
    shown: cell.shown,
  }
  const paths = Object.entries(kinds).flatMap(([kind, all]) => [
    ...all.slice(0, PATHS_SHOWN).map((path) => [kind, oneLine(path)]),
    ...(all.length > PATHS_SHOWN ? [[kind, `and ${all.length - PATHS_SHOWN} more`]] : []),
  ])
  const notes = [
    ...cell.gaps.map((gap) => `does not stop: ${gap}`),
    ...cell.costs.map((cost) => `costs: ${cost}`),
  ]
  return [...columns(paths), ...notes.flatMap((note) => wrap(note, look.width - 2))]
}

function section(said: string[], look: Look, title: string, body: string[], always = false): void {
  if (body.length > 0 || always) said.push('', look.paint('bold', title), ...body.map((line) => `  ${line}`))
}

function undone({ takenBack: by }: SessionView): string {
  return by === null ? '' : `; taken back by ${by.name} as ${short(by.commit)}`
}

function known(s: SessionView, now: number): [string, string][] {
  const exit = s.process.exit ? `, ${s.process.exit.signal ?? `exit ${s.process.exit.code}`}` : ''
  const rows: [string, string][] = [
    ['stage', `${s.stage}${s.stageWhy ? `: ${s.stageWhy}` : ''}${undone(s)}`],
    [
      'activity',
      `${s.activity.state}, seen by ${s.activity.source} ${age(s.age)} ago: ${s.activity.evidence}`,
    ],
    [
      'process',
      `${s.process.state}${exit}${s.process.pid ? `, pid ${s.process.pid}` : ''}${s.process.why ? `: ${s.process.why}` : ''}`,
    ],
    ['agent', s.agent + (s.conversation ? `, conversation ${s.conversation}` : '')],
    [
      'branch',
      `${s.branch} at ${short(s.head)}, from ${short(s.base.oid)} (${s.base.ref}, ${s.base.chosen})`,
    ],
    ['workspace', `${s.workspace.path} (${s.workspace.kind})`],
  ]
  if (s.lastSnapshot)
    rows.push([
      'snapshot',
      `${s.lastSnapshot.n}, ${short(s.lastSnapshot.oid)}, ${age(now - s.lastSnapshot.at)} ago`,
    ])
  if (s.work) {
    const { files, added, removed, at, stale } = s.work
    const since = age(now - at)
    const when = `counted ${since === 'now' ? 'just now' : `${since} ago`}`
    rows.push([
      'work',
      `${count(files, 'file')} +${added} -${removed}, ${when}${stale === null ? '' : `; ${stale}`}`,
    ])
  }
  if (s.merges) {
    const { clean, files, at, main, head, stale } = s.merges
    const said = clean ? 'cleanly' : `conflicts in ${files.join(', ')}`
    const since = age(now - at)
    const when = `${short(head)} with main ${short(main)}, looked at ${since === 'now' ? 'just now' : `${since} ago`}`
    rows.push(['merges', `${said}: ${when}${stale === null ? '' : `; ${stale}`}`])
  }
  if (s.waitsFor.length > 0) rows.push(['waits for', s.waitsFor.join(', ')])
  if (s.usage) rows.push(['usage', usage(s.usage)])
  if (s.note) rows.push(['note', s.note])
  for (const warning of s.warnings) rows.push(['warning', warning])
  return rows
}

function usage({ byModel, costUsd }: NonNullable<SessionView['usage']>): string {
  const models = Object.entries(byModel).map(
    ([model, u]) =>
      `${model} ${u.input + u.cacheRead + u.cacheWrite} in, ${u.output} out, ${count(u.requests, 'request')}`,
  )
  return models.join('; ') + (costUsd === null ? '' : `; $${costUsd.toFixed(2)}`)
}

function handoff({ handoff: h }: SessionView, look: Look): string[] {
  if (h === null) return []
  const commands = h.observed.commands.map(
    ({ command, exit }) => `ran ${oneLine(command)}: ${exit === null ? 'exit not reported' : `exit ${exit}`}`,
  )
  const files = h.observed.files.map(
    ({ path, added, removed }) => `changed ${oneLine(path)} +${added ?? '?'} -${removed ?? '?'}`,
  )
  const claims = h.claims
    ? [
        ['behaviour', h.claims.behaviourChanged],
        ['risks', h.claims.risks],
        ['follow-up', h.claims.followUp],
      ].flatMap(([title, text]) => (text ? wrap(`${title} (claimed): ${text}`, look.width - 2) : []))
    : ['the agent reported nothing; this is what was observed']
  return [
    ...claims,
    ...files,
    ...commands,
    ...h.unverified.flatMap((claim) => wrap(`not observed: ${claim}`, look.width - 2)),
  ]
}

function told(story: WhyView['story'], look: Look, now: number): string[] {
  return columns(
    story.map(({ at, source, what }) => [age(now - at), oneLine(source), oneLine(lines(what))]),
  ).map((row) => truncate(row, look.width - 2))
}
