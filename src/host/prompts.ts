/** Prompts that the supervisor gives: each is typed as a whole, once however often it is asked for, and into no dialog. */
import { WorktrainError } from '../protocol/errors.ts'
import type { HostRecordBody, HostRequest } from '../protocol/host.ts'
import type { Question } from '../protocol/session.ts'

export interface PromptPort {
  append: (body: HostRecordBody) => Promise<void>
  type: (bytes: Uint8Array) => void
  /** Questions whose dialogs the terminal shows, or is about to. */
  open: () => readonly Question[]
  /** The supervisor has taken in everything that tells what the agent does. */
  quiet: () => boolean
}

/**
 * A supervisor that dies while it asks does not know whether it was heard, and its successor asks again. Only the
 * newest prompt is remembered: the next one is not given before this one is known to have been typed.
 *
 * The record is on disk first: a host that dies in between leaves a prompt of which nobody saw that it arrived, never
 * one that was given and is given again.
 *
 * The supervisor decides on what it has been told, which may be seconds old; what it has not taken in yet may be a turn
 * that began, or a question. Keys typed into a dialog would answer it.
 * @returns takes a prompt; resolves once it is typed
 * @throws DIALOG_OPEN, SESSION_BUSY: nothing was typed
 */
export function onceEach({
  append,
  type,
  open,
  quiet,
}: PromptPort): (request: Extract<HostRequest, { op: 'prompt' }>) => Promise<void> {
  let newest: { prompt: string; typed: Promise<void> } | null = null
  const refuseDialog = (): void => {
    const [question] = open()
    if (question) throw new WorktrainError('DIALOG_OPEN', `It waits for an answer: ${question.summary}`)
  }
  return async ({ prompt, keys }) => {
    if (newest?.prompt === prompt) return newest.typed
    refuseDialog()
    if (!quiet())
      throw new WorktrainError('SESSION_BUSY', 'What its agent has just told is not taken in yet.')
    const typed = append({ kind: 'prompted', prompt }).then(() => {
      // Opened while the record was written: like a host that died, and as rare.
      refuseDialog()
      for (const data of keys) type(Buffer.from(data))
    })
    newest = { prompt, typed }
    return typed
  }
}
