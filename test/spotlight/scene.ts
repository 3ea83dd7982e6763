/** A person's checkout, the work of a session, and a spotlight over them: no supervisor. */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { openRepository, placeAt, type Repository } from '../../src/git/index.ts'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import type { Journal } from '../../src/journal/journal.ts'
import type { ShownWork } from '../../src/protocol/index.ts'
import {
  begin,
  change,
  goBack,
  orTakenBack,
  settle,
  type Stage,
  spotlightProjection,
  stateOf,
} from '../../src/spotlight/index.ts'
import { repositoryWith, sh } from '../fixtures/plain-git.ts'
import { branch } from '../train/repository.ts'

export const FILES = {
  'README.md': 'hello\n',
  'a.txt': 'a\n',
  'b.txt': 'b\n',
  'c.txt': 'c\n',
  'gone.txt': 'gone\n',
  'dir/one.txt': '1\n',
  'dir/two.txt': '2\n',
  '.gitignore': '*.log\nout/\nnode_modules/\n',
}

/** Edits, adds and deletes; a directory becomes a file, a file a directory. */
export const WORK = {
  'a.txt': 'A of the session\n',
  'new.txt': 'new\n',
  'sub/deep.txt': 'deep\n',
  'gone.txt': null,
  'dir/one.txt': null,
  'dir/two.txt': null,
  dir: 'a file now\n',
  'c.txt': null,
  'c.txt/below.txt': 'a directory now\n',
}

/** How long what a look kept is kept here, ms. */
export const KEEP_MS = 1000

export interface Place {
  home: string
  repo: Repository
  root: string
  journal: Journal
  work: ShownWork
}

export function workOf(
  repo: Repository,
  name: string,
  files: Record<string, string | null>,
  from = 'main',
): ShownWork {
  const commit = branch(repo, `worktrain/${name}`, files, from)
  return { session: `s_${name}`, name, n: 1, commit }
}

export async function openPlace(
  home: string,
  work: Record<string, string | null> = WORK,
  files: Record<string, string> = FILES,
): Promise<Place> {
  const repo = await repositoryWith(join(home, 'repo'), files)
  sh(repo.root, 'update-index', '-q', '--refresh')
  return { home, repo, root: repo.root, journal: await openJournal(home), work: workOf(repo, 'kamal', work) }
}

export async function openJournal(home: string): Promise<Journal> {
  const journal = await openSqliteJournal({
    path: join(home, 'journal.db'),
    projections: [spotlightProjection],
    now: Date.now,
  })
  await journal.claim()
  return journal
}

export function stageOf(
  { home, repo, journal }: Pick<Place, 'home' | 'repo' | 'journal'>,
  onStep: Stage['onStep'] = () => {},
  id = 'look1',
): Stage {
  const place = placeAt(repo, repo.root)
  if (place === null) throw new Error('no checkout')
  const actor = { kind: 'person', via: 'test' } as const
  return {
    id,
    aggregate: 'checkout1',
    repo,
    place,
    directory: join(home, 'spotlights', id),
    now: Date.now,
    onStep,
    journal,
    actor,
    keepMs: KEEP_MS,
  }
}

const rethrow = (_: unknown, error: unknown): never => {
  throw error
}

export const show = (place: Place, work = place.work, stage = stageOf(place)) =>
  orTakenBack(stage, () => begin(stage, place.repo.id, work), rethrow)

export async function again(place: Place, work: ShownWork) {
  const stage = stageOf(place)
  return orTakenBack(stage, async () => change(stage, await stateOf(stage), work), rethrow)
}

export async function back(place: Place, stage = stageOf(place)) {
  return orTakenBack(
    stage,
    async () => goBack(stage, await stateOf(stage)),
    (taken) => taken,
  )
}

/** As a supervisor that starts. */
export async function recover(home: string, root: string) {
  const journal = await openJournal(home)
  const place = { home, repo: await openRepository(root), journal }
  const stage = stageOf(place)
  const state = (await journal.get(spotlightProjection, stage.aggregate))?.state
  const became = state && !state.ended ? await settle(stage, state) : null
  return {
    state: await journal.get(spotlightProjection, stage.aggregate).then((row) => row?.state),
    became,
    journal,
  }
}

/** Everything there is to see of a checkout: HEAD, branches, the index, the stash, and each file with content and mode. */
export function picture(root: string): Record<string, string> {
  const seen: Record<string, string> = {
    HEAD: readFileSync(join(root, '.git/HEAD'), 'utf8'),
    heads: sh(root, 'for-each-ref', 'refs/heads', 'refs/tags', 'refs/stash'),
    stash: sh(root, 'stash', 'list'),
    index: sh(root, 'ls-files', '-s', '-v'),
    staged: sh(root, 'diff', '--cached', '--raw', '--no-abbrev'),
    status: sh(root, 'status', '--porcelain=v2', '-uall', '--ignored'),
    locks: readdirSync(join(root, '.git'))
      .filter((name) => name.endsWith('.lock'))
      .join(),
  }
  const visit = (path: string) => {
    for (const name of readdirSync(join(root, path))) {
      const below = path === '' ? name : `${path}/${name}`
      if (below === '.git') continue
      const file = join(root, below)
      const stat = lstatSync(file)
      if (stat.isDirectory()) visit(below)
      else
        seen[`file ${below}`] =
          `${stat.mode.toString(8)} ${stat.isSymbolicLink() ? readlinkSync(file) : digest(file)}`
    }
  }
  visit('')
  return seen
}

function digest(file: string): string {
  const content = readFileSync(file)
  return content.length < 200
    ? JSON.stringify(content.toString('latin1'))
    : createHash('sha256').update(content).digest('hex')
}
