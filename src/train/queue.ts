/** What a person, or a session that is done, asks of the train. */
import { exactRef, isAncestor, readRef } from '../git/index.ts'
import { type Actor, type ChangeEvents, WorktrainError } from '../protocol/index.ts'
import { type ChangeStep, isActive } from './change.ts'
import type { Order, Parts } from './parts.ts'
import type { Change } from './ports.ts'

export interface EnqueueRequest {
  session: string | null
  name: string
  branch: string
  /** The commit that lands; what the branch gets later is a later change. */
  head: string
  target: string
  checks: readonly string[]
  /** Title and body of the landing's commit message. */
  message: string
  /** Higher goes first; default: as before, else 0. */
  priority?: number
  /** The landing that it takes back. */
  undoes?: { commit: string; names: string[] }
  /** Of a change without a session: agent that takes it up when it is ejected; default: as before. */
  resolveWith?: string
}

export interface Queue {
  /**
   * Puts a commit on the train. One that is on it already is returned as it is; a new commit of a branch
   * that is on it takes the place of the old one.
   * @throws NOTHING_TO_LAND, TARGET_UNKNOWN, BASE_UNKNOWN, SESSION_BUSY while it lands, USAGE without checks
   */
  enqueue(request: EnqueueRequest, actor: Actor): Promise<Change>
  /** Takes a change off for good. @throws USAGE, SESSION_WRONG_STATE when it is over, SESSION_BUSY while it lands */
  withdraw(id: string, why: string, actor: Actor): Promise<Change>
  /** Takes a change off; it can be retried. @throws as `withdraw` */
  eject(id: string, why: string, actor: Actor): Promise<Change>
  /**
   * Puts an ejected change on again, at the end, with what its branch holds now.
   * @param resolveWith as of {@link EnqueueRequest}
   * @throws as `enqueue`
   */
  retry(id: string, actor: Actor, resolveWith?: string): Promise<Change>
  /** Remembers who has an ejected change now; nothing when it is not ejected any more. */
  returned(id: string, to: ChangeEvents['change.returned'], actor: Actor): Promise<void>
  /** Keeps a change back, in its place. @throws as `withdraw` */
  hold(id: string, why: string, actor: Actor): Promise<Change>
  release(id: string, actor: Actor): Promise<Change>
  prioritise(id: string, priority: number, actor: Actor): Promise<Change>
  pause(why: string, actor: Actor): Promise<void>
  resume(actor: Actor): Promise<void>
}

