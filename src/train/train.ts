/** The train of one repository: a merge queue that tests several candidates at a time and lands the tested one. */
import { mkdirSync } from 'node:fs'
import type { Repository } from '../git/index.ts'
import type { Journal } from '../journal/journal.ts'
import type { TrainView } from '../protocol/api.ts'
import { type Actor, plainCheck, toErrorBody } from '../protocol/index.ts'
import type { MergeDriver } from './merge/resolve.ts'
import { createCrew } from './checks/crew.ts'
import { decide, type Step } from './decide/index.ts'
import { type Landing, localLanding } from './land/landing.ts'
import { keepGoing } from './loop.ts'
import { type Objects, openObjects } from './merge/objects.ts'
import { createOrder, type Parts, type TrainSettings } from './parts.ts'
import type { Change, RunCheck } from './ports.ts'
import { createQueue, type Queue } from './queue.ts'
import { recover } from './recover.ts'
import { learn } from './merge/remember.ts'
import { createRefs } from './refs.ts'
import { createScenes, type Memory, type Scene } from './situation.ts'
import { createSteps, type Done } from './steps/index.ts'
import { createStore } from './store.ts'
import { viewOf } from './view.ts'
import { createBell } from './wait.ts'

export interface TrainOptions {
  /** Opened with `changeProjection`, `buildProjection` and `trainProjection`. */
  journal: Journal
  repository: Repository
  /** Branch that is shown as the train's target; each change names its own. */
  target: () => Promise<string>
  /** The train's own directory (0700): logs and workspaces. */
  stateDir: string
  runCheck: RunCheck
  /** Commands that make a fresh workspace ready for the checks, such as `npm ci`; asked for each workspace. */
  setup?: () => Promise<readonly string[]>
  /** Asked before every step; what is left out is as in {@link DEFAULTS}. */
  settings?: () => Promise<Partial<TrainSettings>>
  now: () => number
  id: (prefix: string) => string
  log: Record<'info' | 'warn' | 'error', (message: string, fields?: Record<string, unknown>) => void>
  /** Who acts when the train goes on by itself. */
  actor: Actor
  /** Asked before every merge: merges a conflicted file where the person configured a program for it. */
  driver?: () => Promise<MergeDriver | null>
  /** Told after the journal was; a crash in between is made good by reading the journal. */
  onEjected?: (change: Change) => void | Promise<void>
  onLanded?: (change: Change) => void | Promise<void>
  /** Remote that the target is pushed to before it moves here; default: none. */
  remote?: () => Promise<string | null>
  /** Where changes land; default: branches of the repository. */
  landing?: Landing
  /** How often it looks again whether what blocks a landing is gone, when no event tells, ms. */
  retryMs?: number
}

export interface Train extends Queue {
  /** Does one journalled step, or waits for what runs to make one possible; false: there was none to do. */
  tick(): Promise<boolean>
  /** Goes on until aborted. Rejects only when the journal belongs to somebody else now. */
  run(signal: AbortSignal): Promise<void>
  view(): Promise<TrainView>
  /** Once, before the first `tick`: finishes or takes back what a crash left. Returns what it did. */
  recover(): Promise<string[]>
}

const RETRY_MS = 5_000

const DEFAULTS: TrainSettings = {
  slots: { count: 1, why: 'one at a time' },
  mode: 'prefix',
  verify: false,
  remember: true,
  environment: '',
  specOf: plainCheck,
  limits: { timeoutMs: 60 * 60_000, memoryBytes: null },
}

