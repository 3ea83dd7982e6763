/** What a session may ask for itself; who it is tells its token. Part of the table in `api.ts`. */
import { z } from 'zod'
import { sessionRef } from './refs.ts'

/** What the person may let a session do to others. */
export const GRANTS = ['start', 'land'] as const
export type Grant = (typeof GRANTS)[number]

const line = z.string().min(1).max(500)
const text = z.string().min(1).max(4000)
const globs = z.array(line).max(50)

export const AGENT_PROCEDURES = {
  /** The open sessions of its repository, as far as others may see them. */
  board: z.object({}),
  /** What it would put at the end of its last message; completed with what is observed when its turn ends. */
  report: z.object({
    filesChanged: globs.default([]),
    behaviourChanged: z.string().max(4000).default(''),
    commandsRun: globs.default([]),
    risks: z.string().max(4000).default(''),
    followUp: z.string().max(4000).default(''),
  }),
  /** Paths beyond those it owns: waits for the person. */
  askPaths: z.object({ globs: globs.min(1), why: line }),
  /** Waits for the person; their answer is its next prompt. */
  tellPerson: z.object({ text }),
  /** A session of the kind it is itself, in its own repository. Needs the grant `start`. */
  startOther: z.object({
    name: z.string().max(60).optional(),
    goal: text,
    owns: globs.default([]),
    avoid: globs.default([]),
    after: globs.default([]),
  }),
  /** Needs the grant `land`. */
  landOther: z.object({ name: line }),
  /** Of the person alone. */
  grant: sessionRef.extend({ what: z.enum(GRANTS), revoke: z.boolean().default(false) }),
} as const

export interface AgentOutputs {
  board: BoardRow[]
  report: { done: string }
  askPaths: { done: string }
  tellPerson: { done: string }
  startOther: BoardRow
  landOther: BoardRow
  grant: { name: string; grants: Grant[] }
}

/** Nothing of what a session said, cost, or was told. */
export interface BoardRow {
  name: string
  /** It is the one that asks. */
  you: boolean
  stage: string
  activity: string
  branch: string
  goal: string
  owns: string[]
  waitsFor: string[]
  /** Whether it merged with the target when that was last looked at; null: unknown. */
  merges: boolean | null
}
