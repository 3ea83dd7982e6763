/** Carries out what the policy decided: one journalled step at a time. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ChangeEvents } from '../protocol/index.ts'
import { buildCandidate } from './candidate.ts'
import type { CheckJob } from './check.ts'
import type { Outcome } from './landing.ts'
import type { Objects } from './objects.ts'
import type { Parts } from './parts.ts'
import { baseMoved, type Step } from './policy.ts'
import type { Change } from './ports.ts'
import { candidateRef } from './refs.ts'

/** What came of a step. `news`: a change left the train, and somebody is to be told. */
export interface Done {
  moved: boolean
  news?: Change
  job?: CheckJob & { change: string }
}

export interface Steps {
  take(step: Step): Promise<Done>
}

export function createSteps(parts: Parts, objects: () => Promise<Objects>): Steps {
  const { repository, stateDir, store, refs, landing, by, now } = parts
  /** Landings blocked for a reason that cannot be looked at: when to try again. */
  const patience = new Map<string, { tries: number; until: number }>()

  async function build(change: Change, base: string): Promise<Done> {
    if (change.state === 'queued' || change.base !== base) {
      await refs.pin(change.id, change.head)
      await store.append(change, change.id, [['change.building', { base }]], by)
      return { moved: true }
    }
    const built = await buildCandidate(repository, await objects(), change, base)
    const { id } = change
    switch (built.kind) {
      case 'candidate': {
        const { commit, tree } = built
        await refs.keepCandidate(id, commit)
        await store.append(
          change,
          id,
          [['change.candidate', { base, commit, tree, ref: candidateRef(id) }]],
          by,
        )
        return { moved: true }
      }
      case 'contained': {
        const landed = await store.append(
          change,
          id,
          [['change.landed', { old: base, new: base, tree: built.tree }]],
          by,
        )
        await refs.release(id)
        return { moved: true, news: landed }
      }
      case 'conflict': {
        const { files, detail } = built
        const why = `It conflicts with ${change.target} in ${files.join(', ')}.\n${detail}`.trim()
        return eject(change, { reason: 'conflict', detail: why, files, log: null }, [
          ['change.conflicted', { base, files, detail }],
        ])
      }
      case 'foreign': {
        const { files } = built
        const detail = `The merge would change files that the branch does not touch: ${files.join(', ')}.`
        return eject(change, { reason: 'foreign-paths', detail, files, log: null })
      }
      case 'impossible':
        return eject(change, { reason: 'error', detail: built.detail, files: [], log: null })
    }
  }

  async function eject(
    change: Change,
    data: ChangeEvents['change.ejected'],
    before: readonly ['change.conflicted', ChangeEvents['change.conflicted']][] = [],
  ): Promise<Done> {
    const ejected = await store.append(change, change.id, [...before, ['change.ejected', data]], by)
    await refs.dropCandidate(change.id)
    return { moved: true, news: ejected }
  }

  async function prepareLanding(change: Change): Promise<Done> {
    const { id } = change
    const waits = patience.get(id)
    if (change.state === 'blocked' && waits && now() < waits.until) return { moved: false }
    const way = await landing.prepare(change)
    if (way.kind !== 'open') return outcome(change, way)
    if (change.state === 'blocked' && change.blocked?.paths.length === 0) {
      const tries = (waits?.tries ?? 0) + 1
      patience.set(id, { tries, until: now() + Math.min(5_000 * 2 ** tries, 300_000) })
    }
    await store.append(change, id, [['landing.intended', way.intent]], by)
    return { moved: true }
  }

  async function outcome(change: Change, result: Outcome): Promise<Done> {
    const { id } = change
    switch (result.kind) {
      case 'landed': {
        const { old, tree } = change.intent ?? { old: change.base ?? '', tree: change.candidate?.tree ?? '' }
        const data = { old, new: result.commit, tree }
        const landed = await store.append(change, id, [['change.landed', data]], by)
        patience.delete(id)
        await refs.release(id)
        return { moved: true, news: landed }
      }
      case 'moved':
        await store.append(change, id, [['change.voided', baseMoved(change, result.to)]], by)
        return { moved: true }
      case 'blocked': {
        const same =
          change.state === 'blocked' && JSON.stringify(change.blocked) === JSON.stringify(result.blocked)
        if (!same) await store.append(change, id, [['landing.blocked', result.blocked]], by)
        return { moved: !same }
      }
    }
  }

  return {
    async take(step) {
      switch (step.kind) {
        case 'none':
          return { moved: false }
        case 'resume':
          await store.appendToTrain(store.resume(by))
          return { moved: true }
        case 'build':
          return build(step.change, step.base)
        case 'void':
          await store.append(step.change, step.change.id, [['change.voided', step.data]], by)
          return { moved: true }
        case 'eject':
          return eject(step.change, step.data)
        case 'pause': {
          const detail = `${step.change.target} is red without it.`
          const paused = store.pause(step.data, by)
          await store.append(
            step.change,
            step.change.id,
            [['change.voided', { why: 'main-red', detail }]],
            by,
            [paused],
          )
          return { moved: true }
        }
        case 'check': {
          const { change, command, commit, tree } = step
          const log = nextLog(join(stateDir, 'logs', change.id))
          await store.append(change, change.id, [['check.started', { command, tree, log }]], by)
          return { moved: true, job: { change: change.id, command, commit, tree, log } }
        }
        case 'intend':
        case 'unblock':
          return prepareLanding(step.change)
        case 'land': {
          const { change } = step
          if (!change.intent) throw new Error(`${change.id} lands without an intent`)
          return outcome(change, await landing.land(change, change.intent))
        }
      }
    },
  }
}

function nextLog(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return join(directory, `${String(readdirSync(directory).length + 1).padStart(3, '0')}.log`)
}
