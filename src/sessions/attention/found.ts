/** What waits, before it is an item of the list. */
import type { AttentionAction, AttentionKind } from '../../protocol/attention.ts'

export interface Found {
  kind: AttentionKind
  why: string
  since: number
  /** When it was seen to be so; absent: since then. */
  seen?: number
  /** What tells it from another of its kind; absent: the turn of the session. */
  key?: string
  actions: AttentionAction[]
}
