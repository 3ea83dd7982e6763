/** Reviewing a session's work: what happened to a review, and what clients see of one. */
import type { Handoff, ReviewReply } from './session.ts'

/** What a review compares the work with. */
export type Against = 'base' | 'main' | 'seen' | 'approved'

/** Where a comment stands, with enough of its surroundings to find the place again when the code moves. */
export interface Anchor {
  /** As a {@link ReviewFile} names it. */
  path: string
  /** `old`: a line that the work takes away. */
  side: 'new' | 'old'
  /** First line, from 1. */
  line: number
  /** The commented lines. */
  text: string[]
  /** The lines right before and after, nearest last and nearest first. */
  before: string[]
  after: string[]
  /** Snapshot (`old`: commit compared with) in which they stand so. */
  commit: string
}

export interface ReviewEvents {
  /** The person has looked at the work as it was in this snapshot. */
  'review.seen': { commit: string; snapshot: number; main: string | null }
  /** The person has gone through what a file changed; `change` as of {@link ReviewFile}. */
  'review.marked': { path: string; change: string }
  'review.unmarked': { path: string; change: string }
  'review.commented': { comment: string; anchor: Anchor; text: string }
  'review.reworded': { comment: string; text: string }
  'review.withdrawn': { comment: string }
  /** Drafts went to the session as one prompt. */
  'review.sent': { comments: string[]; prompt: string; commit: string; note: string }
  'review.replied': ReviewReply & { turn: number }
  /** The person's word; it outweighs the agent's. */
  'review.resolved': { comment: string }
  'review.reopened': { comment: string }
  /** The person approves exactly this state. `head`: the commit of the branch it stands on. */
  'review.approved': { commit: string; tree: string; head: string; snapshot: number; uncommitted: boolean }
  /** Main was brought in: what was approved, merged with it, is exactly what is there now. */
  'review.carried': { commit: string; tree: string; head: string; snapshot: number; main: string }
  /** Main was brought in, and what is there is not just that and what was approved. */
  'review.outdated': {
    main: string
    /** What was approved conflicts with that main: somebody had to resolve it. */
    conflicts: boolean
    /** In conflict, or else than git's own merge of both would have them. */
    files: string[]
  }
  'review.rejected': { commit: string; snapshot: number; reason: string; prompt: string }
}

/** A turn of the conversation, or what else changed the work between two snapshots. */
export interface ReviewTurn {
  /** From 1, in order; it never changes. */
  n: number
  /** `outside`: changed after the turn had ended, by hand or by something that still ran. */
  kind: 'turn' | 'update' | 'outside'
  /** Who asked for it; `terminal`: typed into the agent's own screen; null: nobody is known. */
  from: 'brief' | 'person' | 'train' | 'supervisor' | 'terminal' | null
  /** The prompt; of an update, the main that was brought in. */
  prompt: string
  at: number
  /** The last snapshot taken in it; null: it changed nothing, or is not over. */
  snapshot: { n: number; commit: string; at: number } | null
}

export interface ReviewLine {
  kind: 'same' | 'added' | 'removed'
  /** Line numbers from 1; null on the side on which it does not exist. */
  old: number | null
  new: number | null
  text: string
  /** Parts that differ from the line it replaces or is replaced by, as UTF-16 offsets [from, to). */
  words?: [number, number][]
  /** The turn that added or removed it; null: it came with main. Absent on unchanged lines. */
  turn?: number | null
  /** The file ends here without a line feed. */
  noNewline?: true
  /** The text is cut: so many characters more. */
  cut?: number
}

export interface ReviewHunk {
  oldStart: number
  oldLines: number
  newStart: number
  newLines: number
  /** The nearest line above that begins a block, such as a function; empty: none. */
  heading: string
  /** Turns that its added and removed lines came from, ascending. */
  turns: number[]
  lines: ReviewLine[]
}

export interface ReviewFile {
  /**
   * As git would print it: in quotes, with escapes, where the name holds a control character, begins with a
   * quote or is not UTF-8.
   */
  path: string
  /** Of a renamed file. */
  from: string | null
  status: 'added' | 'deleted' | 'modified' | 'renamed' | 'type-changed'
  /** Per cent, of a renamed file. */
  similarity: number | null
  /** `100644`, `100755`, `120000` (symlink), `160000` (submodule); null where it does not exist. */
  oldMode: string | null
  newMode: string | null
  kind: 'text' | 'binary' | 'symlink' | 'submodule'
  /** Lines; null: not counted (binary, or too large). */
  added: number | null
  removed: number | null
  /** Bytes; null where it does not exist. */
  oldSize: number | null
  newSize: number | null
  /** Why it is shown closed: a lock file, generated, minified. Null: it is not. */
  folded: string | null
  /** What is not among the hunks, and how to see it, as a sentence; null: everything is. */
  omitted: string | null
  hunks: ReviewHunk[]
  /** Turns that its lines came from, ascending. */
  turns: number[]
  /** The same for two files only where all that they were and are is the same. */
  change: string
}

export interface ReviewComment {
  id: string
  at: number
  text: string
  /**
   * `draft`: not sent; `sent`: the agent has it; `answered`: it declined or asks back; `done`: the agent says it
   * is done; `resolved`: the person says so.
   */
  state: 'draft' | 'sent' | 'answered' | 'done' | 'resolved'
  path: string
  side: 'new' | 'old'
  /** Where the lines stand in what is shown; null: they are not there, and on side `new` the comment is outdated. */
  line: number | null
  /** Where they stood when it was written. */
  writtenAt: number
  /** The commented lines as they were. */
  code: string[]
  /** Are the commented lines, or those right around them, no longer as they were? Seen, whatever the agent says. */
  changed: boolean
  sentAt: number | null
  replies: { at: number; status: ReviewReply['status']; text: string }[]
}

export interface ReviewView {
  session: { id: string; name: string; stage: string; goal: string }
  /** What the work is compared with, as commit and in a sentence. */
  from: { against: Against | 'turns'; commit: string; why: string }
  to: { commit: string; snapshot: number; at: number }
  /** Files that are in the work and in no commit of its branch. */
  uncommitted: string[]
  turns: ReviewTurn[]
  files: ReviewFile[]
  totals: { files: number; added: number; removed: number; folded: number }
  /** What was left out, each a sentence; empty: everything is there. */
  omitted: string[]
  comments: ReviewComment[]
  /** The `change` of each of these files that the person has gone through as it is. */
  marks: string[]
  seen: { commit: string; snapshot: number; at: number; current: boolean } | null
  /** `current`: what was approved is what is there. */
  approval: { commit: string; head: string; at: number; by: string; current: boolean; why: string } | null
  /** `current`: what was rejected is what is there. `told`: the session was; false: it takes no prompts. */
  rejected: { reason: string; at: number; current: boolean; told: boolean } | null
  handoff: Handoff | null
  /** Commands the agent ran, with exit codes, newest last. `exit` null: not reported. */
  commands: { command: string; exit: number | null }[]
  /** Where what the handoff says and what was seen differ, each a sentence. */
  differs: string[]
}

/** A saved state of a workspace. */
export interface SnapshotView {
  n: number
  commit: string
  at: number
  reason: string
  turn: number | null
  /** What it could not hold. */
  missing: string[]
}
