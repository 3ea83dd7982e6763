/** Moves the target to a tested candidate, in the person's own repository. */
import { existsSync } from 'node:fs'
import { exactRef, hiddenPaths, hindrance, inCheckout, type Place, type Repository } from '../../git/index.ts'
import { type Blocked, WorktrainError } from '../../protocol/index.ts'
import { whereIs } from './checkout.ts'
import { createFlights } from './flight.ts'
import type { Intent, Landing, Move, Outcome } from './landable.ts'
import { moveTarget } from './move.ts'
import { obstacles } from './obstacles.ts'
import { createPublishing, halfLanded } from './publishing.ts'
import { gitWords } from './refusal.ts'
import { REMOTE_LIMITS, type RemoteLimits } from './remote.ts'
import { holds, settle } from './settle.ts'

export type * from './landable.ts'

/**
 * @param stateDir where it is kept that a git of ours is at work
 * @param remote name of the remote that is moved first; null: none is
 */
export function localLanding(
  repo: Repository,
  stateDir: string,
  now: () => number,
  move: Move = moveTarget,
  remote: () => Promise<string | null> = async () => null,
  limits: RemoteLimits = REMOTE_LIMITS,
): Landing {
  const flights = createFlights(repo, stateDir, now)
  const publishing = createPublishing(repo, now, remote, limits)

  async function settled(intent: Intent): Promise<Outcome | null> {
    const came = await settle(repo, intent)
    return came?.kind === 'moved' ? ((await publishing.stranded(intent)) ?? came) : came
  }

  return {
    head: publishing.head,
    remoteView: publishing.view,
    settled: (_, intent) => settled(intent),
    async prepare(landable) {
      const { id, target, from, commit, tree } = landable
      const main = await exactRef(repo, `refs/heads/${target}`)
      if (main === null) return { kind: 'moved', to: 'nothing' }
      // The person brought it there, or both halves of a landing met: `land` finds it done.
      if (await holds(repo, main, { new: commit, tree }))
        return {
          kind: 'open',
          intent: {
            build: id,
            target,
            old: from[0] ?? main,
            new: commit,
            tree,
            method: 'compare-and-swap',
            checkout: null,
          },
        }
      const start = await publishing.start(landable, main)
      if (start.kind !== 'start') return start
      const { left } = await flights.account()
      if (left !== null) return { kind: 'blocked', blocked: stillAtWork(left) }
      const where = await whereIs(repo, target)
      const place = where.kind === 'checkout' ? where.place : null
      const intent: Intent = {
        build: id,
        target,
        old: main,
        new: commit,
        tree,
        method: place ? 'fast-forward' : 'compare-and-swap',
        checkout: place?.path ?? null,
        ...(start.remote ? { remote: start.remote } : {}),
      }
      const blocked =
        where.kind === 'blocked'
          ? where.blocked
          : ((await stillInWay(repo, landable.blocked, place)) ??
            (place && (await inTheWay(repo, place, intent))))
      if (blocked)
        return { kind: 'blocked', blocked: start.published ? halfLanded(blocked, intent) : blocked }
      return { kind: 'open', intent }
    },
    async land(landable, intent) {
      const { left } = await flights.account()
      const before = await settled(intent)
      if (before) return before
      if (left !== null) return { kind: 'blocked', blocked: stillAtWork(left) }
      const where = await whereIs(repo, intent.target)
      if (where.kind === 'blocked') return where
      const place = where.kind === 'checkout' ? where.place : null
      if ((place?.path ?? null) !== intent.checkout)
        return { kind: 'blocked', blocked: movedAway(intent, place) }
      const blocked = place && (intent.remote ? await inTheWay(repo, place, intent) : hindrance(place))
      if (blocked) return { kind: 'blocked', blocked }
      let published = false
      const step = async () => {
        const refused = await publishing.publish(intent)
        if (refused) return refused
        published = intent.remote !== undefined
        return move(repo, landable, intent, place)
      }
      const refused = await flights
        .during(intent, step)
        .catch((error: unknown): Outcome => ({ kind: 'blocked', blocked: failure(error, place) }))
      // Whatever git said: what counts is where the target is.
      const outcome = (await settled(intent)) ?? refused
      if (outcome === null)
        throw new WorktrainError(
          'GIT_FAILED',
          `git moved ${intent.target}, but it is still at ${intent.old}.`,
        )
      return outcome.kind === 'blocked' && published && outcome.blocked.reason !== 'remote'
        ? { kind: 'blocked', blocked: halfLanded(outcome.blocked, intent) }
        : outcome
    },
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

async function inTheWay(repo: Repository, place: Place, intent: Intent): Promise<Blocked | null> {
  try {
    return hindrance(place) ?? (await obstacles(repo, place, intent.old, intent.new))
  } catch (error) {
    // Such as a filter that must run and cannot.
    return failure(error, place)
  }
}

/** It could not be done, and why was said. @throws what nobody expects */
function failure(error: unknown, place: Place | null): Blocked {
  if (!(error instanceof WorktrainError)) throw error
  const at = place ? ` in ${place.path}` : ''
  const detail = `git could not move it${at}: ${gitWords(error.message)}`
  switch (error.code) {
    case 'GIT_LOCKED': {
      const { file } = error.details ?? {}
      return { reason: 'index-lock', paths: typeof file === 'string' ? [file] : [], detail }
    }
    case 'GIT_FAILED':
    case 'DISK_FULL':
    case 'DIRECTORY_UNUSABLE':
      return { reason: 'checkout', paths: [], detail }
    default:
      throw error
  }
}

/** Is what was in the way last time still there? Asked before it is tried again. */
async function stillInWay(
  repo: Repository,
  blocked: Blocked | null,
  place: Place | null,
): Promise<Blocked | null> {
  if (blocked?.reason === 'index-lock')
    return blocked.paths.some((path) => path.endsWith('.lock') && existsSync(path)) ? blocked : null
  if (!place || blocked?.reason !== 'checkout' || blocked.paths.length === 0) return null
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
  if (status.stdout !== '') return blocked
  // What git was told not to look at it refuses to overwrite even when it is as it was.
  const hidden = await hiddenPaths(repo, place)
  return blocked.paths.some((path) => hidden.has(Buffer.from(path).toString('latin1'))) ? blocked : null
}

function movedAway(intent: Intent, place: Place | null): Blocked {
  const was = intent.checkout ? `was checked out in ${intent.checkout}` : 'was checked out nowhere'
  const is = place ? `is now in ${place.path}` : 'is so no more'
  return {
    reason: 'checkout',
    paths: [],
    detail: `${intent.target} ${was} and ${is}: it is tried again there.`,
  }
}
