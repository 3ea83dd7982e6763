/** What was said in a conversation, read from its transcript, the newest part first (facts/claude-code 4.2). */
import { stripVTControlCharacters } from 'node:util'
import { clipped, spaced } from '../../protocol/hidden.ts'
import type { ConversationEntry } from '../../protocol/conversation.ts'
import type { Conversation, ConversationPart, ObserveContext } from '../agent.ts'
import { asObject, asText, objectFrom, textOf } from './files.ts'
import { subjectOf } from './interpret.ts'
import { type Line, linesBefore, ownTranscript } from './transcript.ts'

/** Bytes read at a time: lines hold a tool's result twice, and what no person reads. */
const CHUNK = 1024 * 1024
/** So many times: what is said stands between attached pictures, which are lines of megabytes. */
const CHUNKS_MAX = 8
/** After a place, bytes in which what came of the tools before it is looked for. */
const RESULTS_WITHIN = 256 * 1024
/** Longest texts, characters. */
const TEXT_MAX = 8000
const RESULT_MAX = 2000
const LINE_MAX = 300
const NAME_MAX = 100

/** Prompts that the program writes itself: of the end of a background task, of its own commands, of an interrupt. */
const OF_THE_PROGRAM = /^(?:<(?:task-notification|local-command-|command-)|\[Request interrupted by user)/

export async function conversationOfClaude(
  context: ObserveContext,
  { limit, before }: ConversationPart,
): Promise<Conversation | null> {
  const path = await ownTranscript(context)
  if (!path) return null
  let until = before ?? Infinity
  for (let chunks = 1; ; chunks++) {
    const { lines, start } = await linesBefore(path, CHUNK + RESULTS_WITHIN, until + RESULTS_WITHIN)
    const found = entriesFrom(lines, context.workspace).filter(({ place }) => place < until)
    const entries = found.slice(-limit)
    const first = entries[0]?.place ?? start
    const earlier = start > 0 || entries.length < found.length ? first : null
    if (entries.length > 0 || earlier === null || chunks === CHUNKS_MAX) return { entries, earlier }
    until = start
  }
}

/**
 * Entries of the main conversation, without what the model only thought. Broken lines say nothing. Pure.
 * @param workspace paths in it are said as seen from there
 */
export function entriesFrom(lines: readonly Line[], workspace: string): ConversationEntry[] {
  const entries: ConversationEntry[] = []
  const inside = `${workspace}/`
  const tools = new Map<string, NonNullable<ConversationEntry['tool']>>()
  for (const { at: begins, text } of lines) {
    // Most are neither, and some are long.
    if (!text.includes('"type":"user"') && !text.includes('"type":"assistant"')) continue
    const line = objectFrom(text)
    if (line === null || line.isSidechain === true || line.isMeta === true) continue
    const message = asObject(line.message)
    const time = Date.parse(asText(line.timestamp))
    const at = Number.isNaN(time) ? null : time
    if (line.type === 'user') {
      const said = textOf(message?.content)
      const itself = OF_THE_PROGRAM.test(said) || line.isCompactSummary === true
      if (said.trim() !== '')
        entries.push({
          ...{ place: begins, at, from: itself ? 'program' : 'person' },
          text: short(said, TEXT_MAX),
        })
      for (const block of blocksOf(message)) takeResult(tools.get(asText(block.tool_use_id)), block)
    } else if (line.type === 'assistant') {
      const from = asText(message?.model) === '<synthetic>' ? 'program' : 'agent'
      for (const [i, block] of blocksOf(message).entries()) {
        // Blocks are longer than one byte each: no two of a file have the same.
        const place = begins + i
        const said = block.type === 'text' ? asText(block.text) : ''
        if (said.trim() !== '') entries.push({ place, at, from, text: short(said, TEXT_MAX) })
        if (block.type !== 'tool_use') continue
        const asks = askedBy(block)
        const what = asks === '' ? short(spaced(subjectOf(block.input).replaceAll(inside, '')), LINE_MAX) : ''
        const tool = { name: short(spaced(asText(block.name)), NAME_MAX), what }
        tools.set(asText(block.id), tool)
        entries.push({ place, at, from: asks === '' ? 'tool' : 'asks', text: short(asks, TEXT_MAX), tool })
      }
    }
  }
  return entries
}

/** What it wants an answer of the person to: its questions, or its plan; empty: it is no such tool. */
function askedBy({ name, input }: Record<string, unknown>): string {
  const given = asObject(input) ?? {}
  if (name === 'ExitPlanMode') return asText(given.plan)
  const questions = name === 'AskUserQuestion' && Array.isArray(given.questions) ? given.questions : []
  return questions.map((each) => asText(asObject(each)?.question)).join('\n')
}

function takeResult(tool: ConversationEntry['tool'], block: Record<string, unknown>): void {
  if (!tool || block.type !== 'tool_result') return
  tool.result = short(stripVTControlCharacters(textOf(block.content)), RESULT_MAX)
  if (block.is_error === true) tool.failed = true
}

function blocksOf(message: Record<string, unknown> | null): Record<string, unknown>[] {
  const content = message?.content
  return Array.isArray(content) ? content.map((block) => asObject(block) ?? {}) : []
}

/** Of a file that anything may have been written into. */
function short(text: string, max: number): string {
  return clipped(text, max).toWellFormed()
}
