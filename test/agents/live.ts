/** A session of the real Claude Code: prepared by the agent, in a real pty, in the real cell on request. */
import { execFileSync } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { randomUUID } from 'node:crypto'
import headless from '@xterm/headless'
import { spawn, type IPty } from '@lydell/node-pty'
import type { LaunchPlan, Meaning, Observation } from '../../src/agents/agent.ts'
import { claude } from '../../src/agents/claude/index.ts'
import { questionOf } from '../../src/host/claude-hooks.ts'
import type { Answer, Brief, Question } from '../../src/protocol/index.ts'
import { startModelServer, type ModelServer, type Step } from '../../src/rehearsal/model-server/index.ts'
import { buildCell, probeRung } from '../../src/walls/index.ts'
import { claude as program, claudeEnv } from '../fixtures/claude.ts'
import { brief as bare } from '../fixtures/brief.ts'

/** Longest wait, ms: a bound for a hanging test. */
const PATIENCE = 25_000

interface Held {
  question: Question
  response: ServerResponse
}

export const script = (steps: (Step | string)[]) => `::script ${JSON.stringify(steps)}`
export const bash = (command: string): Step => ({ tool: 'Bash', input: { command, description: 'x' } })

/** Is there a wall for {@link World.start} with `walled`? */
export async function hasCell(): Promise<boolean> {
  return (await rung(realpathSync(tmpdir()))) === 'bubblewrap'
}
const rung = async (cacheDir: string) =>
  (await probeRung({ cacheDir: join(cacheDir, 'wt-probe'), env: { PATH: process.env.PATH }, now: Date.now }))
    .rung

