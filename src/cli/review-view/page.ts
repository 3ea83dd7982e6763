/** A review as one page of text: what it is, what is known of it, then the files. Pure. */
import type { ReviewView, SnapshotView } from '../../protocol/review.ts'
import type { Look } from '../../terminal/look.ts'
import { age, columns, count, oneLine, short, truncate, wrap } from '../../terminal/text.ts'
import { fileText, whoseTurn } from './hunks.ts'

/** Lines of a list before it is cut. */
const LISTED = 8

export function renderReview(view: ReviewView, look: Look, now: number): string {
  const { session, from, to, totals, turns, files, comments } = view
  const inFiles = new Set(files.map(({ path }) => path))
  const elsewhere = comments.filter(({ path }) => !inFiles.has(path))
  return [
    look.paint(
      'bold',
      `${oneLine(session.name)}: ${count(totals.files, 'file')}, +${totals.added} −${totals.removed}`,
    ),
    ...wrap(
      `against ${from.why} (${short(from.commit)}); snapshot ${to.snapshot}, ${ago(now - to.at)}`,
      look.width - 2,
    ).map((line) => `  ${line}`),
    ...state(view, look, now),
    ...section(
      look,
      'turns',
      turns.map((turn) =>
        truncate(
          `${whoseTurn(turn, turn.n)}${turn.snapshot === null ? ' (changed nothing)' : ''}`,
          look.width - 2,
        ),
      ),
    ),
    ...evidence(view, look),
    '',
    ...files.flatMap((file) => fileText(file, { look, turns, comments })),
    ...(elsewhere.length > 0
      ? section(
          look,
          'comments elsewhere',
          elsewhere.map(({ id, path, writtenAt, text }) =>
            truncate(`${id} ${oneLine(path)}:${writtenAt} ${oneLine(text)}`, look.width - 2),
          ),
        )
      : []),
    ...view.omitted.flatMap((what) => wrap(`left out: ${what}`, look.width)),
    ...(totals.folded > 0
      ? [
          look.paint(
            'dim',
            `${count(totals.folded, 'file')} shown closed; name one to open it: worktrain review ${oneLine(session.name)} PATH`,
          ),
        ]
      : []),
  ].join('\n')
}

function state({ uncommitted, approval, rejected, seen }: ReviewView, look: Look, now: number): string[] {
  const said = [
    ...(uncommitted.length > 0 ? [`not committed: ${listed(uncommitted)}`] : []),
    ...(approval ? [`approved ${ago(now - approval.at)} by ${oneLine(approval.by)}: ${approval.why}`] : []),
    ...(rejected
      ? [
          `rejected ${ago(now - rejected.at)}${rejected.current ? '' : ', and changed since'}: ${oneLine(rejected.reason)}`,
        ]
      : []),
    ...(seen && !seen.current
      ? [`it has changed since you looked, ${ago(now - seen.at)} (--against seen)`]
      : []),
  ]
  return said.flatMap((each) => wrap(each, look.width - 2)).map((line) => `  ${line}`)
}

function evidence({ handoff, differs, commands }: ReviewView, look: Look): string[] {
  const claims = handoff?.claims
  const says = claims
    ? [
        ...entry('changed', claims.behaviourChanged, look),
        ...entry('risks', claims.risks, look),
        ...entry('next', claims.followUp, look),
      ]
    : handoff
      ? ['it reported nothing']
      : []
  const ran = commands
    .slice(-LISTED)
    .map(({ command, exit }) => [exit === null ? 'exit ?' : `exit ${exit}`, oneLine(command)])
  return [
    ...section(look, 'it says', says),
    ...section(
      look,
      'where that differs from what was seen',
      differs.flatMap((each) => wrap(each, look.width - 2)),
    ),
    ...section(
      look,
      commands.length > LISTED
        ? `the last ${LISTED} of ${commands.length} commands it ran`
        : 'commands it ran',
      columns(ran).map((line) => truncate(line, look.width - 2)),
    ),
  ]
}

function entry(what: string, text: string, look: Look): string[] {
  return text === '' ? [] : wrap(`${what}: ${text}`, look.width - 2)
}

function section(look: Look, title: string, body: readonly string[]): string[] {
  return body.length === 0 ? [] : ['', look.paint('bold', title), ...body.map((line) => `  ${line}`)]
}

function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, LISTED).map(oneLine)
  return shown.join(', ') + (paths.length > shown.length ? ` and ${paths.length - shown.length} more` : '')
}

export function renderSnapshots(snapshots: readonly SnapshotView[], now: number): string {
  if (snapshots.length === 0) return 'no snapshot yet'
  return columns(
    snapshots.map(({ n, commit, at, reason, turn, missing }) => [
      String(n),
      short(commit),
      `${ago(now - at)}`,
      turn === null ? '' : `turn ${turn}`,
      oneLine(missing.length > 0 ? `${reason}; without ${missing.join(', ')}` : reason),
    ]),
  ).join('\n')
}

function ago(ms: number): string {
  const said = age(ms)
  return said === 'now' ? said : `${said} ago`
}
