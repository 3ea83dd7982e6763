/** Many sessions of the real Claude Code that share one home, each in a workspace, and in the cell where there is one. */
import { createHash } from 'node:crypto'
import { execFileSync, spawn } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  realpathSync,
} from 'node:fs'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { LaunchPlan, LaunchRequest } from '../../src/agents/agent.ts'
import { claude } from '../../src/agents/claude/index.ts'
import { projectName } from '../../src/agents/claude/files.ts'
import { buildCell, probeRung } from '../../src/walls/index.ts'
import { brief } from '../fixtures/brief.ts'

export interface Member {
  name: string
  workspace: string
  stateDir: string
  tempDir: string
  conversation: string
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A fake login, `expiresAt` in ms since the epoch. */
export const credentials = (expiresAt: number, n = 0): string =>
  JSON.stringify({
    claudeAiOauth: {
      accessToken: `access-${n}`,
      refreshToken: `refresh-${n}`,
      expiresAt,
      scopes: ['user:inference', 'user:profile'],
      subscriptionType: 'max',
      rateLimitTier: 'default_claude_max_5x',
    },
  })

/** Longest wait for one process, ms: a bound for a hanging test. */
const PATIENCE = 150_000

export class Fleet {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-fleet-')))
  readonly home = join(this.root, 'home')
  readonly repository = join(this.root, 'repo')
  readonly members: Member[] = []
  env: Record<string, string>

  constructor(env: Record<string, string>) {
    this.env = { PATH: process.env.PATH ?? '', HOME: this.home, LANG: 'C.UTF-8', ...env }
    mkdirSync(this.home)
    mkdirSync(this.repository)
    const git = this.#git
    git('init', '-q', '-b', 'main')
    git('commit', '-q', '--allow-empty', '-m', 'first')
  }

  #git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=P', '-c', 'user.email=p@example.com', ...args], {
      cwd: this.repository,
      env: { PATH: process.env.PATH, HOME: this.home },
    })

  add(name: string): Member {
    const member: Member = {
      name,
      workspace: join(this.root, 'workspaces', name),
      stateDir: join(this.root, 'state', name),
      tempDir: join(this.root, 'state', name, 'tmp'),
      conversation: randomUUID(),
    }
    mkdirSync(member.tempDir, { recursive: true })
    this.#git('clone', '-q', this.repository, member.workspace)
    this.members.push(member)
    return member
  }

  /** Where the person's directory keeps a member's conversation. */
  transcript(member: Member): string {
    const directory = projectName(member.workspace) ?? ''
    return join(this.home, '.claude/projects', directory, `${member.conversation}.jsonl`)
  }

  put(path: string, content: string): string {
    const whole = join(this.root, path)
    mkdirSync(dirname(whole), { recursive: true })
    writeFileSync(whole, content, { mode: 0o600 })
    return whole
  }

  async prepare(
    member: Member,
    options: Partial<LaunchRequest> & { prompt: string | null; resume?: boolean },
  ): Promise<{ plan: LaunchPlan; argv: string[]; env: Record<string, string> }> {
    const installation = await claude.find(brief, this.env)
    if (!installation) throw new Error('not installed')
    const { resume = false, ...more } = options
    const rung = await this.rung()
    const plan = await claude.prepare({
      session: member.name,
      name: member.name,
      generation: 1,
      brief: { ...brief, headless: true, permissionMode: 'bypassPermissions' },
      workspace: member.workspace,
      repositoryRoot: this.repository,
      stateDir: member.stateDir,
      tempDir: member.tempDir,
      conversation: { id: member.conversation, resume },
      hooks: null,
      approvals: [],
      env: this.env,
      installation,
      walled: rung === 'bubblewrap',
      ...more,
    })
    if (rung !== 'bubblewrap') return { plan, argv: plan.argv, env: { ...plan.env, IS_SANDBOX: '1' } }
    const { workspace, tempDir, stateDir } = member
    const spec = {
      session: member.name,
      workspace,
      tempDir,
      home: this.home,
      writable: plan.writable,
      readable: [this.repository, ...plan.readable],
      protect: [],
      hidden: [stateDir, dirname(stateDir), dirname(workspace)],
      network: true as const,
    }
    // Started by what the tests give the agent (MCP servers), wherever the clone lies.
    const programPaths = [process.execPath]
    const cell = await buildCell(spec, {
      argv: plan.argv,
      env: this.env,
      cwd: workspace,
      programPaths,
      ...this.#probe,
    })
    return { plan, argv: cell.argv, env: { ...plan.env, ...cell.env } }
  }

  #probe = { cacheDir: join(this.root, 'probe'), now: Date.now }
  rung = async () => (await probeRung({ ...this.#probe, env: this.env })).rung

  /** One turn without a terminal. */
  async turn(member: Member, prompt: string, resume = false): Promise<Ended> {
    const { argv, env } = await this.prepare(member, { prompt, resume })
    return this.run(argv, { env, cwd: member.workspace })
  }

  /** Runs to the end, whatever it was. */
  run(argv: string[], options: { env?: Record<string, string>; cwd: string }): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn(argv[0] ?? '', argv.slice(1), {
        cwd: options.cwd,
        env: options.env ?? this.env,
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: PATIENCE,
        killSignal: 'SIGKILL',
      })
      let stdout = ''
      let stderr = ''
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
      child.on('error', reject)
      child.on('close', (code) => resolve({ code, stdout: stdout.trim(), stderr: stderr.trim() }))
    })
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Everything below a directory: type, mode, and content or target. */
export function hashOf(directory: string): Map<string, string> {
  const found = new Map<string, string>()
  // A recursive `readdir` of Node follows links to directories.
  const walk = (below: string) => {
    for (const each of readdirSync(join(directory, below)).sort()) {
      const name = join(below, each)
      const path = join(directory, name)
      const stat = lstatSync(path)
      const content = stat.isFile() ? readFileSync(path) : stat.isSymbolicLink() ? readlinkSync(path) : ''
      found.set(name, `${stat.mode.toString(8)} ${createHash('sha256').update(content).digest('hex')}`)
      if (stat.isDirectory()) walk(name)
    }
  }
  walk('')
  return found
}

/** Names that differ, but for the conversations of these workspaces and the directories on the way to them. */
export function changed(
  before: Map<string, string>,
  after: Map<string, string>,
  ...workspaces: string[]
): string[] {
  const own = workspaces.map((path) => `.claude/projects/${projectName(path)}`)
  const expected = (name: string) =>
    (['.claude', '.claude/projects'].includes(name) && !before.has(name)) ||
    own.some((each) => name === each || name.startsWith(`${each}/`))
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name) && !expected(name),
  )
}
