/** The queue policy: what is tested now, and when each change is expected to land. */
import { describe, expect, it } from 'vitest'
import { random } from '../../bench/train/random.ts'
import { simulate } from '../../bench/train/simulate.ts'
import {
  type PlanInput,
  type Trial,
  expectedLandings,
  failureRate,
  plan,
  switchRate,
} from '../../src/train/plan/index.ts'

const ids = (count: number): string[] => Array.from({ length: count }, (_, at) => `c${at}`)
const first = (count: number): string[] => ids(count)
const without = (count: number, ...out: number[]): string[] => ids(count).filter((_, at) => !out.includes(at))

function input(given: Partial<PlanInput>): PlanInput {
  return { queue: ids(64), trials: [], slots: 1, failureRate: 0.1, mode: 'prefix', ...given }
}
function trial(verdict: Trial['verdict'], members: readonly string[]): Trial {
  return { members, verdict }
}
const red = (members: readonly string[]): Trial => trial('red', members)
const green = (members: readonly string[]): Trial => trial('green', members)
const running = (members: readonly string[]): Trial => trial('running', members)
const sorted = (lists: readonly (readonly string[])[]): string[] =>
  lists.map((members) => members.join(' ')).toSorted()

describe('cut points', () => {
  it('tests everything when nothing is expected to be red', () => {
    expect(plan(input({ failureRate: 0, queue: ids(9) })).wanted).toEqual([first(9)])
  })

  it('cuts where the first red one is as likely before as behind', () => {
    // With a rate that falls with every green one, as 6 of 60 red do, it is 0.50 for 7 and 0.54 for 8: next to
    // nothing less is learned at 8, and one more lands.
    expect(plan(input({})).wanted).toEqual([first(8)])
    // 0.44 for 2, 0.57 for 3: as far from the half, and a longer one lands more.
    expect(plan(input({ failureRate: 0.25 })).wanted).toEqual([first(3)])
  })

  it('cuts the shortest red prefix, and leaves what is behind it alone', () => {
    // Of 1 - 0.9^8 = 0.57 half is 1 - 0.9^3.2.
    expect(plan(input({ trials: [red(first(8)), red(first(20))] })).wanted).toEqual([first(3)])
    // Landed up to three: the same red prefix, now of five; 1 - 0.9^2 is 0.19, of 0.41.
    expect(plan(input({ trials: [red(first(5))] })).wanted).toEqual([first(2)])
    expect(plan(input({ trials: [red(first(2))] })).wanted).toEqual([first(1)])
  })

  it('spreads the slots over classes of like probability', () => {
    const wanted = plan(input({ slots: 3 })).wanted.map(({ length }) => length)
    expect(wanted.toSorted((a, b) => a - b)).toEqual([3, 8, 17])
  })

  it('uses slots that the cuts leave for what follows when a change is out', () => {
    const { wanted } = plan(input({ slots: 4, trials: [red(first(2))] }))
    expect(wanted[0]).toEqual(first(1))
    const others = wanted.slice(1)
    expect(others).toHaveLength(3)
    // Whichever of the two is red, something is tested without it, and nothing without both.
    for (const members of others) expect(members.includes('c0')).not.toBe(members.includes('c1'))
    expect(others.some((members) => members.includes('c0'))).toBe(true)
    expect(others.some((members) => members.includes('c1'))).toBe(true)
  })

  it('remembers that a longer prefix is red after the shorter one landed', () => {
    const queue = ids(64).slice(3)
    expect(plan(input({ queue, trials: [red(queue.slice(0, 2))] })).wanted).toEqual([queue.slice(0, 1)])
  })

  it('believes a green candidate more than a red one of the same changes', () => {
    const trials = [red(['c0', 'c1']), green(['c0', 'c1', 'c3'])]
    const { wanted } = plan(input({ queue: ids(4), slots: 2, trials }))
    // Only c2 can be red now: one candidate tells, and lands everything if it is not.
    expect(wanted[0]).toEqual(first(4))
  })

  it('asks for the proof when the others already tell which one is red', () => {
    const trials = [red(first(4)), green(without(4, 1))]
    const { wanted } = plan(input({ queue: ids(8), slots: 2, trials }))
    expect(sorted(wanted)).toEqual(sorted([first(1), first(2)]))
  })

  it('does not count what holds a change that is gone against the others', () => {
    const { wanted } = plan(input({ trials: [red(['gone', 'c0', 'c1'])] }))
    expect(wanted).toEqual(plan(input({})).wanted)
  })
})

