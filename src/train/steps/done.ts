/** What the steps of the train share. */
import type { BuildEvents, ChangeEvents, Draft } from '../../protocol/index.ts'
import type { Build } from '../build.ts'
import type { Parts } from '../parts.ts'
import type { Change } from '../ports.ts'

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

/** The end of a build, to be journalled with what ended it. */
export function ended(
  { store, by }: Parts,
  build: Build,
  why: BuildEvents['build.ended']['why'],
  detail: string,
): Draft[] {
  return store.ofBuild(build.id, [['build.ended', { why, detail }]], by)
}

/**
 * Ejects a change.
 * @param before what is to be journalled of it first; `also`: of others, together with it
 */
export async function eject(
  { store, by }: Parts,
  change: Change,
  data: ChangeEvents['change.ejected'],
  before: readonly ['change.conflicted', ChangeEvents['change.conflicted']][] = [],
  also: readonly Draft[] = [],
): Promise<Done> {
  const steps = [...before, ['change.ejected', data] as const]
  await store.append([...store.ofChange(change, change.id, steps, by), ...also])
  return { moved: true, news: [await store.change(change.id)] }
}
