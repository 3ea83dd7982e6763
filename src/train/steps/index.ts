/** Carries out what was decided: one journalled step at a time. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CheckResult } from '../../protocol/index.ts'
import { isGreen } from '../build.ts'
import type { Step } from '../decide/index.ts'
import { flakedTests } from '../checks/flaky.ts'
import type { Objects } from '../merge/objects.ts'
import type { Parts } from '../parts.ts'
import type { MergeDriver } from '../merge/resolve.ts'
import type { Memory, Scene } from '../situation.ts'
import { createBuilding } from './build.ts'
import { type Done, eject, ended } from './done.ts'
import { createLandings } from './land.ts'

export type { Done } from './done.ts'

export function createSteps(
  parts: Parts,
  memory: Memory,
  objects: () => Promise<Objects>,
  driver: () => Promise<MergeDriver | null>,
) {
  const { stateDir, store, refs, by } = parts
  const build = createBuilding(parts, memory, objects, driver)
  const landings = createLandings(parts, memory)

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
          const ends = step.ends.flatMap((one) =>
            ended(parts, one, 'judged', `${one.target} is red without it.`),
          )
          await store.append([...paused, ...ends])
          await refs.release({ builds: step.ends.map((one) => one.id) })
          return { moved: true }
        }
        case 'end':
          await store.append(store.ofBuild(step.build.id, [['build.ended', step.data]], by))
          await refs.release({ builds: [step.build.id] })
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
            ...ended(parts, step.build, 'judged', `${change.name} is tested again later.`),
          ])
          await refs.release({ builds: [step.build.id] })
          return { moved: true }
        }
        case 'clear': {
          const { change, why } = step
          const cleared = store.ofChange(change, change.id, [['change.cleared', { why }]], by)
          await store.append([...cleared, ...ended(parts, step.build, 'judged', why)])
          await refs.release({ builds: [step.build.id] })
          return { moved: true }
        }
        case 'eject': {
          const also = step.build ? ended(parts, step.build, 'judged', `${step.change.name} is ejected.`) : []
          const done = await eject(parts, step.change, step.data, [], also)
          if (step.build) await refs.release({ builds: [step.build.id] })
          return done
        }
        case 'verified': {
          const { target, base, tree, id } = step.build
          const data = { target, commit: base, tree, environment: scene.settings.environment }
          const verified = store.ofTrain([['train.verified', data]], by)
          await store.append([
            ...verified,
            ...ended(parts, step.build, 'judged', `${target} passes as it is (${id}).`),
          ])
          return { moved: true }
        }
        case 'intend':
          return landings.intend(step.build, scene)
        case 'land':
          return landings.land(scene)
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
      // A tree that goes on to pass shows nothing new.
      const counted = scene.state.record.flaky.some((one) => one.red === red?.log)
      const flaked = red &&
        !counted && {
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

function nextLog(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return join(directory, `${String(readdirSync(directory).length + 1).padStart(3, '0')}.log`)
}