describe('changes that do not merge', () => {
  it('are tested up to, and left out of what comes behind', () => {
    const { wanted } = plan(
      input({ queue: ids(6), slots: 3, failureRate: 0.01, trials: [trial('impossible', first(3))] }),
    )
    expect(wanted).toContainEqual(first(2))
    expect(wanted).toContainEqual(without(6, 2))
    for (const members of wanted) expect(first(3).every((id) => members.includes(id))).toBe(false)
  })

  it('are passed over when they conflict with the target itself', () => {
    const { wanted } = plan(
      input({ queue: ids(4), failureRate: 0.01, trials: [trial('impossible', ['c0'])] }),
    )
    expect(wanted).toEqual([without(4, 0)])
  })
})

describe('cuts or tree', () => {
  it('switches by the number of slots', () => {
    expect([1, 2, 3, 4, 8, 16, 32].map((slots) => Number(switchRate(slots).toFixed(2)))).toEqual([
      1, 0.25, 0.19, 0.15, 0.1, 0.06, 0.06,
    ])
    const policy = (slots: number, rate: number): string => plan(input({ slots, failureRate: rate })).policy
    expect([policy(1, 0.9), policy(2, 0.25), policy(4, 0.15), policy(8, 0.1)]).toEqual(Array(4).fill('cuts'))
    expect([policy(2, 0.26), policy(4, 0.16), policy(8, 0.11)]).toEqual(Array(3).fill('tree'))
  })

  it('follows the most probable outcomes in the tree', () => {
    // c0 green 0.7, c0 and c1 green 0.49, c0 red 0.3.
    const { wanted, policy, why } = plan(input({ slots: 4, failureRate: 0.3 }))
    expect(policy).toBe('tree')
    expect(wanted).toEqual([first(1), first(2), first(3), first(4)])
    expect(why).toBe(
      'Tests the first 1, 2, 3, 4 of 64 in line: 30 % of the changes are expected to be red, so one change is added at a time.',
    )
    const more = plan(input({ slots: 6, failureRate: 0.4 })).wanted
    expect(more).toContainEqual(without(2, 0))
    expect(more).toContainEqual(without(3, 1))
  })
})

describe('every commit', () => {
  it('adds one change at a time, whatever the rate', () => {
    const { wanted, policy } = plan(input({ slots: 4, failureRate: 0.01, mode: 'every-commit' }))
    expect(policy).toBe('tree')
    expect(wanted).toEqual([first(1), first(2), first(3), first(4)])
  })

  it('tests the steps that a green candidate jumped over', () => {
    const trials = [green(first(3)), green(first(1))]
    const { wanted } = plan(input({ slots: 2, mode: 'every-commit', trials }))
    expect(wanted).toEqual([first(2), first(4)])
  })
})

describe('what runs', () => {
  it('goes on while its verdict tells something, wherever the best cuts are now', () => {
    const trials = [running(first(5)), running(first(30))]
    expect(sorted(plan(input({ slots: 2, trials })).wanted)).toEqual(sorted([first(5), first(30)]))
  })

  it('stops when it can tell nothing any more', () => {
    const behind = [red(first(2)), running(first(1)), running(first(9))]
    expect(plan(input({ slots: 2, trials: behind })).wanted).not.toContainEqual(first(9))
    const gone = [running(['gone', 'c0']), running(['c1', 'c0'])]
    expect(plan(input({ slots: 4, trials: gone })).wanted.flat()).not.toContain('gone')
    expect(plan(input({ slots: 4, trials: gone })).wanted).not.toContainEqual(['c1', 'c0'])
  })

  it('is asked for again once it runs: a plan that is carried out stays', () => {
    for (const given of anyInputs(400)) {
      const { wanted } = plan(given)
      const trials = [...given.trials.filter(({ verdict }) => verdict !== 'running'), ...wanted.map(running)]
      expect(sorted(plan({ ...given, trials }).wanted)).toEqual(sorted(wanted))
    }
  })
})

