/** Gathers what a decision is made from: the journal, the target as git has it, what runs in this process. */
import { inRepository, type Repository, treeOf } from '../git/index.ts'
import type { Build } from './build.ts'
import { type Situation, targetOf, verdictOf } from './decide/index.ts'
import { type Evidence, evidenceOf } from './evidence.ts'
import { onlyKnownFlaky } from './checks/flaky.ts'
import type { Parts, TrainSettings } from './parts.ts'
import type { Change } from './ports.ts'
import type { State } from './store.ts'

/** What only this process knows; after a crash all of it is found out again. */
export interface Memory {
  /** Builds of which a check runs. */
  running: ReadonlySet<string>
  /** Changes that do not merge on top of others: found when a build was tried. */
  conflicts: Conflict[]
  /** Builds whose landing was blocked a moment ago. */
  blocked: Set<string>
}

export interface Conflict {
  /** Commit of the target, and the changes that were merged onto it, by id and head. */
  base: string
  before: { change: string; head: string }[]
  change: string
  head: string
}

export interface Scene {
  situation: Situation
  state: State
  evidence: Evidence
  settings: TrainSettings
}

/** @param defaultTarget branch to speak of when nothing is on the train */
export function createScenes(parts: Parts, memory: Memory, defaultTarget: () => Promise<string>) {
  const { repository, store, landing, now } = parts
  let cached: { revision: number; environment: string; evidence: Evidence } | null = null

  function evidence(state: State, environment: string): Evidence {
    if (cached?.revision !== state.revision || cached.environment !== environment)
      cached = { revision: state.revision, environment, evidence: evidenceOf(state.builds, environment) }
    return cached.evidence
  }

  return async function scene(): Promise<Scene> {
    const state = await store.state()
    const settings = await parts.settings()
    const at = now()
    const target = targetOf(state.changes, state.record, at) ?? (await defaultTarget())
    const head = await landing.head(target)
    const known = evidence(state, settings.environment)
    const live = state.builds.filter((build) => !build.ended)
    const proven = (of: string, command: string) => known.proof(of, command) !== null
    const dirtied = new Set(state.builds.filter((one) => one.ended?.why === 'dirtied').map((one) => one.tree))
    const situation: Situation = {
      now: at,
      changes: state.changes,
      builds: live,
      record: state.record,
      target,
      main: head.commit,
      mainTree: head.commit === null ? null : await treeOf(repository, head.commit),
      mainWhy: head.why,
      running: memory.running,
      settings: { slots: settings.slots.count, mode: settings.mode, verify: settings.verify },
      environment: settings.environment,
      proven,
      resultIn: known.resultIn,
      mayLand: (build) => !memory.blocked.has(build),
      reds: known.reds,
      onlyFlaky: (result) => onlyKnownFlaky(result, state.record.flaky),
      dirtiedBefore: (of) => dirtied.has(of),
      conflicts: (change, before) =>
        memory.conflicts.some((one) => applies(one, change, before, head.commit, state.changes)),
      since: await since(live, { proven, environment: settings.environment }, state, target, head.commit),
    }
    return { situation, state, evidence: known, settings }
  }

  /** Only asked for when the target itself was found red. */
  async function since(
    live: readonly Build[],
    facts: Pick<Situation, 'proven' | 'environment'>,
    state: State,
    target: string,
    main: string | null,
  ): Promise<string[]> {
    const green = state.record.green[target]?.commit
    const red = live.some((one) => one.purpose === 'target' && verdictOf(one, facts).kind === 'red')
    return red && green !== undefined && main !== null ? firstParents(repository, green, main) : []
  }
}

/** Commits of a branch that are looked through for the one that broke it. */
const SEARCHED = 64

async function firstParents(repo: Repository, from: string, to: string): Promise<string[]> {
  const { stdout } = await inRepository(repo, [
    'rev-list',
    '--first-parent',
    '--reverse',
    `--max-count=${SEARCHED}`,
    '--end-of-options',
    to,
    `^${from}`,
  ])
  return stdout.split('\n').filter((line) => line !== '')
}

/** Does what was found out still hold: the same target, and all that was merged before still ahead of it? */
function applies(
  one: Conflict,
  change: string,
  before: readonly string[],
  main: string | null,
  changes: readonly Change[],
): boolean {
  if (one.change !== change || one.base !== main) return false
  const same = (id: string, head: string) => changes.find((other) => other.id === id)?.head === head
  return (
    same(one.change, one.head) && one.before.every((b) => before.includes(b.change) && same(b.change, b.head))
  )
}
