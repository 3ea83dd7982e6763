/** A repository with a train, made of real parts; also for processes that are killed in the middle. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Repository } from '../../src/git/index.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { run } from '../../src/platform/run.ts'
import type { Actor } from '../../src/protocol/index.ts'
import {
  buildProjection,
  changeProjection,
  createTrain,
  type Train,
  trainProjection,
} from '../../src/train/index.ts'
import type { TrainOptions } from '../../src/train/train.ts'
import type { Change, RunCheck } from '../../src/train/ports.ts'
import { ENV } from './repository.ts'

export { branch, commit, ENV, repositoryWith, sh, write } from './repository.ts'

export const PERSON: Actor = { kind: 'person', via: 'test' }

/** Runs a check as it stands, in an environment of its own, marked so that strays can be found. */
export const plainCheck: RunCheck = async ({ command, cwd, timeoutMs, onOutput, signal }) => {
  const env = { PATH: ENV.PATH, HOME: '/nonexistent', WORKTRAIN_TEST_CHECK: '1' }
  const done = await run('/bin/sh', ['-c', command], { cwd, env, timeoutMs, signal, onOutput })
  return { exit: done.code, signal: done.signal, timedOut: done.timedOut }
}

export interface Station {
  repo: Repository
  journal: Journal
  train: Train
  stateDir: string
  landed: Change[]
  ejected: Change[]
}

export async function openStation(
  repo: Repository,
  home: string,
  more: Partial<TrainOptions> & { wrap?: (journal: Journal) => Journal } = {},
): Promise<Station> {
  const { wrap, ...options } = more
  const opened = await openSqliteJournal({
    path: join(home, 'journal.db'),
    projections: [changeProjection, buildProjection, trainProjection],
    now: Date.now,
  })
  await opened.claim()
  const journal = wrap ? wrap(opened) : opened
  const stateDir = join(home, 'train')
  const station = { repo, journal, stateDir, landed: [] as Change[], ejected: [] as Change[] }
  const log = () => {}
  const train = createTrain({
    journal,
    repository: repo,
    target: async () => 'main',
    stateDir,
    runCheck: plainCheck,
    now: Date.now,
    id: (prefix) => `${prefix}${randomBytes(6).toString('hex')}`,
    log: { info: log, warn: log, error: log },
    actor: { kind: 'supervisor', pid: process.pid },
    onLanded: (change) => void station.landed.push(change),
    onEjected: (change) => void station.ejected.push(change),
    ...options,
  })
  return { ...station, train }
}

export function enqueue(
  station: Station,
  name: string,
  head: string,
  checks: string[] = ['test -f README.md'],
): Promise<Change> {
  const request = {
    session: `s-${name}`,
    name,
    branch: name,
    head,
    target: 'main',
    checks,
    message: `${name}: work`,
  }
  return station.train.enqueue(request, PERSON)
}

/** Steps until there is nothing to do. */
export async function settle(station: Station): Promise<void> {
  while (await station.train.tick());
}

/** The change as its view shows it. */
export async function shown(station: Station, name: string) {
  const view = await station.train.view()
  const found = view.changes.findLast((change) => change.name === name)
  if (!found) throw new Error(`no change ${name}`)
  return found
}
