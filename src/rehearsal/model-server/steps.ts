/** What the scripted model does: steps, one for each request of a conversation. Plain data. */
import type { Fault } from './faults.ts'
import type { UnifiedLimits } from './limits.ts'

export interface ToolUse {
  name: string
  input: Record<string, unknown>
}

export interface TokenUsage {
  input_tokens: number
  output_tokens: number
  cache_read_input_tokens: number
  cache_creation_input_tokens: number
}

/** One answer of the model. Tools make the agent come back with their results for the next step. */
export interface Step {
  thinking?: string
  text?: string
  /** One tool call; `tools` for several in one answer. */
  tool?: string
  input?: Record<string, unknown>
  tools?: ToolUse[]
  /** Wait before the first byte, ms. */
  delayMs?: number
  /** Number of deltas the text is streamed in, and the wait after each, ms. */
  chunks?: number
  chunkMs?: number
  /** Replaces the estimate (four bytes a token). */
  usage?: Partial<TokenUsage>
  headers?: Record<string, string>
  /** Subscription windows, sent as `anthropic-ratelimit-unified-*` headers. */
  limits?: UnifiedLimits
  /** Another stop reason, e.g. `max_tokens`, `refusal`. */
  stop?: string
  fault?: Fault
}

/** A script as people write it: a bare string is a step that says it. */
export type Steps = readonly (Step | string)[]

/** What placeholders stand for in one request. */
export interface Placeholders {
  CWD: string
  RESULT: string
  SESSION: string
  /** The plan file of plan mode. */
  PLAN: string
  N: string
}

/** Replaces `${CWD}`, `${RESULT}`, `${SESSION}`, `${PLAN}` and `${N}` in every string of a value. */
export function fill<T>(value: T, placeholders: Placeholders): T {
  return filled(value, placeholders) as T
}

function filled(value: unknown, placeholders: Placeholders): unknown {
  if (typeof value === 'string') {
    return value.replace(
      /\$\{(CWD|RESULT|SESSION|PLAN|N)\}/g,
      (_, name: keyof Placeholders) => placeholders[name],
    )
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, placeholders))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, placeholders)]))
  }
  return value
}

export type ContentBlock =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }

/** Any base64 passes as the signature of a thinking block (facts: the agent sends it back unread). */
const SIGNATURE = Buffer.from('scripted').toString('base64')

/** The content blocks of a step's answer; never empty. Tool ids are unique by request number. */
export function blocksOf(step: Step, request: number): ContentBlock[] {
  const blocks: ContentBlock[] = []
  if (step.thinking !== undefined)
    blocks.push({ type: 'thinking', thinking: step.thinking, signature: SIGNATURE })
  if (step.text !== undefined) blocks.push({ type: 'text', text: step.text })
  const tools = [...(step.tools ?? [])]
  if (step.tool !== undefined) tools.push({ name: step.tool, input: step.input ?? {} })
  tools.forEach((tool, i) => {
    blocks.push({
      type: 'tool_use',
      id: `toolu_script_${request}_${i}`,
      name: tool.name,
      input: tool.input ?? {},
    })
  })
  return blocks.length > 0 ? blocks : [{ type: 'text', text: '' }]
}
