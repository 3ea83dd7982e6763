/** This browser's access to the supervisor, kept for this origin alone. */
import { type BrowserClient, createBrowserClient } from '../client/browser.ts'
import type { Procedure } from '../protocol/api.ts'
import { WorktrainError } from '../protocol/errors.ts'
import type { PhoneAccess } from '../protocol/phone-access.ts'
import { barredOnPhone } from '../protocol/phone.ts'
import type { WebAccess } from '../protocol/web.ts'
import { whenNotPressed } from './press.ts'

const KEPT = 'worktrain.access'

function kept(): WebAccess | null {
  const text = localStorage.getItem(KEPT)
  return text === null ? null : (JSON.parse(text) as WebAccess)
}

const supervisor = createBrowserClient(new URL('/', location.href), {
  read: kept,
  write: (access) => localStorage.setItem(KEPT, JSON.stringify(access)),
})

/** Its answers change the page, and so come while nothing on it is being pressed. */
export const client: BrowserClient = {
  ...supervisor,
  call: (name, input) => supervisor.call(name, input).finally(whenNotPressed),
}

/** The phone that this is; null: a browser of the machine. */
export const phone = (): PhoneAccess | null => kept()?.phone ?? null

/** Is this a phone that may only look? Then nothing is offered to it that changes something. */
export const looksOnly = (): boolean => phone()?.scope === 'look'

/** Why this may not be done from here, as a sentence; null: it may. The supervisor decides by the same rule. */
export function barred(name: Procedure, input: unknown = {}): string | null {
  const here = phone()
  return here && barredOnPhone(here.scope, name, input)
}

/**
 * Uses the one-time code of the address, if there is one, and takes it out of the address and the history.
 * @returns why it was refused; null: it was not, or there is none
 */
export async function letIn(): Promise<string | null> {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code === null) return null
  history.replaceState(null, '', location.pathname + location.search)
  try {
    await client.login(code)
    return null
  } catch (error) {
    return sentenceOf(error)
  }
}

/** An error as one sentence for the person, with what to do next. */
export function sentenceOf(error: unknown): string {
  if (error instanceof WorktrainError)
    return error.hint === '' ? error.message : `${error.message} ${error.hint}`
  return error instanceof Error ? error.message : String(error)
}
