/** The train for real: changes of the same kind landed by the built product, one at a time and by its own policy. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Recorded } from '../../src/protocol/events.ts'
import type { World } from '../../test/fixtures/world.ts'
import { summary, type Summary, type Wanted } from '../measure.ts'
import { inPlace } from '../place.ts'

export interface RealRow {
  method: string
  /** From the moment the train may go until the last change has landed or left it, ms. */
  makespan: Summary
  /** The same for each change that landed, on average, ms. */
  latency: Summary
  /** Runs of the check. */
  runs: Summary
  /** Divided by the first row's of the same round; medians. */
  ratio: { makespan: number; latency: number; runs: number }
}

export interface RealResult {
  changes: number
  rounds: number
  files: number
  rows: RealRow[]
  /** A landing by itself, step by step. ms. */
  parts: { what: string; ms: Summary }[]
}

/** The first is what the others are compared with. */
const METHODS: readonly { method: string; slots: number; mode: string }[] = [
  { method: 'serial', slots: 1, mode: 'every-commit' },
  { method: 'default, 1 slot', slots: 1, mode: 'prefix' },
  { method: 'default, 2 slots', slots: 2, mode: 'prefix' },
  { method: 'default, 4 slots', slots: 4, mode: 'prefix' },
]
/** Landings of which each is measured alone. */
const ALONE = 5

/**
 * The suite: a fixed amount of one core's work, and about as long a wait, in ten parts, as tests wait for a
 * database or a browser. Work alone would show how many cores there are; waits alone that slots cost nothing.
 */
const CHECK = `import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
const began = performance.now()
const block = Buffer.alloc(1 << 20, 'x')
for (let part = 0; part < 10; part++) {
  const hash = createHash('sha512')
  for (let n = 0; n < 36; n++) hash.update(block)
  hash.digest()
  await new Promise((resolve) => setTimeout(resolve, 75))
}
console.log('took ' + Math.round(performance.now() - began) + ' ms')
process.exitCode = readdirSync('.').some((name) => name.endsWith('.red')) ? 1 : 0
`

/** Rounds; `repeat` counts seeds as well, where the simulation is asked for together with this. */
const ROUNDS = { usual: 3, most: 10 }

/** `sessions`: how many changes, of which one is red; 16 unless told. */
export async function measureReal(wanted: Wanted): Promise<RealResult> {
  const { sessions = [16], files = 200, say = () => {} } = wanted
  const repeat = wanted.quick ? 1 : Math.min(wanted.repeat ?? ROUNDS.usual, ROUNDS.most)
  const changes = Math.max(2, sessions[0] ?? 0)
  const rounds: Seen[][] = []
  const parts = await inPlace(files, {}, async (world) => {
    writeFileSync(join(world.repo, 'check.mjs'), CHECK)
    writeFileSync(join(world.repo, '.gitignore'), '.worktrain.local.toml\n')
    world.git(['add', '-A'])
    world.git(['commit', '-qm', 'Check it'])
    say(`train-real: ${ALONE} landings, each alone`)
    configure(world, METHODS[1])
    const alone = await alonePartsOf(world, await make(world, 'alone', ALONE, null))
    for (let round = 0; round < repeat; round++) {
      const seen: Seen[] = []
      // Another one goes first each round.
      for (let turn = 0; turn < METHODS.length; turn++) {
        const at = (turn + round) % METHODS.length
        say(`train-real: round ${round + 1}, ${changes} changes, ${METHODS[at]?.method}`)
        const red = Math.floor(changes / 3)
        const names = await make(world, `r${round}m${at}`, changes, red)
        seen[at] = await landAll(world, names, METHODS[at])
      }
      rounds.push(seen)
    }
    return alone
  })
  return {
    changes,
    rounds: repeat,
    files,
    rows: METHODS.map((one, at) => rowOf(one.method, at, rounds)),
    parts,
  }
}

function configure(world: World, method: (typeof METHODS)[number] | undefined): void {
  const { slots, mode } = method ?? { slots: 1, mode: 'prefix' }
  const train = `[train]\nslots = ${slots}\nmode = "${mode}"\nverify = false\n`
  writeFileSync(join(world.repo, '.worktrain.local.toml'), train)
}

