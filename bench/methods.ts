/** The ways to start sessions that are compared: Worktrain's, and what people do without it. */
import { join } from 'node:path'
import { run } from '../src/platform/run.ts'
import { cleanUp, shutDown } from '../src/rehearsal/conduct.ts'
import { BIN } from '../test/fixtures/world.ts'
import type { World } from '../test/fixtures/world.ts'

/** A process that has not ended by then is ended, ms. */
const PATIENCE_MS = 180_000

export interface Batch {
  world: World
  /** The agent's program. */
  claude: string
  /** Part of every name in this batch, and of no other. */
  tag: string
  /** One a session; the agent's first request carries it. */
  goals: readonly string[]
}

export interface Method {
  title: string
  /** Measured with this many sessions? Every number when left out. */
  fits?: (sessions: number) => boolean
  /** What is not part of the time. */
  before?: (batch: Batch) => Promise<void>
  /** Starts all. One promise a session: rejected with the reason when its agent will never ask. */
  start: (batch: Batch) => Promise<void>[]
  /** Ends and removes what was started. */
  clear: (batch: Batch) => Promise<void>
}

/** The first is what the others are compared with. */
export const METHODS: readonly Method[] = [
  { title: 'git worktree add, then claude -p', start: oneByOne, clear: removeWorktrees },
  // As people type it, from the remote's branch: git then writes to the one configuration file.
  {
    title: 'the same, all at once',
    fits: (sessions) => sessions > 1,
    start: (batch) =>
      batch.goals.map(async (goal, i) => {
        await addWorktree(batch, i, ['origin/main'])
        await agent(batch, goal, [], worktreeOf(batch, i))
      }),
    clear: removeWorktrees,
  },
  {
    title: 'claude -p --worktree NAME',
    start: (batch) =>
      batch.goals.map((goal, i) => agent(batch, goal, ['--worktree', nameOf(batch, i)], batch.world.repo)),
    clear: removeWorktrees,
  },
  { title: 'worktrain run --headless', start: (batch) => worktrain(batch, ['--headless']), clear },
  { title: 'worktrain run', start: (batch) => worktrain(batch, []), clear },
  {
    title: 'worktrain run, supervisor not up',
    fits: (sessions) => sessions === 1,
    before: ({ world }) => shutDown(world.client),
    start: (batch) => worktrain(batch, []),
    clear,
  },
]

const nameOf = ({ tag }: Batch, i: number): string => `${tag}-${i}`
const worktreeOf = (batch: Batch, i: number): string => join(batch.world.dir, 'plain', nameOf(batch, i))

/** One `git worktree add` after the other, because two at once can fail; each agent as soon as its tree stands. */
function oneByOne(batch: Batch): Promise<void>[] {
  let last: Promise<void> = Promise.resolve()
  return batch.goals.map(async (goal, i) => {
    const made = last.then(() => addWorktree(batch, i, ['--no-track', 'origin/main']))
    last = made.catch(() => {})
    await made
    await agent(batch, goal, [], worktreeOf(batch, i))
  })
}

async function addWorktree(batch: Batch, i: number, from: string[]): Promise<void> {
  const { repo, env } = batch.world
  const args = ['worktree', 'add', '-q', '-b', nameOf(batch, i), worktreeOf(batch, i), ...from]
  await succeed('git', args, { cwd: repo, env })
}

function agent(batch: Batch, goal: string, args: string[], cwd: string): Promise<void> {
  return succeed(batch.claude, ['-p', goal, ...args], { cwd, env: batch.world.env })
}

function worktrain({ world, goals }: Batch, args: string[]): Promise<void>[] {
  const command = succeed(process.execPath, [BIN, 'run', ...goals, ...args], {
    cwd: world.repo,
    env: world.env,
  })
  return goals.map(() => command)
}

async function clear({ world }: Batch): Promise<void> {
  const { left } = await cleanUp(world.client, world.repo)
  if (left.length > 0) throw new Error(`sessions that could not be removed: ${left.join('; ')}`)
}

async function removeWorktrees({ world, tag }: Batch): Promise<void> {
  const listed = world.git(['worktree', 'list', '--porcelain']).matchAll(/^worktree (.*)$/gm)
  // Twice --force: the agent locks its worktrees and leaves the lock.
  for (const path of [...listed].slice(1)) world.git(['worktree', 'remove', '-f', '-f', path[1] ?? ''])
  const branches = world.git(['branch', '--list', '--format=%(refname:short)', `*${tag}-*`])
  if (branches !== '') world.git(['branch', '-q', '-D', ...branches.split('\n')])
}

async function succeed(
  program: string,
  args: string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<void> {
  const { code, signal, stdout, stderr } = await run(program, args, { ...options, timeoutMs: PATIENCE_MS })
  if (code === 0) return
  const said = (stderr.trim() || stdout.trim()).split('\n').at(-1)
  throw new Error(`${args.slice(0, 2).join(' ')} ended with ${signal ?? `exit ${code}`}: ${said}`)
}
