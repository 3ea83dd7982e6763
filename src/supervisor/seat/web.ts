/** The web board on this machine: its listener, and the browsers that have access. */
import { createHmac } from 'node:crypto'
import { HostViewer } from '../../client/host.ts'
import { hostToken } from '../../platform/access.ts'
import { type Actor, type Draft, WorktrainError } from '../../protocol/index.ts'
import type { WebView } from '../../protocol/api.ts'
import { type Handlers, type OpenTerminal, type WebListener, listenForWeb } from '../../server/index.ts'
import { isLive } from '../../sessions/state.ts'
import type { Accesses } from './accesses.ts'
import { builtBoard, isTaken, listenSomewhere } from './board-place.ts'
import { type Context, self } from '../context.ts'
import type { Hosts } from '../session/hosts.ts'
import type { Views } from '../views.ts'
import { webProjection } from './web-state.ts'

export class Web {
  readonly #ctx: Context
  readonly #views: Pick<Views, 'find'>
  readonly #hosts: Pick<Hosts, 'socketOf'>
  readonly #accesses: Accesses
  readonly #handlers: () => Handlers
  #listener: WebListener | null = null

  /** @param handlers what the board may call: asked for when it is opened */
  constructor(
    ctx: Context,
    parts: { views: Pick<Views, 'find'>; hosts: Pick<Hosts, 'socketOf'>; accesses: Accesses },
    handlers: () => Handlers,
  ) {
    this.#ctx = ctx
    this.#views = parts.views
    this.#hosts = parts.hosts
    this.#accesses = parts.accesses
    this.#handlers = handlers
  }

  /** After a restart: serves it again where it was served. */
  async start(): Promise<void> {
    const before = await this.#state()
    if (!before.open || before.port === null) return
    if (await this.#listen(before.port)) return
    await this.#lostPort(before.port, self)
    await this.#append({
      type: 'web.closed',
      data: { why: 'its port was taken' },
      actor: self,
      cause: 'start',
    })
  }

  /** @returns a URL that lets one browser in; `notes` say what the person should know */
  async open(
    wanted: number | undefined,
    actor: Actor,
  ): Promise<{ url: string; port: number; expiresAt: number; notes: string[] }> {
    return this.#ctx.inOrder('web', async () => {
      const notes: string[] = []
      if (this.#listener && wanted !== undefined && wanted !== this.#listener.port) await this.#stop()
      const listener = (this.#listener ??= await this.#begin(wanted, actor, notes))
      const { secret, until } = listener.code()
      return { url: `${urlOf(listener.port)}#code=${secret}`, port: listener.port, expiresAt: until, notes }
    })
  }

  async close(actor: Actor): Promise<WebView> {
    return this.#ctx.inOrder('web', async () => {
      if (this.#listener) {
        await this.#append({ type: 'web.closed', data: { why: 'asked' }, actor, cause: 'web' })
        await this.#stop()
      }
      return this.view()
    })
  }

  /** Ends access: of one browser, or of all (null). @throws UNAVAILABLE when there is no such access */
  async revoke(id: string | null, actor: Actor, why = 'asked'): Promise<WebView> {
    const ended = this.#accesses.of('browser').filter((each) => id === null || each.id === id)
    if (id !== null && ended.length === 0)
      throw new WorktrainError('UNAVAILABLE', `No browser has an access called "${id}".`, {
        hint: 'See `worktrain web --list`.',
      })
    await this.#accesses.revoke(ended, why, actor)
    for (const each of ended) this.#listener?.cut(each.id)
    return this.view()
  }

  view(): WebView {
    return {
      url: this.#listener ? urlOf(this.#listener.port) : null,
      access: this.#accesses.of('browser').map(({ id, label, at }) => ({
        ...{ id, label, grantedAt: at, seenAt: this.#accesses.seenAt(id) },
        connections: this.#listener?.connections(id) ?? 0,
      })),
    }
  }

  /** The supervisor leaves: it is served again at the next start. */
  async leave(): Promise<void> {
    await this.#stop()
  }

  async #begin(wanted: number | undefined, actor: Actor, notes: string[]): Promise<WebListener> {
    const { port } = await this.#state()
    const first = wanted ?? port
    if (first !== null && (await this.#listen(first))) return this.#opened(first, actor)
    if (wanted !== undefined)
      throw new WorktrainError('UNAVAILABLE', `Port ${wanted} belongs to another program.`, {
        hint: 'Name another with --port, or none.',
      })
    if (port !== null) {
      await this.#lostPort(port, actor)
      notes.push(
        `Port ${port}, used until now, belongs to another program. It may have been shown what browsers keep ` +
          'for that address: every browser has to be let in anew.',
      )
    }
    const found = await listenSomewhere((other) => this.#listen(other))
    if (found !== null) return this.#opened(found, actor)
    throw new WorktrainError('UNAVAILABLE', 'No free port was found on 127.0.0.1.', {
      hint: 'Name one with --port.',
    })
  }

  async #opened(port: number, actor: Actor): Promise<WebListener> {
    await this.#append({ type: 'web.opened', data: { port }, actor, cause: 'web' })
    if (!this.#listener) throw new Error('opened without a listener')
    return this.#listener
  }

  /** @returns false when somebody else has the port */
  async #listen(port: number): Promise<boolean> {
    const { journal, now, log, token } = this.#ctx
    try {
      this.#listener = await listenForWeb({
        ...{ port, files: builtBoard(), handlers: this.#handlers(), journal, now, log },
        key: createHmac('sha256', token).update('web board').digest('base64url'),
        grants: {
          grant: async (label) => ({ token: await this.#accesses.grant(label) }),
          find: (given) => this.#accesses.find(given, 'browser'),
        },
        openTerminal: (...args) => this.#terminal(...args),
      })
      return true
    } catch (error) {
      if (isTaken(error)) return false
      throw error
    }
  }

  async #stop(): Promise<void> {
    const listener = this.#listener
    this.#listener = null
    await listener?.close()
  }

  /** What a browser keeps belongs to an origin, port included: whoever has the port now may read it. */
  async #lostPort(port: number, actor: Actor): Promise<void> {
    this.#ctx.log.warn('the port of the web board belongs to another program', { port })
    await this.revoke(null, actor, `port ${port} belongs to another program`)
  }

  #terminal: OpenTerminal = async (ref, { cols, rows }, events) => {
    const s = await this.#views.find(ref)
    if (!isLive(s)) throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no live terminal.`)
    const token = hostToken(this.#ctx.paths.sessionState(s.id))
    return HostViewer.connect(this.#hosts.socketOf(s.id), events, { token, cols, rows })
  }

  async #state(): Promise<{ port: number | null; open: boolean }> {
    return (await this.#ctx.journal.get(webProjection, 'web'))?.state ?? { port: null, open: false }
  }

  async #append(what: Pick<Draft, 'type' | 'data' | 'actor' | 'cause'>): Promise<void> {
    await this.#ctx.journal.append([{ ...what, aggregate: 'web', id: 'web' } as Draft])
  }
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}/`
}
