/** The train's part of the journal. */
import type { Journal } from '../journal/journal.ts'
import { type Actor, type Draft, type TrainEvents, WorktrainError } from '../protocol/index.ts'
import { changeProjection, type ChangeStep, draftsFor } from './change.ts'
import { type TrainState, trainProjection } from './pause.ts'
import type { Change } from './ports.ts'

export interface By {
  actor: Actor
  cause: string
}

export interface Store {
  /** All changes of the repository, on the train or not. */
  changes(): Promise<Change[]>
  /** @throws USAGE when there is none */
  change(id: string): Promise<Change>
  train(): Promise<TrainState>
  /**
   * Journals events that follow each other on one change, if it is still as it was read.
   * @param also events of the train, journalled together with them
   */
  append(
    before: Change | null,
    id: string,
    steps: readonly ChangeStep[],
    by: By,
    also?: readonly Draft[],
  ): Promise<Change>
  pause(data: TrainEvents['train.paused'], by: By): Draft
  resume(by: By): Draft
  appendToTrain(draft: Draft): Promise<void>
}

/** @param repository its id, which is also the id of its train */
export function createStore(journal: Journal, repository: string): Store {
  /** Versions as they were when the states were read: a change behind our back is refused. */
  const versions = new Map<string, number>()

  async function change(id: string): Promise<Change> {
    const stored = await journal.get(changeProjection, id)
    if (!stored || stored.state.repository !== repository)
      throw new WorktrainError('USAGE', `There is no change "${id}" on this repository's train.`, {
        hint: 'See `worktrain train`.',
      })
    versions.set(id, stored.version)
    return stored.state
  }

  return {
    change,
    async changes() {
      const all = (await journal.list(changeProjection)).filter((one) => one.state.repository === repository)
      for (const one of all) versions.set(one.id, one.version)
      return all.map((one) => one.state)
    },
    async train() {
      return (await journal.get(trainProjection, repository))?.state ?? { paused: null }
    },
    async append(before, id, steps, by, also = []) {
      const drafts = draftsFor(before, id, steps, by)
      await journal.append([...drafts, ...also], { [id]: before === null ? 0 : (versions.get(id) ?? 0) })
      return change(id)
    },
    pause: (data, by) => ({ aggregate: 'train', id: repository, type: 'train.paused', data, ...by }),
    resume: (by) => ({ aggregate: 'train', id: repository, type: 'train.resumed', data: {}, ...by }),
    async appendToTrain(draft) {
      await journal.append([draft])
    },
  }
}
