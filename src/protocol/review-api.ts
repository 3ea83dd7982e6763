/** The procedures of a review. */
import { z } from 'zod'
import { sessionRef } from './refs.ts'
import type { ReviewComment, ReviewView, SnapshotView } from './review.ts'
import type { ChangeView, SessionView } from './views.ts'

const commit = z.string().regex(/^[0-9a-f]{40,64}$/, 'must be the whole id of a commit')
const commentText = z.string().trim().min(1).max(20_000)
const commentRef = sessionRef.extend({
  comment: z.string().regex(/^c\d+$/, 'must be the id of a comment, such as c3'),
})

export const REVIEW_PROCEDURES = {
  /** What a session has changed, with turns, comments and evidence. Shows; `reviewSeen` says that it was looked at. */
  review: sessionRef.extend({
    against: z.enum(['base', 'main', 'seen', 'approved']).default('base'),
    /** Only what these turns changed, from the first to the last of them; then `against` does not count. */
    turns: z
      .object({ first: z.number().int().positive(), last: z.number().int().positive() })
      .nullable()
      .default(null),
    /** Only these files, as a view names them, and in full: folded and long ones too. */
    paths: z.array(z.string().min(1)).max(1000).default([]),
    /** Unchanged lines around a change. */
    context: z.number().int().min(0).max(1000).default(3),
    /** Save the work first, uncommitted included; false: as it was last saved. */
    fresh: z.boolean().default(true),
  }),
  /** `commit`: the `to.commit` of the view that was looked at. */
  reviewSeen: sessionRef.extend({ commit }),
  /** The person has gone through what a file changed, or takes that back. It holds until the file is another. */
  reviewMark: sessionRef.extend({
    path: z.string().min(1).max(4096),
    /** As the view says of the file. */
    change: z.string().regex(/^[0-9a-f]{32}$/, 'must be the `change` of a file of a review'),
    marked: z.boolean().default(true),
  }),
  comments: sessionRef,
  /** A draft on lines of a file; nothing is sent. */
  comment: sessionRef.extend({
    path: z.string().min(1).max(4096),
    side: z.enum(['new', 'old']).default('new'),
    line: z.number().int().positive(),
    count: z.number().int().positive().max(500).default(1),
    text: commentText,
    /** The view's `to.commit` (`old`: `from.commit`) in which the line was seen; null: as it is now. */
    commit: commit.nullable().default(null),
  }),
  commentReword: commentRef.extend({ text: commentText }),
  commentRemove: commentRef,
  /** The person's word on a comment that was sent. */
  commentResolve: commentRef.extend({ resolved: z.boolean().default(true) }),
  /** All drafts as one prompt, typed when the session is idle. */
  reviewSend: sessionRef.extend({ note: z.string().max(20_000).default('') }),
  approve: sessionRef.extend({
    /** The view's `to.commit`: refused when the work is another by now. Null: what was last looked at, if anything. */
    commit: commit.nullable().default(null),
    /** As it is now, looked at or not. */
    now: z.boolean().default(false),
    /** Put exactly this on the train. */
    land: z.boolean().default(false),
  }),
  /** The reason goes to the session, with all drafts. */
  reject: sessionRef.extend({ reason: commentText }),
  snapshots: sessionRef,
  /** Puts the files back to a snapshot, which is saved as a new one; as they were they are saved first. */
  snapshotRestore: sessionRef.extend({ snapshot: z.number().int().positive() }),
} as const

export interface ReviewOutputs {
  review: ReviewView
  reviewSeen: SessionView
  /** Has it been gone through now? */
  reviewMark: { path: string; change: string; marked: boolean }
  comments: ReviewComment[]
  comment: ReviewComment
  commentReword: ReviewComment
  commentRemove: ReviewComment[]
  commentResolve: ReviewComment
  /** `waits`: the session is at work, and gets them when it is idle. */
  reviewSend: { session: SessionView; sent: ReviewComment[]; waits: boolean }
  approve: { session: SessionView; commit: string; change: ChangeView | null }
  /** `told`: the session was; false: it takes no prompts, and the comments are still drafts. */
  reject: { session: SessionView; sent: ReviewComment[]; told: boolean }
  snapshots: SnapshotView[]
  snapshotRestore: {
    session: SessionView
    /** The snapshot that holds what was there. */
    before: number
  }
}
