/** Notifies browsers by push, through the services of their vendors: whoever asked for it, for as long as they have access. */
import { randomBytes } from 'node:crypto'
import { postOutward, refusedUrl } from '../../platform/outward.ts'
import { encryptedFor, newEcdh, recipientOf, signedBy } from '../../platform/web-push.ts'
import { browserName } from '../../protocol/browser-name.ts'
import { type Actor, type Draft, WorktrainError, toErrorBody } from '../../protocol/index.ts'
import type { ChannelView, PushMessage, PushStatus, PushView } from '../../protocol/api.ts'
import { type Context, self } from '../context.ts'
import type { Accesses } from './accesses.ts'
import { isGone, outcomeOf, type PushAnswer, refusalOf } from './push-answers.ts'
import { type PushAddress, PushSecrets } from './push-secrets.ts'
import { type PushState, pushProjection } from './push-state.ts'

/** Browsers at a time. */
const BROWSERS_MAX = 16
/** For a service to answer, ms. */
const ANSWER_MS = 15_000
/** How long a service keeps a message for a browser that is away, s: what waits longer is on the board. */
const KEPT_S = 4 * 3600
/** Push services want a contact of who sends; this program is run by its person alone, whose address is nobody's business. */
const CONTACT = 'mailto:worktrain@example.com'

export class Push {
  readonly #ctx: Context
  readonly #accesses: Pick<Accesses, 'byId' | 'follow'>
  readonly #post: typeof postOutward
  readonly #secrets: PushSecrets
  #all: readonly PushState[] = []

  /** @param post how services are reached */
  constructor(ctx: Context, accesses: Pick<Accesses, 'byId' | 'follow'>, post = postOutward) {
    this.#ctx = ctx
    this.#accesses = accesses
    this.#post = post
    this.#secrets = new PushSecrets(ctx.paths.state, ctx.token)
  }

