/** The tools of `worktrain mcp` in the hands of the real Claude Code, from its cell. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, scripted } from '../fixtures/claude.ts'
import { BIN, createWorld, type World } from '../fixtures/world.ts'

const ROOT = join(import.meta.dirname, '../..')
const tool = (name: string, input: Record<string, unknown>) => ({ tool: `mcp__worktrain__${name}`, input })

describe.skipIf(!claude)(claudeTitle, () => {
  let server: ModelServer
  let world: World
  beforeEach(async () => {
    server = await startModelServer()
    // The first request is to know the tools already.
    world = await createWorld({ env: { ...claudeEnv(server.url), MCP_CONNECTION_NONBLOCKING: '0' } })
    const servers = { worktrain: { type: 'stdio', command: process.execPath, args: [BIN, 'mcp'] } }
    writeFileSync(join(world.home, '.claude.json'), JSON.stringify({ mcpServers: servers }))
    mkdirSync(join(world.home, '.claude'))
    writeFileSync(
      join(world.home, '.claude/settings.json'),
      JSON.stringify({ permissions: { allow: ['mcp__worktrain'] } }),
    )
    // The clone may lie under /tmp, which the cell has of its own.
    const config = join(world.dir, 'wt/config')
    mkdirSync(config, { recursive: true })
    writeFileSync(join(config, 'config.toml'), `cell.readable = [${JSON.stringify(ROOT)}]\n`)
  })
  afterEach(async () => {
    await world.close()
    await server.close()
  })

  test('it reads the board, asks and reports; to start another it needs a grant, which can be taken back', async () => {
    await world.json([
      'run',
      'Wait',
      '--name',
      'other',
      '--owns',
      'lib/**',
      '--',
      '/bin/sh',
      '-c',
      'read -r line',
    ])
    await world.json(['note', 'other', 'a secret of the person'])
    const start = tool('start_session', { name: 'second', goal: 'Say hello', owns: ['docs/**'] })
    const goal = scripted('Lead', [
      tool('board', {}),
      tool('message_person', { text: 'I see ${RESULT}' }),
      start,
      tool('report_handoff', { behaviourChanged: 'It said: ${RESULT}' }),
      tool('ask_for_paths', { globs: ['lib/a.md'], why: 'The manual is there.' }),
      { text: 'Waiting.' },
    ])
    await world.json(['run', goal, '--name', 'lead'])
    const lead = await world.until(
      'lead',
      (s) => s.stage === 'handed-off' && s.attention.some(({ kind }) => kind === 'wants-paths'),
      'reports, and rests',
    )
    const said = (kind: string) => lead.attention.find((item) => item.kind === kind)?.why ?? ''
    expect(said('message')).toContain('lib/**')
    expect(said('message')).not.toContain('secret')
    expect(said('wants-paths')).toContain('asks for lib/a.md, outside what it owns: The manual is there.')
    expect(lead.handoff?.claims?.behaviourChanged).toContain('GRANT_NEEDED')
    expect(lead.handoff?.claims?.behaviourChanged).toContain('worktrain grant lead start')

    await world.json(['grant', 'lead', 'start'])
    await world.json(['send', 'lead', scripted('You may', [start, { text: 'Started: ${RESULT}' }])])
    const second = await world.until('second', (s) => s.lastMessage !== '', 'answers')
    expect(second).toMatchObject({ agent: 'claude', owns: ['docs/**'] })
    const answered = await world.until('lead', (s) => s.lastMessage.startsWith('Started'), 'has started it')
    expect(answered.attention.map(({ kind }) => kind)).not.toContain('message')
    const planned = await world.untilEvent(
      (e) => e.type === 'session.planned' && e.data.name === 'second',
      'is planned',
    )
    expect(planned.actor).toEqual({ kind: 'agent', session: lead.id })

    await world.json(['grant', 'lead', 'start', '--revoke'])
    const third = tool('start_session', { name: 'third', goal: 'Say hello' })
    await world.json(['send', 'lead', scripted('No longer', [third, { text: 'Now: ${RESULT}' }])])
    const refused = await world.until('lead', (s) => s.lastMessage.startsWith('Now'), 'was refused')
    expect(refused.lastMessage).toContain('GRANT_NEEDED')
  })
})