export function createTrain(options: TrainOptions): Train {
  const { journal, repository, stateDir, now, log } = options
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const parts: Parts = {
    repository,
    stateDir,
    store: createStore(journal, repository.id),
    refs: createRefs(repository, (error) =>
      log.warn('refs that nothing needs are left until the next start', { root: repository.root, error }),
    ),
    landing: options.landing ?? localLanding(repository, stateDir, now, undefined, options.remote),
    settings: async () => ({ ...DEFAULTS, ...(await options.settings?.()) }),
    by: { actor: options.actor, cause: 'train' },
    now,
    id: options.id,
  }
  const { store, refs, by } = parts
  const exclusive = createOrder()
  const bell = createBell()
  const crew = createCrew(parts, {
    runCheck: options.runCheck,
    setup: options.setup ?? (async () => []),
    ring: bell.ring,
    finish: (build, result) =>
      exclusive(async () => {
        const { builds } = await store.state()
        // Ended meanwhile: the result is of something that is no longer asked.
        if (builds.find((one) => one.id === build)?.begun?.log === result.log)
          await steps.finish(build, result, await scene())
      }),
  })
  const memory: Memory = { running: crew.running, conflicts: [], blocked: new Set() }
  const scene = createScenes(parts, memory, options.target)
  let opened: Promise<Objects> | null = null
  const objects = () => (opened ??= openObjects(repository, stateDir))
  const steps = createSteps(parts, memory, objects, options.driver ?? (async () => null))
  /** Why the last step could not be taken at all; shown until one can. */
  let trouble: string | null = null

  /** Who is told of a change is told in order, and holds nothing up. */
  const telling = createOrder()

  /** One journalled step; a step that comes to nothing now gives way to the next. */
  async function step(): Promise<boolean> {
    crew.complain()
    const done = await exclusive(async () => {
      for (;;) {
        const at = await scene()
        const next = decide(at.situation)
        if (next.kind === 'none') return null
        const taken = await take(next, at)
        if (taken.moved) return taken
      }
    })
    if (done === null) {
      // Next time it is worth looking again.
      memory.blocked.clear()
      return false
    }
    const { landing, news = [] } = done
    if (landing) void telling(() => remember(landing))
    for (const change of news) void telling(() => tell(change))
    return true
  }

  /** When everybody who had to be told has been. */
  const told = () => telling(async () => {})

  async function take(next: Step, at: Scene): Promise<Done> {
    const done = await steps.take(next, at)
    crew.keepOnly((await store.state()).builds)
    if (done.job) crew.start(done.job, at.settings)
    return done
  }

  /** Of use to later conflicts, and no part of the landing. */
  async function remember(landing: { old: string; new: string }): Promise<void> {
    if (!(await parts.settings()).remember) return
    try {
      await learn(repository, await objects(), landing, now())
    } catch (error) {
      log.error('nothing was learnt from a landing', { ...landing, error })
    }
  }

  async function tell(change: Change): Promise<void> {
    try {
      await (change.state === 'landed' ? options.onLanded?.(change) : options.onEjected?.(change))
    } catch (error) {
      log.error('telling about a change failed', { change: change.id, error })
    }
  }

  async function dropBuilds(change: string, detail: string): Promise<void> {
    const { builds } = await store.state()
    for (const build of builds) {
      if (build.ended || !build.members.some((member) => member.change === change)) continue
      await store.append(store.ofBuild(build.id, [['build.ended', { why: 'members', detail }]], by))
      await refs.release({ builds: [build.id] })
    }
    crew.keepOnly((await store.state()).builds)
  }

  const queue = createQueue(parts, exclusive, dropBuilds)
  const stop = journal.subscribe((events) => {
    if (events.some((event) => ['change', 'build', 'train'].includes(event.aggregate))) bell.ring()
  })

  return {
    ...queue,
    async tick() {
      for (;;) {
        bell.hush()
        const moved = await step()
        if (!moved && crew.running.size > 0) {
          await bell.wait(null, [])
          continue
        }
        await told()
        if (!moved) await crew.idle()
        return moved
      }
    },
    async eject(id, why, actor) {
      const ejected = await queue.eject(id, why, actor)
      await telling(() => tell(ejected))
      return ejected
    },
    // Not in order with the steps: whoever looks does not wait until a candidate is built. The journal tells each
    // moment of a step truly, as it does after a crash.
    async view() {
      const at = await scene()
      const remote = await parts.landing.remoteView(at.situation.target)
      return viewOf(at, decide(at.situation), { trouble, remote })
    },
    recover: () =>
      exclusive(async () => {
        const done = await recover(parts)
        for (const sentence of done) log.info(sentence, { repository: repository.root })
        return done
      }),
    async run(signal) {
      try {
        await keepGoing({
          bell,
          repository,
          step,
          state: store.state,
          retryMs: options.retryMs ?? RETRY_MS,
          signal,
          onAbort: crew.abort,
          onTrouble(error) {
            trouble = error === null ? null : `The train cannot go on: ${toErrorBody(error).message}`
            if (error !== null)
              log.error('a step of the train failed', { repository: repository.root, error })
          },
        })
      } finally {
        stop()
        await crew.dispose()
        await told()
      }
    },
  }
}
