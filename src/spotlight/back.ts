/** Back to what a checkout held; also after a move that ended half-way. */
import {
  changedPaths,
  commitTree,
  isAncestor,
  isGone,
  lockFiles,
  orphansEnded,
  removeDeadLocks,
  shownPath,
} from '../git/index.ts'
import { type HeadAt, WorktrainError } from '../protocol/index.ts'
import { wayBack } from '../protocol/spotlight-off.ts'
import { capture, isPlain } from './capture.ts'
import { type Destination, destinationOf } from './destination.ts'
import { type Edits, keepEdits } from './edits.ts'
import { forget, forgetPast } from './forget.ts'
import { modulesElsewhere } from './modules.ts'
import { arrive, installIndex, moveFiles } from './move.ts'
import { refuseUnready, unsafe } from './obstacles.ts'
import { putRaw, restoreRaw } from './raw.ts'
import { headAt, keepCommit, MARKER } from './scene.ts'
import { putUnchanged, requireWay, tellEdits } from './show.ts'
import { type Stage, stateOf, tell } from './stage.ts'
import { spotlightProjection, type SpotlightState, standing } from './state.ts'
import { mixedState } from './take-back.ts'

export interface Back {
  how: 'back' | 'taken-back'
  head: HeadAt
  edits: Edits | null
  notes: string[]
}

/** Where a spotlight is, as its checkout and the journal tell it. */
export async function standingOf(stage: Stage, state: SpotlightState): Promise<ReturnType<typeof standing>> {
  const head = await headAt(stage)
  const { shown } = state
  const descends =
    shown !== null && head.branch === null && (await isAncestor(stage.repo, shown.commit, head.commit))
  return standing(state, head, descends)
}

/** @throws CHECKOUT_UNSAFE and then nothing was changed; what else git throws, and then the move is in the journal */
export async function goBack(stage: Stage, state: SpotlightState): Promise<Back> {
  const { repo, place } = stage
  await refuseUnready(repo, place)
  // What was tracked before, and is not now: whatever stands there is kept before it gives way.
  const gone = await changedPaths(repo, place, state.kept, state.shown?.commit ?? state.kept)
  const lost = gone.filter(isGone).map(({ path }) => path)
  const message = `worktrain: edits while looking at ${state.shown?.name}\n`
  const present = await capture(stage, 'now', message, lost)
  const from = (await isPlain(stage, present)) ? present.head.commit : present.commit
  const to = await destinationOf(stage, state)
  await requireWay(stage, from, present.files, to.commit)
  const { edits, notes } = await keepEdits(stage, state, present)
  if (from !== present.head.commit) await keepCommit(stage, 'from', from)
  await stage.onStep('intend')
  if (edits !== null) await tellEdits(stage, state, edits)
  await tell(stage, ['spotlight.moving', { from, to: to.commit, shown: null, head: to.head }])
  await stage.onStep('intended')
  const index = from === present.head.commit ? null : present.files
  await moveFiles(stage, { commit: from, index, expected: present.index }, to.commit)
  const back = await ended(stage, 'back', to, [])
  const modules = await modulesElsewhere(stage, from, to.commit)
  return { ...back, edits, notes: [...notes, ...back.notes, ...modules] }
}

/**
 * Puts right what a process that died, or a git that failed, has left.
 * @returns what became of it; null: it is shown
 * @throws GIT_LOCKED while a git of ours still works there, CHECKOUT_UNSAFE when HEAD is where nobody of ours put it
 */
export async function settle(stage: Stage, state: SpotlightState): Promise<Back | null> {
  const { place, repo } = stage
  if (!(await orphansEnded(`${MARKER}=${stage.id}`)))
    throw new WorktrainError('GIT_LOCKED', `git of a spotlight still works in ${place.path}.`)
  const directories = [repo.commonDir, repo.root, place.path]
  if (state.moving !== null)
    removeDeadLocks(lockFiles(place.gitDir), directories, state.moving.at, stage.now())
  switch (await standingOf(stage, state)) {
    case 'shown':
      return null
    case 'arrived':
      if (state.moving?.shown) {
        const { to, shown } = state.moving
        await putUnchanged(stage, state.kept, to)
        const { session, name, n } = shown
        await tell(stage, ['spotlight.shown', { session, name, n }])
        return null
      }
      return close(stage, 'back', state.moving?.head ?? state.head, '')
    case 'not-begun':
      return close(stage, 'taken-back', state.head, 'it was interrupted before anything was changed')
    case 'half-way':
      return takeBack(stage, state)
    case 'elsewhere':
      throw elsewhere(stage, state, await headAt(stage))
  }
}

/**
 * Runs what moves a checkout; what fails in the middle is taken back at once.
 * @param otherwise what to make of it then, and of what had failed
 * @throws what it throws when nothing had begun
 */
