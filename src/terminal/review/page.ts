/** A review as one page of text: what it is, what is known of it, then the files. Pure. */
import type { ReviewView, SnapshotView } from '../../protocol/review.ts'
import type { Look } from '../look.ts'
import { ago, columns, count, oneLine, short, truncate, wrap } from '../text.ts'
import { fileText, whoseTurn } from './hunks.ts'

/** Lines of a list before it is cut. */
const LISTED = 8

/** Something that is known of a review, under its title. */
export interface Section {
  title: string
  entries: string[]
  /** Its entries are rows: each is cut rather than broken. */
  rows?: true
}

export function renderReview(view: ReviewView, look: Look, now: number): string {
  const { session, totals, turns, files, comments, marks } = view
  const inFiles = new Set(files.map(({ path }) => path))
  const elsewhere = comments.filter(({ path }) => !inFiles.has(path))
  return [
    look.paint('bold', titleOf(view)),
    ...standing(view, now, '--against seen').flatMap((each) =>
      wrap(each, look.width - 2).map((line) => `  ${line}`),
    ),
    ...[turnSection(view), ...evidence(view)].flatMap((each) => drawn(each, look)),
    '',
    ...files.flatMap((file) => fileText(file, { look, turns, comments, marks })),
    ...drawn(
      {
        title: 'comments elsewhere',
        entries: elsewhere.map(
          ({ id, path, writtenAt, text }) => `${id} ${oneLine(path)}:${writtenAt} ${oneLine(text)}`,
        ),
        rows: true,
      },
      look,
    ),
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

export function titleOf({ session, totals }: ReviewView): string {
  return `${oneLine(session.name)}: ${count(totals.files, 'file')}, +${totals.added} −${totals.removed}`
}

/**
 * What is compared, and what was decided on it.
 * @param seenBy what leads to what is new since it was looked at
 */
export function standing(view: ReviewView, now: number, seenBy: string): string[] {
  const { from, to, uncommitted, approval, rejected, seen } = view
  return [
    `against ${from.why} (${short(from.commit)}); snapshot ${to.snapshot}, ${ago(now - to.at)}`,
    ...(uncommitted.length > 0 ? [`not committed: ${listed(uncommitted)}`] : []),
    ...(approval
      ? [`approved ${ago(now - approval.at)} by ${oneLine(approval.by)}: ${oneLine(approval.why)}`]
      : []),
    ...(rejected
      ? [
          `rejected ${ago(now - rejected.at)}${rejected.told ? '' : ', and nobody could be told'}${rejected.current ? '' : ', and changed since'}: ${oneLine(rejected.reason)}`,
        ]
      : []),
    ...(seen && !seen.current ? [`it has changed since you looked, ${ago(now - seen.at)} (${seenBy})`] : []),
  ]
}

export function turnSection({ turns }: ReviewView): Section {
  const entries = turns.map(
    (turn) => `${whoseTurn(turn, turn.n)}${turn.snapshot === null ? ' (changed nothing)' : ''}`,
  )
  return { title: 'turns', entries, rows: true }
}

/**
 * What the session says of its work, and what was seen.
 * @param most commands, of the newest
 */
export function evidence({ handoff, differs, commands }: ReviewView, most = LISTED): Section[] {
  const claims = handoff?.claims
  const says = claims
    ? [
        ...entry('changed', claims.behaviourChanged),
        ...entry('risks', claims.risks),
        ...entry('next', claims.followUp),
      ]
    : handoff
      ? ['it reported nothing']
      : []
  const ran = commands
    .slice(-most)
    .map(({ command, exit }) => [exit === null ? 'exit ?' : `exit ${exit}`, oneLine(command)])
  return [
    { title: 'it says', entries: says },
    { title: 'where that differs from what was seen', entries: differs },
    {
      title:
        commands.length > most ? `the last ${most} of ${commands.length} commands it ran` : 'commands it ran',
      entries: columns(ran),
      rows: true,
    },
  ]
}

function entry(what: string, text: string): string[] {
  return text === '' ? [] : [`${what}: ${text}`]
}

function drawn({ title, entries, rows }: Section, look: Look): string[] {
  if (entries.length === 0) return []
  const most = look.width - 2
  const body = entries.flatMap((each) => (rows ? [truncate(each, most)] : wrap(each, most)))
  return ['', look.paint('bold', title), ...body.map((line) => `  ${line}`)]
}

function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, LISTED).map(oneLine)
  return shown.join(', ') + (paths.length > shown.length ? ` and ${paths.length - shown.length} more` : '')
}

export function renderSnapshots(snapshots: readonly SnapshotView[], now: number): string {
  return snapshots.length === 0 ? 'no snapshot yet' : snapshotLines(snapshots, now).join('\n')
}

/** A line for each, in columns. */
export function snapshotLines(snapshots: readonly SnapshotView[], now: number): string[] {
  return columns(
    snapshots.map(({ n, commit, at, reason, turn, missing }) => [
      String(n),
      short(commit),
      `${ago(now - at)}`,
      turn === null ? '' : `turn ${turn}`,
      oneLine(missing.length > 0 ? `${reason}; without ${missing.join(', ')}` : reason),
    ]),
  )
}
