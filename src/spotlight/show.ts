/** Puts a session's work into a checkout, after what it held was kept. */
import { mkdirSync } from 'node:fs'
import { type Changed, changedPaths } from '../git/index.ts'
import type { ShownWork } from '../protocol/index.ts'
import { capture, type Captured, isPlain } from './capture.ts'
import { trackedIn } from './destination.ts'
import { type Edits, keepEdits, noteUntracked } from './edits.ts'
import { forgetPast } from './forget.ts'
import { modulesLeft } from './modules.ts'
import { moveFiles } from './move.ts'
import { gitWords, refuseInTheWay, refuseUnready, unsafe } from './obstacles.ts'
import { keepRaw, putRaw } from './raw.ts'
import { headAt, keepCommit, write } from './scene.ts'
import { type Stage, tell } from './stage.ts'
import type { SpotlightState } from './state.ts'

/**
 * Begins: nothing of the checkout is changed before all of it is kept and the journal says so.
 * @returns `notes`: what is not as it would be for the session, each a sentence
 * @throws CHECKOUT_UNSAFE and then nothing was changed; what else git throws, and then the move is in the journal
 */
export async function begin(
  stage: Stage,
  repository: string,
  work: ShownWork,
): Promise<{ edits: null; notes: string[] }> {
  const { repo, place } = stage
  await refuseUnready(repo, place)
  const { branch, commit } = await headAt(stage)
  if (commit === work.commit) throw unsafe(`${place.path} is at that very state`, 'There is nothing to show.')
  const look = { look: stage.id, repository, checkout: place.path }
  // First of all: what a death leaves is then known, and has an end.
  const until = stage.now() + stage.keepMs
  await tell(stage, ['spotlight.begun', { ...look, head: { branch, commit }, until }])
  mkdirSync(stage.directory, { recursive: true, mode: 0o700 })
  let written = false
  let notes: string[] = []
  try {
    const message = `On ${branch ?? commit.slice(0, 10)}: before worktrain showed ${work.name}\n`
    const kept = await capture(stage, 'kept', message)
    const { changed, tracked } = await requireWay(stage, kept.commit, kept.files, work.commit)
    notes = modulesLeft(changed)
    await stage.onStep('keep')
    await keepCommit(stage, 'kept', kept.commit)
    const touched = [...changed, ...(await dirtyPaths(stage, kept))].map(({ path }) => path)
    keepRaw(stage, touched, tracked)
    await stage.onStep('intend')
    const { head } = kept
    const moving = { from: kept.commit, to: work.commit, shown: work, head: null }
    await tell(stage, ['spotlight.kept', { ...look, head, kept: kept.commit }], ['spotlight.moving', moving])
    written = true
    await stage.onStep('intended')
    await moveFiles(stage, { commit: kept.commit, index: kept.files, expected: kept.index }, work.commit)
  } catch (error) {
    if (!written) await forgetPast(stage, 'nothing was shown')
    throw error
  }
  await shownNow(stage, work)
  return { edits: null, notes }
}

/**
 * Shows another state, of the same session or of another. What the checkout held before all of it stays kept.
 * @throws as {@link begin}
 */
export async function change(
  stage: Stage,
  state: SpotlightState,
  work: ShownWork,
): Promise<{ edits: Edits | null; notes: string[] }> {
  const { repo, place } = stage
  await refuseUnready(repo, place)
  const present = await capture(stage, 'now', `worktrain: edits while looking at ${state.shown?.name}\n`)
  const from = (await isPlain(stage, present)) ? present.head.commit : present.commit
  const { changed } = await requireWay(stage, from, present.files, work.commit)
  const { edits, notes } = await keepEdits(stage, state, present)
  if (from !== present.head.commit) await keepCommit(stage, 'from', from)
  // What an edit has changed since it was the person's own is no longer what was there.
  const since = new Set((await changedPaths(repo, place, state.kept, from)).map(({ path }) => path))
  keepRaw(
    stage,
    changed.map(({ path }) => path).filter((path) => !since.has(path)),
  )
  await stage.onStep('intend')
  if (edits !== null) await tellEdits(stage, state, edits)
  await tell(stage, ['spotlight.moving', { from, to: work.commit, shown: work, head: null }])
  await stage.onStep('intended')
  const index = from === present.head.commit ? null : present.files
  await moveFiles(stage, { commit: from, index, expected: present.index }, work.commit)
  await putUnchanged(stage, state.kept, work.commit)
  await shownNow(stage, work)
  return { edits, notes: [...modulesLeft(changed), ...notes] }
}

/** Files that this state has as the checkout had them, and the one before had not: byte for byte again. */
export async function putUnchanged(stage: Stage, kept: string, to: string): Promise<void> {
  const differ = await changedPaths(stage.repo, stage.place, kept, to)
  await putRaw(stage, kept, new Set(differ.map(({ path }) => path)))
}

async function shownNow(stage: Stage, { session, name, n }: ShownWork): Promise<void> {
  await stage.onStep('list')
  await noteUntracked(stage)
  await stage.onStep('tell')
  await tell(stage, ['spotlight.shown', { session, name, n }])
}

export async function tellEdits(stage: Stage, state: SpotlightState, edits: Edits): Promise<void> {
  const { session = '', name = '' } = state.shown ?? {}
  await tell(stage, ['spotlight.edited', { session, name, ...edits }])
}

/**
 * What a move would change, when git and we find nothing in its way; and what the commit it begins at tracks.
 * @param files index that says what the files are
 * @throws CHECKOUT_UNSAFE
 */
export async function requireWay(
  stage: Stage,
  from: string,
  files: string,
  to: string,
): Promise<{ changed: Changed[]; tracked: Set<string> }> {
  const { repo, place } = stage
  const changed = await changedPaths(repo, place, from, to)
  const tracked = await trackedIn(stage, from)
  await refuseInTheWay(repo, place, changed, tracked)
  const rehearsal = ['read-tree', '--dry-run', '-m', '-u', '--no-recurse-submodules', from, to]
  const { code, stderr } = await write(stage, rehearsal, { allow: [1, 128], env: { GIT_INDEX_FILE: files } })
  if (code !== 0)
    throw unsafe(`git would refuse in ${place.path}: ${gitWords(stderr)}`, 'Commit or move what it names.')
  return { changed, tracked }
}

/** What the person has changed and not committed. */
async function dirtyPaths({ repo, place }: Stage, kept: Captured): Promise<Changed[]> {
  return [
    ...(await changedPaths(repo, place, kept.head.commit, kept.staged)),
    ...(await changedPaths(repo, place, kept.staged, kept.tree)),
  ]
}
