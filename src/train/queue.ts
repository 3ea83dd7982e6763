/** What a person, or a session that is done, asks of the train. */
import { exactRef, isAncestor, readRef } from '../git/index.ts'
import { type Actor, WorktrainError } from '../protocol/index.ts'
import { type ChangeStep, isActive } from './change.ts'
import type { Order, Parts } from './parts.ts'
import { short } from './policy.ts'
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
}

export interface Queue {
  /**
   * Puts a commit on the train. One that is on it already is returned as it is; a new commit of a branch
   * that is on it takes the place of the old one.
   * @throws NOTHING_TO_LAND, TARGET_UNKNOWN, BASE_UNKNOWN, SESSION_BUSY while it lands, USAGE without checks
   */
  enqueue(request: EnqueueRequest, actor: Actor): Promise<Change>
  /** Takes a change off for good. @throws USAGE, SESSION_WRONG_STATE when it is over */
  withdraw(id: string, why: string, actor: Actor): Promise<Change>
  /** Takes a change off; it can be retried. @throws USAGE, SESSION_WRONG_STATE when it is over */
  eject(id: string, why: string, actor: Actor): Promise<Change>
  /** Puts an ejected change on again, at the end, with what its branch holds now. @throws as `enqueue` */
  retry(id: string, actor: Actor): Promise<Change>
  pause(why: string, actor: Actor): Promise<void>
  resume(actor: Actor): Promise<void>
}

/** @param stopCheck ends the running check of a change: nobody asks for its result any more */
export function createQueue(parts: Parts, exclusive: Order, stopCheck: (change: string) => void): Queue {
  const { repository, store, refs, landing } = parts

  async function takeOff(id: string, step: ChangeStep, actor: Actor): Promise<Change> {
    const change = await store.change(id)
    const settled = change.intent && isActive(change) ? await landing.settled(change, change.intent) : null
    if (settled?.kind === 'landed')
      throw new WorktrainError(
        'SESSION_WRONG_STATE',
        `${change.name} has landed on ${change.target} already.`,
      )
    const after = await store.append(change, id, [step], { actor, cause: step[0] })
    stopCheck(id)
    await (after.state === 'ejected' ? refs.dropCandidate(id) : refs.release(id))
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
    const main = await landing.head(target)
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
    const steps: ChangeStep[] = [['change.queued', data]]
    if (before && isActive(before) && before.state !== 'queued') {
      const detail = `${request.branch} was put on the train again at ${short(request.head)}.`
      steps.unshift(['change.voided', { why: 'head-moved', detail }])
    }
    const queued = await store.append(before, id, steps, { actor, cause: 'land' })
    stopCheck(id)
    return queued
  }

  return {
    enqueue: (request, actor) =>
      exclusive(async () => {
        const all = await store.changes()
        const ofBranch = all.filter((one) => one.branch === request.branch)
        const same = ofBranch.find((one) => isActive(one) && one.target === request.target)
        if (same?.head === request.head && same.checks.join('\0') === request.checks.join('\0')) return same
        if (same?.state === 'landing')
          throw new WorktrainError('SESSION_BUSY', `${same.name} is landing just now.`, {
            hint: 'Try again in a moment.',
          })
        const change = await put(same?.id ?? parts.id('c'), same ?? null, request, actor)
        // Earlier changes of the branch need not be kept for a retry once a new one is on the train.
        for (const one of ofBranch) if (one.state === 'ejected') await refs.release(one.id)
        return change
      }),
    withdraw: (id, why, actor) => exclusive(() => takeOff(id, ['change.withdrawn', { why }], actor)),
    eject: (id, why, actor) =>
      exclusive(() => {
        const data = { reason: 'person', detail: why, files: [], log: null } as const
        return takeOff(id, ['change.ejected', { ...data, files: [] }], actor)
      }),
    retry: (id, actor) =>
      exclusive(async () => {
        const change = await store.change(id)
        const rival = (await store.changes()).find((one) => isActive(one) && one.branch === change.branch)
        if (rival || change.state === 'landed')
          throw new WorktrainError(
            'SESSION_WRONG_STATE',
            `${change.name} ${rival ? 'is on the train already' : 'has landed already'}.`,
          )
        const head = (await exactRef(repository, `refs/heads/${change.branch}`)) ?? change.head
        const { session, name, branch, target, checks, message } = change
        return put(id, change, { session, name, branch, head, target, checks, message }, actor)
      }),
    pause: (why, actor) =>
      exclusive(() => store.appendToTrain(store.pause({ why }, { actor, cause: 'train pause' }))),
    resume: (actor) =>
      exclusive(async () => {
        if ((await store.train()).paused)
          await store.appendToTrain(store.resume({ actor, cause: 'train resume' }))
      }),
  }
}
