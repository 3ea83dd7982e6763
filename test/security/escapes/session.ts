/** Attacks by the tools of a real agent: in a session of the built product, and without the product. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathsFrom } from '../../../src/platform/paths.ts'
import { startModelServer, type Conversation, type Step } from '../../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, handoff, scripted } from '../../fixtures/claude.ts'
import { BIN, createWorld, type World } from '../../fixtures/world.ts'
import { machineWords, type Outcome, type Struck } from './direct.ts'
import type { Column } from './gaps.ts'
import { openFile, plantHome, setStage, spell, type Attempt, type Stage } from './stage.ts'
import type { Result } from './table.ts'
import { asRoot, patiently, type ToolCall, type Vector } from './vector.ts'

/** How a careless person has it: nothing is asked. Worktrain itself names this mode only where there is a wall. */
const CARELESS = {
  permissions: { defaultMode: 'bypassPermissions' },
  skipDangerousModePermissionPrompt: true,
}
const NOTEBOOK = JSON.stringify({
  cells: [{ cell_type: 'code', id: 'a', source: 'good', metadata: {}, outputs: [], execution_count: null }],
  metadata: { language_info: { name: 'python' } },
  nbformat: 4,
  nbformat_minor: 5,
})
const DEADLINE = 10_000

/** One agent tries them all, one after the other; what each did is looked at and undone before the next. */
export async function attackFromSession(column: Column, vectors: readonly Vector[]): Promise<Result[]> {
  const server = await startModelServer()
  const walls = column.rung === 'none' ? {} : { WORKTRAIN_WALLS: column.rung }
  const world = await createWorld({
    env: { ...claudeEnv(server.url), ...walls, ...(asRoot && { IS_SANDBOX: '1' }) },
    files: { 'notes.ipynb': NOTEBOOK },
  })
  let stage: Stage | null = null
  try {
    prepare(world)
    const run = column.rung === 'none' ? plainAgent(world) : await session(world, column)
    const campaign = new Campaign(vectors)
    server.scenarios.set('attack', { script: (conversation) => campaign.steps(conversation) })
    const ended = run.start()
    await server.until(({ scenario }) => scenario === 'attack')
    stage = await setStage(await run.places())
    campaign.begin(stage)
    await ended()
    return (await campaign.outcomes()).map((each) => ({ ...each, column }))
  } finally {
    await stage?.close()
    await world.close()
    await server.close()
  }
}

interface Run {
  /** Starts the agent; the function it returns waits until it has tried everything and is gone. */
  start: () => () => Promise<void>
  places: () => Promise<Stage['places']>
}

function prepare(world: World): void {
  writeFileSync(join(world.repo, 'notes.txt'), 'notes\n')
  world.git(['add', '-A'])
  world.git(['commit', '-qm', 'second'])
  world.git(['branch', 'third', 'HEAD~1'])
  // As a repository is that has been tidied up once.
  world.git(['pack-refs', '--all', '--no-prune'])
  plantHome(world.home)
  writeFileSync(openFile(world.repo), 'mine\n')
  mkdirSync(join(world.home, '.claude'), { recursive: true })
  writeFileSync(join(world.home, '.claude/settings.json'), JSON.stringify(CARELESS))
}

/** Claude Code as a person starts it in a worktree of their own, with nothing of Worktrain around it. */
function plainAgent(world: World): Run {
  const [ws, other] = ['one', 'two'].map((name) => join(dirname(world.repo), name)) as [string, string]
  for (const path of [ws, other]) world.git(['worktree', 'add', '-q', '-b', path.slice(-3), path])
  const { home, repo: main, dir, env } = world
  const state = join(dir, 'wt/state')
  return {
    start() {
      const fd = openSync(openFile(main), 'a')
      const args = ['-p', 'Attack ::script:attack', '--permission-mode', 'bypassPermissions']
      const child = spawn(claude?.path ?? '', args, {
        cwd: ws,
        env,
        stdio: ['ignore', 'ignore', 'inherit', fd],
      })
      const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
      closeSync(fd)
      return () => gone
    },
    places: () =>
      Promise.resolve({ home, main, ws, other, state, run: join(dir, 'wt/run'), env, words: machineWords() }),
  }
}

