/** Moves the target to a tested candidate, in the person's own repository. */
import { type Repository, exactRef, isAncestor, treeOf, updateRef, writeCheckout } from '../git/index.ts'
import { type Blocked, type EventMap, WorktrainError } from '../protocol/index.ts'
import { hindrance, inCheckout, type Place, whereIs } from './checkout.ts'
import { createFlights, MARKER } from './flight.ts'
import { type RemoteView, viewRemote } from './remote.ts'
import { readRefusal } from './refusal.ts'

/** What may land: a tested candidate. */
export interface Landable {
  /** Of the build. */
  id: string
  /** For the reflog, and for sentences. */
  name: string
  target: string
  /**
   * Commits of the target from which `commit` is a fast-forward that was tested: the build's base, and the
   * inner merges that may have landed before it.
   */
  from: readonly string[]
  commit: string
  tree: string
  /** Why it could not land last time. */
  blocked: Blocked | null
}

/** A landing as it was decided before it was begun. */
export type Intent = EventMap['landing.intended'] & {
  /** When it was journalled, ms. */
  at?: number
}

export type Outcome =
  | { kind: 'landed'; commit: string }
  | { kind: 'blocked'; blocked: Blocked }
  /** The target is not where the candidate may land on. */
  | { kind: 'moved'; to: string }

export type Way = { kind: 'open'; intent: Intent } | Extract<Outcome, { kind: 'blocked' | 'moved' }>

/** What to build on. */
export interface Head {
  /** Null: nothing can be built now. */
  commit: string | null
  /** Without a commit: why, and what to do. With one: what the person should know; null: nothing. */
  why: string | null
}

/** Where changes land. `localLanding` is a branch of this repository; a forge would be another. */
export interface Landing {
  /** @param options.fresh ask a remote now, however short ago it was asked */
  head(target: string, options?: { fresh?: boolean }): Promise<Head>
  /** How a tested candidate would land now. Changes nothing of the target. */
  prepare(landable: Landable): Promise<Way>
  /**
   * Does what the journalled intent says; called again after a crash until it is settled, and then it must
   * find out by itself how far it came.
   */
  land(landable: Landable, intent: Intent): Promise<Outcome>
  /** How far a landing came, told by the target alone; null: it has not moved. */
  settled(landable: Landable, intent: Intent): Promise<Outcome | null>
  /** Cleans up after a process of ours that died during `land`. Returns what it put right, in sentences. */
  recover(): Promise<string[]>
  /** The same branch at a remote, as last seen, without asking it; null: there is none. */
  remoteView(target: string): Promise<RemoteView | null>
}

/** How a target moves; tests replace it by wrong ways to prove that they are caught. */
export type Move = (
  repo: Repository,
  landable: Landable,
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
  const at = (target: string) => exactRef(repo, `refs/heads/${target}`)
  return {
    async head(target) {
      const commit = await at(target)
      return { commit, why: commit === null ? `There is no branch ${target} to land on.` : null }
    },
    async prepare(landable) {
      const { id, target, commit, tree, from } = landable
      const main = await at(target)
      if (main === null || !from.includes(main)) return { kind: 'moved', to: main ?? 'nothing' }
      const { left } = await flights.account()
      if (left !== null) return { kind: 'blocked', blocked: stillAtWork(left) }
      const where = await whereIs(repo, landable.target)
      if (where.kind === 'blocked') return where
      const place = where.kind === 'checkout' ? where.place : null
      const blocked = place ? (hindrance(place) ?? (await stillInWay(repo, landable, place))) : null
      if (blocked) return { kind: 'blocked', blocked }
      const intent: Intent = {
        build: id,
        target,
        old: main,
        new: commit,
        tree,
        method: place ? 'fast-forward' : 'compare-and-swap',
        checkout: place?.path ?? null,
      }
      return { kind: 'open', intent }
    },
    async land(landable, intent) {
      const { left } = await flights.account()
      const settled = await settle(repo, landable, intent)
      if (settled) return settled
      if (left !== null) return { kind: 'blocked', blocked: stillAtWork(left) }
      const where = await whereIs(repo, landable.target)
      if (where.kind === 'blocked') return where
      const place = where.kind === 'checkout' ? where.place : null
      if ((place?.path ?? null) !== intent.checkout)
        return { kind: 'blocked', blocked: movedAway(landable, intent, place) }
      const blocked = place && hindrance(place)
      if (blocked) return { kind: 'blocked', blocked }
      let refused: Outcome | null
      try {
        refused = await flights.during(intent, () => move(repo, landable, intent, place))
      } catch (error) {
        if (!place || !(error instanceof WorktrainError)) throw error
        const came = await settle(repo, landable, intent)
        if (came) return came
        const detail = `git could not fast-forward ${place.path}: ${error.message.slice(0, 2000)}`
        return { kind: 'blocked', blocked: { reason: 'checkout', paths: [], detail } }
      }
      if (refused) return refused
      const outcome = await settle(repo, landable, intent)
      if (!outcome)
        throw new WorktrainError(
          'GIT_FAILED',
          `git moved ${landable.target}, but it is still at ${intent.old}.`,
        )
      return outcome
    },
    settled: (landable, intent) => settle(repo, landable, intent),
    remoteView: (target) => viewRemote(repo, target, null),
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

async function settle(repo: Repository, landable: Landable, intent: Intent): Promise<Outcome | null> {
  const main = await exactRef(repo, `refs/heads/${landable.target}`)
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
export const moveTarget: Move = async (repo, landable, intent, place) => {
  if (!place) {
    const moved = await updateRef(
      repo,
      `refs/heads/${landable.target}`,
      intent.new,
      intent.old,
      `worktrain: land ${landable.name}`,
    )
    return moved ? null : settle(repo, landable, intent)
  }
  try {
    await writeCheckout(repo, place, fastForward(intent.new), {
      // The person's settings must not turn a fast-forward into something else.
      config: [`branch.${landable.target}.mergeOptions=`, 'merge.autoStash=false', 'advice.diverging=false'],
      env: { [MARKER]: intent.build },
      retries: 0,
    })
    return null
  } catch (error) {
    if (!(error instanceof WorktrainError)) throw error
    const settled = await settle(repo, landable, intent)
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
async function stillInWay(repo: Repository, landable: Landable, place: Place): Promise<Blocked | null> {
  const { blocked } = landable
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

function movedAway(landable: Landable, intent: Intent, place: Place | null): Blocked {
  const was = intent.checkout ? `was checked out in ${intent.checkout}` : 'was checked out nowhere'
  const is = place ? `is now in ${place.path}` : 'is so no more'
  return {
    reason: 'checkout',
    paths: [],
    detail: `${landable.target} ${was} and ${is}: it is tried again there.`,
  }
}
