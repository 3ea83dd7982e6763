/** What a person has set up for Claude Code works in a session, in its cell, and stays as it was. */
import { createServer, type Server } from 'node:http'
import { readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { projectName } from '../../src/agents/claude/files.ts'
import { claude as program, claudeEnv, claudeTitle } from '../fixtures/claude.ts'
import { changed, Fleet, hashOf, type Member } from './fleet.ts'

/** An MCP server over standard input and output with one tool. */
const SERVER = `
const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
let rest = ''
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\\n')
  rest = lines.pop()
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line)
    if (method === 'initialize')
      say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } } })
    else if (method === 'tools/list')
      say({ id, result: { tools: [{ name: 'greet', description: 'greets', inputSchema: { type: 'object' } }] } })
    else if (method === 'tools/call') say({ id, result: { content: [{ type: 'text', text: 'hello from the server' }] } })
    else if (id !== undefined) say({ id, result: {} })
  }
})
`

interface Init {
  agents: string[]
  skills: string[]
  slash_commands: string[]
  output_style: string
  plugins: { name: string; path: string }[]
  mcp_servers: { name: string; status: string }[]
  tools: string[]
}

describe.skipIf(!program)(claudeTitle, () => {
  let model: ModelServer
  let front: Server
  let fleet: Fleet
  let member: Member
  /** What the model was told, whole. */
  let told = ''
  let init: Init
  let end: unknown
  let before: Map<string, string>

  beforeAll(async () => {
    model = await startModelServer()
    front = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const body = Buffer.concat(chunks)
        told += body.toString()
        void fetch(model.url + request.url, {
          method: request.method ?? 'GET',
          headers: request.headers as Record<string, string>,
          ...(request.method === 'POST' && { body }),
        }).then(async (answer) => {
          response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
          response.end(Buffer.from(await answer.arrayBuffer()))
        })
      })
    })
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
    fleet = new Fleet({ ...claudeEnv(url), MCP_CONNECTION_NONBLOCKING: '0' })
    const person = (path: string, content: string) => fleet.put(`home/.claude/${path}`, content)
    const header = (name: string) => `---\nname: ${name}\ndescription: about ${name}\n---\n`
    person('CLAUDE.md', 'Remember: the word is plover.')
    person('skills/my-skill/SKILL.md', `${header('my-skill')}skill`)
    person('agents/my-agent.md', `${header('my-agent')}agent`)
    person('commands/my-command.md', 'command')
    person('output-styles/my-style.md', `${header('my-style')}Speak of the xyzzy style.`)
    person('rules/my-rule.md', 'Rule: never say fnord.')
    person('keybindings.json', '{"bindings":[]}')
    person('history.jsonl', '{"display":"an old prompt","project":"/elsewhere"}\n')
    person('projects/-elsewhere/c.jsonl', '{}\n')
    person(`projects/${projectName(fleet.repository)}/memory/MEMORY.md`, 'Memory: the build is slow.')
    const server = fleet.put('home/tools/server.mjs', SERVER)
    const mcp = { command: process.execPath, args: [server] }
    person('settings.json', JSON.stringify({ outputStyle: 'my-style', env: { FROM_SETTINGS: 'yes' } }))
    fleet.put('home/.claude.json', JSON.stringify({ mcpServers: { mine: mcp }, theme: 'dark' }))
    const plugin = (path: string, content: unknown) =>
      fleet.put(`market/${path}`, typeof content === 'string' ? content : JSON.stringify(content))
    const owner = { name: 'p' }
    const plugins = [{ name: 'demo', source: './demo', description: 'd' }]
    plugin('.claude-plugin/marketplace.json', { name: 'local', owner, plugins })
    plugin('demo/.claude-plugin/plugin.json', { name: 'demo', version: '1.0.0', description: 'd' })
    plugin('demo/commands/wave.md', 'wave')
    plugin('demo/skills/dance/SKILL.md', `${header('dance')}dance`)
    const hook = { type: 'command', command: 'echo "$FROM_SETTINGS" >> "$CLAUDE_PLUGIN_DATA/said"' }
    plugin('demo/hooks/hooks.json', { hooks: { UserPromptSubmit: [{ hooks: [hook] }] } })
    for (const args of [
      ['plugin', 'marketplace', 'add', join(fleet.root, 'market')],
      ['plugin', 'install', 'demo@local'],
    ]) {
      const done = await fleet.run([program?.path ?? '', ...args], { cwd: fleet.repository })
      if (done.code !== 0) throw new Error(done.stderr + done.stdout)
    }
    person('plugins/data/demo-local/said', 'kept\n')
    member = fleet.add('one')
    fleet.put('workspaces/one/.mcp.json', JSON.stringify({ mcpServers: { project: mcp, refused: mcp } }))
    fleet.put('repo/.claude/settings.local.json', '{"disabledMcpjsonServers":["refused"]}')
    before = hashOf(fleet.home)
    const use = { tool: 'mcp__mine__greet', input: {} }
    const prompt = `::script ${JSON.stringify([use, { text: 'said: ${RESULT}' }])}`
    const approvals = ['McpServer(project)']
    const { argv, env } = await fleet.prepare(member, { prompt, approvals })
    const streamed = argv.flatMap((word) => (word === 'text' ? ['stream-json', '--verbose'] : [word]))
    const ran = await fleet.run(streamed, { env, cwd: member.workspace })
    const lines = ran.stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    init = lines.find((line) => line.subtype === 'init') as unknown as Init
    end = lines.at(-1)
  }, 60_000)
  afterAll(async () => {
    front.closeAllConnections()
    front.close()
    await model.close()
    fleet.close()
  })

  test('skills, agents, commands, output style, memory file, rules', () => {
    expect(init.skills).toContain('my-skill')
    expect(init.agents).toContain('my-agent')
    expect(init.slash_commands).toContain('my-command')
    expect(init.output_style).toBe('my-style')
    for (const text of ['plover', 'xyzzy', 'fnord']) expect(told).toContain(text)
  })
  test('what is remembered of the repository', () => {
    expect(told).toContain('Memory: the build is slow.')
  })
  test('MCP servers: of the person, and of the project but for what the person disabled in their checkout', () => {
    const status = Object.fromEntries(init.mcp_servers.map((each) => [each.name, each.status]))
    expect(status).toMatchObject({ mine: 'connected', project: 'connected' })
    expect(end).toMatchObject({ is_error: false, result: expect.stringContaining('hello from the server') })
    expect(status.refused).not.toBe('connected')
  })
  test('an installed plugin: command, skill and hook; settings with variables', () => {
    expect(init.plugins.map((each) => each.name)).toContain('demo')
    expect(init.slash_commands).toContain('demo:wave')
    expect(init.skills).toContain('demo:dance')
    const data = join(member.stateDir, 'agent/claude/config/plugins/data/demo-local/said')
    expect(readFileSync(data, 'utf8')).toBe('kept\nyes\n')
  })
  test('the person finds the conversation in the workspace, in the main checkout, and without the workspace', async () => {
    const resume = async (cwd: string, word: string) => {
      const argv = [program?.path ?? '', '-p', '--resume', member.conversation, `say ${word}`]
      return fleet.run(argv, { cwd })
    }
    expect(changed(before, hashOf(fleet.home), member.workspace)).toEqual([])
    expect(await fleet.turn(member, 'say inside', true)).toMatchObject({
      code: 0,
      stdout: 'OK: say inside',
    })
    expect(changed(before, hashOf(fleet.home), member.workspace)).toEqual([])
    expect(await resume(member.workspace, 'there')).toMatchObject({ code: 0, stdout: 'OK: say there' })
    expect(await resume(fleet.repository, 'main')).toMatchObject({ code: 0, stdout: 'OK: say main' })
    rmSync(member.workspace, { recursive: true })
    expect(await resume(fleet.repository, 'gone')).toMatchObject({ code: 0, stdout: 'OK: say gone' })
    const last = model.requests.findLast((each) => each.kind === 'main')
    expect(last?.messages).toBeGreaterThan(9)
  })
})
