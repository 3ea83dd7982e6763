/** Does what the board wants done, and tells it what came of it. */
import { attach } from '../client/attach.ts'
import type { Client } from '../client/api.ts'
import { settle } from '../client/settle.ts'
import { isAway } from '../client/steady.ts'
import type { AttentionLook, Input, Outputs, Procedure } from '../protocol/api.ts'
import { type ErrorCode, toErrorBody, WorktrainError } from '../protocol/errors.ts'
import { detailsOf } from '../terminal/details.ts'
import { outcome } from '../terminal/outcome.ts'
import type { Screen, Streams } from '../terminal/screen.ts'
import { diffText } from '../terminal/diff.ts'
import { plainTerminal } from '../terminal/text.ts'
import type { Call, Effect } from './effect.ts'
import type { Content } from './mode.ts'
import type { Happening } from './step.ts'

const LOG_BYTES = 256 * 1024

export interface Hands {
  client: Client
  /** Starts the supervisor if it is away. */
  start: () => Promise<void>
  /** The token of a session's host. */
  hostToken: (session: string) => string
  streams: Streams
  screen: Screen
  tell: (what: Happening) => void
  /** Something has been changed: what is known is old. */
  refresh: () => void
  quit: () => void
  /** What was typed since a terminal was asked for, which is for it. Keys are the board's again. */
  typedAhead: () => Buffer
  /** The terminal of this session is all that the person sees. */
  showing: (session: string | null) => void
}

/** Never rejects for what the supervisor refuses: that is told. */
export async function carryOut(effect: Effect, hands: Hands): Promise<void> {
  try {
    await carry(effect, hands)
  } catch (error) {
    const typed = 'typed' in effect ? effect.typed : undefined
    hands.tell({ of: 'failed', said: sentence(error), typed })
  }
}

async function carry(effect: Effect, hands: Hands): Promise<void> {
  const { client, tell, refresh } = hands
  switch (effect.do) {
    case 'quit':
      return hands.quit()
    case 'suspend':
      return hands.screen.suspend()
    case 'start':
      return hands.start()
    case 'attach':
      return attachTo(effect.session, hands)
    case 'details': {
      const details = await present(hands, () => detailsOf(client, effect.item))
      return tell({ of: 'details', item: effect.item.id, details })
    }
    case 'settle': {
      const output = await present(hands, () => settle(client, effect.call))
      tell({
        of: 'settled',
        item: effect.item.id,
        said: outcome(effect.item, effect.label, effect.call, output),
      })
      return refresh()
    }
    case 'call': {
      const said = await called(effect.call, hands)
      tell({ of: 'done', said })
      return refresh()
    }
    case 'begin': {
      tell({ of: 'begun', said: await called(effect.call, hands) })
      return refresh()
    }
    case 'review': {
      const { session, asked, fresh } = effect
      const input = { repo: null, name: session, ...asked, fresh }
      const view = await present(hands, () => client.call('review', input))
      return tell({ of: 'review', session, asked, view })
    }
    case 'review-file': {
      const { session, asked, path, context } = effect
      const input = { repo: null, name: session, ...asked, paths: [path], context, fresh: false }
      const { files } = await present(hands, () => client.call('review', input))
      const [file] = files
      return file && tell({ of: 'review-file', session, asked, file })
    }
    case 'snapshots': {
      const { session } = effect
      const input = { repo: null, name: session }
      const snapshots = await present(hands, () => client.call('snapshots', input))
      return tell({ of: 'snapshots', session, snapshots })
    }
    case 'languages':
      return languages(hands)
    case 'looked':
      await looked(effect, client)
      return refresh()
    case 'mark':
      return mark(effect, hands)
    case 'decide': {
      const said = await called(effect.call, hands)
      tell({ of: 'decided', session: effect.session, said })
      return refresh()
    }
    case 'look':
      return tell({ of: 'page', title: effect.title, content: await contentOf(effect.look, hands) })
  }
}

