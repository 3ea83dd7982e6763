/** The train of one repository: a merge queue that lands one change at a time. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Repository, treeOf } from '../git/index.ts'
import type { Journal } from '../journal/journal.ts'
import type { TrainView } from '../protocol/api.ts'
import { type Actor, toErrorBody } from '../protocol/index.ts'
import { createChecker } from './check.ts'
import { type Landing, localLanding } from './landing.ts'
import { keepGoing } from './loop.ts'
import { type Objects, openObjects } from './objects.ts'
import { createOrder, type Parts } from './parts.ts'
import { inOrder, nextStep, proofs, type Step } from './policy.ts'
import type { Change, RunCheck } from './ports.ts'
import { createQueue, type Queue } from './queue.ts'
import { attemptsOf, recover } from './recover.ts'
import { createRefs } from './refs.ts'
import { createSteps, type Done } from './steps.ts'
import { createStore } from './store.ts'
import { viewOf } from './view.ts'

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

export interface Train extends Queue {
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
  const parts: Parts = {
    repository,
    stateDir,
    store: createStore(journal, repository.id),
    refs: createRefs(repository),
    landing: options.landing ?? localLanding(repository, stateDir, now),
    by: { actor: options.actor, cause: 'train' },
    now,
    id: options.id,
  }
  const { store, landing, by } = parts
  const checker = createChecker({
    repository,
    runCheck: options.runCheck,
    setup: options.setup ?? (async () => []),
    timeoutMs: options.checkTimeoutMs,
    now,
    directory: () => join(attemptsOf(stateDir), options.id('a')),
  })
  let opened: Promise<Objects> | null = null
  const objects = () => (opened ??= openObjects(repository, stateDir))
  const steps = createSteps(parts, objects)
  const exclusive = createOrder()
  const inTurn = createOrder()
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

  const queue = createQueue(parts, exclusive, stopCheck)

  return {
    ...queue,
    tick,
    async eject(id, why, actor) {
      const ejected = await queue.eject(id, why, actor)
      await tell(ejected)
      return ejected
    },
    view: () =>
      exclusive(async () => {
        const changes = await store.changes()
        const step = await decide()
        const why = step.kind === 'none' ? step.stuck : (inOrder(changes)[0]?.blocked?.detail ?? null)
        return viewOf(changes, await store.train(), await options.target(), trouble ?? why)
      }),
    recover: () =>
      exclusive(async () => {
        const done = await recover(parts)
        for (const sentence of done) log.info(sentence, { repository: repository.root })
        return done
      }),
    async run(signal) {
      try {
        await keepGoing({
          journal,
          repository,
          tick,
          changes: store.changes,
          retryMs: options.retryMs ?? RETRY_MS,
          signal,
          onAbort: () => running?.abort.abort(),
          onTrouble(error) {
            trouble = error === null ? null : `The train cannot go on: ${toErrorBody(error).message}`
            if (error !== null)
              log.error('a step of the train failed', { repository: repository.root, error })
          },
        })
      } finally {
        checker.dispose()
      }
    },
  }
}
