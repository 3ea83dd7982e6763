/** Moves the target to a tested candidate, in the person's own repository. */
import { type Repository, exactRef, isAncestor, treeOf, updateRef, writeCheckout } from '../git/index.ts'
import { WorktrainError } from '../protocol/index.ts'
import { hindrance, inCheckout, type Place, whereIs } from './checkout.ts'
import { createFlights, MARKER } from './flight.ts'
import type { Blocked, Change, Intent } from './ports.ts'
import { readRefusal } from './refusal.ts'

export type Outcome =
  | { kind: 'landed'; commit: string }
  | { kind: 'blocked'; blocked: Blocked }
  /** The target is not where the candidate was built on. */
  | { kind: 'moved'; to: string }

export type Way = { kind: 'open'; intent: Intent } | Extract<Outcome, { kind: 'blocked' | 'moved' }>

/** Where changes land. `localLanding` is a branch of this repository; a forge would be another. */
export interface Landing {
  /** Commit the target is at; null: there is none. */
  head(target: string): Promise<string | null>
  /** How a tested change would land now. Changes nothing. */
  prepare(change: Change): Promise<Way>
  /**
   * Does what the journalled intent says; called again after a crash until it is settled, and then it must
   * find out by itself how far it came.
   */
  land(change: Change, intent: Intent): Promise<Outcome>
  /** How far a landing came, told by the target alone; null: it has not moved. */
  settled(change: Change, intent: Intent): Promise<Outcome | null>
  /** Cleans up after a process of ours that died during `land`. Returns what it put right, in sentences. */
  recover(): Promise<string[]>
}

/** How a target moves; tests replace it by wrong ways to prove that they are caught. */
export type Move = (
  repo: Repository,
  change: Change,
  intent: Intent,
  place: Place | null,
) => Promise<Outcome | null>

/** @param stateDir where it is kept that a git of ours is at work */
export function localLanding(
  repo: Repository,
  stateDir: string,
  now: () => number,
  move: Move = moveTarget,
): Landing {
  const flights = createFlights(repo, stateDir, now)
  const head = (target: string) => exactRef(repo, `refs/heads/${target}`)
  return {
    head,
    async prepare(change) {
      const { candidate, base } = change
      if (!candidate || base === null) throw new Error(`${change.id} has no candidate`)
      const main = await head(change.target)
      if (main !== base) return { kind: 'moved', to: main ?? 'nothing' }
      const { left } = await flights.account()
      if (left !== null) return { kind: 'blocked', blocked: stillAtWork(left) }
      const where = await whereIs(repo, change.target)
      if (where.kind === 'blocked') return where
      const place = where.kind === 'checkout' ? where.place : null
      const blocked = place ? (hindrance(place) ?? (await stillInWay(repo, change, place))) : null
      if (blocked) return { kind: 'blocked', blocked }
      const intent: Intent = {
        old: base,
        new: candidate.commit,
        tree: candidate.tree,
        method: place ? 'fast-forward' : 'compare-and-swap',
        checkout: place?.path ?? null,
      }
      return { kind: 'open', intent }
    },
    async land(change, intent) {
      const { left } = await flights.account()
      const settled = await settle(repo, change, intent)
      if (settled) return settled
      if (left !== null) return { kind: 'blocked', blocked: stillAtWork(left) }
      const where = await whereIs(repo, change.target)
      if (where.kind === 'blocked') return where
      const place = where.kind === 'checkout' ? where.place : null
      if ((place?.path ?? null) !== intent.checkout)
        return { kind: 'blocked', blocked: movedAway(change, intent, place) }
      const blocked = place && hindrance(place)
      if (blocked) return { kind: 'blocked', blocked }
      let refused: Outcome | null
      try {
        refused = await flights.during(change, intent, () => move(repo, change, intent, place))
      } catch (error) {
        if (!place || !(error instanceof WorktrainError)) throw error
        const came = await settle(repo, change, intent)
        if (came) return came
        const detail = `git could not fast-forward ${place.path}: ${error.message.slice(0, 2000)}`
        return { kind: 'blocked', blocked: { reason: 'checkout', paths: [], detail } }
      }
      if (refused) return refused
      const outcome = await settle(repo, change, intent)
      if (!outcome)
        throw new WorktrainError(
          'GIT_FAILED',
          `git moved ${change.target}, but it is still at ${intent.old}.`,
        )
      return outcome
    },
    settled: (change, intent) => settle(repo, change, intent),
    async recover() {
      const { done, left } = await flights.account()
      return left === null ? done : [...done, stillAtWork(left).detail]
    },
  }
}

