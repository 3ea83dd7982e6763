/** What a board has to look at again, as events tell. Pure but for what it remembers. */
import type { Recorded } from '../protocol/events.ts'

/** Their events are about one session; what other sessions wait for because of it is in the attention list. */
const OF_ONE: readonly Recorded['aggregate'][] = ['session', 'review']
/** Who has access is on no board. */
const OF_NONE: readonly Recorded['aggregate'][] = ['access']

export class Due {
  /** By id of the session, seq of its newest event. */
  readonly #sessions = new Map<string, number>()
  /** Of the newest event that is about more than one; null: none. */
  #all: number | null = null
  #asked: readonly string[] | null = []

  get any(): boolean {
    return this.#all !== null || this.#sessions.size > 0
  }

  add({ aggregate, id, seq }: Pick<Recorded, 'aggregate' | 'id' | 'seq'>): void {
    if (OF_ONE.includes(aggregate)) this.#sessions.set(id, seq)
    else if (!OF_NONE.includes(aggregate)) this.#all = seq
  }

  /** Everything, whatever has been looked at by now. */
  addAll(): void {
    this.#all = Infinity
  }

  /**
   * What is looked at now; what is added from here on is due after it.
   * @returns ids of sessions; null: everything
   */
  take(): readonly string[] | null {
    this.#asked = this.#all === null ? [...this.#sessions.keys()] : null
    this.#sessions.clear()
    this.#all = null
    return this.#asked
  }

  /** Events that came since `take` and are in what was seen need no other look. @param head seq of its newest event */
  seen(head: number): void {
    for (const id of this.#asked ?? [...this.#sessions.keys()])
      if ((this.#sessions.get(id) ?? Infinity) <= head) this.#sessions.delete(id)
    if (this.#asked === null && this.#all !== null && this.#all <= head) this.#all = null
  }
}
