/**
 * Scenarios of other merge queues, as far as decisions alone make them (docs/reference/merge-queue-scenarios.md).
 * What needs git stands in scenarios-git.test.ts.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isGreen } from '../../src/train/build.ts'
import { change, model, type Model, next, run } from './model.ts'

const NAMES = ['a', 'b', 'c', 'd']
const states = (m: Model) => Object.fromEntries(m.changes.map((one) => [one.name, one.state]))
const landed = (m: Model) => m.landings.flatMap((one) => one.split('+'))

function subsets(all: readonly string[]): string[][] {
  return all.reduce<string[][]>((made, one) => made.flatMap((set) => [set, [...set, one]]), [[]])
}

describe('a batch', () => {
  it('of nothing is no batch', () => {
    const m = run(model([], { exit: () => 0 }))
    expect([m.runs, m.landings]).toEqual([[], []])
  })

  it('of changes that all pass lands at once, after one run', () => {
    const m = run(model(NAMES, { exit: () => 0 }))
    expect([m.runs, m.landings]).toEqual([['a+b+c+d'], ['a+b+c+d']])
  })

  describe.each([
    ['prefix', 1],
    ['prefix', 2],
    ['prefix', 4],
    ['every-commit', 1],
    ['every-commit', 3],
  ] as const)('in mode %s with %i slots', (mode, slots) => {
    it.each(subsets(NAMES).map((bad) => ({ bad, what: bad.join() || 'nobody' })))(
      'ejects $what, and lands the others in order',
      ({ bad }) => {
        const exit = (names: readonly string[]) => (names.some((name) => bad.includes(name)) ? 1 : 0)
        const m = run(model(NAMES, { exit }, { mode, slots }))
        expect(landed(m)).toEqual(NAMES.filter((name) => !bad.includes(name)))
        expect(m.changes.filter((one) => one.state === 'ejected').map((one) => one.name)).toEqual(bad)
        // Each after two runs of its own.
        for (const { ejected } of m.changes)
          if (ejected) expect(new Set(ejected.evidence.map((one) => one.log)).size).toBe(2)
        if (mode === 'every-commit') expect(m.landings.every((one) => !one.includes('+'))).toBe(true)
      },
    )

    it.each(subsets(['a', 'b', 'c']).map((apart) => ({ apart, what: apart.join() || 'nothing' })))(
      'sends $what back, which does not merge with the target, and lands the others',
      ({ apart }) => {
        const m = run(
          model(['a', 'b', 'c'], { exit: () => 0, merges: (name) => !apart.includes(name) }, { mode, slots }),
        )
        expect(landed(m)).toEqual(['a', 'b', 'c'].filter((name) => !apart.includes(name)))
        for (const one of m.changes)
          if (apart.includes(one.name)) expect(one.ejected).toMatchObject({ reason: 'conflict' })
      },
    )

    it('lands the first of two that do not merge with each other, and sends the second back', () => {
      const merges = (name: string, before: readonly string[]) => !(name === 'c' && before.includes('a'))
      const m = run(model(NAMES, { exit: () => 0, merges }, { mode, slots }))
      expect(states(m)).toEqual({ a: 'landed', b: 'landed', c: 'ejected', d: 'landed' })
    })

    it('ejects the second of two that are green alone and red together', () => {
      const exit = (names: readonly string[]) => (names.includes('b') && names.includes('d') ? 1 : 0)
      const m = run(model(NAMES, { exit }, { mode, slots }))
      expect(states(m)).toEqual({ a: 'landed', b: 'landed', c: 'landed', d: 'ejected' })
    })

    it('ejects nobody for a check that fails once', () => {
      for (const victim of NAMES) {
        let failed = false
        const exit = (names: readonly string[]) => {
          if (failed || !names.includes(victim)) return 0
          failed = true
          return 1
        }
        const m = run(model(NAMES, { exit }, { mode, slots }))
        expect(landed(m).sort()).toEqual(NAMES)
      }
    })

    it('ejects nobody when the target itself is red', () => {
      const m = run(model(NAMES, { exit: () => 1 }, { mode, slots }))
      expect(new Set(Object.values(states(m)))).toEqual(new Set(['queued']))
      expect(m.record.paused?.main).toMatchObject({ commit: 'm', command: 'test' })
      expect(m.landings).toEqual([])
    })
  })
})

describe('order', () => {
  const green = { exit: () => 0 }

  it('follows priority, then who came first', () => {
    const m = model(['a', 'b', 'c'], green, { mode: 'every-commit' })
    Object.assign(m.changes[2] ?? {}, { priority: 1 })
    expect(run(m).landings).toEqual(['c', 'a', 'b'])
  })

  it('puts a green build on hold for one of higher priority that came meanwhile, and lands it behind', () => {
    const late = model(['a', 'b'], green)
    Object.assign(late.changes[1] ?? {}, { priority: 2 })
    // The build of `a` alone is green when `b` comes before it: it must not land now.
    late.builds.push({
      ...{ id: 'early', repository: 'r', target: 'main', purpose: 'landing', base: 'm', commit: 'm+a' },
      ...{ members: [{ change: 'a', name: 'a', head: 'a-head', commit: 'm+a', tree: 'm+a' }], tree: 'm+a' },
      ...{ ref: null, skipped: [], afresh: false, checks: ['test'], resolved: [], at: 1, begun: null },
      results: [{ command: 'test', tree: 'm+a', exit: 0, ms: 1, log: '/l', tail: '', environment: '' }],
      ended: null,
    })
    expect(next(late)).toMatchObject({ kind: 'build', members: [{ name: 'b' }, { name: 'a' }] })
    expect(run(late).landings).toEqual(['b+a'])
  })

  it('leaves out what is held, without waiting for it', () => {
    const m = model(NAMES, green)
    Object.assign(m.changes[1] ?? {}, { state: 'held', held: 'later' })
    expect(run(m).landings).toEqual(['a+c+d'])
    expect(states(m)).toMatchObject({ b: 'held' })
  })

  it('goes on with the others when the first is taken off, and puts it behind them when it comes again', () => {
    const m = model(['a', 'b'], green, { mode: 'every-commit' })
    Object.assign(m.changes[0] ?? {}, { state: 'ejected' })
    m.changes.push(change('a2', 3))
    expect(run(m).landings).toEqual(['b', 'a2'])
  })

  it('keeps the place of a change that was suspected for nothing', () => {
    // Red only the first time that it is tested alone.
    let failed = false
    const exit = (names: readonly string[]) => {
      if (failed || !names.includes('b')) return 0
      failed = names.at(-1) === 'b'
      return 1
    }
    const m = run(model(NAMES, { exit }))
    expect(landed(m).toSorted()).toEqual(NAMES)
    expect(m.changes.find((one) => one.name === 'b')).toMatchObject({ place: 2, ejections: 0 })
  })
})

describe('a train that is paused', () => {
  it('tests nothing and lands nothing, and goes on where it was', () => {
    const paused = model(['a', 'b'], { exit: () => 0 })
    paused.record.paused = { why: 'closed' }
    expect(next(paused)).toEqual({ kind: 'none', stuck: 'closed' })
    expect(run(paused).runs).toEqual([])
    paused.record.paused = null
    expect(run(paused).landings).toEqual(['a+b'])
  })
})

it('never lands what no run of that very tree proves', () => {
  // Red at random, as often as not: what lands has passed all the same.
  for (let seed = 1; seed <= 40; seed += 1) {
    let state = seed
    const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
    const m = model(['a', 'b', 'c', 'd', 'e'], {
      exit: (names) => (names.length > 0 && random() < 0.4 ? 1 : 0),
    })
    m.settings = { slots: 1 + (seed % 4), mode: seed % 3 === 0 ? 'every-commit' : 'prefix', verify: false }
    run(m, 5_000)
    for (const build of m.builds.filter((one) => one.ended?.why === 'landed'))
      expect(m.builds.some((one) => one.results.some((r) => r.tree === build.tree && isGreen(r)))).toBe(true)
    expect(m.changes.every((one) => one.state === 'landed' || one.state === 'ejected')).toBe(true)
  }
})

it('are all where the list of scenarios says', () => {
  const list = readFileSync(
    join(import.meta.dirname, '../../docs/reference/merge-queue-scenarios.md'),
    'utf8',
  )
  const text = (name: string) =>
    [`${name}.test.ts`, `${name}-states.ts`]
      .map((file) => join(import.meta.dirname, file))
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('')
  const missing: string[] = []
  let count = 0
  for (const [, cell = ''] of list.matchAll(/^\| .* \| (.*) \|$/gm))
    for (const part of cell.split('; ')) {
      const [, file = '', names = ''] = /^(?:.*: )?([a-z-]+),? (?:states? )?(".*")/.exec(part) ?? []
      for (const [, name = ''] of names.matchAll(/"([^"]*)"/g)) {
        count += 1
        const isThere = name.split('…').every((piece) => text(file).includes(piece))
        if (!isThere) missing.push(`${file} "${name}"`)
      }
    }
  expect(missing).toEqual([])
  expect(count).toBeGreaterThan(60)
})
