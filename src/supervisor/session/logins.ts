/** Keeps the logins alive that sessions share and cannot renew from within their cells. */
import { join } from 'node:path'
import { agentFor } from '../../agents/index.ts'
import type { Agent, SharedLogin } from '../../agents/agent.ts'
import type { Brief } from '../../protocol/index.ts'
import { isLive } from '../../sessions/state.ts'
import { allSessions, type Context } from '../context.ts'

/**
 * Between two looks, ms: a look reads one small file an agent. A machine that slept past the end is short
 * of a login for so long.
 */
const LOOK_EVERY_MS = 5_000
/** After a renewal that failed, ms: the network may be back, and the end is minutes away. */
const AGAIN_AFTER_MS = 30_000

type Keeper = Agent & { login: SharedLogin }

export class Logins {
  readonly #ctx: Pick<Context, 'env' | 'paths' | 'now' | 'log'>
  readonly #renewing = new Map<string, Promise<void>>()
  readonly #failedAt = new Map<string, number>()

  /** @param ctx what it needs before there is a journal */
  constructor(ctx: Pick<Context, 'env' | 'paths' | 'now' | 'log'>) {
    this.#ctx = ctx
  }

  /**
   * Before a process starts.
   * @throws AGENT_NOT_LOGGED_IN when the login has ended and cannot be renewed
   */
  async fresh(brief: Brief): Promise<void> {
    const agent = agentFor(brief.agent)
    if (!keeps(agent) || !this.#due(agent)) return
    try {
      await this.#renew(agent, brief)
    } catch (error) {
      const { env, now, log } = this.#ctx
      if (now() >= (agent.login.span(env)?.endsAt ?? Infinity)) throw error
      log.warn('a login that will end soon could not be renewed', { error })
    }
  }

  /** Looks after the logins of all live sessions until the supervisor leaves. */
  start(ctx: Context): void {
    const look = () =>
      void this.#look(ctx).catch((error) => ctx.log.error('a login could not be renewed', { error }))
    const timer = setInterval(look, LOOK_EVERY_MS)
    ctx.stopping.addEventListener('abort', () => clearInterval(timer), { once: true })
    look()
  }

  async #look(ctx: Context): Promise<void> {
    for (const s of await allSessions(ctx)) {
      const agent = agentFor(s.brief.agent)
      if (!isLive(s) || !keeps(agent) || !this.#due(agent)) continue
      if (ctx.now() - (this.#failedAt.get(agent.name) ?? -Infinity) < AGAIN_AFTER_MS) continue
      await this.#renew(agent, s.brief)
    }
  }

  #due(agent: Keeper): boolean {
    const span = agent.login.span(this.#ctx.env)
    return span !== null && this.#ctx.now() >= span.renewAt
  }

  /** One at a time: whoever comes meanwhile waits for it. */
  #renew(agent: Keeper, brief: Brief): Promise<void> {
    const running = this.#renewing.get(agent.name)
    if (running) return running
    const { env, paths, now, log } = this.#ctx
    const work = async () => {
      const installation = await agent.find(brief, env)
      if (!installation) return
      await agent.login.renew(installation, env, join(paths.state, 'agents', agent.name), now)
      log.info('renewed a login', { agent: agent.name })
    }
    const renewal = work()
      .then(
        () => void this.#failedAt.delete(agent.name),
        (error: unknown) => {
          this.#failedAt.set(agent.name, now())
          throw error
        },
      )
      .finally(() => this.#renewing.delete(agent.name))
    this.#renewing.set(agent.name, renewal)
    return renewal
  }
}

function keeps(agent: Agent): agent is Keeper {
  return agent.login !== undefined
}