function stillAtWork(path: string): Blocked {
  const detail = `A landing ended half-way, and git still works at ${path}: it is put right when that has ended.`
  return { reason: 'index-lock', paths: [path], detail }
}

async function settle(repo: Repository, change: Change, intent: Intent): Promise<Outcome | null> {
  const main = await exactRef(repo, `refs/heads/${change.target}`)
  if (main === intent.old) return null
  if (main === null) return { kind: 'moved', to: 'nothing' }
  // Commits of the person's on top of it do not undo it.
  if (main !== intent.new && !(await isAncestor(repo, intent.new, main))) return { kind: 'moved', to: main }
  const tree = await treeOf(repo, intent.new)
  if (tree !== intent.tree)
    throw new WorktrainError('INTERNAL', `${intent.new} has the tree ${tree}, but ${intent.tree} was tested.`)
  return { kind: 'landed', commit: intent.new }
}

/** Compare-and-swap, or the fast-forward git itself would do without loss. */
export const moveTarget: Move = async (repo, change, intent, place) => {
  if (!place) {
    const moved = await updateRef(
      repo,
      `refs/heads/${change.target}`,
      intent.new,
      intent.old,
      `worktrain: land ${change.name}`,
    )
    return moved ? null : settle(repo, change, intent)
  }
  try {
    await writeCheckout(repo, place, fastForward(intent.new), {
      // The person's settings must not turn a fast-forward into something else.
      config: [`branch.${change.target}.mergeOptions=`, 'merge.autoStash=false', 'advice.diverging=false'],
      env: { [MARKER]: change.id },
      retries: 0,
    })
    return null
  } catch (error) {
    if (!(error instanceof WorktrainError)) throw error
    const settled = await settle(repo, change, intent)
    if (settled) return settled
    const { stderr } = error.details ?? {}
    const said = typeof stderr === 'string' ? stderr : error.message
    const refusal = readRefusal(said, place.path)
    if (refusal) return { kind: 'blocked', blocked: refusal }
    throw error
  }
}

function fastForward(commit: string): string[] {
  return [
    'merge',
    '--quiet',
    '--ff-only',
    '--no-overwrite-ignore',
    '--no-autostash',
    '--no-squash',
    '--no-edit',
    '--no-stat',
    commit,
  ]
}

/** Are the files that were in the way last time still there? Asked before it is tried again. */
async function stillInWay(repo: Repository, change: Change, place: Place): Promise<Blocked | null> {
  const { blocked } = change
  if (!blocked || blocked.reason !== 'checkout' || blocked.paths.length === 0) return null
  if (blocked.paths.some((path) => path.startsWith('/'))) return null
  const status = await inCheckout(
    repo,
    place,
    [
      'status',
      '--porcelain',
      '-z',
      '--untracked-files=all',
      '--ignored=matching',
      '--ignore-submodules=all',
      '--',
      ...blocked.paths,
    ],
    { env: { GIT_LITERAL_PATHSPECS: '1' } },
  )
  return status.stdout === '' ? null : blocked
}

function movedAway(change: Change, intent: Intent, place: Place | null): Blocked {
  const was = intent.checkout ? `was checked out in ${intent.checkout}` : 'was checked out nowhere'
  const is = place ? `is now in ${place.path}` : 'is so no more'
  return {
    reason: 'checkout',
    paths: [],
    detail: `${change.target} ${was} and ${is}: it is tried again there.`,
  }
}
