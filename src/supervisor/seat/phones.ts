/** The web board for phones: when and where it is open to the network, and which phones have access. */
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { networkInterfaces } from 'node:os'
import { type OwnAddress, chooseAddress, hostOf, ownAddresses } from '../../platform/addresses.ts'
import type { Outputs, Parsed, PhoneOpening, PhoneView } from '../../protocol/api.ts'
import { type Actor, type Draft, WorktrainError } from '../../protocol/index.ts'
import type { PhoneAccess } from '../../protocol/phone-access.ts'
import { type Handlers, type PhoneListener, listenForPhones } from '../../server/index.ts'
import type { Accesses } from './accesses.ts'
import { builtBoard, isTaken, listenSomewhere } from './board-place.ts'
import { type Context, self } from '../context.ts'
import { keepCertificate } from './phone-certificate.ts'
import { validateName } from '../session/planning.ts'
import { type PhonesState, phonesProjection } from './web-state.ts'

/** How often it is looked at whether its time is over, ms: a timer alone would sleep when the machine does. */
const LOOK_EVERY_MS = 5_000

interface Serving extends PhoneOpening {
  listener: PhoneListener
  address: string
  port: number
}

export class Phones {
  readonly #ctx: Context
  readonly #accesses: Accesses
  readonly #handlers: () => Handlers
  #serving: Serving | null = null
  #closed = ''

  /** @param handlers what the board may call: asked for when it is opened */
  constructor(ctx: Context, accesses: Accesses, handlers: () => Handlers) {
    this.#ctx = ctx
    this.#accesses = accesses
    this.#handlers = handlers
  }

  /** After a restart it is closed: a machine may wake up in another network. */
  async start(): Promise<void> {
    const before = await this.#state()
    this.#closed = before.closed
    if (before.open) await this.#tellClosed('the supervisor stopped', self)
    const look = (): void =>
      void this.endInTime().catch((error: unknown) =>
        this.#ctx.log.error('the board could not be closed to phones', { error }),
      )
    setInterval(look, LOOK_EVERY_MS).unref()
  }

