/** Many workers on one repository, all at git at once: what fails, what is lost, how long does it take? */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openRepository } from '../src/git/index.ts'
import { run } from '../src/platform/run.ts'
import { createWorkspaces } from '../src/workspaces/create.ts'
import type { LineInCell, Workspace } from '../src/workspaces/workspace.ts'
import { table, type Wanted } from './measure.ts'

/** What git says when another process was in the way (facts: the words of every release from 2.38 on). */
const LOCK =
  /File exists|could not lock|cannot lock|unable to lock|Another git process|failed to lock|gc is already running|is at [0-9a-f]+ but expected|failed to read .*commondir|Device or resource busy/i
/** A command that has not ended by then counts as failed, ms. */
const PATIENCE_MS = 180_000

export interface StormRow {
  workers: number
  method: string
  operations: number
  failed: number
  /** Of those, because somebody else held a lock or had moved a ref. */
  locked: number
  commits: number
  /** Commits that git said were made, and that are in no branch of the repository afterwards. */
  lost: number
  /** Making the places, and the storm in them, ms. */
  madeMs: number
  stormMs: number
}

export interface StormResult {
  files: number
  rounds: number
  rows: StormRow[]
  /** Words of each kind of failure, with how often. */
  failures: { method: string; said: string; times: number }[]
}

interface Ground {
  directory: string
  repo: string
  env: Record<string, string>
}

/** One worker's place; `publish` brings its commits into the repository. */
interface Place {
  path: string
  publish: () => Promise<void>
}

interface Tally {
  operations: number
  failed: number
  locked: number
  committed: string[]
  said: Map<string, number>
}

/** @throws Error when the ground cannot be made */
export async function measureStorm(wanted: Wanted): Promise<StormResult> {
  const { sessions: sizes = [13, 32, 64], files = 400, repeat: rounds = 3, say = () => {} } = wanted
  const rows: StormRow[] = []
  const failures: StormResult['failures'] = []
  for (const workers of sizes) {
    for (const [method, make] of Object.entries(METHODS)) {
      say(`storm: ${workers} workers, ${rounds} rounds, ${method}`)
      const { row, tally } = await storm(workers, method, make, files, rounds)
      rows.push(row)
      for (const [said, times] of tally.said) failures.push({ method: `${workers} x ${method}`, said, times })
    }
  }
  return { files, rounds, rows, failures }
}

type Make = (ground: Ground, workers: number, tally: Tally) => Promise<Place[]>

const METHODS: Record<string, Make> = {
  'git worktree add': worktrees,
  'sealed workspaces': sealed,
}

async function storm(
  workers: number,
  method: string,
  make: Make,
  files: number,
  rounds: number,
): Promise<{ row: StormRow; tally: Tally }> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-storm-')))
  const tally: Tally = { operations: 0, failed: 0, locked: 0, committed: [], said: new Map() }
  try {
    const ground = await lay(directory, files)
    const began = performance.now()
    const places = await make(ground, workers, tally)
    const made = performance.now()
    await Promise.all(places.map((place, n) => work(ground, place, n, rounds, tally)))
    const ended = performance.now()
    const subjects = new Set(
      (await git(ground, ground.repo, ['log', '--branches', '--format=%s'])).stdout.split('\n'),
    )
    const { operations, failed, locked, committed } = tally
    const lost = committed.filter((subject) => !subjects.has(subject)).length
    const times = { madeMs: made - began, stormMs: ended - made }
    return {
      row: { workers, method, operations, failed, locked, commits: committed.length, lost, ...times },
      tally,
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function lay(directory: string, files: number): Promise<Ground> {
  const repo = join(directory, 'repo')
  const home = join(directory, 'home')
  const env = { PATH: process.env.PATH ?? '', HOME: home, LC_ALL: 'C', GIT_EDITOR: 'true' }
  const ground = { directory, repo, env }
  for (const each of [repo, home]) mkdirSync(each)
  writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Pat\n\temail = pat@example.com\n')
  for (let n = 0; n < files; n += 1) {
    const file = join(repo, `src/part-${Math.floor(n / 40)}/file-${n}.ts`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `export const value = ${n}\n`.repeat(20))
  }
  const origin = join(directory, 'origin.git')
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '-A'],
    ['commit', '-q', '-m', 'first'],
    ['clone', '-q', '--bare', repo, origin],
    ['remote', 'add', 'origin', origin],
    ['fetch', '-q', 'origin'],
  ])
    if ((await git(ground, repo, args)).code !== 0) throw new Error(`git ${args.join(' ')} failed`)
  return ground
}

function git(ground: Ground, cwd: string, args: readonly string[]) {
  return run('git', args, { cwd, env: ground.env, timeoutMs: PATIENCE_MS })
}