/** They take longer to load than all else of the board: only where they are looked at. */
async function languages({ screen, tell }: Hands): Promise<void> {
  if (!screen.look().coloured) return
  // Those of an older build may be gone: then code has no colours.
  const loaded = await import('../board/code/languages.ts').catch(() => null)
  if (loaded !== null) tell({ of: 'languages', highlight: loaded.highlight })
}

/** A kindness: what was removed meanwhile has nobody who could be told. */
async function looked(
  { session: name, commit }: Extract<Effect, { do: 'looked' }>,
  client: Client,
): Promise<void> {
  const ref = { repo: null, name }
  const told =
    commit === null
      ? client.call('seen', { ...ref, how: 'diff' })
      : client.call('reviewSeen', { ...ref, commit })
  await told.catch(() => {})
}

/** What is on the screen already goes again when it could not be told. */
async function mark(
  { session, path, change, marked }: Extract<Effect, { do: 'mark' }>,
  hands: Hands,
): Promise<void> {
  const input = { repo: null, name: session, path, change, marked }
  try {
    await present(hands, () => hands.client.call('reviewMark', input))
  } catch (error) {
    hands.tell({ of: 'marked', session, change, marked: !marked })
    throw error
  }
}

/** What a person asks for starts the supervisor, as any command does; nothing was sent to one that was not there. */
async function present<T>(hands: Hands, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!isAway(error) || error.details?.sent !== false) throw error
    await hands.start()
    return ask()
  }
}

async function called<P extends Procedure>(call: Extract<Call, { call: P }>, hands: Hands): Promise<string> {
  const input = call.input as Input<P>
  const output = await present(hands, () => hands.client.call(call.call as P, input))
  return (call.said as (output: Outputs[P]) => string)(output)
}

async function attachTo(id: string, hands: Hands): Promise<void> {
  const { client, streams, screen, refresh } = hands
  const ref = { repo: null, name: id }
  const { name, hostSocket, process } = await present(hands, () => client.call('session', ref))
  if (hostSocket === null)
    throw new WorktrainError(
      'SESSION_WRONG_STATE',
      `${name} has no terminal: its process is ${process.state}. R goes on with it.`,
    )
  hands.showing(id)
  try {
    const { stdin, stdout } = streams
    await screen.lend(async () => {
      const typed = hands.typedAhead()
      await attach({ socket: hostSocket, token: hands.hostToken(id), stdin, stdout, typed })
    })
  } finally {
    hands.showing(null)
  }
  await client.call('seen', { ...ref, how: 'attach' })
  refresh()
}

async function contentOf(look: AttentionLook, hands: Hands): Promise<Content> {
  const { client } = hands
  const ref = { repo: null, name: look.session ?? '' }
  switch (look.show) {
    case 'review':
    case 'diff': {
      const { text } = await present(hands, () => client.call('diff', ref))
      await client.call('seen', { ...ref, how: 'diff' })
      const shown = diffText(text, hands.screen.look().paint)
      return { is: 'text', text: shown === '' ? 'nothing is changed' : shown }
    }
    case 'why':
      return { is: 'why', why: await present(hands, () => client.call('why', ref)) }
    case 'train':
      return {
        is: 'train',
        repo: look.repo,
        train: await present(hands, () => client.call('train', { repo: look.repo, asks: true })),
      }
    case 'setup-log':
    case 'checks-log': {
      const what = look.show === 'setup-log' ? 'setup' : 'checks'
      const { text } = await present(hands, () => client.call('logs', { ...ref, what, bytes: LOG_BYTES }))
      return { is: 'text', text: plainTerminal(text) }
    }
    case 'terminal':
    case 'screen': {
      const { lines } = await present(hands, () => client.call('screen', ref))
      return { is: 'text', text: lines.join('\n') }
    }
  }
}

/** The keys of what hints name a command for. */
const BY_KEY: Partial<Record<ErrorCode, string>> = {
  REVIEW_STALE: 'In its review, b goes to what is new, and y approves it.',
  DIALOG_OPEN: 'n goes to it.',
}

function sentence(error: unknown): string {
  const { code, message, hint } = toErrorBody(error)
  return [message, BY_KEY[code] ?? hint].filter((part) => part !== '').join(' ')
}