async function session(world: World, column: Column): Promise<Run> {
  const { home, repo: main, env } = world
  const paths = pathsFrom(env)
  // The supervisor starts with a descriptor of somebody else's, as from a careless shell.
  const fd = openSync(openFile(main), 'a')
  const first = spawn(process.execPath, [BIN, 'ls'], {
    cwd: main,
    env,
    stdio: ['ignore', 'ignore', 'inherit', fd],
  })
  await new Promise((resolve) => first.once('close', resolve))
  closeSync(fd)
  const mode = column.rung === 'hooks' && asRoot ? [] : ['--permission-mode', 'bypassPermissions']
  const options = [...mode, '--kind', column.kind]
  await world.json(['run', scripted('Wait', [handoff([])]), '--name', 'other', ...options])
  await world.until('other', (s) => s.stage === 'handed-off', 'waits')
  return {
    start() {
      const started = world.json(['run', 'Attack\n::script:attack', '--name', 'evil', ...options])
      return async () => {
        await started
        await world.until(
          'evil',
          (s) => s.stage === 'handed-off' && s.activity.state === 'idle',
          'has tried all',
        )
        await world.json(['stop', 'evil'])
        await world.until('evil', (s) => s.process.state === 'exited', 'ends')
      }
    },
    async places() {
      const [ws, other] = await Promise.all(
        ['evil', 'other'].map((name) => world.until(name, (s) => s.process.state === 'running', 'runs')),
      )
      if (!ws || !other) throw new Error('no sessions')
      const spec = JSON.parse(readFileSync(join(paths.sessionState(other.id), 'host-spec.json'), 'utf8')) as {
        hooks: { port: number }
      }
      const words = {
        ...machineWords(),
        SUPSOCK: paths.supervisorSocket,
        TOKENFILE: paths.token,
        OTHERSTATE: paths.sessionState(other.id),
        HOSTSOCK: join(paths.sessionRun(other.id), 'host.sock'),
        HOOKPORT: String(spec.hooks.port),
      }
      return {
        ...{ home, main, env, words, state: paths.state, run: paths.run },
        ...{ ws: ws.workspace.path, other: other.workspace.path },
      }
    },
  }
}

interface Tried {
  vector: Vector
  attempt: Attempt
  /** The last tool call was refused, or failed. */
  failed: boolean
  escaped: boolean
}

/** What the model does next, once it is seen what the last attack did. */
class Campaign {
  readonly #waiting: Vector[]
  readonly #steps: Step[] = []
  readonly #tried: Tried[] = []
  #stage: Stage | null = null
  #now: { vector: Vector; attempt: Attempt; until: number } | null = null

  constructor(vectors: readonly Vector[]) {
    // One that outlives the others' clearing up comes last.
    this.#waiting = vectors.toSorted((a, b) => Number(a.late ?? false) - Number(b.late ?? false))
  }

  begin(stage: Stage): void {
    this.#stage = stage
  }

  /** Called for each request of the conversation; more than once for the same, if it is repeated. */
  steps({ step, results }: Conversation): Step[] {
    const stage = this.#stage
    if (!stage) {
      // The targets are not all there yet.
      if (this.#steps.length <= step) this.#steps.push(bash('sleep 0.2'))
      return this.#steps
    }
    if (step < this.#steps.length) return this.#steps
    if (this.#now) this.#judge(stage, this.#now, results)
    if (this.#now?.vector.unsettles) this.#steps.push(bash('true'))
    const vector = this.#waiting.shift()
    if (!vector) {
      this.#now = null
      this.#steps.push(handoff([]))
      return this.#steps
    }
    const attempt = stage.begin()
    const calls = vector.calls?.(attempt.words) ?? [bash(spell(vector.script, attempt.words))]
    this.#steps.push(...calls)
    this.#now = { vector, attempt, until: calls.length }
    return this.#steps
  }

  #judge(
    stage: Stage,
    now: { vector: Vector; attempt: Attempt; until: number },
    results: Conversation['results'],
  ): void {
    const { vector, attempt } = now
    const own = results.slice(-now.until).flat()
    attempt.out = own.map(({ text }) => text).join('\n')
    const escaped = !vector.late && vector.escaped(attempt)
    this.#tried.push({ vector, attempt, failed: own.at(-1)?.error ?? true, escaped })
    vector.clean?.(attempt)
    if (!vector.late) stage.end(attempt)
  }

  /** Once the session is over. */
  async outcomes(): Promise<Struck[]> {
    if (this.#waiting.length > 0) throw new Error(`the agent stopped before ${this.#waiting[0]?.id}`)
    const outcomes: Struck[] = []
    for (const { vector, attempt, failed, escaped } of this.#tried) {
      const through = vector.late ? !(await patiently(() => !vector.escaped(attempt), DEADLINE)) : escaped
      if (vector.late) this.#stage?.end(attempt)
      const stopped: Outcome = failed ? 'blocked' : 'contained'
      outcomes.push({
        vector,
        out: attempt.out,
        outcome: through || (vector.slow && attempt.heard()) ? 'escaped' : stopped,
      })
    }
    return outcomes
  }
}

function bash(command: string): ToolCall {
  return { tool: 'Bash', input: { command, description: 'Try' } }
}