describe('any queue', () => {
  it('wants at most a candidate for each slot, each once, in order, and none whose verdict is there', () => {
    for (const given of anyInputs(1500)) {
      const { wanted } = plan(given)
      const keys = sorted(wanted)
      expect(wanted.length).toBeLessThanOrEqual(given.slots)
      expect(new Set(keys).size).toBe(keys.length)
      const decided = given.trials
        .filter(({ verdict }) => verdict !== 'running')
        .map(({ members }) => members)
      for (const members of wanted) {
        expect(members.length).toBeGreaterThan(0)
        expect(members).toEqual(given.queue.filter((id) => members.includes(id)))
        expect(sorted(decided)).not.toContain(members.join(' '))
        for (const { members: conflict, verdict } of given.trials) {
          if (verdict !== 'impossible') continue
          expect(members.slice(0, conflict.length)).not.toEqual(conflict)
        }
      }
      expect(plan(given).wanted).toEqual(wanted)
    }
  })

  it('is emptied in a bounded number of rounds: red ones found, the others landed, in order', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const world = anyWorld(seed)
      const { landed, out, rounds } = carryOut(world)
      const size = world.queue.length
      expect([...landed, ...out].toSorted()).toEqual(world.queue.toSorted())
      expect(landed).toEqual(world.queue.filter((id) => landed.includes(id)))
      for (const id of out)
        expect(world.bad.has(id) || world.conflicts.some((pair) => pair.includes(id))).toBe(true)
      for (const id of landed) expect(world.bad.has(id)).toBe(false)
      // However wrong the rate is: a search by halves for each red one, and a check for what lands in between.
      expect(rounds).toBeLessThanOrEqual(size * (1 + Math.ceil(Math.log2(size + 1))))
    }
  })

  it('refuses what is no input', () => {
    expect(() => plan(input({ slots: 0 }))).toThrow(RangeError)
    expect(() => plan(input({ failureRate: Number.NaN }))).toThrow(RangeError)
    expect(plan(input({ queue: [], slots: 4 })).wanted).toEqual([])
  })
})

