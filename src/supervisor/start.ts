/** Composition root: takes the lock, opens the journal, wires the rooms, serves the socket. */
import { randomBytes, randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { agentFor } from '../agents/index.ts'
import { nameShells, orphansEnded } from '../git/index.ts'
import type { Journal } from '../journal/journal.ts'
import { openSqliteJournal } from '../journal/sqlite.ts'
import { makePrivateDirectory } from '../platform/files.ts'
import { doorSocket, keepToken, type Owner, ownerOf } from '../platform/access.ts'
import { acquireLock } from '../platform/lock.ts'
import { pathsFrom } from '../platform/paths.ts'
import { createServer } from '../server/server.ts'
import { reviewProjection } from '../review/index.ts'
import { sessionProjection } from '../sessions/evolve.ts'
import { spotlightProjection } from '../spotlight/index.ts'
import { buildProjection, changeProjection, trainProjection } from '../train/index.ts'
import { createWorkspaces } from '../workspaces/create.ts'
import type { Erasure } from '../workspaces/erase.ts'
import { VERSION } from '../protocol/version.ts'
import { Accesses } from './seat/accesses.ts'
import { tellLeftBehind } from './session/approvals.ts'
import { type Context, createInOrder, self, sessionState } from './context.ts'
import { Counting } from './session/counting.ts'
import { Drive } from './session/drive.ts'
import { eraseApart } from './erase.ts'
import { handlersFor } from './handlers.ts'
import { Hosts } from './session/hosts.ts'
import { Life } from './session/life.ts'
import { Logins } from './session/logins.ts'
import { startMaintaining } from './maintenance.ts'
import { type Log, turnOver } from './log.ts'
import { startObserving } from './session/observe.ts'
import { startTelling } from './trains/news.ts'
import { Others } from './trains/others.ts'
import { startNotifying } from './seat/notify.ts'
import { Outcomes } from './trains/outcomes.ts'
import { Phones } from './seat/phones.ts'
import { Push } from './seat/push.ts'
import { pushProjection } from './seat/push-state.ts'
import { Prompts } from './session/prompts.ts'
import { reconcile } from './reconcile.ts'
import { landIfAsked } from './trains/reentry.ts'
import { repositoryProjection } from './registry.ts'
import { Reviews } from './reviews/reviews.ts'
import { Repositories } from './repositories.ts'
import { withNames } from './named-hints.ts'
import { withinScope } from './scope.ts'
import { forgetOldLooks } from './spotlights/kept.ts'
import { Spotlights } from './spotlights/spotlights.ts'
import { Trains } from './trains/trains.ts'
import { Showing } from './seat/showing.ts'
import { emptyTrash } from './leftovers/trash.ts'
import { turnEnded } from './session/turns.ts'
import { Updates } from './trains/updates.ts'
import { Views } from './views.ts'
import { Web } from './seat/web.ts'
import { accessProjection, phonesProjection, webProjection } from './seat/web-state.ts'

/** How often the trash and the log are looked at, ms. */
const TIDY_EVERY_MS = 60 * 60_000
/** Years of ordinary days; some hours of a defect that complains at every event. */
const LOG_LIMIT = 16 * 1024 * 1024

export interface SupervisorOptions {
  env: Record<string, string | undefined>
  now: () => number
  log: Log
  /** Lets a fault test put itself between the product and its journal. */
  wrapJournal?: (journal: Journal) => Journal
  /** The hosts' program, for a fault test that dies in it; the product's own otherwise. */
  hostEntry?: string
}

/** Runs the supervisor until it is told to leave. Resolves at once when another one is there already. */
export async function startSupervisor({
  env,
  now,
  log,
  wrapJournal = (j) => j,
  hostEntry = besides('host'),
}: SupervisorOptions): Promise<void> {
  const paths = pathsFrom(env)
  for (const dir of [paths.state, paths.run, paths.door, paths.cache]) makePrivateDirectory(dir)
  const lock = acquireLock(paths.supervisorLock)
  if ('heldBy' in lock) {
    // Many commands may have started one at the same time: the others were faster. Not an error.
    log.info('another supervisor is there already', { heldBy: lock.heldBy })
    return
  }
  const stop = new AbortController()
  const opened = await openSqliteJournal({
    path: paths.journal,
    projections: [
      sessionProjection,
      changeProjection,
      buildProjection,
      trainProjection,
      repositoryProjection,
      reviewProjection,
      spotlightProjection,
      webProjection,
      accessProjection,
      phonesProjection,
      pushProjection,
    ],
    now,
  })
  const journal = wrapJournal(opened)
  const { epoch } = await journal.claim()
  if (!(await orphansEnded(nameShells(paths.state))))
    log.warn('git of a supervisor that has ended is still at work', { state: paths.state })
  const token = keepToken(paths.token)
  const erase = (erasure: Erasure) =>
    eraseApart({ node: process.execPath, entry: besides('erase') }, erasure, stop.signal)
  const logins = new Logins({ env, paths, now, log })
  const ctx: Context = {
    paths,
    env,
    now,
    id: (prefix) => `${prefix}${randomBytes(6).toString('hex')}`,
    uuid: randomUUID,
    log,
    journal,
    workspaces: createWorkspaces({ random: () => randomBytes(16).toString('hex'), erase }),
    erase,
    freshLogin: (brief) => logins.fresh(brief),
    version: VERSION,
    epoch,
    startedAt: now(),
    token,
    host: { node: process.execPath, entry: hostEntry },
    inOrder: createInOrder(),
    stopping: stop.signal,
  }
  await journal.append([
    {
      aggregate: 'supervisor',
      id: 'supervisor',
      type: 'supervisor.started',
      data: { pid: process.pid, version: VERSION, epoch },
      actor: self,
      cause: 'start',
    },
  ])

  const repositories = new Repositories(ctx)
  const hosts = new Hosts(ctx)
  const prompts = new Prompts(ctx, hosts)
  const drive = new Drive(ctx, hosts)
  const updates = new Updates(ctx, hosts)
  const others = new Others(ctx, updates)
  const outcomes = new Outcomes(ctx, { hosts, prompts, drive, others })
  const trains = new Trains(ctx, repositories, outcomes)
  const life = new Life(ctx, hosts, drive)
  const reviews = new Reviews(ctx, { prompts, trains })
  const counting = new Counting(ctx, repositories)
  const views = new Views(ctx, { repositories, hosts, trains, counting })
  const spotlights = new Spotlights(ctx, { repositories, prompts })
  const showing = new Showing()
  const accesses = new Accesses(ctx)
  const web = new Web(ctx, { views, hosts, accesses }, () => handlers)
  const phones = new Phones(ctx, accesses, () => handlers)
  const push = new Push(ctx, accesses)
  const afterTurn = async (id: string, reason: string) => {
    const s = await ctx.journal.get(sessionProjection, id)
    if (!s) return
    const repo = await repositories.byId(s.state.repository)
    await ctx.inOrder(id, async () => {
      await turnEnded(ctx, repo, id, reason)
      await prompts.deliver(repo, id)
    })
    await landIfAsked(ctx, trains, repo, id)
    await updates.ifDue(repo, id)
    await drive.advance(repo)
  }
  const afterProcess = async (id: string) => {
    const s = await sessionState(ctx, id)
    try {
      agentFor(s.brief.agent).ended?.({ env, workspace: s.workspace.path })
      await tellLeftBehind(ctx, (await repositories.roots()).get(s.repository) ?? '', s)
    } catch (error) {
      // Files that the session has made unreadable must not keep its work from being saved.
      log.error('what a process left could not be looked at', { session: id, error })
    }
    await afterTurn(id, 'process ended')
  }
  hosts.follow({
    turnEnded: afterTurn,
    processEnded: afterProcess,
    filesTouched: (id) => counting.touched(id),
    recordTaken: (id) => prompts.recordTaken(id),
  })
  drive.follow(repositories)

  const leave = async (why: string) => {
    if (stop.signal.aborted) return
    stop.abort()
    log.info('leaving', { why })
    await Promise.all([server.close(), door.close(), web.leave(), phones.leave()])
    hosts.close()
    await journal.append([
      {
        aggregate: 'supervisor',
        id: 'supervisor',
        type: 'supervisor.stopped',
        data: { why },
        actor: self,
        cause: why,
      },
    ])
    await journal.close()
    lock.release()
    process.exit(0)
  }
  const all = handlersFor(ctx, {
    repositories,
    hosts,
    drive,
    life,
    prompts,
    trains,
    updates,
    views,
    reviews,
    spotlights,
    showing,
    web,
    phones,
    push,
    shutdown: () => setImmediate(() => void leave('asked')),
  })
  const handlers = withinScope(withNames(all, views), views)
  // First, as the board must never be found closed, or opened twice, by whoever asks for it.
  await accesses.load()
  await push.load()
  await web.start()
  await phones.start()
  const serve = (socketPath: string, authenticate: (given: string) => Owner) =>
    createServer({ socketPath, handlers, authenticate, journal, now, log })
  const server = await serve(paths.supervisorSocket, (given) => ownerOf(token, given))
  // Whoever finds the person's token must not be able to use it from inside a cell.
  const door = await serve(doorSocket(paths.door), (given) => {
    const owner = ownerOf(token, given)
    return owner?.session ? owner : null
  })
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => void leave(name))
  process.on('SIGHUP', () => log.info('a terminal was closed; staying'))

  await spotlights.recover()
  const data = await reconcile(ctx, {
    repositories,
    hosts,
    drive,
    life,
    trains,
    prompts,
    updates,
    others,
  })
  await journal.append([
    {
      aggregate: 'supervisor',
      id: 'supervisor',
      type: 'supervisor.reconciled',
      data,
      actor: self,
      cause: 'start',
    },
  ])
  startObserving(ctx, { repositories, hosts, prompts })
  await counting.start()
  startTelling(ctx, hosts)
  startMaintaining(ctx, repositories)
  startNotifying(ctx, () => views.attention(null), { showing, push })
  logins.start(ctx)
  const tidy = async () => {
    turnOver(paths.supervisorLog, LOG_LIMIT)
    await emptyTrash(ctx, repositories)
    await forgetOldLooks(ctx, repositories)
  }
  const tidyUp = () => void tidy().catch((error) => log.error('tidying up failed', { error }))
  tidyUp()
  setInterval(tidyUp, TIDY_EVERY_MS).unref()
}

/** A sibling program: `dist/host.js` beside `dist/supervisor.js`, or the source when run from it. */
function besides(name: string): string {
  const here = fileURLToPath(import.meta.url)
  if (!here.endsWith('.ts')) return join(dirname(here), `${name}.js`)
  return name === 'erase' ? join(dirname(here), 'erase-main.ts') : join(dirname(here), '..', name, 'main.ts')
}