/** As people make them: all at once, each on a branch of its own from the remote's. */
function worktrees(ground: Ground, workers: number, tally: Tally): Promise<Place[]> {
  return Promise.all(
    Array.from({ length: workers }, async (_, n) => {
      const path = join(ground.directory, 'w', `${n}`)
      const add = ['worktree', 'add', '-q', '-b', `work-${n}`, path, 'origin/main']
      if (!(await attempt(ground, ground.repo, add, tally))) {
        // Once more, as a person would: the storm itself shall have its workers.
        await git(ground, ground.repo, ['worktree', 'prune'])
        for (let left = 20; left > 0; left -= 1) {
          if (
            (await git(ground, ground.repo, ['worktree', 'add', '-q', '-f', '-B', `work-${n}`, path, 'main']))
              .code === 0
          )
            break
        }
      }
      return { path, publish: async () => {} }
    }),
  )
}

async function sealed(ground: Ground, workers: number, tally: Tally): Promise<Place[]> {
  const repository = await openRepository(ground.repo)
  const baseOid = (await git(ground, ground.repo, ['rev-parse', 'HEAD'])).stdout.trim()
  let tokens = 0
  const rooms = createWorkspaces({
    random: () => `token-${(tokens += 1)}`,
    erase: () => Promise.reject(new Error('nothing is erased in a storm')),
  })
  return Promise.all(
    Array.from({ length: workers }, async (_, n): Promise<Place> => {
      const stateDir = join(ground.directory, 'state', `s${n}`)
      mkdirSync(stateDir, { recursive: true })
      const spec = {
        session: `s${n}`,
        name: `work-${n}`,
        repository,
        kind: 'sealed' as const,
        path: join(ground.directory, 'w', `${n}`),
        branch: `work-${n}`,
        existingBranch: false,
        baseOid,
        target: 'main',
        stateDir,
        // Git alone is measured.
        lineInCell: async ({ argv, env }: Parameters<LineInCell>[0]) => [
          'env',
          ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
          ...argv,
        ],
        include: async () => null,
      }
      const counted = async <T>(what: () => Promise<T>): Promise<T | null> => {
        tally.operations += 1
        try {
          return await what()
        } catch (error) {
          fail(tally, (error as Error).message)
          return null
        }
      }
      const made: Workspace | null = await counted(() => rooms.make(spec, async () => {}))
      return {
        path: spec.path,
        publish: async () => {
          if (made) await counted(() => rooms.publish(made))
        },
      }
    }),
  )
}

/** What an agent does in a round; each command that fails is counted, and the next one is tried all the same. */
async function work(
  ground: Ground,
  place: Place,
  worker: number,
  rounds: number,
  tally: Tally,
): Promise<void> {
  const at = (...args: string[]) => attempt(ground, place.path, args, tally)
  for (let round = 0; round < rounds; round += 1) {
    const name = `${worker}-${round}`
    write(place, `work/${name}.txt`, name)
    await at('add', '-A')
    if (await at('commit', '-q', '-m', `commit ${name}`)) tally.committed.push(`commit ${name}`)
    await at('branch', `side-${name}`)
    await at('tag', `tag-${name}`)
    write(place, `work/${name}.txt`, `${name}, put aside`)
    if (await at('stash', '-q')) await at('stash', 'pop', '-q')
    await at('checkout', '-q', '--', '.')
    await at('rebase', '-q', '--force-rebase', 'HEAD~1')
    await at('fetch', '-q', 'origin')
    await at('branch', '-q', '-D', `side-${name}`)
    await at('tag', '-d', `tag-${name}`)
    await at('gc', '-q')
    await place.publish()
  }
}

function write(place: Place, name: string, text: string): void {
  mkdirSync(dirname(join(place.path, name)), { recursive: true })
  writeFileSync(join(place.path, name), `${text}\n`)
}

async function attempt(ground: Ground, cwd: string, args: string[], tally: Tally): Promise<boolean> {
  tally.operations += 1
  const done = await git(ground, cwd, args)
  if (done.code === 0) return true
  fail(tally, `git ${args[0]}: ${(done.stderr.trim() || done.stdout).trim()}`)
  return false
}

function fail(tally: Tally, said: string): void {
  tally.failed += 1
  if (LOCK.test(said)) tally.locked += 1
  const line =
    said.split('\n').find((each) => /error|fatal|lock|failed/i.test(each)) ?? said.split('\n')[0] ?? ''
  // Names, ids and paths differ; the kind of failure is what counts.
  const kind = line.replace(/'[^']*'|\/\S+|[0-9a-f]{40}|\d+/g, '*').slice(0, 100)
  tally.said.set(kind, (tally.said.get(kind) ?? 0) + 1)
}

export function renderStorm({ files, rounds, rows, failures }: StormResult): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  const lines = rows.map((row) => [
    `${row.workers} x ${row.method}`,
    `${row.failed}/${row.operations}`,
    `${row.locked}`,
    `${row.lost}/${row.commits}`,
    seconds(row.madeMs),
    seconds(row.stormMs),
  ])
  const kinds = failures.toSorted((a, b) => b.times - a.times).slice(0, 12)
  return [
    `storm: ${rounds} rounds of add, commit, branch, tag, stash, rebase, fetch, gc`,
    `       at once, ${files} files, no retries of any worker's git`,
    table([['', 'failed', 'locks', 'lost', 'made in', 'storm'], ...lines]),
    ...kinds.map(({ method, said, times }) => `  ${times} x ${method}: ${said}`.slice(0, 80)),
  ].join('\n')
}
