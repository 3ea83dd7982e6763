/** The train of one repository: a merge queue that lands one change at a time. */
import { mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { exactRef, isAncestor, readRef, type Repository, treeOf } from '../git/index.ts'
import type { Journal } from '../journal/journal.ts'
import type { TrainView } from '../protocol/api.ts'
import { type Actor, toErrorBody, WorktrainError } from '../protocol/index.ts'
import { type ChangeStep, isActive } from './change.ts'
import { createChecker } from './check.ts'
import { type Landing, localLanding } from './landing.ts'
import { type Objects, openObjects } from './objects.ts'
import { inOrder, nextStep, proofs, type Step } from './policy.ts'
import type { Change, RunCheck } from './ports.ts'
import { createRefs } from './refs.ts'
import { removeScratch } from './scratch.ts'
import { createSteps, type Done } from './steps.ts'
import { type By, createStore } from './store.ts'
import { viewOf } from './view.ts'
import { createBell } from './wait.ts'

export interface TrainOptions {
  /** Opened with `changeProjection` and `trainProjection`. */
  journal: Journal
  repository: Repository
  /** Branch that is shown as the train's target; each change names its own. */
  target: () => Promise<string>
  /** The train's own directory (0700): logs and workspaces. */
  stateDir: string
  runCheck: RunCheck
  /** Commands that make a fresh workspace ready for the checks, such as `npm ci`; asked for each workspace. */
  setup?: () => Promise<readonly string[]>
  now: () => number
  id: (prefix: string) => string
  log: Record<'info' | 'warn' | 'error', (message: string, fields?: Record<string, unknown>) => void>
  /** Who acts when the train goes on by itself. */
  actor: Actor
  /** A command that takes longer is ended and counts as red, ms. */
  checkTimeoutMs: number
  /** Told after the journal was; a crash in between is made good by reading the journal. */
  onEjected?: (change: Change) => void | Promise<void>
  onLanded?: (change: Change) => void | Promise<void>
  /** Where changes land; default: branches of the repository. */
  landing?: Landing
  /** How often it looks again whether what blocks a landing is gone, when no event tells, ms. */
  retryMs?: number
}

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

export interface Train {
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
  /** Does one journalled step; false: there was none to do. */
  tick(): Promise<boolean>
  /** Goes on until aborted. Rejects only when the journal belongs to somebody else now. */
  run(signal: AbortSignal): Promise<void>
  view(): Promise<TrainView>
  /** Once, before the first `tick`: finishes or takes back what a crash left. Returns what it did. */
  recover(): Promise<string[]>
}

const RETRY_MS = 5_000

export function createTrain(options: TrainOptions): Train {
  const { journal, repository, stateDir, now, log } = options
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const store = createStore(journal, repository.id)
  const refs = createRefs(repository, stateDir, now)
  const landing = options.landing ?? localLanding(repository, now)
  const by: By = { actor: options.actor, cause: 'train' }
  const attempts = join(stateDir, 'attempts')
  const checker = createChecker({
    repository,
    runCheck: options.runCheck,
    setup: options.setup ?? (async () => []),
    timeoutMs: options.checkTimeoutMs,
    now,
    directory: () => join(attempts, options.id('a')),
  })
  let opened: Promise<Objects> | null = null
  const objects = () => (opened ??= openObjects(repository, stateDir))
  const steps = createSteps({ repository, stateDir, store, refs, landing, objects, by, now })
  const exclusive = createOrder()
  const inTurn = createOrder()
  const bell = createBell()
  let running: { change: string; abort: AbortController } | null = null
  /** Why the last step could not be taken at all; shown until one can. */
  let trouble: string | null = null

  async function decide(): Promise<Step> {
    const changes = await store.changes()
    const target = inOrder(changes)[0]?.target ?? (await options.target())
    const main = await landing.head(target)
    const mainTree = main === null ? null : await treeOf(repository, main)
    return nextStep(changes, await store.train(), { main, mainTree, green: proofs(changes) })
  }

  async function tick(): Promise<boolean> {
    const done = await inTurn(async () => {
      const first = await exclusive(async () => {
        const step = await decide()
        if (step.kind !== 'check' && step.kind !== 'none') checker.dispose()
        const taken = await steps.take(step)
        // From here on, whoever takes the change off the train ends the check as well.
        if (taken.job) running = { change: taken.job.change, abort: new AbortController() }
        return taken
      })
      if (first.job) await check(first.job)
      return first
    })
    if (done.news) await tell(done.news)
    return done.moved
  }

  async function check(job: NonNullable<Done['job']>): Promise<void> {
    const current = running
    if (!current) return
    try {
      const result = await checker.run(job, current.abort.signal)
      if (!result) return
      await exclusive(async () => {
        const change = await store.change(job.change)
        // Taken off or pinned anew meanwhile: the result is of something that is no longer asked.
        if (change.running?.log === job.log)
          await store.append(change, change.id, [['check.finished', result]], by)
      })
    } finally {
      running = null
    }
  }

  async function tell(change: Change): Promise<void> {
    try {
      await (change.state === 'landed' ? options.onLanded?.(change) : options.onEjected?.(change))
    } catch (error) {
      log.error('telling about a change failed', { change: change.id, error })
    }
  }

  function stopCheck(change: string): void {
    if (running?.change === change) running.abort.abort()
  }

  async function takeOff(id: string, step: ChangeStep, actor: Actor): Promise<Change> {
    const off = await exclusive(async () => {
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
    })
    if (off.state === 'ejected') await tell(off)
    return off
  }

  async function queue(
    id: string,
    before: Change | null,
    request: EnqueueRequest,
    actor: Actor,
  ): Promise<Change> {
    const { head, target, name } = request
    if (request.checks.length === 0)
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
      throw new WorktrainError('NOTHING_TO_LAND', `${request.branch} holds no commit that ${target} lacks.`)
    await refs.pin(id, head)
    const data = { ...request, checks: [...request.checks], repository: repository.id }
    const steps: ChangeStep[] = [['change.queued', data]]
    if (before && isActive(before) && before.state !== 'queued')
      steps.unshift([
        'change.voided',
        {
          why: 'head-moved',
          detail: `${request.branch} was put on the train again at ${head.slice(0, 10)}.`,
        },
      ])
    const queued = await store.append(before, id, steps, { actor, cause: 'land' })
    stopCheck(id)
    return queued
  }

  /** Earlier changes of a branch can no longer be retried once a new one is on the train. */
  async function supersede(all: readonly Change[], newest: Change): Promise<void> {
    for (const change of all)
      if (change.branch === newest.branch && change.id !== newest.id && change.state === 'ejected')
        await refs.release(change.id)
  }

  return {
    tick,
    enqueue: (request, actor) =>
      exclusive(async () => {
        const all = await store.changes()
        const same = all.find(
          (one) => isActive(one) && one.branch === request.branch && one.target === request.target,
        )
        if (same?.head === request.head && same.checks.join('\0') === request.checks.join('\0')) return same
        if (same?.state === 'landing')
          throw new WorktrainError('SESSION_BUSY', `${same.name} is landing just now.`, {
            hint: 'Try again in a moment.',
          })
        const change = await queue(same?.id ?? options.id('c'), same ?? null, request, actor)
        await supersede(all, change)
        return change
      }),
    withdraw: (id, why, actor) => takeOff(id, ['change.withdrawn', { why }], actor),
    eject: (id, why, actor) =>
      takeOff(id, ['change.ejected', { reason: 'person', detail: why, files: [], log: null }], actor),
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
        return queue(id, change, { session, name, branch, head, target, checks, message }, actor)
      }),
    pause: (why, actor) =>
      exclusive(() => store.appendToTrain(store.pause({ why }, { actor, cause: 'train pause' }))),
    resume: (actor) =>
      exclusive(async () => {
        if ((await store.train()).paused)
          await store.appendToTrain(store.resume({ actor, cause: 'train resume' }))
      }),
    view: () =>
      exclusive(async () => {
        const changes = await store.changes()
        const step = await decide()
        const first = inOrder(changes)[0]
        const why = step.kind === 'none' ? step.stuck : (first?.blocked?.detail ?? null)
        return viewOf(changes, await store.train(), await options.target(), trouble ?? why)
      }),
    recover: () =>
      exclusive(async () => {
        const done: string[] = []
        for (const change of await store.changes()) {
          if (change.state === 'landing' && change.intent)
            done.push(...(await landing.recover(change, change.intent)))
          if (change.state !== 'testing' || !change.running) continue
          const detail = `Worktrain ended while \`${change.running.command}\` ran.`
          await store.append(change, change.id, [['change.voided', { why: 'interrupted', detail }]], by)
          done.push(`${change.name} is tested again: ${detail}`)
        }
        mkdirSync(attempts, { recursive: true, mode: 0o700 })
        for (const left of readdirSync(attempts)) removeScratch(join(attempts, left))
        done.push(...(await refs.sweep(await store.changes(), now())))
        for (const sentence of done) log.info(sentence, { repository: repository.root })
        return done
      }),
    async run(signal) {
      const mine = (events: readonly { aggregate: string }[]) =>
        events.some((event) => event.aggregate === 'change' || event.aggregate === 'train')
      const stop = journal.subscribe((events) => void (mine(events) && bell.ring()))
      const end = () => {
        running?.abort.abort()
        bell.ring()
      }
      signal.addEventListener('abort', end, { once: true })
      let failures = 0
      try {
        while (!signal.aborted) {
          bell.hush()
          try {
            const moved = await tick()
            failures = 0
            trouble = null
            if (moved) continue
          } catch (error) {
            if (error instanceof WorktrainError && error.code === 'JOURNAL_FENCED') throw error
            failures += 1
            trouble = `The train cannot go on: ${toErrorBody(error).message}`
            log.error('a step of the train failed', { repository: repository.root, error })
            bell.hush()
          }
          const first = inOrder(await store.changes())[0]
          const pace = (options.retryMs ?? RETRY_MS) * Math.min(2 ** Math.max(0, failures - 1), 12)
          await bell.wait(first ? pace : null, first?.blocked ? watched(repository, first) : [])
        }
      } finally {
        signal.removeEventListener('abort', end)
        stop()
        checker.dispose()
      }
    },
  }
}

/** Directories in which something changes when what blocks a landing goes away. */
function watched(repository: Repository, change: Change): string[] {
  const root = change.intent?.checkout ?? repository.root
  const places = (change.blocked?.paths ?? []).map((path) =>
    dirname(path.startsWith('/') ? path : join(root, path)),
  )
  return [...new Set([repository.commonDir, root, ...places])]
}

/** Lets one piece of work run at a time, in the order asked. */
function createOrder(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }
}
