/** A repository with a train, made of real parts; also for processes that are killed in the middle. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openRepository, type Repository } from '../../src/git/index.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { run } from '../../src/platform/run.ts'
import type { Actor } from '../../src/protocol/index.ts'
import { changeProjection, createTrain, type Train, trainProjection } from '../../src/train/index.ts'
import type { TrainOptions } from '../../src/train/train.ts'
import type { Change, RunCheck } from '../../src/train/ports.ts'

export const ENV = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A Person',
  GIT_AUTHOR_EMAIL: 'person@example.org',
  GIT_COMMITTER_NAME: 'A Person',
  GIT_COMMITTER_EMAIL: 'person@example.org',
}

export const PERSON: Actor = { kind: 'person', via: 'test' }

/** Plain git as a person would run it. */
export function sh(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    env: ENV,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd()
}

export function write(directory: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), content)
  }
}

export function commit(directory: string, files: Record<string, string>, message = 'change'): string {
  write(directory, files)
  sh(directory, 'add', '-A')
  sh(directory, 'commit', '-q', '-m', message)
  return sh(directory, 'rev-parse', 'HEAD')
}

/** A repository with `main` checked out and one commit of `files`. */
export async function repositoryWith(directory: string, files: Record<string, string>): Promise<Repository> {
  mkdirSync(directory, { recursive: true })
  sh(directory, 'init', '-q', '-b', 'main')
  sh(directory, 'config', 'user.name', 'A Person')
  sh(directory, 'config', 'user.email', 'person@example.org')
  commit(directory, files, 'first')
  return openRepository(directory)
}

/** Commits on a new branch from `from` in a worktree of its own, which goes away again. */
export function branch(
  repo: Repository,
  name: string,
  files: Record<string, string | null>,
  from = 'main',
): string {
  const directory = join(dirname(repo.root), `wt-${name}`)
  sh(repo.root, 'worktree', 'add', '-q', '-b', name, directory, from)
  for (const [path, content] of Object.entries(files)) {
    if (content === null) sh(directory, 'rm', '-q', path)
    else write(directory, { [path]: content })
  }
  sh(directory, 'add', '-A', '-f')
  sh(directory, 'commit', '-q', '-m', `work on ${name}`)
  const head = sh(directory, 'rev-parse', 'HEAD')
  sh(repo.root, 'worktree', 'remove', '--force', directory)
  return head
}

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
    projections: [changeProjection, trainProjection],
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
    checkTimeoutMs: 60_000,
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
