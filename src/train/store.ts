/** The train's part of the journal. The train is its only writer, and keeps it at hand. */
import type { Journal, Projection } from '../journal/journal.ts'
import {
  type Actor,
  type BuildEvents,
  type Draft,
  type Recorded,
  type TrainEvents,
  WorktrainError,
} from '../protocol/index.ts'
import { type Build, buildProjection } from './build.ts'
import { changeProjection, type ChangeStep, draftsFor } from './change.ts'
import type { Change } from './ports.ts'
import { nothingRecorded, type TrainRecord, trainProjection } from './record.ts'

export interface By {
  actor: Actor
  cause: string
}

/** An event of the train, or of a build, before it is journalled. */
export type TrainStep = { [T in keyof TrainEvents]: readonly [T, TrainEvents[T]] }[keyof TrainEvents]
export type BuildStep = { [T in keyof BuildEvents]: readonly [T, BuildEvents[T]] }[keyof BuildEvents]

export interface State {
  /** All changes of the repository, on the train or not. */
  changes: readonly Change[]
  /** All builds, ended ones too, oldest first. */
  builds: readonly Build[]
  record: TrainRecord
  /** Differs whenever anything of it does. */
  revision: number
}

export interface Store {
  state(): Promise<State>
  /** @throws USAGE when there is none */
  change(id: string): Promise<Change>
  ofChange(change: Change | null, id: string, steps: readonly ChangeStep[], by: By): Draft[]
  ofBuild(id: string, steps: readonly BuildStep[], by: By): Draft[]
  ofTrain(steps: readonly TrainStep[], by: By): Draft[]
  /**
   * Journals events, all or none.
   * @throws JOURNAL_FENCED when the journal belongs to somebody else now
   */
  append(drafts: readonly Draft[]): Promise<void>
}

/** @param repository its id, which is also the id of its train */
export function createStore(journal: Journal, repository: string): Store {
  interface Held<S> {
    version: number
    state: S
  }
  interface Kept {
    changes: Map<string, Held<Change>>
    builds: Map<string, Held<Build>>
    train: Held<TrainRecord>
  }
  let kept: Promise<Kept> | null = null
  let revision = 0

  async function load(): Promise<Kept> {
    const ours = async <S extends { repository: string }>(projection: Projection<S>) =>
      new Map(
        (await journal.list(projection))
          .filter((row) => row.state.repository === repository)
          .map((row) => [row.id, { version: row.version, state: row.state }]),
      )
    const train = await journal.get(trainProjection, repository)
    return {
      changes: await ours(changeProjection),
      builds: await ours(buildProjection),
      train: train ?? { version: 0, state: nothingRecorded() },
    }
  }
  const loaded = () => (kept ??= load())

  function fold(all: Kept, event: Recorded): void {
    const { id, version } = event
    if (event.aggregate === 'train' && id === repository)
      all.train = { version, state: trainProjection.evolve(all.train.state, event) }
    else if (event.aggregate === 'change')
      all.changes.set(id, {
        version,
        state: changeProjection.evolve(all.changes.get(id)?.state ?? null, event),
      })
    else if (event.aggregate === 'build')
      all.builds.set(id, { version, state: buildProjection.evolve(all.builds.get(id)?.state ?? null, event) })
  }

  return {
    async state() {
      const { changes, builds, train } = await loaded()
      const states = <S>(of: Map<string, Held<S>>) => [...of.values()].map((one) => one.state)
      return { changes: states(changes), builds: states(builds), record: train.state, revision }
    },
    async change(id) {
      const held = (await loaded()).changes.get(id)
      if (!held)
        throw new WorktrainError('USAGE', `There is no change "${id}" on this repository's train.`, {
          hint: 'See `worktrain train`.',
        })
      return held.state
    },
    ofChange: draftsFor,
    ofBuild: (id, steps, by) =>
      steps.map(([type, data]) => ({ aggregate: 'build', id, type, data, ...by }) as Draft),
    ofTrain: (steps, by) =>
      steps.map(([type, data]) => ({ aggregate: 'train', id: repository, type, data, ...by }) as Draft),
    async append(drafts) {
      const all = await loaded()
      const expect: Record<string, number> = {}
      for (const { aggregate, id } of drafts) {
        if (aggregate === 'change') expect[id] = all.changes.get(id)?.version ?? 0
        else if (aggregate === 'build') expect[id] = all.builds.get(id)?.version ?? 0
      }
      try {
        for (const event of await journal.append([...drafts], expect)) fold(all, event)
      } catch (error) {
        // What is at hand may be behind: it is read again.
        kept = null
        throw error
      } finally {
        revision += 1
      }
    },
  }
}