/** Sessions that have committed one file each and handed off. */
async function make(world: World, prefix: string, count: number, red: number | null): Promise<string[]> {
  const names = Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
  const sessions = names.map((name, n) => {
    const file = `${name}.${n === red ? 'red' : 'txt'}`
    const command = ['/bin/sh', '-c', `echo ${name} > ${file}; git add -A; git commit -qm ${name}`]
    return { name, goal: `Add ${file}`, agent: 'command', command }
  })
  const limits = { active: 4, unreviewed: 10_000 }
  await world.json(['ls'])
  await world.client.call('run', { repo: world.repo, sessions, checks: ['node check.mjs'], limits })
  for (const name of names) await world.until(name, (s) => s.stage === 'handed-off', 'hands off')
  return names
}

interface Seen {
  makespan: number
  latency: number
  runs: number
}

async function landAll(
  world: World,
  names: readonly string[],
  method: (typeof METHODS)[number] | undefined,
): Promise<Seen> {
  configure(world, method)
  await world.json(['train', 'pause', 'until all are on it'])
  await world.json(['land', ...names])
  const from = (await journal(world)).at(-1)?.seq ?? 0
  await world.json(['train', 'resume'])
  for (const name of names)
    await world.until(name, (s) => s.stage !== 'on-train', 'has landed or left the train')
  const events = (await journal(world)).filter(({ seq }) => seq > from)
  const began = events.find(({ type }) => type === 'train.resumed')?.at ?? Number.NaN
  const over = events.filter(({ type }) => type === 'change.landed' || type === 'change.ejected')
  const landed = over.filter(({ type }) => type === 'change.landed').map(({ at }) => at - began)
  if (landed.length !== names.length - 1) throw new Error(`${landed.length} of ${names.length} landed`)
  return {
    makespan: Math.max(...over.map(({ at }) => at - began)),
    latency: landed.reduce((sum, ms) => sum + ms, 0) / landed.length,
    runs: events.filter(({ type }) => type === 'check.started').length,
  }
}

/** All of it: in pages, as it may be long. */
async function journal(world: World): Promise<Recorded[]> {
  const all: Recorded[] = []
  for (;;) {
    const page = await world.client.call('events', { after: all.at(-1)?.seq ?? 0, limit: 10_000 })
    all.push(...page)
    if (page.length < 10_000) return all
  }
}

/** Between two events of one landing; what the check says of itself apart from what is around it. */
async function alonePartsOf(world: World, names: readonly string[]): Promise<RealResult['parts']> {
  const found = new Map<string, number[]>()
  const put = (what: string, ms: number) => found.set(what, [...(found.get(what) ?? []), ms])
  for (const name of names) {
    const from = (await journal(world)).at(-1)?.seq ?? 0
    await world.json(['land', name])
    await world.until(name, (s) => s.stage === 'landed', 'lands')
    const events = (await journal(world)).filter(({ seq }) => seq > from)
    const at = (type: Recorded['type']) => events.find((one) => one.type === type)?.at ?? Number.NaN
    const check = events.find((one) => one.type === 'check.finished')
    const own = Number(/took (\d+) ms/.exec(check?.type === 'check.finished' ? check.data.tail : '')?.[1])
    const queued = at('change.queued')
    put('merge main and the change', at('build.made') - queued)
    put('directory, cell, start and end of the check', at('check.finished') - at('build.made') - own)
    put('the check itself', own)
    put('look how it can land, and journal it', at('landing.intended') - at('check.finished'))
    put('move main and the checkout', at('train.landed') - at('landing.intended'))
    put('all', at('train.landed') - queued)
  }
  return [...found].map(([what, values]) => ({ what, ms: orNothing(summary(values)) }))
}

function rowOf(method: string, at: number, rounds: readonly Seen[][]): RealRow {
  const of = (key: keyof Seen) => orNothing(summary(rounds.map((seen) => seen[at]?.[key] ?? Number.NaN)))
  const ratio = (key: keyof Seen) =>
    orNothing(summary(rounds.map((seen) => (seen[at]?.[key] ?? Number.NaN) / (seen[0]?.[key] ?? Number.NaN))))
      .median
  return {
    method,
    makespan: of('makespan'),
    latency: of('latency'),
    runs: of('runs'),
    ratio: { makespan: ratio('makespan'), latency: ratio('latency'), runs: ratio('runs') },
  }
}

function orNothing(found: Summary | null): Summary {
  return found ?? { median: Number.NaN, min: Number.NaN, max: Number.NaN }
}
