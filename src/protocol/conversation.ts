/** What a session's person, agent and tools have said to each other, as the agent keeps it. */
import { z } from 'zod'
import { sessionRef } from './refs.ts'

export const CONVERSATION_PROCEDURES = {
  conversation: sessionRef.extend({
    /** The newest so many entries. */
    limit: z.number().int().positive().max(500).default(200),
  }),
} as const

export interface ConversationOutputs {
  conversation: ConversationView
}

export interface ConversationEntry {
  /** As the agent dated it, ms since the epoch; null: it did not. */
  at: number | null
  /**
   * `person`: a prompt, the brief included; `worktrain`: a prompt that Worktrain gave by itself; `program`: a notice of
   * the agent's program, of which no model knows.
   */
  from: 'person' | 'worktrain' | 'agent' | 'tool' | 'program'
  /** Bounded; as it was written, with what cannot be seen in it. Empty for a tool. */
  text: string
  tool?: {
    name: string
    /** One line: what it was called with. */
    what: string
    /** The beginning of what came of it; absent: nothing has yet. */
    result?: string
    failed?: true
  }
}

/** Written by the session: worth as much as its word. */
export interface ConversationView {
  /** Oldest first; null: the agent keeps none that could be read. */
  entries: ConversationEntry[] | null
  /** Why there are none, as a sentence; null: there are. */
  why: string | null
  /** There is more before them, which is not shown. */
  earlier: boolean
}
