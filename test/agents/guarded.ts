/** One turn of the real Claude Code against the host's own end point and guard. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { claude } from '../../src/agents/claude/index.ts'
import { Between } from '../../src/host/between.ts'
import { serveHooks } from '../../src/host/hooks.ts'
import { HeldQuestions } from '../../src/host/questions.ts'
import type { GuardPolicy, HookEndpoint, HostRecordBody } from '../../src/protocol/index.ts'
import type { Step } from '../../src/rehearsal/model-server/index.ts'
import { freePort } from '../host/support.ts'
import { World, script } from './live.ts'

export const write = (file_path: string): Step => ({ tool: 'Write', input: { file_path, content: 'x' } })
/** What the guard lets pass, and what it does not. */
export const ALLOWED = write('${CWD}/src/fine')
export const FORBIDDEN = write('${CWD}/secret/key')

export interface Turn {
  /** All tool results that the model was given. */
  told: string
  records: HostRecordBody[]
}

export class Guarded {
  readonly world: World
  readonly records: HostRecordBody[] = []
  /** Servers that end with this. */
  readonly servers: Server[] = []
  /** Called with every record. */
  watch: (record: HostRecordBody) => void = () => {}

  private constructor(world: World) {
    this.world = world
  }

  static async make(): Promise<Guarded> {
    return new Guarded(await World.make())
  }

  made(path: string): boolean {
    return existsSync(join(this.world.root, path))
  }

  /** The real end point, with the real guard. @param token which it wants */
  async endpoint(token = 'secret'): Promise<HookEndpoint> {
    const port = await freePort()
    const append = async (body: HostRecordBody): Promise<void> => {
      this.records.push(body)
      this.watch(body)
    }
    const policy: GuardPolicy = {
      ...{ workspace: this.world.workspace, writable: [], avoid: ['secret/**'], owns: [], granted: [] },
      ...{ strays: 'refuse', branch: 'worktrain/x', home: this.world.home, kernel: null },
    }
    const questions = new HeldQuestions(append, Date.now, () => 'q')
    const log = (what: string, error: unknown) => console.error(what, error)
    const between = new Between(null)
    this.servers.push(
      await serveHooks({ port, token }, { append, questions, between, guard: () => policy, log }),
    )
    return { port, token: 'secret' }
  }

  /** Runs these steps without a terminal and without permission checks, to the end. */
  async turn(hooks: HookEndpoint, steps: Step[]): Promise<Turn> {
    const { world } = this
    const brief = {
      ...{ goal: '', owns: [], avoid: [], after: [], agent: 'claude', command: [], model: null, checks: [] },
      ...{ permissionMode: 'bypassPermissions', headless: true, land: false },
    }
    const installation = await claude.find(brief, world.env)
    if (!installation) throw new Error('not installed')
    const plan = await claude.prepare({
      ...{
        session: 's1',
        name: 'x',
        generation: 1,
        brief,
        workspace: world.workspace,
        env: world.env,
        hooks,
      },
      ...{ repositoryRoot: join(world.root, 'repo'), stateDir: join(world.root, 'state') },
      ...{ tempDir: join(world.root, 'tmp'), prompt: script([...steps, { text: 'over' }]), installation },
      ...{ conversation: { id: world.conversation, resume: false }, walled: true, approvals: [] },
    })
    const [file = '', ...args] = plan.argv
    // Root may only do without permission checks in a sandbox; servers of the repository are waited for.
    const env = { ...plan.env, IS_SANDBOX: '1', MCP_CONNECTION_NONBLOCKING: '0' }
    await once(spawn(file, args, { cwd: world.workspace, env, stdio: 'ignore' }), 'close')
    return { told: world.model.requests.map((each) => each.lastResult).join('\n'), records: this.records }
  }

  async close(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections()
      server.close()
    }
    await this.world.close()
  }
}
