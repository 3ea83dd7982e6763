/** What was said in a conversation, read from the end of its transcript (facts/claude-code 4.2). */
import { stripVTControlCharacters } from 'node:util'
import { clipped, spaced } from '../../protocol/hidden.ts'
import type { ConversationEntry } from '../../protocol/conversation.ts'
import type { Conversation, ObserveContext } from '../agent.ts'
import { asObject, asText, objectFrom, textOf } from './files.ts'
import { subjectOf } from './interpret.ts'
import { ownTranscript, tailOf } from './transcript.ts'

/** So much of the file's end is read: lines hold a tool's result twice, and what no person reads. */
const TAIL = 1024 * 1024
/** Longest texts, characters. */
const TEXT_MAX = 8000
const RESULT_MAX = 2000
const LINE_MAX = 300
const NAME_MAX = 100

/** Prompts that the program writes itself: of the end of a background task, of its own commands, of an interrupt. */
const OF_THE_PROGRAM = /^(?:<(?:task-notification|local-command-|command-)|\[Request interrupted by user)/

export async function conversationOfClaude(
  context: ObserveContext,
  limit: number,
): Promise<Conversation | null> {
  const path = await ownTranscript(context)
  if (!path) return null
  const { text, cut } = await tailOf(path, TAIL)
  const entries = entriesFrom(text.split('\n'))
  return { entries: entries.slice(-limit), earlier: cut || entries.length > limit }
}

/** Entries of the main conversation, without what the model only thought. Broken lines say nothing. Pure. */
export function entriesFrom(lines: readonly string[]): ConversationEntry[] {
  const entries: ConversationEntry[] = []
  const tools = new Map<string, NonNullable<ConversationEntry['tool']>>()
  for (const text of lines) {
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
        entries.push({ at, from: itself ? 'program' : 'person', text: short(said, TEXT_MAX) })
      for (const block of blocksOf(message)) takeResult(tools.get(asText(block.tool_use_id)), block)
    } else if (line.type === 'assistant') {
      const from = asText(message?.model) === '<synthetic>' ? 'program' : 'agent'
      for (const block of blocksOf(message)) {
        const said = block.type === 'text' ? asText(block.text) : ''
        if (said.trim() !== '') entries.push({ at, from, text: short(said, TEXT_MAX) })
        if (block.type !== 'tool_use') continue
        const what = short(spaced(subjectOf(block.input)), LINE_MAX)
        const tool = { name: short(spaced(asText(block.name)), NAME_MAX), what }
        tools.set(asText(block.id), tool)
        entries.push({ at, from: 'tool', text: '', tool })
      }
    }
  }
  return entries
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
