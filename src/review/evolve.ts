/** Folds a review's events into its state. Pure; unknown events (of a newer version) change nothing. */
import type { Projection } from '../journal/journal.ts'
import type { Actor, EventMap, Recorded, ReviewReply } from '../protocol/index.ts'
import type { Anchor } from '../protocol/review.ts'

export interface Comment {
  id: string
  at: number
  anchor: Anchor
  text: string
  sentAt: number | null
  replies: { at: number; status: ReviewReply['status']; text: string; turn: number }[]
  /** The person's own word, if they have given it since the last reply. */
  settled: 'resolved' | 'reopened' | null
}

export type Approved = EventMap['review.approved'] & {
  at: number
  by: string
  /** The main that was brought in since, with which it is still what was approved; null: none. */
  main: string | null
  /** The main that was brought in with which it is not; null: none. */
  outdated: EventMap['review.outdated'] | null
}

export interface ReviewState {
  /** Of the session. */
  id: string
  /** Comments ever made: ids are not used twice. */
  made: number
  comments: Comment[]
  seen: { commit: string; snapshot: number; main: string | null; at: number } | null
  /** What the person has gone through: the `change` of each file as it was then, the newest last. */
  marks: string[]
  approved: Approved | null
  /** `told`: the session was; false: it takes no prompts. */
  rejected: { reason: string; commit: string; at: number; told: boolean } | null
}

/** Older marks are forgotten: as many as a view has files. */
const MARKS_MAX = 3000

type Folds = {
  [T in keyof EventMap]?: (
    state: ReviewState,
    data: EventMap[T],
    at: number,
    actor: Actor,
  ) => Partial<ReviewState>
}

const change = (s: ReviewState, id: string, how: (comment: Comment) => Partial<Comment>) => ({
  comments: s.comments.map((each) => (each.id === id ? { ...each, ...how(each) } : each)),
})

const without = (marks: readonly string[], change: string) => marks.filter((mark) => mark !== change)

const folds: Folds = {
  'review.seen': (_s, d, at) => ({ seen: { ...d, at } }),
  'review.marked': (s, { change: of }) => ({ marks: [...without(s.marks, of), of].slice(-MARKS_MAX) }),
  'review.unmarked': (s, { change: of }) => ({ marks: without(s.marks, of) }),
  'review.commented': (s, d, at) => ({
    made: s.made + 1,
    comments: [
      ...s.comments,
      { id: d.comment, at, anchor: d.anchor, text: d.text, sentAt: null, replies: [], settled: null },
    ],
  }),
  'review.reworded': (s, d) => change(s, d.comment, () => ({ text: d.text })),
  'review.withdrawn': (s, d) => ({ comments: s.comments.filter(({ id }) => id !== d.comment) }),
  'review.sent': (s, d, at) => ({
    comments: s.comments.map((each) =>
      d.comments.includes(each.id) ? { ...each, sentAt: at, settled: null } : each,
    ),
  }),
  'review.replied': (s, d, at) =>
    change(s, d.comment, ({ replies }) => ({
      replies: [...replies, { at, status: d.status, text: d.reply, turn: d.turn }],
      settled: null,
    })),
  'review.resolved': (s, d) => change(s, d.comment, () => ({ settled: 'resolved' })),
  'review.reopened': (s, d) => change(s, d.comment, () => ({ settled: 'reopened', sentAt: null })),
  'review.approved': (_s, d, at, actor) => ({
    approved: {
      ...d,
      at,
      by: actor.kind === 'person' ? `you (${actor.via})` : actor.kind,
      main: null,
      outdated: null,
    },
    rejected: null,
  }),
  'review.carried': (s, d) => (s.approved ? { approved: { ...s.approved, ...d, outdated: null } } : {}),
  'review.outdated': (s, d) => (s.approved ? { approved: { ...s.approved, outdated: d } } : {}),
  'review.rejected': (_s, d, at) => ({
    approved: null,
    rejected: { reason: d.reason, commit: d.commit, at, told: d.prompt !== '' },
  }),
}

/** A review of which nothing has happened yet. */
export function freshReview(id: string): ReviewState {
  return { id, made: 0, comments: [], seen: null, marks: [], approved: null, rejected: null }
}

function evolve(state: ReviewState | null, event: Recorded): ReviewState {
  const before = state ?? freshReview(event.id)
  const fold = folds[event.type] as
    | ((s: ReviewState, d: unknown, at: number, actor: Actor) => Partial<ReviewState>)
    | undefined
  return fold ? { ...before, ...fold(before, event.data, event.at, event.actor) } : before
}

export const reviewProjection: Projection<ReviewState> = { aggregate: 'review', version: 5, evolve }

/** Where a comment stands. */
export function stateOf({
  settled,
  replies,
  sentAt,
}: Comment): 'draft' | 'sent' | 'answered' | 'done' | 'resolved' {
  if (settled === 'resolved') return 'resolved'
  if (sentAt === null) return 'draft'
  const last = replies.at(-1)
  if (last === undefined || last.at < sentAt) return 'sent'
  return last.status === 'done' ? 'done' : 'answered'
}