  /** Call it once, after the accesses were loaded. */
  async load(): Promise<void> {
    const rows = await this.#ctx.journal.list(pushProjection)
    this.#all = rows.map(({ state }) => state).filter(({ access }) => access !== '')
    const { addresses } = this.#secrets
    const lost = this.#all.filter(({ id }) => !addresses.has(id))
    await this.#end(lost, 'your token was made anew, or its address was lost', self)
    await this.#endOf(this.#all.flatMap(({ access }) => (this.#accesses.byId(access) ? [] : [access])))
    // One that was kept right before a crash, and never journalled.
    const known = new Set(this.#all.map(({ id }) => id))
    const kept = [...this.#secrets.addresses].filter(([id]) => known.has(id))
    if (kept.length < this.#secrets.addresses.size) this.#secrets.keep(new Map(kept))
    this.#accesses.follow((ids) => this.#ctx.inOrder('push', () => this.#endOf(ids)))
  }

  key(): string {
    return this.#secrets.keys().publicKey
  }

  views(): PushView[] {
    return this.#all.map(viewOf)
  }

  status(actor: Actor): PushStatus {
    const here = this.#of(accessOf(actor))
    return { here: here ? viewOf(here) : null }
  }

  /** @throws USAGE when the address is none of a push service; UNAVAILABLE when there are too many */
  async begin(given: PushAddress, actor: Actor): Promise<PushStatus> {
    const refused = refusedUrl(given.endpoint)
    if (refused !== null)
      throw new WorktrainError('USAGE', `That is no address of a push service. ${refused}`)
    if (recipientOf(given) === null) throw new WorktrainError('USAGE', 'These are no keys of a browser.')
    return this.#ctx.inOrder('push', async () => {
      const access = this.#accesses.byId(accessOf(actor) ?? '')
      if (!access)
        throw new WorktrainError('USAGE', 'Only a browser that has access is notified by push.', {
          hint: 'Turn it on in the settings of the web board.',
        })
      const { addresses } = this.#secrets
      // A browser that was let in anew has the same address there as before.
      const before = this.#all.filter(
        (each) => each.access === access.id || addresses.get(each.id)?.endpoint === given.endpoint,
      )
      if (this.#all.length - before.length >= BROWSERS_MAX)
        throw new WorktrainError('UNAVAILABLE', `${BROWSERS_MAX} browsers are notified by push already.`, {
          hint: 'Turn it off in one, or end its access: `worktrain web --list`.',
        })
      await this.#end(before, 'its browser asked anew', actor)
      const data = {
        ...{ access: access.id, who: access.phone?.name ?? access.label },
        service: new URL(given.endpoint).hostname,
      }
      const id = this.#ctx.id('u')
      this.#secrets.keep(new Map([...this.#secrets.addresses, [id, given]]))
      await this.#append({ id, type: 'push.started', data, actor })
      this.#all = [...this.#all, { ...data, id, since: this.#ctx.now(), error: '' }]
      return this.status(actor)
    })
  }

  async end(actor: Actor): Promise<PushStatus> {
    return this.#ctx.inOrder('push', async () => {
      const here = this.#of(accessOf(actor))
      await this.#end(here ? [here] : [], 'asked', actor)
      return this.status(actor)
    })
  }

  /** As it is set up; nothing is sent. */
  channels(): ChannelView[] {
    return this.#all.map((each) => ({
      ...{ channel: 'push', name: nameOf(each), state: each.error === '' ? 'on' : 'failed' },
      ...{ said: each.error && `The last message failed: ${each.error}`, todo: '' },
    }))
  }

  /**
   * Sends a message, and says for each browser what came of it.
   * @param actor whose browser alone is written to; null: all
   */
  async test(said: Pick<PushMessage, 'title' | 'body'>, actor: Actor | null): Promise<ChannelView[]> {
    const which = actor === null ? this.#all : this.#all.filter(({ access }) => access === accessOf(actor))
    return Promise.all(
      which.map(async (each) => ({
        ...{ channel: 'push' as const, name: nameOf(each) },
        ...outcomeOf(await this.#send(each, { ...said, about: null }), each.service),
      })),
    )
  }

  /** To each of them. What fails is journalled and logged. */
  async send(message: PushMessage): Promise<void> {
    await Promise.all(this.#all.map((each) => this.#send(each, message)))
  }

  async #send(to: PushState, message: PushMessage): Promise<PushAnswer> {
    const address = this.#secrets.addresses.get(to.id)
    // Its access may have ended since.
    if (!address || !this.#accesses.byId(to.access)) return { failure: 'Its access has ended.' }
    const answer = await this.#deliver(address, message)
    // The supervisor leaves: that is nobody's failure.
    if (this.#ctx.stopping.aborted) return answer
    const error = refusalOf(answer)
    await this.#ctx.inOrder('push', async () => {
      const now = this.#all.find(({ id }) => id === to.id)
      if (!now) return
      if (isGone(answer)) return this.#end([now], `${to.service} does not know it any more`, self)
      if (error === now.error) return
      await this.#append({ id: to.id, type: 'push.answered', data: { error }, actor: self })
      this.#all = this.#all.map((each) => (each === now ? { ...now, error } : each))
    })
    if (error !== '') this.#ctx.log.warn('a push message failed', { service: to.service, error })
    return answer
  }

  /** Never fails: it says what happened. */
  async #deliver(address: PushAddress, message: PushMessage): Promise<PushAnswer> {
    try {
      const to = recipientOf(address)
      if (to === null) throw new Error('Its keys are no keys.')
      const fresh = { ecdh: newEcdh(), salt: randomBytes(16) }
      const { origin } = new URL(address.endpoint)
      const status = await this.#post(address.endpoint, {
        headers: {
          authorization: signedBy(this.#secrets.keys(), origin, CONTACT, this.#ctx.now()),
          'content-encoding': 'aes128gcm',
          'content-type': 'application/octet-stream',
          ttl: String(KEPT_S),
          urgency: 'high',
        },
        body: encryptedFor(to, Buffer.from(JSON.stringify(message)), fresh),
        signal: AbortSignal.any([this.#ctx.stopping, AbortSignal.timeout(ANSWER_MS)]),
      })
      return { status }
    } catch (error) {
      return { failure: toErrorBody(error).message.slice(0, 300) }
    }
  }

  #of(access: string | undefined): PushState | undefined {
    return this.#all.find((each) => each.access === access)
  }

  async #endOf(accesses: readonly string[]): Promise<void> {
    await this.#end(
      this.#all.filter(({ access }) => accesses.includes(access)),
      'its access ended',
      self,
    )
  }

  async #end(ended: readonly PushState[], why: string, actor: Actor): Promise<void> {
    if (ended.length === 0) return
    const ids = ended.map(({ id }) => id)
    // The address goes first: whatever happens then, nobody is written to.
    this.#secrets.keep(new Map([...this.#secrets.addresses].filter(([id]) => !ids.includes(id))))
    this.#all = this.#all.filter(({ id }) => !ids.includes(id))
    await this.#append(...ids.map((id) => ({ id, type: 'push.ended' as const, data: { why }, actor })))
  }

  async #append(...drafts: Pick<Draft, 'id' | 'type' | 'data' | 'actor'>[]): Promise<void> {
    await this.#ctx.journal.append(
      drafts.map((draft) => ({ ...draft, aggregate: 'push', cause: 'push' }) as Draft),
    )
  }
}

function accessOf(actor: Actor): string | undefined {
  return actor.kind === 'person' ? actor.access : undefined
}

const nameOf = ({ service, who }: PushState): string => `${service} for ${browserName(who)}`

function viewOf({ who, service, since, error }: PushState): PushView {
  return { who: browserName(who), service, since, error }
}
