/** What a session's person, agent and tools have said to each other: one reading of it for every seat. */
import { z } from 'zod'
import { sessionRef } from './refs.ts'

export const CONVERSATION_PROCEDURES = {
  conversation: sessionRef.extend({
    /** The newest so many entries. */
    limit: z.number().int().positive().max(500).default(200),
    /** Of those alone that stand before this: `earlier` of an answer. */
    before: z.object({ of: z.string().max(200), place: z.number().int().nonnegative() }).optional(),
  }),
} as const

export interface ConversationOutputs {
  conversation: ConversationView
}

/** Who speaks. What the session's own file says of it is worth as much as the session's word. */
export type Speaker =
  /** The goal it was started with. */
  | 'brief'
  /** Given through Worktrain by the person. */
  | 'person'
  /** Typed into the agent's own screen. */
  | 'terminal'
  | 'train'
  /** Worktrain by itself, for another reason than the train. */
  | 'worktrain'
  /** The agent gave it to itself. */
  | 'itself'
  | 'agent'
  /** The agent wants an answer of the person: `tool` has what came of it. */
  | 'asks'
  /** A notice of the agent's program, of which no model knows. */
  | 'program'

export interface ConversationEntry {
  /** Where it stands in what is read: grows from entry to entry, and stays what it is. */
  place: number
  /** Ms since the epoch, as the source dated it; null: it did not. */
  at: number | null
  from: Speaker | 'tool'
  /** Bounded; as it was written, with what cannot be seen in it. Empty for a tool. */
  text: string
  tool?: {
    name: string
    /** One line: what it was called with. */
    what: string
    /** The beginning of what came of it; absent: nothing has yet. */
    result?: string
    failed?: true
    /** The agent asked whether it may; absent: it did not, or that is not known. */
    permission?: Permission
  }
}

/** How the person answered, as the journal has it. */
export interface Permission {
  by: 'person' | 'terminal'
  answer: string
  at: number
}

export interface ConversationView {
  /** `agent`: the file that the agent keeps; `journal`: what Worktrain saw of it from outside. */
  source: 'agent' | 'journal'
  /** Which conversation was read: places of another one say nothing about this. */
  of: string
  /** Oldest first. */
  entries: ConversationEntry[]
  /** Why the agent's own file was not read, or why there are none, as a sentence; null: neither. */
  why: string | null
  /** There is more before them, to be asked for by this; null: there is not. */
  earlier: { of: string; place: number } | null
}
