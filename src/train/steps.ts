/** Carries out what was decided: one journalled step at a time. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { inRepository, treeOf } from '../git/index.ts'
import type { BuildEvents, ChangeEvents, CheckResult, Draft, Proof } from '../protocol/index.ts'
import type { Build } from './build.ts'
import { isGreen, remaining } from './build.ts'
import type { MergeOptions } from './candidate.ts'
import { buildChain, type Chain } from './chain.ts'
import type { Step } from './decide/index.ts'
import { flakedTests } from './flaky.ts'
import type { Landable, Outcome } from './landing.ts'
import type { Objects } from './objects.ts'
import type { MergeDriver } from './resolve.ts'
import type { Parts } from './parts.ts'
import type { Change } from './ports.ts'
import { candidateRef } from './refs.ts'
import { neededChecks } from './scope.ts'
import { named, short } from './sentences.ts'
import type { Memory, Scene } from './situation.ts'

/** What came of a step. */
export interface Done {
  moved: boolean
  /** Changes that left the train, and of which somebody is to be told. */
  news?: Change[]
  /** How the target moved. */
  landing?: { old: string; new: string }
  /** A check that is to run from now on. */
  job?: { build: Build; command: string; log: string }
}

/** Landings whose lines a candidate must not lose (facts/merge-and-partition 4.4, G5). */
const RECENT = 20

