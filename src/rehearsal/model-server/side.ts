/**
 * Side requests: the agent's own small questions (a title, a summary, a classification).
 *
 * They carry no tools, never run a script, and must be answered plausibly or the agent asks again.
 */
import { systemText, textOf, withoutNotices } from './conversation.ts'
import type { MessagesRequest } from './conversation.ts'

interface Schema {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  items?: Schema
  minItems?: number
  minimum?: number
}

/** Text that answers a side request; JSON when it asks for structured output. */
export function sideAnswer(body: MessagesRequest): string {
  if (/decide which of four states/.test(systemText(body))) return backgroundState(lastText(body))
  const schema = body.output_config?.format?.schema ?? body.output_format?.schema
  if (schema !== undefined) return JSON.stringify(sampleOf(schema as Schema, ''))
  return 'Scripted answer'
}

export function lastText(body: MessagesRequest): string {
  return withoutNotices(textOf(body.messages?.at(-1)?.content))
}

/** End-of-turn state of a background session; the said text decides: `BLOCKED:`, `WORKING:`, `FAILED:`, else done. */
function backgroundState(text: string): string {
  const said = text.split('Assistant message tail').at(-1) ?? ''
  const state = /\b(BLOCKED|WORKING|FAILED):/.exec(said)?.[1]?.toLowerCase() ?? 'done'
  const blocked = state === 'blocked'
  return JSON.stringify({
    state,
    detail: said.replace(/\s+/g, ' ').trim().slice(0, 60),
    tempo: blocked ? 'blocked' : 'active',
    ...(blocked ? { needs: said.slice(-120) } : {}),
    output: {},
  })
}

/** A value that satisfies a JSON schema. */
export function sampleOf(schema: Schema, key: string): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0]
  if (choice) return sampleOf(choice, key)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object' || schema.properties) {
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, of]) => [name, sampleOf(of, name)]),
    )
  }
  if (type === 'array')
    return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items ?? {}, key))
  if (type === 'boolean') return false
  if (type === 'number' || type === 'integer') return schema.minimum ?? 0
  if (type === 'null') return null
  return key === 'title' ? 'Scripted session' : 'scripted'
}
