/** A review as rows that the cursor goes through; how wide they are drawn is the view's business. Pure. */
import { isMarked } from '../../board/marks.ts'
import { type SplitRow, splitRows } from '../../board/code/split.ts'
import type {
  ReviewComment,
  ReviewFile,
  ReviewHunk,
  ReviewLine,
  ReviewView,
  SnapshotView,
} from '../../protocol/review.ts'
import { endsHere } from '../../terminal/review/hunks.ts'
import { evidence, snapshotLines, standing, titleOf, turnSection } from '../../terminal/review/page.ts'
import { count } from '../../terminal/text.ts'
import type { ReviewMode } from '../mode.ts'

export type ReviewRow = {
  id: string
  /** Path of the file that it belongs to; null: to none. */
  path: string | null
} & (
  | { is: 'text'; text: string; tone: 'bold' | 'dim' | 'plain'; cut: boolean }
  /** A comment in the list of all. */
  | { is: 'listed'; comment: ReviewComment }
  | { is: 'file'; file: ReviewFile; open: boolean; marked: boolean; comments: number }
  | { is: 'hunk'; hunk: ReviewHunk }
  /** `pair`: what stands side by side there, `line` one of it; null: one line below the other. */
  | { is: 'line'; hunk: ReviewHunk; line: ReviewLine; pair: SplitRow | null }
  | { is: 'snapshot'; snapshot: SnapshotView; there: boolean; text: string }
  | { is: 'comment'; comment: ReviewComment }
)

export function reviewRows(mode: ReviewMode, now: number): ReviewRow[] {
  if (mode.shown === null) return [text('title', `${mode.session.name}: …`, 'bold')]
  const { view } = mode.shown
  return [
    ...head({ view, all: mode.allCommands }, now),
    ...listed(view.comments),
    ...view.files.flatMap((file) => fileRows(mode.whole.get(file.path) ?? file, mode, view)),
    ...(view.files.length === 0 ? [text('nothing', 'nothing is different', 'dim')] : []),
    ...section(turnSection(view)),
    ...view.omitted.map((what, i) => text(`omitted ${i}`, `left out: ${what}`, 'dim')),
    ...saved(mode.snapshots, now),
  ]
}

/** Where the cursor is: where its row went, else where it was. */
export function cursorAt(rows: readonly ReviewRow[], { id, index }: ReviewMode['cursor']): number {
  const at = rows.findIndex((row) => row.id === id)
  return at >= 0 ? at : Math.max(0, Math.min(index, rows.length - 1))
}

export const fileRow = (path: string): string => `file ${path}`

/** The line that the person is at; where one side has nothing, the other. */
export function lineAt({ line, pair }: Extract<ReviewRow, { is: 'line' }>, side: 'old' | 'new'): ReviewLine {
  return pair?.[side] ?? line
}

/** What was taken away stands beside what came in its place; such a row is of the new line. */
function linesOf({ lines }: ReviewHunk, beside: boolean): { line: ReviewLine; pair: SplitRow | null }[] {
  if (!beside) return lines.map((line) => ({ line, pair: null }))
  return splitRows(lines).flatMap((pair) => {
    const line = pair.new ?? pair.old
    return line === null ? [] : [{ line, pair }]
  })
}

/** The first one is what is there. */
function saved(snapshots: readonly SnapshotView[], now: number): ReviewRow[] {
  if (snapshots.length < 2) return []
  const lines = snapshotLines(snapshots, now)
  return [
    text('snapshots', 'snapshots (Enter: what came after one; p: its files put back)', 'bold'),
    ...snapshots.map((snapshot, i): ReviewRow => ({
      ...{ is: 'snapshot', id: `snapshot ${snapshot.n}`, path: null },
      ...{ snapshot, there: i === 0, text: lines[i] ?? '' },
    })),
  ]
}

function head({ view, all }: { view: ReviewView; all: boolean }, now: number): ReviewRow[] {
  return [
    text('title', titleOf(view), 'bold'),
    ...standing(view, now, 'b: against what you saw then').map((each, i) =>
      text(`standing ${i}`, each, 'dim'),
    ),
    ...evidence(view, all ? Infinity : undefined).flatMap(section),
  ]
}

function section({ title, entries, rows }: ReturnType<typeof turnSection>): ReviewRow[] {
  if (entries.length === 0) return []
  return [
    text(title, title, 'bold'),
    ...entries.map((each, i) => text(`${title} ${i}`, `  ${each}`, 'plain', rows)),
  ]
}

function text(
  id: string,
  said: string,
  tone: Extract<ReviewRow, { is: 'text' }>['tone'],
  cut = false,
  path: string | null = null,
): ReviewRow {
  return { is: 'text', id, path, text: said, tone, cut }
}

function listed(comments: readonly ReviewComment[]): ReviewRow[] {
  if (comments.length === 0) return []
  const drafts = comments.filter(({ state }) => state === 'draft').length
  const title = `${count(comments.length, 'comment')}${drafts === 0 ? '' : `, ${drafts} not handed over yet`}`
  return [
    text('comments', title, 'bold'),
    ...comments.map((comment): ReviewRow => ({ is: 'listed', id: `of ${comment.id}`, path: null, comment })),
  ]
}

function fileRows(file: ReviewFile, mode: ReviewMode, view: ReviewView): ReviewRow[] {
  const { path } = file
  const mine = view.comments.filter((comment) => comment.path === path)
  const open = mode.open === path
  const row: ReviewRow = {
    ...{ is: 'file', id: fileRow(path), path, file, open },
    marked: isMarked(view, file),
    comments: mine.length,
  }
  if (!open) return [row]
  // Of a file that is new or gone one side would be empty.
  const beside = mode.split && mode.wide && file.status !== 'added' && file.status !== 'deleted'
  const shown = new Set<string>()
  const said = (comment: ReviewComment): ReviewRow => {
    shown.add(comment.id)
    return { is: 'comment', id: comment.id, path, comment }
  }
  const body = file.hunks.flatMap((hunk): ReviewRow[] => [
    { is: 'hunk', id: `hunk ${path} ${hunk.oldStart} ${hunk.newStart}`, path, hunk },
    ...linesOf(hunk, beside).flatMap(({ line, pair }): ReviewRow[] => [
      { is: 'line', id: `line ${path} ${line.old ?? ''} ${line.new ?? ''}`, path, hunk, line, pair },
      ...mine.filter((each) => endsHere(each, line) || (pair?.old && endsHere(each, pair.old))).map(said),
    ]),
  ])
  return [
    row,
    ...insteadOf(file).map((why, i) => text(`closed ${path} ${i}`, `  ${why}`, 'dim', false, path)),
    ...body,
    // Their lines are gone, or unchanged and far from every change.
    ...mine.filter(({ id }) => !shown.has(id)).map(said),
  ]
}

/** What is said where lines are not shown. */
function insteadOf({ omitted, folded, hunks, kind, added }: ReviewFile): string[] {
  // Not even counted: no other question brings more of it.
  if (omitted !== null && added === null) return [omitted]
  const left = [omitted, hunks.length === 0 ? folded : null].filter((why) => why !== null)
  if (left.length > 0 || hunks.length > 0) return left.map((why) => `${why}; f shows it`)
  return [kind === 'binary' ? 'binary: what is in it is not shown' : 'none of its lines is another']
}
