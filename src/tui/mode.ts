/** What the board is at: the list, an item, a line that is typed, a page, a review. Types, and what bounds them. */
import type { Draft } from '../board/brief.ts'
import type { Place } from '../board/place.ts'
import type { AttentionAction, AttentionItem, TrainView, WhyView } from '../protocol/api.ts'
import type { AttentionCall, AttentionNeed } from '../protocol/attention.ts'
import type { Against, ReviewFile, ReviewView, SnapshotView } from '../protocol/review.ts'
import type { Question } from '../protocol/session.ts'
import type { Details } from '../terminal/item.ts'
import type { Line } from './line.ts'

export interface ListMode {
  at: 'list'
}

/** One item, and how the person got to it. */
export interface ItemMode {
  at: 'item'
  item: AttentionItem
  place: string
  /** Null: not there yet; keys typed until then were not typed at it. */
  details: Details | null
  top: number
  /** Keys before then were meant for what was shown before, ms since the epoch. */
  deafUntil: number
  /** Items the person does not want to see in this round. */
  skipped: ReadonlySet<string>
  busy: boolean
}

export interface ChooseMode {
  at: 'choose'
  action: AttentionAction
  question: Question
  chosen: readonly (readonly string[])[]
  picked: readonly string[]
  top: number
  back: ItemMode
}

export interface LineMode {
  at: 'line'
  ask: string
  optional: boolean
  line: Line
  for: LineFor
  back: Mode
}

export type LineFor =
  | { what: 'filter' }
  /** `at`: which of the actions that are found. */
  | { what: 'palette'; at: number }
  | { what: 'reply' | 'rename' | 'note'; session: string }
  /** What an action of an item needs. */
  | { what: 'need'; action: AttentionAction; call: AttentionCall; need: AttentionNeed; item: ItemMode }
  /** On lines of a review, as they stand in this commit. */
  | { what: 'comment'; session: string; place: Place; commit: string }
  | { what: 'reword'; session: string; comment: string }
  /** Ends a review: the words go to the session with the comments. */
  | { what: 'hand-back' | 'reject'; session: string }
  /** One's own words for a question. */
  | { what: 'words'; choosing: ChooseMode }

/** A new session: its fields, one of which is typed into. */
export interface FormMode {
  at: 'form'
  draft: Draft
  field: keyof Draft
  /** What stands in that field. */
  line: Line
  /** It is being started. */
  busy: boolean
}

export interface PageMode {
  at: 'page'
  title: string
  /** Null: on its way. */
  content: Content | null
  top: number
  back: Mode
}

export type Content =
  | { is: 'help' }
  | { is: 'review-help' }
  | { is: 'text'; text: string }
  /** @param repo root of its repository */
  | { is: 'train'; repo: string; train: TrainView }
  | { is: 'why'; why: WhyView }

/** What a review compares; turns count before `against`. */
export interface Asked {
  against: Against
  turns: { first: number; last: number } | null
}

/** Columns of a terminal in which old and new stand side by side. */
export const SIDE_BY_SIDE = 140

export interface ReviewMode {
  at: 'review'
  session: { id: string; name: string }
  /** What is wanted; another view is shown until it has come. */
  asked: Asked
  shown: { asked: Asked; view: ReviewView } | null
  /** Path of the file whose lines are shown. */
  open: string | null
  /** Files that were fetched in full, by path; of the view that is shown. */
  whole: ReadonlyMap<string, ReviewFile>
  /** The row that the person is at, and where it stood when it was last there. */
  cursor: { id: string; index: number }
  /** Old and new are wanted side by side; and there is room for it. */
  split: boolean
  wide: boolean
  /** Which of two lines side by side the person is at. */
  side: 'old' | 'new'
  /** All commands are shown, not only the newest. */
  allCommands: boolean
  /** Saved states of the work, the newest first; empty: not known yet. */
  snapshots: readonly SnapshotView[]
  /** The one that the person was asked about, whether its files are to be put back. */
  sure: number | null
  /** Lines from there to the cursor are what a comment will be on. */
  from: Place | null
  /** First and last row on the screen. */
  top: number
  last: number
  /** Snapshot whose whole change was on the screen last. */
  looked: string | null
  /** A decision is on its way. */
  busy: boolean
  /** An item: it was come to on the round through what waits. */
  back: ListMode | ItemMode
}

export type Mode = ListMode | ItemMode | ChooseMode | LineMode | FormMode | PageMode | ReviewMode