export function createSteps(
  parts: Parts,
  memory: Memory,
  objects: () => Promise<Objects>,
  driver: MergeDriver | null,
) {
  const { repository, stateDir, store, refs, landing, by, now } = parts
  /** Landings blocked for a reason that cannot be looked at: when to try again. */
  const patience = new Map<string, { tries: number; until: number }>()

  const ended = (build: Build, why: BuildEvents['build.ended']['why'], detail: string): Draft[] =>
    store.ofBuild(build.id, [['build.ended', { why, detail }]], by)

  async function build(step: Extract<Step, { kind: 'build' }>, scene: Scene): Promise<Done> {
    const { purpose, base, members } = step
    const { record } = scene.state
    const options: MergeOptions = {
      recent: record.landings.filter((one) => one.target === scene.situation.target).slice(-RECENT),
      remember: scene.settings.remember,
      driver,
    }
    for (const change of members) await refs.pin(change.id, change.head)
    const chain = await buildChain(repository, await objects(), base, members, options)
    if (chain.kind === 'refused') return refused(chain, base)
    const { commit, tree, resolved } = chain
    const [only] = members
    if (only && commit === base) {
      const landed = { old: base, new: base, tree }
      await store.append(store.ofChange(only, only.id, [['change.landed', landed]], by))
      await refs.unpin(only.id)
      return { moved: true, news: [await store.change(only.id)] }
    }
    const id = parts.id('b')
    const ref = members.length > 0 ? candidateRef(id) : null
    if (ref) await refs.keepCandidate(id, commit)
    const asked = step.checks ?? [...new Set(members.flatMap((change) => change.checks))]
    const { needed, skipped } =
      purpose === 'landing' ? await needs(asked, base, tree, scene) : { needed: asked, skipped: [] }
    const data: BuildEvents['build.made'] = {
      repository: repository.id,
      target: scene.situation.target,
      purpose,
      base,
      members: chain.members,
      commit,
      tree,
      ref,
      checks: needed,
      skipped,
      afresh: step.afresh,
      resolved,
    }
    await store.append(store.ofBuild(id, [['build.made', data]], by))
    return { moved: true }
  }

  async function needs(asked: readonly string[], base: string, tree: string, scene: Scene) {
    const { stdout } = await inRepository(repository, [
      ...['diff-tree', '-r', '-z', '--no-renames', '--name-only', '--end-of-options', base, tree],
    ])
    const changed = stdout.split('\0').filter((path) => path !== '')
    const baseTree = await treeOf(repository, base)
    const provenBase = (command: string) => scene.evidence.proof(baseTree, command) !== null
    return neededChecks(asked, scene.settings.specOf, changed, provenBase)
  }

  async function refused(chain: Extract<Chain, { kind: 'refused' }>, base: string): Promise<Done> {
    const { change, before, built } = chain
    if (before.length > 0) {
      // It merges with the target, as far as is known; it waits for what is before it to land or to leave.
      memory.conflicts = memory.conflicts.filter((one) => one.base === base)
      memory.conflicts.push({ base, before, change: change.id, head: change.head })
      return { moved: true }
    }
    const target = change.target
    switch (built.kind) {
      case 'conflict': {
        const { files, detail } = built
        const why = `It conflicts with ${target} in ${files.join(', ')}.\n${detail}`.trim()
        return eject(change, { reason: 'conflict', detail: why, files, log: null, base }, [
          ['change.conflicted', { base, files, detail }],
        ])
      }
      case 'foreign':
        return eject(change, {
          reason: 'foreign-paths',
          detail: built.detail,
          files: built.files,
          log: null,
          base,
        })
      case 'impossible':
        return eject(change, { reason: 'error', detail: built.detail, files: [], log: null, base })
    }
  }

  async function eject(
    change: Change,
    data: ChangeEvents['change.ejected'],
    before: readonly ['change.conflicted', ChangeEvents['change.conflicted']][] = [],
    also: readonly Draft[] = [],
  ): Promise<Done> {
    const steps = [...before, ['change.ejected', data] as const]
    await store.append([...store.ofChange(change, change.id, steps, by), ...also])
    return { moved: true, news: [await store.change(change.id)] }
  }

  function landableOf(build: Build, scene: Scene): Landable {
    const { main, record } = scene.situation
    const rest = main === null ? build.members : (remaining(build, main) ?? build.members)
    const commits = [build.base, ...build.members.map((member) => member.commit)]
    return {
      id: build.id,
      name: named(rest.map((member) => member.name)),
      target: build.target,
      from: commits.filter((commit) => commit !== build.commit),
      commit: build.commit,
      tree: build.tree,
      blocked: record.blocked?.build === build.id ? record.blocked : null,
    }
  }

  async function intend(build: Build, scene: Scene): Promise<Done> {
    const waits = patience.get(build.id)
    const { blocked } = scene.situation.record
    if (blocked?.build === build.id && waits && now() < waits.until) return notNow(build.id)
    const way = await landing.prepare(landableOf(build, scene))
    if (way.kind !== 'open') return outcome(build, way, scene)
    if (blocked?.build === build.id && blocked.paths.length === 0) {
      const tries = (waits?.tries ?? 0) + 1
      patience.set(build.id, { tries, until: now() + Math.min(5_000 * 2 ** tries, 300_000) })
    }
    await store.append(store.ofTrain([['landing.intended', way.intent]], by))
    return { moved: true }
  }

  function notNow(build: string): Done {
    memory.blocked.add(build)
    return { moved: false }
  }

  async function land(scene: Scene): Promise<Done> {
    const { intent } = scene.situation.record
    const build = scene.state.builds.find((one) => one.id === intent?.build)
    if (!intent || !build) throw new Error('a landing without an intent, or without its build')
    return outcome(build, await landing.land(landableOf(build, scene), intent), scene)
  }

  async function outcome(build: Build, result: Outcome, scene: Scene): Promise<Done> {
    const { record } = scene.situation
    switch (result.kind) {
      case 'landed':
        return landed(build, scene)
      case 'moved': {
        const detail = `${build.target} moved to ${short(result.to)} meanwhile: it is built and tested again.`
        const voided = store.ofTrain([['landing.voided', { build: build.id, why: detail }]], by)
        await store.append([...voided, ...ended(build, 'base-moved', detail)])
        return { moved: true }
      }
      case 'blocked': {
        const { at: _at, ...before } = record.blocked ?? { at: 0 }
        const data = { build: build.id, ...result.blocked }
        memory.blocked.add(build.id)
        if (!record.intent && JSON.stringify(sorted(before)) === JSON.stringify(sorted(data)))
          return { moved: false }
        await store.append(store.ofTrain([['landing.blocked', data]], by))
        return { moved: true }
      }
    }
  }

  /** Everything that is true once the target has moved, as one. */
  async function landed(build: Build, scene: Scene): Promise<Done> {
    const { intent } = scene.situation.record
    const { environment } = scene.settings
    if (!intent) throw new Error(`${build.id} landed without an intent`)
    const rest = remaining(build, intent.old) ?? build.members
    const changes = rest.map((member) => scene.state.changes.find((one) => one.id === member.change))
    const members = rest.map((member, at) => ({
      ...member,
      session: changes[at]?.session ?? null,
      branch: changes[at]?.branch ?? '',
    }))
    const checks = build.checks.flatMap((command): Proof[] => {
      const own = build.results.findLast(
        (one) => one.command === command && isGreen(one) && (one.environment ?? '') === environment,
      )
      if (own) return [proofFrom(build, own)]
      const elsewhere = scene.evidence.proof(build.tree, command)
      return elsewhere ? [elsewhere] : []
    })
    const began = Math.min(
      ...scene.state.builds
        .filter((one) => one.members.some((member) => member.change === rest[0]?.change))
        .map((one) => one.at),
    )
    const data = {
      build: build.id,
      target: build.target,
      old: intent.old,
      new: build.commit,
      tree: build.tree,
      members,
      checks,
      skipped: build.skipped,
      resolved: build.resolved,
      environment,
      method: intent.method,
      ...(intent.remote ? { remote: intent.remote.name } : {}),
      ms: now() - began,
    }
    const drafts = [
      ...store.ofTrain([['train.landed', data]], by),
      ...rest.flatMap((member, at) => {
        const change = changes[at]
        if (!change) return []
        const before = rest[at - 1]?.commit ?? intent.old
        const one = { old: before, new: member.commit, tree: member.tree, build: build.id }
        return store.ofChange(change, change.id, [['change.landed', one]], by)
      }),
      ...ended(build, 'landed', `Landed as ${short(build.commit)}.`),
    ]
    await store.append(drafts)
    patience.delete(build.id)
    await refs.dropCandidate(build.id)
    const news: Change[] = []
    for (const member of rest) {
      await refs.unpin(member.change)
      news.push(await store.change(member.change))
    }
    return { moved: true, news, landing: { old: data.old, new: data.new } }
  }

  return {
    async take(step: Step, scene: Scene): Promise<Done> {
      switch (step.kind) {
        case 'none':
          return { moved: false }
        case 'resume':
          await store.append(store.ofTrain([['train.resumed', {}]], by))
          return { moved: true }
        case 'pause': {
          const paused = store.ofTrain([['train.paused', step.data]], by)
          const ends = step.ends.flatMap((one) => ended(one, 'judged', `${one.target} is red without it.`))
          await store.append([...paused, ...ends])
          for (const one of step.ends) await refs.dropCandidate(one.id)
          return { moved: true }
        }
        case 'end':
          await store.append(store.ofBuild(step.build.id, [['build.ended', step.data]], by))
          await refs.dropCandidate(step.build.id)
          return { moved: true }
        case 'build':
          return build(step, scene)
        case 'check': {
          const { command } = step
          const log = nextLog(join(stateDir, 'logs', step.build.id))
          const begun = { command, tree: step.build.tree, log }
          await store.append(store.ofBuild(step.build.id, [['check.started', begun]], by))
          return { moved: true, job: { build: step.build, command, log } }
        }
        case 'suspect': {
          const { change } = step
          const suspected = store.ofChange(change, change.id, [['change.suspected', step.data]], by)
          await store.append([
            ...suspected,
            ...ended(step.build, 'judged', `${change.name} is tested again later.`),
          ])
          await refs.dropCandidate(step.build.id)
          return { moved: true }
        }
        case 'clear': {
          const { change, why } = step
          const cleared = store.ofChange(change, change.id, [['change.cleared', { why }]], by)
          await store.append([...cleared, ...ended(step.build, 'judged', why)])
          await refs.dropCandidate(step.build.id)
          return { moved: true }
        }
        case 'eject': {
          const also = step.build ? ended(step.build, 'judged', `${step.change.name} is ejected.`) : []
          const done = await eject(step.change, step.data, [], also)
          if (step.build) await refs.dropCandidate(step.build.id)
          return done
        }
        case 'verified': {
          const { target, base, tree, id } = step.build
          const data = { target, commit: base, tree, environment: scene.settings.environment }
          const verified = store.ofTrain([['train.verified', data]], by)
          await store.append([
            ...verified,
            ...ended(step.build, 'judged', `${target} passes as it is (${id}).`),
          ])
          return { moved: true }
        }
        case 'intend':
          return intend(step.build, scene)
        case 'land':
          return land(scene)
      }
    },
    /** Journals a result, and what it shows of an earlier one of the same tree. */
    async finish(id: string, result: CheckResult, scene: Scene): Promise<void> {
      const drafts = store.ofBuild(
        id,
        [['check.finished', { ...result, timedOut: result.timedOut ?? false }]],
        by,
      )
      const red = isGreen(result) ? scene.evidence.reds(result.tree, result.command).at(-1) : undefined
      const flaked = red && {
        command: result.command,
        tree: result.tree,
        tests: flakedTests(red, result),
        red: red.log,
        green: result.log,
      }
      await store.append([...drafts, ...(flaked ? store.ofTrain([['train.flaked', flaked]], by) : [])])
    },
  }
}

export type Steps = ReturnType<typeof createSteps>

function proofFrom(build: Build, result: CheckResult): Proof {
  const { command, tree, ms, log, tests, environment = '' } = result
  return { command, tree, exit: 0, ms, log, build: build.id, environment, ...(tests ? { tests } : {}) }
}

function sorted(data: object): [string, unknown][] {
  return Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))
}

function nextLog(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return join(directory, `${String(readdirSync(directory).length + 1).padStart(3, '0')}.log`)
}
