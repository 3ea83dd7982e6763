/** The guard against the real Claude Code: nothing but its own answer lets a tool run, by whatever tool. */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Step } from '../../src/rehearsal/model-server/index.ts'
import { claudeTitle } from '../fixtures/claude.ts'
import { freePort } from '../host/support.ts'
import { ALLOWED, Guarded, write } from './guarded.ts'
import { bash, program, script } from './live.ts'

describe.skipIf(!program)(claudeTitle, () => {
  let guarded: Guarded
  beforeEach(async () => {
    guarded = await Guarded.make()
  })
  afterEach(() => guarded.close())

  describe('no tool runs when the end point', () => {
    type Answer = (socket: Socket, respond: (status: number, body: string) => void) => void
    const schema = { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'forbid' } }
    const ANSWERS: [string, Answer][] = [
      ['fails', (_, respond) => respond(500, '{"error":"x"}')],
      ['does not know the token', (_, respond) => respond(401, '{}')],
      ['says no JSON', (_, respond) => respond(200, 'hello')],
      ['says what is no answer', (_, respond) => respond(200, JSON.stringify(schema))],
      ['hangs up', (socket) => socket.destroy()],
    ]
    test('does not answer as it should, in whatever way', async () => {
      const asked: number[] = []
      const server = createServer((incoming, response) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          if (incoming.url !== '/hook/PreToolUse') return void response.end('{}')
          const which = Number(/(?:fine|ran)(\d)/.exec(Buffer.concat(chunks).toString())?.[1])
          asked.push(which)
          ANSWERS[which]?.[1](incoming.socket, (status, body) => response.writeHead(status).end(body))
        })
      }).listen(0, '127.0.0.1')
      guarded.servers.push(server)
      await once(server, 'listening')
      const tools = ANSWERS.flatMap((_, n) => [write(`\${CWD}/src/fine${n}`), bash(`touch ran${n}`)])
      await guarded.turn({ port: (server.address() as AddressInfo).port, token: 'secret' }, tools)
      for (const [n, [answer]] of ANSWERS.entries()) {
        expect(
          asked.filter((which) => which === n),
          answer,
        ).not.toEqual([])
        expect([guarded.made(`ws/src/fine${n}`), guarded.made(`ws/ran${n}`)], answer).toEqual([false, false])
      }
    })

    test('is not there', async () => {
      await guarded.turn({ port: await freePort(), token: 'secret' }, [ALLOWED])
      expect(guarded.made('ws/src/fine')).toBe(false)
    })

    test('has another token', async () => {
      await guarded.turn(await guarded.endpoint('other'), [ALLOWED])
      expect(guarded.made('ws/src/fine')).toBe(false)
    })
  })

  test('refuses by every tool', async () => {
    const outside = join(guarded.world.root, 'repo/pwned')
    const notebook = join(guarded.world.root, 'repo/n.ipynb')
    const sub = (steps: Step[], more = {}): Step => ({
      tool: 'Agent',
      input: {
        ...{ description: 'd', subagent_type: 'general-purpose', run_in_background: false },
        ...{ prompt: script([...steps, { text: 'sub over' }]), ...more },
      },
    })
    const load = (names: string): Step => ({
      tool: 'ToolSearch',
      input: { query: `select:${names}`, max_results: 9 },
    })
    const workflow =
      'export const meta = {name: "x", description: "y", phases: []}\n' +
      `await agent(${JSON.stringify(script([bash('touch in-workflow'), { text: 'over' }]))}, {isolation: "worktree"})`
    /** The tool that is refused, and a word of the reason. */
    type Refused = [tool: string, why: RegExp]
    const CALLS: [steps: Step[], ...refused: Refused[]][] = [
      [[write(outside)], ['Write', /lies outside/]],
      [[write('${CWD}/../repo/pwned')], ['Write', /lies outside/]],
      // Through a link that was made before.
      [
        [bash('ln -s ../repo out'), write('${CWD}/out/pwned')],
        ['Write', /lies outside/],
      ],
      [
        [{ tool: 'Edit', input: { file_path: outside, old_string: '', new_string: 'x' } }],
        ['Edit', /lies outside/],
      ],
      [
        [
          load('NotebookEdit'),
          { tool: 'Read', input: { file_path: notebook } },
          {
            tool: 'NotebookEdit',
            input: { notebook_path: notebook, cell_id: 'a', new_source: 'pwned', edit_mode: 'replace' },
          },
        ],
        ['NotebookEdit', /lies outside/],
      ],
      [[bash(`echo x > ${outside}`)], ['Bash', /lies outside/]],
      [
        [
          {
            tool: 'Bash',
            input: { command: `echo x > ${outside}`, run_in_background: true, description: 'x' },
          },
        ],
        ['Bash', /lies outside/],
      ],
      [
        [
          load('Monitor'),
          {
            tool: 'Monitor',
            input: {
              ...{ command: `echo x > ${outside}`, description: 'd' },
              ...{ timeout_ms: 2000, persistent: false },
            },
          },
        ],
        ['Monitor', /lies outside/],
      ],
      [
        [bash('claude -p "touch pwned"'), bash('claude --bg "touch pwned"')],
        ['Bash', /another agent/],
        ['Bash', /another agent/],
      ],
      [[sub([write(outside)])], ['Write', /lies outside/]],
      [[sub([bash('touch pwned')], { isolation: 'worktree' })], ['Agent', /already has a workspace/]],
      [
        [load('EnterWorktree'), { tool: 'EnterWorktree', input: { name: 'foo' } }, bash('touch entered')],
        ['EnterWorktree', /already has a workspace/],
      ],
      [
        [{ tool: 'mcp__files__write_file', input: { path: outside, content: 'x' } }],
        ['mcp__files__write_file', /lies outside/],
      ],
      // Named within its arguments.
      [
        [{ tool: 'mcp__files__write_file', input: { edits: [{ path: outside }], content: 'x' } }],
        ['mcp__files__write_file', /lies outside/],
      ],
      // It runs in the background: last, so that the order of the others is theirs.
      [
        [{ tool: 'Workflow', input: { script: workflow } }, bash('sleep 2')],
        ['WorktreeCreate', /already has a workspace/],
      ],
    ]
    guarded.world.put(
      'ws/.mcp.json',
      JSON.stringify({
        mcpServers: { files: { command: process.execPath, args: [join(guarded.world.root, 'mcp.mjs')] } },
      }),
    )
    guarded.world.put('mcp.mjs', MCP_SERVER)
    guarded.world.put('repo/n.ipynb', NOTEBOOK)
    guarded.world.put('ws/.claude/settings.json', JSON.stringify({ enableAllProjectMcpServers: true }))
    const { told, records } = await guarded.turn(
      await guarded.endpoint(),
      CALLS.flatMap(([steps]) => steps),
    )
    const refusals = records.filter((record) => record.kind === 'refusal')
    expect(refusals, told).toMatchObject(
      CALLS.flatMap(([, ...refused]) =>
        refused.map(([tool, why]) => ({ tool, why: expect.stringMatching(why) as string })),
      ),
    )
    expect([guarded.made('repo/pwned'), guarded.made('ws/pwned')]).toEqual([false, false])
    expect(readFileSync(notebook, 'utf8')).toBe(NOTEBOOK)
    expect(existsSync(join(guarded.world.workspace, '.claude/worktrees'))).toBe(false)
    // The agent was told of each but the one that runs in the background, and what to do instead.
    const answers = told.split('\n').filter((line) => line.startsWith('ERROR: '))
    expect(answers.length, told).toBeGreaterThanOrEqual(refusals.length - 1)
    for (const answer of answers) expect(answer).toMatch(/Write below|workspace/)
  })
})

const NOTEBOOK = JSON.stringify({
  cells: [{ cell_type: 'code', id: 'a', source: '1', metadata: {}, outputs: [], execution_count: null }],
  ...{ metadata: {}, nbformat: 4, nbformat_minor: 5 },
})

/** An MCP server on standard input and output that writes the file it is told to. */
const MCP_SERVER = String.raw`
import { createInterface } from 'node:readline'
import { writeFileSync } from 'node:fs'
const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n')
const inputSchema = { type: 'object', properties: { path: { type: 'string' }, content: { type: 'string' }, edits: { type: 'array' } } }
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (method === 'initialize') {
    const serverInfo = { name: 'files', version: '1' }
    say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo } })
  } else if (method === 'tools/list') say({ id, result: { tools: [{ name: 'write_file', description: 'x', inputSchema }] } })
  else if (method === 'tools/call') {
    const { path, edits, content } = params.arguments
    writeFileSync(path ?? edits[0].path, content)
    say({ id, result: { content: [{ type: 'text', text: 'written' }] } })
  } else if (id !== undefined) say({ id, result: {} })
})
`