export async function orTakenBack<T>(
  stage: Stage,
  move: () => Promise<T>,
  otherwise: (back: Back, error: unknown) => T,
): Promise<T> {
  try {
    return await move()
  } catch (error) {
    const stored = await stage.journal.get(spotlightProjection, stage.aggregate)
    const begun = stored?.state.moving && !stored.state.ended
    const back = begun ? await settle(stage, stored.state) : null
    if (back === null) throw error
    return otherwise(back, error)
  }
}

/** The person moved on by hand: what was kept stays kept. */
export async function leave(stage: Stage): Promise<Back> {
  const head = await headAt(stage)
  const until = stage.now() + stage.keepMs
  await tell(stage, ['spotlight.ended', { how: 'left', head, why: 'left as it is, by hand', until }])
  return { how: 'back', head, edits: null, notes: [] }
}

/** A move that ended half-way becomes one that goes back. */
async function takeBack(stage: Stage, state: SpotlightState): Promise<Back> {
  const { repo, place } = stage
  const move = state.moving
  if (move === null) throw new WorktrainError('INTERNAL', 'There is no move to take back.')
  const to = await destinationOf(stage, state)
  const fresh = (await changedPaths(repo, place, move.from, move.to)).map(({ path }) => path)
  const present = await capture(stage, 'half', 'worktrain: a spotlight that was interrupted\n', fresh)
  await keepCommit(stage, `half/${present.commit.slice(0, 12)}`, present.commit)
  const { tree, written, others } = await mixedState(stage, move, present, to.commit, move.left ?? [])
  const message = 'worktrain: a spotlight taken back\n'
  const target = await commitTree(repo, {
    tree,
    parents: [to.head.commit, present.commit],
    message,
    at: stage.now(),
  })
  await keepCommit(stage, `half/${target.slice(0, 12)}`, target)
  await stage.onStep('intend')
  const moving = { from: present.commit, to: target, shown: null, head: to.head, left: others }
  await tell(stage, ['spotlight.moving', moving])
  await stage.onStep('intended')
  restoreRaw(
    stage,
    written.filter(({ path }) => !to.newer.has(path)),
  )
  const paths = [...fresh, ...written.map(({ path }) => path)]
  const now = await capture(stage, 'half', 'worktrain: a spotlight that was interrupted\n', paths)
  await keepCommit(stage, `half/${now.commit.slice(0, 12)}`, now.commit)
  if (now.commit !== present.commit) await tell(stage, ['spotlight.moving', { ...moving, from: now.commit }])
  await stage.onStep('restored')
  await moveFiles(stage, { commit: now.commit, index: now.files, expected: now.index }, target)
  return ended(stage, state.moving?.head ? 'back' : 'taken-back', to, others)
}

/** Files are those of the destination: what git does not know is put back, then the index, then HEAD. */
async function ended(
  stage: Stage,
  how: Back['how'],
  to: Destination,
  others: readonly string[],
): Promise<Back> {
  await stage.onStep('raw')
  await putRaw(stage, (await stateOf(stage)).kept, new Set([...to.newer, ...others]))
  await stage.onStep('install')
  await installIndex(stage, to.index, null)
  await stage.onStep('arrive')
  if (!(await arrive(stage, to.head))) {
    // The branch moved in this very moment: once more, to where it is now.
    const again = await takeBack(stage, await stateOf(stage))
    return { ...again, how }
  }
  await stage.onStep('end')
  const notes =
    others.length === 0 ? [] : [`Changed meanwhile, and left as it is: ${others.map(shownPath).join(', ')}.`]
  return close(stage, how, to.head, to.apart ?? '', notes)
}

async function close(
  stage: Stage,
  how: Back['how'],
  head: HeadAt,
  apart: string,
  notes: string[] = [],
): Promise<Back> {
  const { edits, head: was } = await stateOf(stage)
  const onBranch = apart === '' || was.branch === null || head.branch !== null
  // Where something is not as it was, what was kept is kept on.
  const whole = how === 'back' && onBranch && notes.length === 0
  const over = whole && edits.length === 0
  const until = stage.now() + (over ? 0 : stage.keepMs)
  await tell(stage, ['spotlight.ended', { how, head, why: [apart, ...notes].join(' '), until }])
  if (over) await forgetPast(stage, 'all of it is back')
  else if (whole) await forget(stage, (ref) => ref.includes('/edits/'))
  const where = apart === '' ? [] : [apart]
  return { how, head, edits: null, notes: [...where, ...notes] }
}

function elsewhere({ repo, place }: Stage, { kept, shown }: SpotlightState, head: HeadAt): WorktrainError {
  const at = head.branch ?? head.commit.slice(0, 10)
  return unsafe(
    `${place.path} is at ${at}, not at what is shown${shown ? ` of ${shown.name}` : ''}: it was moved by hand`,
    `Go back there with \`git switch --detach ${shown?.commit ?? kept}\`, or leave it: \`${wayBack(place.path, repo.root)} --leave\`, and take what you had with \`git stash apply --index ${kept}\`.`,
  )
}
