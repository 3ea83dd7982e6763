/** An answer of the Messages API as it goes over the wire: one JSON message, or server-sent events. */
import type { ServerResponse } from 'node:http'
import type { Fault } from './faults.ts'
import type { ContentBlock, Step, TokenUsage } from './steps.ts'

export interface Answer {
  id: string
  model: string
  blocks: ContentBlock[]
  stopReason: string
  usage: TokenUsage
}

/** Waits; ends early, with false, when the client has gone or the server closes. */
export type Pause = (ms: number) => Promise<boolean>

function messageOf(answer: Answer, content: ContentBlock[], stopReason: string | null, outputTokens: number) {
  return {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { ...answer.usage, output_tokens: outputTokens, service_tier: 'standard' },
  }
}

/** The whole answer as one message (`stream:false`). */
export function wholeMessage(answer: Answer): unknown {
  return messageOf(answer, answer.blocks, answer.stopReason, answer.usage.output_tokens)
}

/**
 * Streams the answer; headers must have been written.
 * @returns false when a fault or the client's going cut it short
 */
export async function streamMessage(
  response: ServerResponse,
  answer: Answer,
  step: Pick<Step, 'chunks' | 'chunkMs'>,
  fault: Fault | null,
  pause: Pause,
): Promise<boolean> {
  const send = (type: string, data: Record<string, unknown>): void => {
    if (!response.destroyed) response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`)
  }
  send('message_start', { message: messageOf(answer, [], null, 1) })
  send('ping', {})
  for (const [index, block] of answer.blocks.entries()) {
    send('content_block_start', { index, content_block: emptyOf(block) })
    for (const delta of deltasOf(block, step.chunks ?? 1)) {
      send('content_block_delta', { index, delta })
      if (block.type !== 'text') continue
      if (fault?.midStream !== undefined) {
        send('error', { error: { type: fault.midStream, message: `scripted ${fault.midStream}` } })
        response.end()
        return false
      }
      if (fault?.stallMs !== undefined) {
        await pause(fault.stallMs)
        response.destroy()
        return false
      }
      if (step.chunkMs !== undefined && !(await pause(step.chunkMs))) return false
    }
    send('content_block_stop', { index })
  }
  send('message_delta', {
    delta: { stop_reason: answer.stopReason, stop_sequence: null },
    usage: { output_tokens: answer.usage.output_tokens },
  })
  send('message_stop', {})
  if (response.destroyed) return false
  response.end()
  return true
}

function emptyOf(block: ContentBlock): Record<string, unknown> {
  if (block.type === 'text') return { type: 'text', text: '' }
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' }
  return { type: 'tool_use', id: block.id, name: block.name, input: {} }
}

function deltasOf(block: ContentBlock, chunks: number): Record<string, unknown>[] {
  if (block.type === 'thinking') {
    return [
      { type: 'thinking_delta', thinking: block.thinking },
      { type: 'signature_delta', signature: block.signature },
    ]
  }
  if (block.type === 'tool_use')
    return [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }]
  const size = Math.max(1, Math.ceil(block.text.length / Math.max(1, chunks)))
  const deltas = []
  for (let at = 0; at === 0 || at < block.text.length; at += size) {
    deltas.push({ type: 'text_delta', text: block.text.slice(at, at + size) })
  }
  return deltas
}
