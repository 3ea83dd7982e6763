/** Who has access to the board from a browser: each with a token of its own, of which only a hash is kept. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { newToken } from '../../platform/access.ts'
import type { Actor, Draft } from '../../protocol/index.ts'
import type { PhoneAccess } from '../../protocol/phone-access.ts'
import { type Context, self } from '../context.ts'
import { type AccessState, accessProjection } from './web-state.ts'

/** Browsers of this machine, and phones: what one has is nothing at the other's listener. */
export type Kind = 'browser' | 'phone'

const kindOf = ({ phone }: AccessState): Kind => (phone ? 'phone' : 'browser')

export class Accesses {
  readonly #ctx: Pick<Context, 'journal' | 'now' | 'id' | 'token'>
  /** The person's token, so that one that was made anew is known. */
  readonly #under: string
  readonly #seen = new Map<string, number>()
  #all: AccessState[] = []
  #whenEnded: (ids: string[]) => Promise<void> = async () => {}

  constructor(ctx: Pick<Context, 'journal' | 'now' | 'id' | 'token'>) {
    this.#ctx = ctx
    this.#under = createHmac('sha256', ctx.token).update('accesses').digest('hex').slice(0, 16)
  }

  /** Call it once, before anybody is let in. */
  async load(): Promise<void> {
    const rows = await this.#ctx.journal.list(accessProjection)
    this.#all = rows.map((row) => row.state).filter(({ hash }) => hash !== '')
    const { browser = [] } = Object.groupBy(this.#all, kindOf)
    const lost = browser.filter(({ under }) => under !== undefined && under !== this.#under)
    if (lost.length > 0) await this.revoke(lost, 'your token was made anew', self)
  }

  /** @param whenEnded told of accesses that ended, by their ids, before whoever ended them has an answer */
  follow(whenEnded: (ids: string[]) => Promise<void>): void {
    this.#whenEnded = whenEnded
  }

  /** Null: there is none of this id, or no longer. */
  byId(id: string): AccessState | null {
    return this.#all.find((each) => each.id === id) ?? null
  }

  of(kind: Kind): readonly AccessState[] {
    return this.#all.filter((each) => kindOf(each) === kind)
  }

  /** @param label what it calls itself. @returns its token, known to nobody else */
  async grant(label: string, phone?: PhoneAccess): Promise<string> {
    const token = newToken()
    const granted: AccessState = {
      ...{ id: this.#ctx.id('w'), hash: hashOf(token), label, at: this.#ctx.now() },
      ...(phone && { phone }),
      under: this.#under,
    }
    const { id, hash } = granted
    await this.#ctx.journal.append([
      {
        ...{ aggregate: 'access', id, type: 'access.granted', cause: 'one-time code' },
        data: { hash, label, ...(phone && { phone }), under: this.#under },
        actor: { kind: 'person', ...(phone ? { via: 'phone', phone } : { via: 'web' }) },
      },
    ])
    this.#all = [...this.#all, granted]
    return token
  }

  /** Whose token it is, among those of a kind; null: nobody's. It counts as seen. */
  find(token: string, kind: Kind): AccessState | null {
    const given = Buffer.from(hashOf(token), 'hex')
    const found = this.of(kind).find(({ hash }) => timingSafeEqual(given, Buffer.from(hash, 'hex')))
    if (found) this.#seen.set(found.id, this.#ctx.now())
    return found ?? null
  }

  /** When it was seen last since the supervisor started; null: not. */
  seenAt(id: string): number | null {
    return this.#seen.get(id) ?? null
  }

  /** Ends access. Connections that are open are the listener's. */
  async revoke(ended: readonly AccessState[], why: string, actor: Actor): Promise<void> {
    await this.#ctx.journal.append(
      ended.map(({ id }): Draft => ({
        ...{ aggregate: 'access', id, type: 'access.revoked', data: { why }, actor, cause: 'web' },
      })),
    )
    this.#all = this.#all.filter((each) => !ended.includes(each))
    await this.#whenEnded(ended.map(({ id }) => id))
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