describe('simulated', () => {
  /** Makespan, and mean latency, of 64 changes in 20 worlds: a worse policy has more. */
  const MOST: readonly (readonly [slots: number, failing: number, makespan: number, latency: number])[] = [
    [1, 0, 2.98, 2.44],
    [1, 0.05, 22.25, 12.09],
    [1, 0.1, 32.28, 16.68],
    [1, 0.2, 48.21, 24.74],
    [1, 0.3, 61.97, 31.75],
    [2, 0, 2.23, 1.71],
    [2, 0.05, 13.98, 7.67],
    [2, 0.1, 20.79, 11.0],
    [2, 0.2, 31.1, 16.23],
    [2, 0.3, 39.67, 20.67],
    [4, 0, 2.22, 1.61],
    [4, 0.05, 9.89, 5.48],
    [4, 0.1, 14.31, 7.58],
    [4, 0.2, 21.32, 11.04],
    [4, 0.3, 26.24, 13.58],
    [8, 0, 1.79, 1.34],
    [8, 0.05, 7.51, 4.12],
    [8, 0.1, 10.8, 5.64],
    [8, 0.2, 15.44, 8.01],
    [8, 0.3, 19.73, 10.12],
    [16, 0, 1.73, 1.37],
    [16, 0.05, 6.61, 3.56],
    [16, 0.1, 8.94, 4.69],
    [16, 0.2, 13.77, 7.02],
    [16, 0.3, 19.19, 9.7],
  ]

  it.each(MOST)(
    '%i slots, %f red: done in %f checks, landed after %f',
    (slots, failing, makespan, latency) => {
      const { of } = simulate({ changes: 64, slots, failing }, ['worktrain'], 20)
      expect(of.worktrain?.makespan).toBeLessThanOrEqual(makespan * 1.01)
      expect(of.worktrain?.latency).toBeLessThanOrEqual(latency * 1.01)
      expect(of.worktrain?.unsafe).toBe(0)
      expect(of.worktrain?.innocent).toBe(0)
    },
  )

  it('is at or below the hybrid of cuts and tree in the same worlds', () => {
    for (const [changes, slots, failing] of [
      [64, 4, 0.1],
      [64, 8, 0.05],
      [16, 4, 0.2],
      [8, 2, 0.1],
    ] as const) {
      const { difference } = simulate({ changes, slots, failing }, ['worktrain', 'hybrid as described'], 20)
      expect(difference?.mean).toBeLessThan(0)
    }
  })

  it('lands nothing bad and ejects nobody without need, with accidents and with changes that clash', () => {
    const some = { changes: 24, slots: 4, failing: 0.1 }
    const clashing = simulate({ ...some, pairs: 0.02 }, ['worktrain', 'worktrain, every commit'], 20)
    for (const { unsafe } of Object.values(clashing.of)) expect(unsafe).toBe(0)
    const flaky = simulate({ ...some, flaky: 0.05 }, ['worktrain', 'worktrain, retest'], 20)
    for (const { unsafe } of Object.values(flaky.of)) expect(unsafe).toBe(0)
    expect(flaky.of['worktrain, retest']?.innocent).toBeLessThan(0.15)
  })
})

describe('failure rate', () => {
  it('is a tenth before anything is known, and follows the newest outcomes', () => {
    const outcomes = (landed: number, failed: number): ('landed' | 'failed')[] => [
      ...Array<'landed'>(landed).fill('landed'),
      ...Array<'failed'>(failed).fill('failed'),
    ]
    expect(failureRate([])).toBe(0.1)
    expect(failureRate(outcomes(8, 2))).toBe(3 / 20)
    expect(failureRate([...outcomes(0, 500), ...outcomes(100, 0)])).toBe(1 / 110)
  })
})

describe('expected landings', () => {
  const asked = (given: Partial<PlanInput>, startedAt: (number | null)[] = []): (number | null)[] => [
    ...expectedLandings({ ...input(given), now: 100_000, usualMs: 60_000, startedAt }),
  ]

  it('are unknown before a check was timed', () => {
    expect(expectedLandings({ ...input({ queue: ids(2) }), now: 5, usualMs: null, startedAt: [] })).toEqual([
      null,
      null,
    ])
  })

  it('are the end of what runs, when that is almost certainly green', () => {
    const given = { queue: ids(3), failureRate: 0, trials: [running(first(3))] }
    for (const time of asked(given, [90_000])) expect(time).toBeCloseTo(150_000, -3)
    // Overdue: soon, not in the past.
    for (const time of asked(given, [10_000])) expect(time).toBeCloseTo(106_000, -3)
  })

  it('never run backwards, come sooner with more slots, and later with more red ones', () => {
    const last = (given: Partial<PlanInput>): number => {
      const times = asked(given).map(Number)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      return times.at(-1) ?? 0
    }
    const base = last({ slots: 2 })
    expect(base).toBeGreaterThan(160_000)
    expect(last({ slots: 4 })).toBeLessThan(base)
    expect(last({ slots: 2, failureRate: 0.2 })).toBeGreaterThan(base)
  })
})

interface World {
  queue: string[]
  bad: Set<string>
  /** Do not merge together. */
  conflicts: string[][]
  slots: number
  mode: PlanInput['mode']
  rate: number
}

