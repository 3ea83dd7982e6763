/** Tokens and money, counted from the transcripts, each message once. */
import { readFileSync } from 'node:fs'
import { writeFileDurably } from '../../platform/files.ts'
import { addTokens, noTokens, TOKEN_KINDS, type Tokens, type Usage } from '../../protocol/index.ts'
import type { ObserveContext } from '../agent.ts'
import { asObject, asText, objectFrom, sessionFiles } from './files.ts'
import { readStatusLine } from './status-line.ts'
import { readLines, transcriptsOf } from './transcript.ts'

type Counted = Omit<Tokens, 'requests'>

/** How far each file has been counted, and the sums so far. Kept between looks, as a file. */
export interface Tally {
  conversations: string[]
  /** Bytes counted, by path. */
  offsets: Record<string, number>
  byModel: Usage['byModel']
  byDay: NonNullable<Usage['byDay']>
  /** Message id to what was counted for it: a message of N blocks stands on N lines. */
  recent: [id: string, model: string, tokens: Counted][]
  /** Last reported total of each conversation, dollars; null: requests were made since. */
  cost: Record<string, number | null>
}

/** Blocks of one message stand close together; so many messages are remembered. */
const RECENT = 200
/** The session writes its transcript itself: what is no model's name is not counted, and not too many are. */
const MODEL = /^[A-Za-z0-9][\w.:/@[\]-]{0,99}$/
const MODELS_MAX = 50
/** Of days and models together; more is counted without its day. */
const DATED_MAX = 400

export function emptyTally(): Tally {
  return { conversations: [], offsets: {}, byModel: {}, byDay: {}, recent: [], cost: {} }
}

/**
 * Usage of every conversation the session has had so far, subagents included.
 * @returns null before the first transcript is there
 */
export async function usageOfClaude(context: ObserveContext): Promise<Usage | null> {
  const files = sessionFiles(context.stateDir)
  const tally = storedTally(files.usage)
  const before = JSON.stringify(tally)
  if (context.conversation && !tally.conversations.includes(context.conversation))
    tally.conversations.push(context.conversation)
  let seen = false
  for (const conversation of tally.conversations) {
    for (const path of await transcriptsOf(files.config, conversation)) {
      seen = true
      const offset = tally.offsets[path] ?? 0
      tally.offsets[path] = await readLines(path, offset, (line) => count(tally, conversation, line))
    }
  }
  if (seen && JSON.stringify(tally) !== before) writeFileDurably(files.usage, JSON.stringify(tally))
  if (!seen) return null
  const told = await readStatusLine(files.status, context.now)
  // It speaks of the conversation on the screen: of the whole session only where that was the only one.
  const alone = told !== null && tally.conversations.length === 1
  // Written before the first answer it says nothing yet, which is not that it cost nothing.
  const whole = alone && !(told.costUsd === 0 && Object.keys(tally.byModel).length > 0)
  return {
    byModel: tally.byModel,
    byDay: tally.byDay,
    costUsd: costOf(tally),
    ...(told && { told: { ...told, costUsd: whole ? told.costUsd : null } }),
  }
}

/** Adds one transcript line; lines of other kinds, and torn ones, change nothing. */
export function count(tally: Tally, conversation: string, line: string): void {
  // Most lines are neither, and some are megabytes long.
  if (!line.includes('"usage"') && !line.includes('"cost-state"')) return
  const entry = objectFrom(line)
  if (entry?.type === 'cost-state') {
    const cost = entry.totalCostUSD
    tally.cost[conversation] = typeof cost === 'number' ? cost : null
    return
  }
  const message = asObject(entry?.message)
  const usage = asObject(message?.usage)
  const id = asText(message?.id)
  const model = asText(message?.model)
  // Not `<synthetic>` either: a notice of the program's own, of which no model knows.
  if (entry?.type !== 'assistant' || !usage || !id || !MODEL.test(model)) return
  if (!Object.hasOwn(tally.byModel, model)) {
    if (Object.keys(tally.byModel).length >= MODELS_MAX) return
    tally.byModel[model] = noTokens()
  }
  add(tally, id, model, dayOf(asText(entry.timestamp)), {
    input: numberOf(usage.input_tokens),
    output: numberOf(usage.output_tokens),
    cacheRead: numberOf(usage.cache_read_input_tokens),
    cacheWrite: numberOf(usage.cache_creation_input_tokens),
  })
  tally.cost[conversation] = null
}

function add(tally: Tally, id: string, model: string, day: string | null, tokens: Counted): void {
  const known = tally.recent.find((each) => each[0] === id)
  const sums = [(tally.byModel[model] ??= noTokens()), ...dated(tally, day, model)]
  const counted: Counted = known?.[2] ?? noTokens()
  const more = { ...noTokens(), requests: known ? 0 : 1 }
  for (const kind of TOKEN_KINDS) {
    // A later line of the same message may know more than the first.
    more[kind] = Math.max(0, tokens[kind] - counted[kind])
    counted[kind] += more[kind]
  }
  for (const sum of sums) addTokens(sum, more)
  if (known) return
  tally.recent.push([id, model, counted])
  if (tally.recent.length > RECENT) tally.recent.shift()
}

/** The sum of the model's day: none for a line without a date, or when there are too many already. */
function dated(tally: Tally, day: string | null, model: string): Tokens[] {
  if (day === null) return []
  const known = tally.byDay[day]?.[model]
  if (known) return [known]
  const kept = Object.values(tally.byDay).reduce((sum, models) => sum + Object.keys(models).length, 0)
  if (kept >= DATED_MAX) return []
  return [((tally.byDay[day] ??= {})[model] = noTokens())]
}

/** The day of the person's calendar; null for what is no time. */
function dayOf(timestamp: string): string | null {
  const at = new Date(timestamp)
  const year = at.getFullYear()
  if (!(year >= 2000 && year <= 9999)) return null
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${year}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The agent states its total when it ends: it is unknown while any conversation has gone on since. */
function costOf(tally: Tally): number | null {
  const costs = Object.values(tally.cost)
  if (costs.length === 0 || costs.includes(null)) return null
  return costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0)
}

function storedTally(path: string): Tally {
  try {
    return { ...emptyTally(), ...objectFrom(readFileSync(path, 'utf8')) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyTally()
    throw error
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
}
