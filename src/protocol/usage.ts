/** What the agents report of tokens, money and limits, added up; and the procedure that asks for it. */
import { z } from 'zod'
import { directory } from './refs.ts'
import type { RateWindow, Tokens } from './session.ts'

export const USAGE_PROCEDURES = {
  usage: z.object({
    /** Null: all repositories. */
    repo: directory.nullable(),
    by: z.enum(['session', 'model', 'day']).default('session'),
    /** Only what the agents date on this day of the person's calendar or later: `2026-11-20`. */
    since: z
      .string()
      .regex(/^\d{4}-\d\d-\d\d$/)
      .nullable()
      .default(null),
  }),
} as const

export interface UsageOutputs {
  usage: UsageView
}

/** Every figure is an agent's own, with where it says it and when that was read; what none says is null. */
export interface UsageView {
  by: 'session' | 'model' | 'day'
  since: string | null
  rows: UsageRow[]
  /** Of all rows. Money only where each session reports all of its own. */
  total: Tokens & { costUsd: number | null }
  /** The newest word on each limit, by any session of the agent: limits are the account's. */
  windows: (RateWindow & {
    agent: string
    /** Name of the session whose agent says it. */
    session: string
    source: 'status line'
    at: number
    /** It has begun anew since: how much is used now is unknown. */
    over: boolean
  })[]
  /** Names of sessions that ran, and whose agent reports nothing. */
  unreported: string[]
  /** Tokens that no agent dated, left out because of `since`. */
  undated: number
}

export interface UsageRow extends Tokens {
  /** Id of the session, name of the model, or day; the day is empty for what the agent did not date. */
  key: string
  /** Name of the session; else the key. */
  label: string
  /** Where the tokens are read. */
  source: 'transcript'
  /** When the newest of them were read. */
  at: number
  /** Of a session as a whole: agents divide it neither by model nor by day. */
  cost: { usd: number; source: 'transcript' | 'status line'; at: number } | null
}