/** A home, a repository, a workspace cloned from it, the model server, and the host's part of the hooks. */
export class World {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-live-')))
  readonly workspace = join(this.root, 'ws')
  readonly home = join(this.root, 'home')
  readonly meanings: Meaning[] = []
  readonly bodies: { event: string; body: Record<string, unknown> }[] = []
  readonly held: Held[] = []
  conversation: string = randomUUID()
  /** Body with which PreToolUse is answered. */
  guard: (body: Record<string, unknown>) => Record<string, unknown> = () => ({})
  model!: ModelServer
  env: Record<string, string> = {}
  screen = new headless.Terminal({ cols: 120, rows: 40, allowProposedApi: true })
  exited: Promise<void> = Promise.resolve()
  #pty: IPty | null = null
  #seq = 0
  #wake = new Set<() => void>()
  readonly #hooks = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const event = (request.url ?? '').replace('/hook/', '')
      if (request.headers.authorization !== 'Bearer secret') response.writeHead(401).end()
      else
        this.#take(event, JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>, response)
    })
  })

  static async make(): Promise<World> {
    const world = new World()
    const repository = join(world.root, 'repo')
    for (const name of ['home', 'state', 'tmp']) mkdirSync(join(world.root, name))
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=P', '-c', 'user.email=p@example.com', ...args], {
        env: { PATH: process.env.PATH, HOME: world.home },
      })
    git('init', '-q', '-b', 'main', repository)
    writeFileSync(join(repository, 'README.md'), 'readme\n')
    git('-C', repository, 'add', '.')
    git('-C', repository, 'commit', '-q', '-m', 'first')
    git('clone', '-q', repository, world.workspace)
    world.model = await startModelServer()
    await new Promise<void>((resolve) => world.#hooks.listen(0, '127.0.0.1', resolve))
    world.env = {
      PATH: process.env.PATH ?? '',
      HOME: world.home,
      LANG: 'C.UTF-8',
      ...claudeEnv(world.model.url),
    }
    return world
  }

  #take(event: string, body: Record<string, unknown>, response: ServerResponse): void {
    const at = Date.now()
    const base = { seq: ++this.#seq, at, generation: 1 }
    this.bodies.push({ event, body })
    if (event === 'PermissionRequest') {
      const suggestions = body.permission_suggestions
      const question = {
        ...questionOf(body, `q${this.#seq}`, at),
        ...(Array.isArray(suggestions) && { suggestions: suggestions as unknown[] }),
      }
      this.held.push({ question, response })
      this.meanings.push(...claude.interpret({ ...base, kind: 'question', question }))
    } else {
      this.meanings.push(...claude.interpret({ ...base, kind: 'hook', event, body }))
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(event === 'PreToolUse' ? this.guard(body) : {}))
    }
    for (const wake of this.#wake) wake()
  }

  context() {
    return {
      session: 's1',
      stateDir: join(this.root, 'state'),
      workspace: this.workspace,
      repositoryRoot: join(this.root, 'repo'),
      conversation: this.conversation,
      pid: null,
      env: this.env,
      now: Date.now(),
    }
  }

  async prepare(options: {
    prompt: string | null
    resume?: boolean
    walled?: boolean
    brief?: Partial<Brief>
  }): Promise<{ plan: LaunchPlan; argv: string[]; env: Record<string, string> }> {
    const brief: Brief = {
      ...bare,
      goal: '',
      permissionMode: 'default',
      ...options.brief,
    }
    const installation = await claude.find(brief, this.env)
    if (!installation) throw new Error('not installed')
    await claude.ready(installation, this.env)
    const { stateDir, workspace, repositoryRoot } = this.context()
    const tempDir = join(this.root, 'tmp')
    const plan = await claude.prepare({
      session: 's1',
      name: 'live',
      generation: 1,
      brief,
      workspace,
      repositoryRoot,
      stateDir,
      tempDir,
      prompt: options.prompt,
      conversation: { id: this.conversation, resume: options.resume ?? false },
      hooks: { port: (this.#hooks.address() as AddressInfo).port, token: 'secret' },
      approvals: [],
      env: this.env,
      installation,
      walled: options.walled ?? false,
    })
    if (!options.walled) return { plan, argv: plan.argv, env: plan.env }
    const { writable, readable } = plan
    const cell = await buildCell(
      {
        session: 's1',
        workspace,
        tempDir,
        home: this.home,
        writable,
        readable: [repositoryRoot, ...readable],
        protect: [],
        hidden: [stateDir],
        network: true,
      },
      { argv: plan.argv, env: this.env, cwd: workspace, cacheDir: join(this.root, 'probe'), now: Date.now },
    )
    return { plan, argv: cell.argv, env: { ...plan.env, ...cell.env } }
  }

  /** Starts it in the terminal. */
  async start(options: Parameters<World['prepare']>[0]): Promise<LaunchPlan> {
    const { plan, argv, env } = await this.prepare(options)
    this.screen = new headless.Terminal({ cols: 120, rows: 40, allowProposedApi: true })
    const screen = this.screen
    const pty = spawn(argv[0] ?? '', argv.slice(1), { cols: 120, rows: 40, cwd: this.workspace, env })
    pty.onData((data) => screen.write(data))
    screen.onData((data) => pty.write(data))
    this.exited = new Promise((resolve) => pty.onExit(() => resolve()))
    this.#pty = pty
    return plan
  }

  type(data: string): void {
    this.#pty?.write(data)
  }

  /** Delivers a follow-up as the supervisor does: into an idle terminal, one write after the other. */
  async send(text: string): Promise<void> {
    await this.observed((seen) => seen.activity?.state === 'idle')
    const keys = claude.keys(text, { bracketedPaste: this.screen.modes.bracketedPasteMode })
    if (!keys) throw new Error('the terminal takes no prompt')
    for (const data of keys) this.type(data)
  }

  /** Resolves once a hook has made the condition true. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return
    await new Promise<void>((resolve, reject) => {
      const stop = (end: () => void) => {
        clearTimeout(timer)
        this.#wake.delete(wake)
        end()
      }
      const wake = () => condition() && stop(resolve)
      const timer = setTimeout(() => stop(() => reject(new Error(`nothing came:\n${this.text()}`))), PATIENCE)
      this.#wake.add(wake)
    })
  }

  /** Looks at the session file, which tells nobody of its changes, until it says so. */
  async observed(condition: (seen: Observation) => boolean): Promise<Observation> {
    for (const end = Date.now() + PATIENCE; Date.now() < end;) {
      const seen = await claude.observe(this.context())
      if (seen && condition(seen)) return seen
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`the session file never said so:\n${this.text()}`)
  }

  /** The next question that is not yet answered. */
  async asked(): Promise<Held> {
    await this.until(() => this.held.length > 0)
    return this.held[0] as Held
  }

  async answer(answer: Answer): Promise<void> {
    const { question, response } = await this.asked()
    this.held.shift()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(claude.answer(question, answer)))
  }

  turns(): number {
    return this.meanings.filter((each) => each.kind === 'turn-finished' && each.background === 0).length
  }

  /** The last message of the n-th finished turn. */
  async turn(n: number): Promise<string> {
    await this.until(() => this.turns() >= n)
    const ends = this.meanings.filter((each) => each.kind === 'turn-finished' && each.background === 0)
    const end = ends[n - 1]
    return end?.kind === 'turn-finished' ? end.lastMessage : ''
  }

  prompts(): string[] {
    return this.meanings.flatMap((each) => (each.kind === 'prompt-seen' ? [each.text] : []))
  }

  text(): string {
    const { active } = this.screen.buffer
    const rows = Array.from({ length: 40 }, (_, i) => active.getLine(active.viewportY + i))
    return rows.map((row) => row?.translateToString(true) ?? '').join('\n')
  }

  /** Names below a directory of this world. */
  names(directory: string): string[] {
    return (readdirSync(join(this.root, directory), { recursive: true }) as string[]).sort()
  }

  put(path: string, content: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), content, { mode: 0o600 })
  }

  async kill(): Promise<void> {
    this.#pty?.kill('SIGKILL')
    this.#pty = null
    await this.exited
  }

  async close(): Promise<void> {
    await this.kill()
    for (const { response } of this.held) response.destroy()
    this.#hooks.closeAllConnections()
    this.#hooks.close()
    await this.model.close()
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 })
  }
}

export { program }
