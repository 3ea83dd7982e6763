/** A review as rows that the cursor goes through; how wide they are drawn is the view's business. Pure. */
import type { ReviewComment, ReviewFile, ReviewHunk, ReviewLine, ReviewView } from '../../protocol/review.ts'
import { endsHere } from '../../terminal/review/hunks.ts'
import { evidence, standing, titleOf, turnSection } from '../../terminal/review/page.ts'
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
  | { is: 'file'; file: ReviewFile; open: boolean; viewed: boolean; comments: number }
  | { is: 'hunk'; hunk: ReviewHunk }
  | { is: 'line'; hunk: ReviewHunk; line: ReviewLine }
  | { is: 'comment'; comment: ReviewComment }
)

/** @param viewed by path: what the person has gone through, as it was then */
export function reviewRows(mode: ReviewMode, viewed: Viewed, now: number): ReviewRow[] {
  if (mode.shown === null) return [text('title', `${mode.session.name}: …`, 'bold')]
  const { view } = mode.shown
  return [
    ...head(view, now),
    ...listed(view.comments),
    ...view.files.flatMap((file) => fileRows(mode.whole.get(file.path) ?? file, mode, view, viewed)),
    ...(view.files.length === 0 ? [text('nothing', 'nothing is different', 'dim')] : []),
    ...section(turnSection(view)),
    ...view.omitted.map((what, i) => text(`omitted ${i}`, `left out: ${what}`, 'dim')),
  ]
}

export type Viewed = ReadonlyMap<string, string>

/** Where the cursor is: where its row went, else where it was. */
export function cursorAt(rows: readonly ReviewRow[], { id, index }: ReviewMode['cursor']): number {
  const at = rows.findIndex((row) => row.id === id)
  return at >= 0 ? at : Math.max(0, Math.min(index, rows.length - 1))
}

export const fileRow = (path: string): string => `file ${path}`

/** Written once for each file that comes: a key asks it of all of them. */
const prints = new WeakMap<ReviewFile, string>()

/** Is the same for two files only where the same would be shown of both. */
export function printOf(file: ReviewFile): string {
  const known = prints.get(file)
  if (known !== undefined) return known
  const { status, oldMode, newMode, oldSize, newSize, hunks } = file
  const lines = hunks.map((hunk) => hunk.lines.map(({ kind, text: said }) => [kind, said]))
  const print = JSON.stringify([status, oldMode, newMode, oldSize, newSize, lines])
  prints.set(file, print)
  return print
}

function head(view: ReviewView, now: number): ReviewRow[] {
  return [
    text('title', titleOf(view), 'bold'),
    ...standing(view, now).map((each, i) => text(`standing ${i}`, each, 'dim')),
    ...evidence(view).flatMap(section),
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

function fileRows(file: ReviewFile, mode: ReviewMode, view: ReviewView, viewed: Viewed): ReviewRow[] {
  const { path } = file
  const mine = view.comments.filter((comment) => comment.path === path)
  const open = mode.open === path
  const row: ReviewRow = {
    ...{ is: 'file', id: fileRow(path), path, file, open },
    viewed: viewed.get(path) === printOf(file),
    comments: mine.length,
  }
  if (!open) return [row]
  const shown = new Set<string>()
  const said = (comment: ReviewComment): ReviewRow => {
    shown.add(comment.id)
    return { is: 'comment', id: comment.id, path, comment }
  }
  const body = file.hunks.flatMap((hunk): ReviewRow[] => [
    { is: 'hunk', id: `hunk ${path} ${hunk.oldStart} ${hunk.newStart}`, path, hunk },
    ...hunk.lines.flatMap((line): ReviewRow[] => [
      { is: 'line', id: `line ${path} ${line.old ?? ''} ${line.new ?? ''}`, path, hunk, line },
      ...mine.filter((comment) => endsHere(comment, line)).map(said),
    ]),
  ])
  const closed = [file.omitted, file.hunks.length === 0 ? file.folded : null].filter((why) => why !== null)
  return [
    row,
    ...closed.map((why, i) => text(`closed ${path} ${i}`, `  ${why}; f shows it`, 'dim', false, path)),
    ...body,
    // Their lines are gone, or unchanged and far from every change.
    ...mine.filter(({ id }) => !shown.has(id)).map(said),
  ]
}
