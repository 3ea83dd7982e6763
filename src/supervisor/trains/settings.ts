/** How a repository's train works, as configured at the moment: a change of the file counts from the next step on. */
import { availableParallelism, totalmem } from 'node:os'
import { slotsFor, type TrainSettings } from '../../train/index.ts'
import type { Environment } from './environment.ts'
import type { RepositoryContext } from '../repositories.ts'

const MACHINE = { cores: availableParallelism(), memoryBytes: totalmem() }

/** How many builds this machine tests at a time. @param configured `train.slots`; null: as many as it carries */
export const slotsOf = (configured: number | null): { count: number; why: string } =>
  slotsFor(configured, MACHINE)

/** @param current the repository as it is configured now */
export function settingsOf(
  current: () => Promise<RepositoryContext>,
  environment: () => Promise<Environment>,
): () => Promise<TrainSettings> {
  return async () => {
    const { config, specOf } = await current()
    return {
      slots: slotsOf(config['train.slots']),
      mode: config['train.mode'],
      verify: config['train.verify'],
      remember: config['train.remember'],
      specOf,
      limits: { timeoutMs: config['train.timeout'], memoryBytes: config['train.memory'] },
      environment: (await environment()).hash,
    }
  }
}