function anyWorld(seed: number): World {
  const next = random(seed)
  const queue = ids(1 + Math.floor(next() * 24))
  const share = next() * 0.6
  const conflicts: string[][] = []
  for (const [at, id] of queue.entries())
    for (const other of queue.slice(0, at)) if (next() < 0.01) conflicts.push([other, id])
  return {
    queue,
    bad: new Set(queue.filter(() => next() < share)),
    conflicts,
    slots: 1 + Math.floor(next() * 8),
    mode: next() < 0.3 ? 'every-commit' : 'prefix',
    rate: next() * 0.4,
  }
}

/** The rules of the train, in rounds: all checks of a round end before the next one is planned. */
function carryOut(world: World): { landed: string[]; out: string[]; rounds: number } {
  const landed: string[] = []
  const out: string[] = []
  let queue = [...world.queue]
  let trials: Trial[] = []
  let rounds = 0
  const merges = (members: readonly string[]): boolean =>
    !world.conflicts.some((pair) => pair.every((id) => members.includes(id) || landed.includes(id)))
  const verdictOf = (members: readonly string[]): Trial => {
    const length = members.findIndex((_, at) => !merges(members.slice(0, at + 1))) + 1
    if (length > 0) return trial('impossible', members.slice(0, length))
    return members.some((id) => world.bad.has(id)) ? red(members) : green(members)
  }
  while (queue.length > 0 && rounds <= 4 * world.queue.length) {
    const { wanted } = plan({ queue, trials, slots: world.slots, failureRate: world.rate, mode: world.mode })
    expect(wanted.length, 'something to test while changes wait').toBeGreaterThan(0)
    const came = wanted.map(verdictOf)
    // That something does not merge is known at once.
    if (came.every(({ verdict }) => verdict !== 'impossible')) rounds++
    trials.push(...came)
    for (let next = settle(); next; next = settle()) {
      const gone = next
      queue = queue.slice(gone.length)
      trials = trials
        .filter(({ members }) => gone.every((id, at) => members[at] === id) && members.length > gone.length)
        .map((each) => ({ ...each, members: each.members.slice(gone.length) }))
    }
  }
  return { landed, out, rounds }

  /** @returns what has landed */
  function settle(): readonly string[] | null {
    const able = trials.filter(
      ({ members, verdict }) =>
        verdict === 'green' &&
        members.every((id, at) => id === queue[at]) &&
        (world.mode === 'prefix' || members.length === 1),
    )
    const longest = able.toSorted((a, b) => b.members.length - a.members.length)[0]
    if (longest) {
      landed.push(...longest.members)
      return longest.members
    }
    const refused = trials.some(
      ({ members, verdict }) => verdict !== 'green' && members.length === 1 && members[0] === queue[0],
    )
    if (!refused) return null
    out.push(queue[0] ?? '')
    queue = queue.slice(1)
    return []
  }
}

/** Inputs as they come about: verdicts that fit a world, and some that fit none. */
function* anyInputs(count: number): Generator<PlanInput> {
  for (let seed = 1; seed <= count; seed++) {
    const next = random(seed * 31)
    const { queue, bad, slots, mode, rate } = anyWorld(seed)
    const trials: Trial[] = []
    const many = Math.floor(next() * 12)
    for (let each = 0; each < many; each++) {
      const length = 1 + Math.floor(next() * queue.length)
      const members = queue.slice(0, length).filter((_, at) => at === length - 1 || next() > 0.1)
      if (trials.some((other) => other.members.join(' ') === members.join(' '))) continue
      const accident = next() < 0.1
      const verdict = members.some((id) => bad.has(id)) !== accident ? 'red' : 'green'
      const draw = next()
      if (draw < 0.4) trials.push(running(members))
      else if (draw < 0.5) trials.push(trial('impossible', members))
      else
        trials.push(
          trial(verdict, draw < 0.55 ? members.toReversed() : draw < 0.6 ? [...members, 'gone'] : members),
        )
    }
    yield { queue, trials, slots, failureRate: rate, mode }
  }
}