  /** @returns a URL that lets one phone in; `notes` say what the person should know */
  async open(wanted: Parsed<'phoneOpen'>, actor: Actor): Promise<Outputs['phoneOpen']> {
    const { name, scope, forMs } = wanted
    validateName(name)
    return this.#ctx.inOrder('phones', async () => {
      const { place } = await this.#state()
      const own = chosen(wanted.address, place?.address ?? null)
      const notes: string[] = []
      if (!own.inside)
        notes.push(`${own.address} is not of a private network: it may be reached from the whole internet.`)
      if (this.#accesses.of('phone').some(({ phone }) => phone?.name === name))
        notes.push(`A phone called ${name} has access already: it loses it when this code is used.`)
      const until = forMs === null ? null : this.#ctx.now() + forMs
      const serving = await this.#serve(own, wanted.port, until, actor)
      const { secret, until: expiresAt } = serving.listener.code({ name, scope })
      return {
        ...{ url: `${serving.url}#code=${secret}`, expiresAt, phone: { name, scope }, notes },
        open: openingOf(serving),
      }
    })
  }

  async close(why: string, actor: Actor): Promise<PhoneView> {
    return this.#ctx.inOrder('phones', async () => {
      if (this.#serving) {
        await this.#stop()
        await this.#tellClosed(why, actor)
      }
      return this.view()
    })
  }

  /** Ends access: of one phone by its name, or of all (null). @throws UNAVAILABLE when there is no such phone */
  async revoke(name: string | null, actor: Actor): Promise<PhoneView> {
    this.#serving?.listener.forget(name)
    const ended = this.#accesses.of('phone').filter(({ phone }) => name === null || phone?.name === name)
    if (name !== null && ended.length === 0)
      throw new WorktrainError('UNAVAILABLE', `No phone called "${name}" has access.`, {
        hint: 'See `worktrain phone --list`.',
      })
    await this.#accesses.revoke(ended, 'asked', actor)
    for (const { id } of ended) this.#serving?.listener.cut(id)
    return this.view()
  }

  view(): PhoneView {
    return {
      open: this.#serving && openingOf(this.#serving),
      closed: this.#serving ? '' : this.#closed,
      phones: this.#accesses.of('phone').flatMap(({ id, at, phone }) =>
        phone
          ? {
              ...{ ...phone, grantedAt: at, seenAt: this.#accesses.seenAt(id) },
              connections: this.#serving?.listener.connections(id) ?? 0,
            }
          : [],
      ),
    }
  }

  /** Closes it if its time is over. */
  async endInTime(): Promise<void> {
    const until = this.#serving?.until ?? null
    if (until !== null && this.#ctx.now() >= until) await this.close('its time was over', self)
  }

  /** The supervisor leaves, and with it the way in. */
  async leave(): Promise<void> {
    if (!this.#serving) return
    await this.#stop()
    await this.#tellClosed('the supervisor stopped', self)
  }

  /** Serves it there; what is open elsewhere is closed first. */
  async #serve(
    { address }: OwnAddress,
    wantedPort: number | null,
    until: number | null,
    actor: Actor,
  ): Promise<Serving> {
    const { place } = await this.#state()
    const now = this.#serving
    const stays = now?.address === address && (wantedPort ?? now.port) === now.port
    if (now && !stays) {
      await this.#stop()
      await this.#tellClosed('it moved to another place', actor)
    }
    this.#serving = now && stays ? { ...now, until } : await this.#listen(address, wantedPort, place, until)
    const { port, fingerprint } = this.#serving
    try {
      await this.#append({ type: 'phone.opened', data: { address, port, fingerprint, until }, actor })
    } catch (error) {
      // What is not journalled did not happen.
      await this.#stop()
      throw error
    }
    return this.#serving
  }

  async #listen(
    address: string,
    wantedPort: number | null,
    before: PhonesState['place'],
    until: number | null,
  ): Promise<Serving> {
    const certificate = keepCertificate(join(this.#ctx.paths.state, 'phone'), address, this.#ctx.now())
    let listener: PhoneListener | null = null
    const tryPort = async (port: number): Promise<boolean> => {
      try {
        listener = await this.#listenAt(address, port, certificate)
        return true
      } catch (error) {
        if (isTaken(error)) return false
        throw error
      }
    }
    const first = wantedPort ?? before?.port ?? null
    let port = first !== null && (await tryPort(first)) ? first : null
    if (port === null && wantedPort === null) port = await listenSomewhere(tryPort)
    if (listener === null || port === null)
      throw new WorktrainError(
        'UNAVAILABLE',
        wantedPort === null
          ? `No free port was found on ${address}.`
          : `Port ${wantedPort} of ${address} belongs to another program.`,
        { hint: 'Name another with --port.' },
      )
    const { url } = listener as PhoneListener
    return { listener, address, port, url, fingerprint: certificate.fingerprint, until }
  }

  #listenAt(address: string, port: number, tls: { key: string; cert: string }): Promise<PhoneListener> {
    const { journal, now, log, token } = this.#ctx
    return listenForPhones({
      ...{ address, host: hostOf(address), port, tls: { key: tls.key, cert: tls.cert } },
      ...{ files: builtBoard(), handlers: this.#handlers(), journal, now, log },
      // Not that of the board on this machine: who knows one must not be able to stand for the other.
      key: createHmac('sha256', token).update('board for phones').digest('base64url'),
      grants: {
        grant: (label, phone) => this.#grant(label, phone),
        find: (given) => this.#accesses.find(given, 'phone'),
      },
    })
  }

  /** A name is one phone's: whoever had it before has it no longer. */
  async #grant(label: string, phone: PhoneAccess): Promise<{ token: string; phone: PhoneAccess }> {
    const before = this.#accesses.of('phone').filter((each) => each.phone?.name === phone.name)
    const token = await this.#accesses.grant(label, phone)
    if (before.length > 0) {
      const actor: Actor = { kind: 'person', via: 'phone', phone }
      await this.#accesses.revoke(before, 'another phone has its name', actor)
      for (const { id } of before) this.#serving?.listener.cut(id)
    }
    return { token, phone }
  }

  async #stop(): Promise<void> {
    const serving = this.#serving
    this.#serving = null
    await serving?.listener.close()
  }

  async #tellClosed(why: string, actor: Actor): Promise<void> {
    this.#closed = why
    await this.#append({ type: 'phone.closed', data: { why }, actor })
  }

  async #state(): Promise<PhonesState> {
    const kept = await this.#ctx.journal.get(phonesProjection, 'phones')
    return kept?.state ?? { place: null, open: null, closed: '' }
  }

  async #append(what: Pick<Draft, 'type' | 'data' | 'actor'>): Promise<void> {
    await this.#ctx.journal.append([{ ...what, aggregate: 'phone', id: 'phones', cause: 'phone' } as Draft])
  }
}

function openingOf({ url, fingerprint, until }: Serving): PhoneOpening {
  return { url, fingerprint, until }
}

/** @throws USAGE with what there is to choose from */
function chosen(wanted: string | null, before: string | null): OwnAddress {
  const choice = chooseAddress(ownAddresses(networkInterfaces()), wanted, before)
  if ('address' in choice) return choice.address
  const among = choice.among.map(({ address, on }) => `${address} (${on})`).join(', ')
  throw new WorktrainError('USAGE', choice.why, {
    hint: among === '' ? 'Connect it to a network first.' : `Name one with --address: ${among}.`,
    details: { addresses: choice.among },
  })
}
