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
    test.each(ANSWERS)('%s', async (_, answer) => {
      const server = createServer((incoming, response) => {
        incoming.resume().on('end', () => {
          if (incoming.url !== '/hook/PreToolUse') return void response.end('{}')
          answer(incoming.socket, (status, body) => response.writeHead(status).end(body))
        })
      }).listen(0, '127.0.0.1')
      guarded.servers.push(server)
      await once(server, 'listening')
      await guarded.turn({ port: (server.address() as AddressInfo).port, token: 'secret' }, [
        ALLOWED,
        bash('touch ran'),
      ])
      expect([guarded.made('ws/src/fine'), guarded.made('ws/ran')]).toEqual([false, false])
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

  describe('refuses by every tool', () => {
    const outside = () => join(guarded.world.root, 'repo/pwned')
    const notebook = () => join(guarded.world.root, 'repo/n.ipynb')
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
    const CALLS: [string, () => Step[]][] = [
      ['Write', () => [write(outside())]],
      ['Write, ..', () => [write('${CWD}/../repo/pwned')]],
      ['Write through a link made before', () => [bash('ln -s ../repo out'), write('${CWD}/out/pwned')]],
      ['Edit', () => [{ tool: 'Edit', input: { file_path: outside(), old_string: '', new_string: 'x' } }]],
      [
        'NotebookEdit',
        () => [
          load('NotebookEdit'),
          { tool: 'Read', input: { file_path: notebook() } },
          {
            tool: 'NotebookEdit',
            input: { notebook_path: notebook(), cell_id: 'a', new_source: 'pwned', edit_mode: 'replace' },
          },
        ],
      ],
      ['Bash', () => [bash(`echo x > ${outside()}`)]],
      [
        'Bash in the background',
        () => [
          {
            tool: 'Bash',
            input: { command: `echo x > ${outside()}`, run_in_background: true, description: 'x' },
          },
        ],
      ],
      [
        'Monitor',
        () => [
          load('Monitor'),
          {
            tool: 'Monitor',
            input: {
              command: `echo x > ${outside()}`,
              description: 'd',
              timeout_ms: 2000,
              persistent: false,
            },
          },
        ],
      ],
      ['another agent', () => [bash('claude -p "touch pwned"'), bash('claude --bg "touch pwned"')]],
      ['a subagent', () => [sub([write(outside())])]],
      ['a subagent of its own worktree', () => [sub([bash('touch pwned')], { isolation: 'worktree' })]],
      [
        'EnterWorktree',
        () => [
          load('EnterWorktree'),
          { tool: 'EnterWorktree', input: { name: 'foo' } },
          bash('touch entered'),
        ],
      ],
      ['a workflow in worktrees', () => [{ tool: 'Workflow', input: { script: workflow } }, bash('sleep 2')]],
      ['MCP', () => [{ tool: 'mcp__files__write_file', input: { path: outside(), content: 'x' } }]],
      [
        'MCP, nested',
        () => [{ tool: 'mcp__files__write_file', input: { edits: [{ path: outside() }], content: 'x' } }],
      ],
    ]
    test.each(CALLS)('%s', async (name, calls) => {
      guarded.world.put(
        'ws/.mcp.json',
        JSON.stringify({
          mcpServers: { files: { command: process.execPath, args: [join(guarded.world.root, 'mcp.mjs')] } },
        }),
      )
      guarded.world.put('mcp.mjs', MCP_SERVER)
      guarded.world.put('repo/n.ipynb', NOTEBOOK)
      guarded.world.put('ws/.claude/settings.json', JSON.stringify({ enableAllProjectMcpServers: true }))
      const { told, records } = await guarded.turn(await guarded.endpoint(), calls())
      const refusals = records.filter((record) => record.kind === 'refusal')
      expect(refusals.length, told).toBeGreaterThan(0)
      expect([guarded.made('repo/pwned'), guarded.made('ws/pwned')]).toEqual([false, false])
      expect(readFileSync(notebook(), 'utf8')).toBe(NOTEBOOK)
      expect(existsSync(join(guarded.world.workspace, '.claude/worktrees'))).toBe(false)
      if (!name.includes('workflow')) expect(told).toMatch(/Write below|workspace/)
    })
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
