/** Prompts that the supervisor gives: each is typed as a whole, and once however often it is asked for. */
import type { HostRecordBody, HostRequest } from '../protocol/host.ts'

export interface PromptPort {
  append: (body: HostRecordBody) => Promise<void>
  type: (bytes: Uint8Array) => void
}

/**
 * A supervisor that dies while it asks does not know whether it was heard, and its successor asks again. Only the
 * newest prompt is remembered: the next one is not given before this one is known to have been typed.
 *
 * The record is on disk first: a host that dies in between leaves a prompt of which nobody saw that it arrived, never
 * one that was given and is given again.
 * @returns takes a prompt; resolves once it is typed
 */
export function onceEach({
  append,
  type,
}: PromptPort): (request: Extract<HostRequest, { op: 'prompt' }>) => Promise<void> {
  let newest: { prompt: string; typed: Promise<void> } | null = null
  return ({ prompt, keys }) => {
    if (newest?.prompt === prompt) return newest.typed
    const typed = append({ kind: 'prompted', prompt }).then(() => {
      for (const data of keys) type(Buffer.from(data))
    })
    newest = { prompt, typed }
    return typed
  }
}