/** @param dropBuilds ends the builds that hold a change, and their checks: nobody asks for their results any more */
export function createQueue(
  parts: Parts,
  exclusive: Order,
  dropBuilds: (change: string, why: string) => Promise<void>,
): Queue {
  const { repository, store, refs, landing } = parts

  /** A change whose landing is under way can only be waited for. */
  async function refuseWhileLanding(change: Change): Promise<void> {
    const { record, builds } = await store.state()
    const { intent } = record
    const build = intent && builds.find((one) => one.id === intent.build)
    if (!build?.members.some((member) => member.change === change.id)) return
    throw new WorktrainError('SESSION_BUSY', `${change.name} is landing just now.`, {
      hint: record.blocked ? record.blocked.detail : 'Try again in a moment.',
    })
  }

  async function act(id: string, step: ChangeStep, actor: Actor): Promise<Change> {
    const change = await store.change(id)
    await refuseWhileLanding(change)
    await store.append(store.ofChange(change, id, [step], { actor, cause: step[0] }))
    return store.change(id)
  }

  async function takeOff(id: string, step: ChangeStep, actor: Actor): Promise<Change> {
    const after = await act(id, step, actor)
    await dropBuilds(id, `${after.name} was taken off the train.`)
    if (after.state === 'withdrawn') await refs.release({ changes: [id] })
    return after
  }

  async function refuseUnfit({ head, target, name, branch, checks }: EnqueueRequest): Promise<void> {
    if (checks.length === 0)
      throw new WorktrainError(
        'USAGE',
        `There is no check that could prove ${name} on the merged tree, and nothing untested lands.`,
        {
          hint: 'Name the commands that must pass, such as `checks = ["npm test"]` in .worktrain.toml, or `checks:` in the plan.',
        },
      )
    if ((await readRef(repository, head)) !== head)
      throw new WorktrainError('BASE_UNKNOWN', `${head} is not a commit of this repository.`)
    // What nothing can be built on just now (it has parted from the remote's) can be waited for.
    const { commit } = await landing.head(target, { fresh: true })
    const main = commit ?? (await exactRef(repository, `refs/heads/${target}`))
    if (main === null) throw new WorktrainError('TARGET_UNKNOWN', `There is no branch ${target} to land on.`)
    if (await isAncestor(repository, head, main))
      throw new WorktrainError('NOTHING_TO_LAND', `${branch} holds no commit that ${target} lacks.`)
  }

  async function put(
    id: string,
    before: Change | null,
    request: EnqueueRequest,
    actor: Actor,
  ): Promise<Change> {
    await refuseUnfit(request)
    await refs.pin(id, request.head)
    const data = { ...request, checks: [...request.checks], repository: repository.id }
    await store.append(store.ofChange(before, id, [['change.queued', data]], { actor, cause: 'land' }))
    await dropBuilds(id, `${request.branch} was put on the train again.`)
    return store.change(id)
  }

  async function all(): Promise<readonly Change[]> {
    return (await store.state()).changes
  }

  return {
    enqueue: (request, actor) =>
      exclusive(async () => {
        const ofBranch = (await all()).filter((one) => one.branch === request.branch)
        const same = ofBranch.find((one) => isActive(one) && one.target === request.target)
        if (same?.head === request.head && same.checks.join('\0') === request.checks.join('\0')) return same
        if (same) await refuseWhileLanding(same)
        const change = await put(same?.id ?? parts.id('c'), same ?? null, request, actor)
        // Earlier changes of the branch need not be kept for a retry once a new one is on the train.
        const earlier = ofBranch.filter((one) => one.state === 'ejected').map((one) => one.id)
        await refs.release({ changes: earlier })
        return change
      }),
    withdraw: (id, why, actor) => exclusive(() => takeOff(id, ['change.withdrawn', { why }], actor)),
    eject: (id, why, actor) =>
      exclusive(() => {
        const data = { reason: 'person' as const, detail: why, files: [], log: null }
        return takeOff(id, ['change.ejected', data], actor)
      }),
    returned: (id, to, actor) =>
      exclusive(async () => {
        if ((await store.change(id)).state === 'ejected') await act(id, ['change.returned', to], actor)
      }),
    retry: (id, actor, resolveWith) =>
      exclusive(async () => {
        const change = await store.change(id)
        const rival = (await all()).find((one) => isActive(one) && one.branch === change.branch)
        if (rival || change.state === 'landed')
          throw new WorktrainError(
            'SESSION_WRONG_STATE',
            `${change.name} ${rival ? 'is on the train already' : 'has landed already'}.`,
          )
        const head = (await exactRef(repository, `refs/heads/${change.branch}`)) ?? change.head
        const { session, name, branch, target, checks, message, undoes } = change
        const request = {
          ...{ session, name, branch, head, target, checks, message },
          ...(undoes ? { undoes } : {}),
          ...(resolveWith === undefined ? {} : { resolveWith }),
        }
        return put(id, change, request, actor)
      }),
    hold: (id, why, actor) =>
      exclusive(async () => {
        const held = await act(id, ['change.held', { why }], actor)
        await dropBuilds(id, `${held.name} is held.`)
        return held
      }),
    release: (id, actor) => exclusive(() => act(id, ['change.released', {}], actor)),
    prioritise: (id, priority, actor) =>
      exclusive(() => act(id, ['change.prioritised', { priority }], actor)),
    pause: (why, actor) =>
      exclusive(() =>
        store.append(store.ofTrain([['train.paused', { why }]], { actor, cause: 'train pause' })),
      ),
    resume: (actor) =>
      exclusive(async () => {
        const { paused } = (await store.state()).record
        if (!paused) return
        if (paused.main) await landing.head(paused.main.target, { fresh: true })
        await store.append(store.ofTrain([['train.resumed', {}]], { actor, cause: 'train resume' }))
      }),
  }
}
