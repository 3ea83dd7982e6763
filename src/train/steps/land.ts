/** Brings a tested build to its target, and journals all that follows from it as one. */
import type { Proof } from '../../protocol/index.ts'
import { type Build, isGreen, remaining } from '../build.ts'
import { isActive } from '../change.ts'
import type { Landable, Outcome } from '../land/landing.ts'
import type { Parts } from '../parts.ts'
import type { Change } from '../ports.ts'
import { named, short } from '../sentences.ts'
import type { Memory, Scene } from '../situation.ts'
import { proofFrom } from '../evidence.ts'
import { type Done, ended } from './done.ts'

export function createLandings(parts: Parts, memory: Memory) {
  const { store, refs, landing, by, now } = parts
  /** Landings blocked for a reason that cannot be looked at: when to try again. */
  const patience = new Map<string, { tries: number; until: number }>()

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
        await store.append([...voided, ...ended(parts, build, 'base-moved', detail)])
        await refs.release({ builds: [build.id] })
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
    const active = new Set(scene.state.changes.filter(isActive).map((change) => change.id))
    // Those before may have landed by themselves: main held the build already.
    const rest = (remaining(build, intent.old) ?? build.members).filter((one) => active.has(one.change))
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
      ...ended(parts, build, 'landed', `Landed as ${short(build.commit)}.`),
    ]
    await store.append(drafts)
    patience.delete(build.id)
    await refs.release({ builds: [build.id], changes: rest.map((member) => member.change) })
    const news: Change[] = []
    for (const member of rest) news.push(await store.change(member.change))
    return { moved: true, news, landing: { old: data.old, new: data.new } }
  }

  return { intend, land }
}

function sorted(data: object): [string, unknown][] {
  return Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))
}
