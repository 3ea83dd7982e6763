/** One-time codes and tickets: in memory only, each good for one use within its time. */
import { randomBytes } from 'node:crypto'
import { sameSecret } from '../../platform/access.ts'

interface Kept<T> {
  secret: string
  until: number
  value: T
}

export class OneTimeSecrets<T> {
  readonly #now: () => number
  readonly #lifeMs: number
  readonly #max: number
  #kept: Kept<T>[] = []

  /**
   * @param lifeMs how long each is good
   * @param max so many at a time: a further one takes the place of the oldest
   */
  constructor(now: () => number, lifeMs: number, max: number) {
    this.#now = now
    this.#lifeMs = lifeMs
    this.#max = max
  }

  make(value: T): { secret: string; until: number } {
    const secret = randomBytes(32).toString('base64url')
    const until = this.#now() + this.#lifeMs
    this.#kept = [...this.#fresh().slice(1 - this.#max), { secret, until, value }]
    return { secret, until }
  }

  /** @returns what it stands for, once; null when it is unknown, used or too old */
  take(secret: string): { value: T } | null {
    const found = this.#fresh().find((each) => sameSecret(secret, each.secret))
    if (found === undefined) return null
    this.#kept = this.#kept.filter((each) => each !== found)
    return { value: found.value }
  }

  forget(which: (value: T) => boolean): void {
    this.#kept = this.#kept.filter(({ value }) => !which(value))
  }

  #fresh(): Kept<T>[] {
    const now = this.#now()
    return (this.#kept = this.#kept.filter(({ until }) => until > now))
  }
}
