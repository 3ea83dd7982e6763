/** What happens between an agent's own steps: news for it, and the time in which no turn may begin. */
import type { HostNews } from '../protocol/host.ts'

/**
 * How long a prompt waits while the workspace is being changed, ms: shorter than an agent waits for the answer
 * to a hook (agents/claude/settings.ts), after which it would begin the turn all the same.
 */
const PROMPT_WAITS_MS = 4000

export class Between {
  #news: HostNews | null
  /** Commit of the news told last: a supervisor that starts anew brings them again. */
  #told: string | null = null
  #held: { ended: Promise<void>; end: () => void } | null = null

  /** @param news brought by the start itself */
  constructor(news: HostNews | null) {
    this.#news = news
  }

  tell(news: HostNews): void {
    if (news.main !== this.#told) this.#news = { main: news.main, text: news.text }
  }

  /** @returns what is still to be told, as told from now on */
  take(): HostNews | null {
    const news = this.#news
    this.#news = null
    if (news !== null) this.#told = news.main
    return news
  }

  /** No turn begins from now on. @param ms longest time: whoever asked for it may have died */
  hold(ms: number): void {
    this.release()
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(() => held.end(), ms)
    timer.unref()
    const held = {
      ended,
      end: () => {
        clearTimeout(timer)
        if (this.#held === held) this.#held = null
        resolve()
      },
    }
    this.#held = held
  }

  release(): void {
    this.#held?.end()
  }

  /** @returns whether a turn may begin; waits a moment until it may */
  async admit(): Promise<boolean> {
    if (this.#held === null) return true
    let timer: NodeJS.Timeout | undefined
    const tired = new Promise<void>((resolve) => (timer = setTimeout(resolve, PROMPT_WAITS_MS)))
    await Promise.race([this.#held.ended, tired])
    clearTimeout(timer)
    return this.#held === null
  }
}
