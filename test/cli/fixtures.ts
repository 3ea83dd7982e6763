/** Sessions and terminals for tests of the command line. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { cli } from '../../src/cli/cli.ts'
import type { Machine } from '../../src/cli/context.ts'
import type { Look } from '../../src/terminal/look.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import type {
  AttentionItem,
  BuildView,
  ChangeView,
  CheckView,
  LandingView,
  SessionView,
  TrainView,
} from '../../src/protocol/api.ts'
import type { Question } from '../../src/protocol/session.ts'
import type { BuildMember, Proof } from '../../src/protocol/train.ts'
import { createServer } from '../../src/server/index.ts'
import type { Handlers } from '../../src/server/index.ts'
import { handlersWith, viewOf } from '../server/fixtures.ts'

export const NOW = Date.UTC(2026, 10, 21, 12, 0, 0)
export const MINUTE = 60_000

/** No colours, the width of the first terminals. */
export const PLAIN: Look = {
  width: 80,
  coloured: false,
  marked: false,
  depth: 0,
  paint: (_colour, text) => text,
}

export function session(facts: Partial<SessionView> = {}): SessionView {
  const name = facts.name ?? 'kamal-migration'
  return {
    id: `s-${name}`,
    name,
    repository: { id: 'r1', root: '/home/me/shop' },
    goal: 'Move the deployment from Heroku to Kamal.',
    agent: 'claude',
    stage: 'active',
    stageWhy: 'the agent runs',
    stageAt: NOW - 12_000,
    process: { state: 'running', generation: 1, pid: 4711, exit: null, why: '' },
    activity: { state: 'working', source: 'hook', at: NOW - 12_000, evidence: 'PostToolUse Bash' },
    age: 12_000,
    attention: [],
    seenAt: null,
    question: null,
    branch: `worktrain/${name}`,
    base: { oid: 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678', ref: 'main', chosen: 'local main' },
    workspace: { kind: 'sealed', path: `/home/me/shop.worktrees/${name}`, made: true },
    cell: { rung: 'bubblewrap', why: '' },
    head: 'b1b2c3d4e5f60718293a4b5c6d7e8f9012345678',
    lastSnapshot: { n: 3, oid: 'c1b2c3d4e5f60718293a4b5c6d7e8f9012345678', at: NOW - 2 * MINUTE },
    waitsFor: [],
    owns: [],
    avoids: [],
    granted: [],
    work: null,
    merges: null,
    change: null,
    takenBack: null,
    handoff: null,
    usage: null,
    note: '',
    pinned: false,
    queued: 0,
    lastMessage: '',
    conversation: null,
    hostSocket: null,
    createdAt: NOW - 10 * MINUTE,
    trashedUntil: null,
    refusals: 0,
    turns: 1,
    warnings: [],
    ...facts,
  }
}

export function change(facts: Partial<ChangeView> = {}): ChangeView {
  return {
    id: 'c1',
    name: 'kamal-migration',
    session: 's-kamal-migration',
    branch: 'worktrain/kamal-migration',
    head: 'b1b2c3d4e5f60718293a4b5c6d7e8f9012345678',
    target: 'main',
    state: 'queued',
    why: '',
    position: 1,
    priority: 0,
    queuedAt: NOW - MINUTE,
    builds: [],
    expected: null,
    ejections: 0,
    checks: [],
    landed: null,
    ejected: null,
    undoes: null,
    ...facts,
  }
}

/** A commit's or tree's name that begins with what it is for. */
export function oid(seed: string): string {
  return Buffer.from(seed).toString('hex').padEnd(40, '0').slice(0, 40)
}

export function check(facts: Partial<CheckView> = {}): CheckView {
  return {
    command: 'npm test',
    state: 'running',
    exit: null,
    ms: 40_000,
    usually: 60_000,
    log: '/l',
    tail: '',
    tests: null,
    note: '',
    ...facts,
  }
}

export function member(name: string): BuildMember {
  return {
    change: `c-${name}`,
    name,
    head: oid(`h-${name}`),
    commit: oid(`m-${name}`),
    tree: oid(`t-${name}`),
  }
}

/** A build of these changes on main. */
export function build(id: string, names: readonly string[], facts: Partial<BuildView> = {}): BuildView {
  const members = names.map(member)
  return {
    id,
    purpose: 'landing',
    base: oid('main'),
    members,
    commit: members.at(-1)?.commit ?? oid('main'),
    tree: members.at(-1)?.tree ?? oid('tree'),
    what: `main with ${names.join(', ')}`,
    checks: [check()],
    resolved: [],
    startedAt: NOW - 40_000,
    expected: NOW + 20_000,
    ...facts,
  }
}

export function proofOf(facts: Partial<Proof> = {}): Proof {
  return {
    command: 'npm test',
    tree: oid('tree'),
    exit: 0,
    ms: 41_000,
    log: '/state/trains/r1/logs/b1-1.log',
    build: 'b1',
    environment: 'e1',
    ...facts,
  }
}

export function landing(names: readonly string[], facts: Partial<LandingView> = {}): LandingView {
  return {
    seq: 40,
    at: NOW - 2 * MINUTE,
    build: 'b1',
    target: 'main',
    old: oid('base'),
    new: oid('main'),
    tree: oid('tree'),
    members: names.map((name) => ({
      change: `c-${name}`,
      name,
      session: `s-${name}`,
      head: oid(`h-${name}`),
      commit: oid(`m-${name}`),
      branch: `worktrain/${name}`,
    })),
    checks: [proofOf()],
    skipped: [],
    resolved: [],
    environment: 'e1',
    ms: 65_000,
    remote: null,
    ...facts,
  }
}

export function train(facts: Partial<TrainView> = {}): TrainView {
  return {
    target: 'main',
    main: { commit: oid('main'), green: true },
    remote: null,
    note: '',
    paused: null,
    stoppedAt: null,
    stuck: null,
    mode: 'prefix',
    slots: { count: 2, why: '2 cores' },
    failureRate: 0.1,
    builds: [],
    changes: [],
    asks: [],
    landings: [],
    flaky: [],
    ...facts,
  }
}

/** Something that waits for the person, of the session {@link session} makes when not told otherwise. */
export function attention(facts: Partial<AttentionItem> & Pick<AttentionItem, 'kind'>): AttentionItem {
  return {
    id: `${facts.kind}:s-kamal-migration:1.1`,
    session: { id: 's-kamal-migration', name: 'kamal-migration' },
    repository: { id: 'r1', root: '/home/me/shop' },
    why: 'it is so',
    since: NOW - 2 * MINUTE,
    age: 2 * MINUTE,
    blocks: { sessions: [], train: 0 },
    action: 'worktrain why kamal-migration',
    actions: [],
    ...facts,
  }
}

export const PERMISSION: Question = {
  id: 'q1',
  kind: 'permission',
  tool: 'Bash',
  summary: 'Bash: rm -rf build',
  input: { command: 'rm -rf build' },
  questions: [],
  openedAt: NOW - 2 * MINUTE,
}

export const CHOICE: Question = {
  id: 'q2',
  kind: 'question',
  tool: 'AskUserQuestion',
  summary: 'Which registry?',
  input: {},
  questions: [
    {
      header: 'Registry',
      question: 'Which registry?',
      multiple: false,
      options: [
        { label: 'ghcr', description: 'beside the code' },
        { label: 'docker', description: '' },
      ],
    },
    {
      header: 'Hosts',
      question: 'Which hosts?',
      multiple: true,
      options: [
        { label: 'web', description: '' },
        { label: 'jobs', description: '' },
      ],
    },
  ],
  openedAt: NOW,
}

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

export interface Bench {
  directory: string
  env: Record<string, string>
  journal: Journal
  /** Runs a command line as a pipe would see it; with `typed`, at a terminal where that is typed. */
  run: (argv: string[], options?: { typed?: string; input?: string }) => Promise<Ran>
  /** The supervisor goes away; `restart` brings it back, with the same journal. */
  stop: () => Promise<void>
  restart: () => Promise<void>
  close: () => Promise<void>
}

/** A command line against a real socket and journal, behind which `own` answers. */
export async function bench(own: Partial<Handlers> = {}): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'wt-cli-'))
  const repository = join(directory, 'shop')
  mkdirSync(join(repository, '.git'), { recursive: true })
  const env = { HOME: directory, WORKTRAIN_HOME: join(directory, 'wt') }
  const paths = pathsFrom(env)
  mkdirSync(paths.state, { recursive: true })
  const journal = await openSqliteJournal({ path: paths.journal, projections: [], now: () => NOW })
  const serve = () =>
    createServer({
      socketPath: paths.supervisorSocket,
      authenticate: () => ({ session: null }),
      handlers: handlersWith({
        hello: async () => viewOf({}),
        status: async () => viewOf({ head: await journal.head() }),
        ...own,
      }),
      journal,
      now: () => NOW,
      log: console,
    })
  let server: Awaited<ReturnType<typeof serve>> | null = await serve()
  const stop = async (): Promise<void> => {
    await server?.close()
    server = null
  }
  return {
    directory: repository,
    env,
    journal,
    run: (argv, options = {}) => run(argv, env, repository, options),
    stop,
    restart: async () => {
      await stop()
      server = await serve()
    },
    close: async () => {
      await stop()
      await journal.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function run(
  argv: string[],
  env: Record<string, string>,
  cwd: string,
  { typed, input }: { typed?: string; input?: string },
): Promise<Ran> {
  const isTTY = typed !== undefined
  const stream = (): { stream: NodeJS.WriteStream; text: () => string } => {
    const through = new PassThrough()
    let text = ''
    through.on('data', (chunk: Buffer) => (text += chunk.toString()))
    return { stream: Object.assign(through, { isTTY, columns: 80, rows: 24 }) as never, text: () => text }
  }
  const stdout = stream()
  const stderr = stream()
  const stdin = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.ReadStream & PassThrough
  stdin.end(typed ?? input ?? '')
  const machine: Machine = {
    env: { ...env, NO_COLOR: '1' },
    cwd,
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
  }
  const code = await cli(argv, machine)
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}
