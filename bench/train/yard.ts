/**
 * A simulated train: changes that are good or bad, checks that take their time, and a clock that jumps from one event
 * to the next. Schedulers drive it; nothing of the product is in here.
 */
import { type Random, duration, random } from './random.ts'

export interface Case {
  changes: number
  slots: number
  /** Share of changes that are red by themselves. */
  failing: number
  seed: number
  /** Share of pairs that are red together and green alone. */
  pairs?: number
  /** Share of runs that are red by accident. */
  flaky?: number
  /** Changes that arrive in the time of one check; left out: all are there from the start. */
  arrivals?: number
}

export interface Run {
  members: readonly number[]
  verdict: 'running' | 'green' | 'red' | 'aborted'
  started: number
  ends: number
  /** How many had landed when it began: the target it runs on. */
  landed: number
}

export interface Outcome {
  /** Time until every change had landed or was ejected, in checks. */
  makespan: number
  /** Mean time from arrival to landing of those that landed. */
  latency: number
  /** Checks that were begun. */
  runs: number
  /** Landed changes that are bad, alone or with one that had landed before. */
  unsafe: number
  /** Ejected changes that are good alone. */
  innocent: number
}

/** @returns what is to be done after each event */
export type Scheduler = (yard: Yard) => () => void

/** Of the logarithm of a check's duration. */
const SIGMA = 0.2

export class Yard {
  /** In checks, as all times. */
  now = 0
  readonly slots: number
  /** Changes that have arrived and that the scheduler did not take yet. */
  readonly arrived: number[] = []
  readonly landed: number[] = []
  readonly landedAt = new Map<number, number>()
  /** What came of the hundred changes before these, of which as many were red. */
  readonly before: readonly ('landed' | 'failed')[]
  running: Run[] = []
  readonly #given: Case
  readonly #bad: boolean[]
  readonly #clashes: Set<number>[]
  readonly #arrivals: number[] = []
  readonly #chance: Random
  readonly #verdicts = new Map<Run, 'red' | 'green'>()
  readonly #ejected: number[] = []
  #coming = 0
  #runs = 0

  constructor(given: Case) {
    this.#given = given
    this.slots = given.slots
    const past = random(given.seed * 15_485_863 + 29)
    this.before = Array.from({ length: 100 }, () => (past() < given.failing ? 'failed' : 'landed'))
    const world = random(given.seed * 7919 + 17)
    this.#chance = random(given.seed * 104_729 + 71)
    this.#bad = Array.from({ length: given.changes }, () => world() < given.failing)
    this.#clashes = this.#bad.map(() => new Set<number>())
    if (given.pairs !== undefined) this.#pair(given.pairs, world)
    let at = 0
    for (let change = 0; change < given.changes; change++) {
      if (given.arrivals !== undefined) at -= Math.log(1 - world()) / given.arrivals
      this.#arrivals.push(at)
    }
  }

  start(members: readonly number[]): Run {
    const { flaky = 0 } = this.#given
    const red = this.#isRed(members) || (flaky > 0 && this.#chance() < flaky)
    const ends = this.now + duration(this.#chance, SIGMA)
    const run: Run = { members, verdict: 'running', started: this.now, ends, landed: this.landed.length }
    this.#runs++
    this.#verdicts.set(run, red ? 'red' : 'green')
    this.running.push(run)
    return run
  }

  abort(run: Run): void {
    if (run.verdict === 'running') this.#end(run, 'aborted')
  }

  land(change: number): void {
    this.landed.push(change)
    this.landedAt.set(change, this.now)
  }

  eject(change: number): void {
    this.#ejected.push(change)
  }

  /** @throws Error when the scheduler waits for nothing */
  drive(scheduler: Scheduler): Outcome {
    const step = scheduler(this)
    this.#arrive()
    step()
    while (this.landed.length + this.#ejected.length < this.#given.changes) {
      this.#next()
      step()
    }
    let waited = 0
    for (const [change, at] of this.landedAt) waited += at - (this.#arrivals[change] ?? 0)
    return {
      makespan: this.now,
      latency: waited / Math.max(this.landed.length, 1),
      runs: this.#runs,
      unsafe: this.#unsafe(),
      innocent: this.#ejected.filter((change) => !this.#bad[change]).length,
    }
  }

  /** Goes to the next verdict or arrival. */
  #next(): void {
    const first = this.running.reduce<Run | null>((a, b) => (a && a.ends <= b.ends ? a : b), null)
    const arrival = this.#arrivals[this.#coming] ?? Number.POSITIVE_INFINITY
    if (first && first.ends <= arrival) {
      this.now = first.ends
      this.#end(first, this.#verdicts.get(first) ?? 'red')
      return
    }
    if (arrival === Number.POSITIVE_INFINITY) throw new Error('changes wait, and nothing runs')
    this.now = arrival
    this.#arrive()
  }

  #end(run: Run, verdict: Run['verdict']): void {
    run.verdict = verdict
    this.running = this.running.filter((each) => each !== run)
  }

  #arrive(): void {
    while ((this.#arrivals[this.#coming] ?? Number.POSITIVE_INFINITY) <= this.now)
      this.arrived.push(this.#coming++)
  }

  #pair(share: number, world: Random): void {
    this.#clashes.forEach((clashes, change) => {
      for (let other = 0; other < change; other++) if (world() < share) clashes.add(other)
    })
  }

  #isRed(members: readonly number[]): boolean {
    if (members.some((change) => this.#bad[change])) return true
    if (this.#given.pairs === undefined) return false
    const all = new Set([...this.landed, ...members])
    return members.some((change) => this.#clash(change, all))
  }

  #clash(change: number, others: ReadonlySet<number>): boolean {
    for (const other of others)
      if (this.#clashes[change]?.has(other) || this.#clashes[other]?.has(change)) return true
    return false
  }

  #unsafe(): number {
    const before = new Set<number>()
    let unsafe = 0
    for (const change of this.landed) {
      if (this.#bad[change] || this.#clash(change, before)) unsafe++
      before.add(change)
    }
    return unsafe
  }
}
