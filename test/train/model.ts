/** A train without git, processes or journal: the decisions alone, and a world that answers them. Pure. */
import type { BuildMember } from '../../src/protocol/index.ts'
import { type Build, remaining } from '../../src/train/build.ts'
import { decide, type Situation } from '../../src/train/decide/index.ts'
import { evidenceOf } from '../../src/train/evidence.ts'
import type { Change } from '../../src/train/ports.ts'
import { nothingRecorded } from '../../src/train/record.ts'

export interface Model {
  changes: Change[]
  builds: Build[]
  record: Situation['record']
  main: string
  /** Names in the order in which they landed; `a+b`: together. */
  landings: string[]
  /** Checks that were run, by what was tested. */
  runs: string[]
  settings: Situation['settings']
  now: number
  world: World
}

export interface World {
  /** Exit of the check on these changes, on top of main; `run`: how often this very set was run before. */
  exit: (names: readonly string[], run: number) => number
  /** Does the change merge with those before it? */
  merges?: (name: string, before: readonly string[]) => boolean
}

export function change(name: string, place: number, more: Partial<Change> = {}): Change {
  return {
    ...{ id: name, repository: 'r', session: null, name, branch: name, head: `${name}-head`, target: 'main' },
    ...{ checks: ['test'], message: '', state: 'queued', queuedAt: 0, place, priority: 0, undoes: null },
    ...{ held: null, suspected: null, cleared: null, landed: null, ejected: null, ejections: 0 },
    ...{ resolver: null, returned: null },
    ...more,
  }
}

export function model(
  names: readonly string[],
  world: World,
  settings: Partial<Situation['settings']> = {},
): Model {
  return {
    ...{ changes: names.map((name, at) => change(name, at + 1)), builds: [], record: nothingRecorded() },
    ...{ main: 'm', landings: [], runs: [], now: 1, world },
    settings: { slots: 1, mode: 'prefix', verify: false, ...settings },
  }
}

const namesIn = (commit: string) => commit.split('+').slice(1)

function situationOf(m: Model, running: ReadonlySet<string>): Situation {
  const evidence = evidenceOf(m.builds, '')
  const merges = m.world.merges ?? (() => true)
  return {
    ...{ now: m.now, changes: m.changes, builds: m.builds.filter((one) => !one.ended), record: m.record },
    ...{ target: 'main', main: m.main, mainTree: m.main, mainWhy: null, running, settings: m.settings },
    environment: '',
    proven: (tree, command) => evidence.proof(tree, command) !== null,
    resultIn: evidence.resultIn,
    mayLand: () => true,
    reds: evidence.reds,
    onlyFlaky: () => false,
    dirtiedBefore: () => false,
    // What does not merge with the target alone is not known before it is tried.
    conflicts: (id, before) => before.length > 0 && !merges(id, [...namesIn(m.main), ...before]),
    since: [],
  }
}

/** The next decision; nothing runs. */
export const next = (m: Model) => decide(situationOf(m, new Set()))

/**
 * Takes decisions until there is none left; a check that was begun is over when nothing else is to be done, the one
 * that was begun first before the others.
 * @throws when it does not come to rest
 */
export function run(m: Model, steps = 1_000): Model {
  const running = new Map<string, string>()
  for (let step = 0; step < steps; step += 1) {
    m.now += 1
    const decision = decide(situationOf(m, new Set(running.keys())))
    if (decision.kind === 'none') {
      const [first] = running
      if (first === undefined) return m
      running.delete(first[0])
      finish(m, first[0], first[1])
    } else if (decision.kind === 'check') running.set(decision.build.id, decision.command)
    else {
      take(m, decision)
      for (const id of running.keys()) if (m.builds.find((one) => one.id === id)?.ended) running.delete(id)
    }
  }
  throw new Error('it does not come to rest')
}

function finish(m: Model, id: string, command: string): void {
  const build = m.builds.find((one) => one.id === id)
  if (!build) return
  const tested = namesIn(build.tree)
  const what = tested.join('+') || 'main'
  const exit = m.world.exit(tested, m.runs.filter((one) => one === what).length)
  m.runs.push(what)
  const log = `/log/${m.runs.length}`
  build.results.push({ command, tree: build.tree, exit, ms: 1, log, tail: '', environment: '' })
}

type Taken = Exclude<ReturnType<typeof decide>, { kind: 'none' | 'check' }>

function take(m: Model, step: Taken): void {
  const end = (build: Build | null, why: NonNullable<Build['ended']>['why']) => {
    if (build) build.ended = { why, detail: '', at: m.now }
  }
  switch (step.kind) {
    case 'resume':
      m.record.paused = null
      return
    case 'pause':
      m.record.paused = step.data
      for (const build of step.ends) end(build, 'judged')
      return
    case 'end':
      return end(step.build, step.data.why)
    case 'verified':
      return end(step.build, 'judged')
    case 'build':
      return make(m, step)
    case 'suspect': {
      Object.assign(step.change, { state: 'parked', suspected: { ...step.data, at: m.now } })
      return end(step.build, 'judged')
    }
    case 'clear': {
      Object.assign(step.change, { state: 'queued', suspected: null, cleared: m.now })
      return end(step.build, 'judged')
    }
    case 'eject': {
      const { reason, evidence = [], base = null } = step.data
      const ejected = { reason, detail: '', files: [], log: null, base, evidence, at: m.now }
      Object.assign(step.change, { state: 'ejected', ejected })
      return end(step.build, 'judged')
    }
    case 'intend': {
      const rest = remaining(step.build, m.main) ?? []
      for (const member of rest) {
        const landed = { commit: member.commit, at: m.now, build: step.build.id }
        Object.assign(m.changes.find((one) => one.id === member.change) ?? {}, { state: 'landed', landed })
      }
      m.landings.push(rest.map((member) => member.name).join('+'))
      m.main = step.build.commit
      return end(step.build, 'landed')
    }
    case 'land':
      throw new Error('a landing that nobody intended')
  }
}

function make(m: Model, step: Extract<Taken, { kind: 'build' }>): void {
  const members: BuildMember[] = []
  for (const { id, name, head } of step.members) {
    const commit = `${members.at(-1)?.commit ?? step.base}+${name}`
    // What does not merge with the target itself goes back at once.
    if (members.length === 0 && m.world.merges?.(name, namesIn(step.base)) === false) {
      const ejected = { reason: 'conflict', detail: '', files: [], log: null, base: step.base, evidence: [] }
      Object.assign(m.changes.find((one) => one.id === id) ?? {}, {
        state: 'ejected',
        ejected: { ...ejected, at: m.now },
      })
      return
    }
    members.push({ change: id, name, head, commit, tree: commit })
  }
  const commit = members.at(-1)?.commit ?? step.base
  m.builds.push({
    ...{ id: `b${m.builds.length + 1}`, repository: 'r', target: 'main', purpose: step.purpose },
    ...{ base: step.base, members, commit, tree: commit, ref: null, skipped: [], afresh: step.afresh },
    ...{ checks: step.checks ?? ['test'], resolved: [], at: m.now, results: [], begun: null, ended: null },
  })
}
