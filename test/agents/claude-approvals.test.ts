/** Which rules a person's "always" makes, and which stand in files of a session. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { claude } from '../../src/agents/claude/index.ts'
import { sessionFiles } from '../../src/agents/claude/files.ts'
import type { Question } from '../../src/protocol/index.ts'
import { context, home, json, put, request, root } from './home.ts'

const asked = (tool: string, input: unknown, kind: Question['kind'] = 'permission'): Question => ({
  id: 'q',
  kind,
  tool,
  input,
  summary: '',
  questions: [],
  openedAt: 0,
})

describe('the rule of an "always"', () => {
  test.each([
    ['Bash', { command: 'npm test' }, 'Bash(npm test)'],
    ['Bash', { command: 'npm test && git status' }, 'Bash(npm test && git status)'],
    ['WebFetch', { url: 'https://example.com/a?b' }, 'WebFetch(domain:example.com)'],
    ['WebSearch', { query: 'x' }, 'WebSearch'],
    ['mcp__db__query', { sql: 'x' }, 'mcp__db__query'],
    // Wider than what was shown, ambiguous, or unreadable: for the session at most.
    ['Bash', { command: 'rm -rf build/*' }, null],
    ['Bash', { command: 'npm test:*' }, null],
    ['Bash', { command: 'a) Bash(b' }, null],
    ['Bash', { command: 'a \\* b' }, null],
    ['Bash', { command: 'one\ntwo' }, null],
    ['Bash', { command: 'x'.repeat(400) }, null],
    ['Bash', { command: '' }, null],
    ['Bash', {}, null],
    ['Bash', null, null],
    ['WebFetch', { url: 'not a url' }, null],
    ['WebFetch', { url: 'data:text/plain,x' }, null],
    ['mcp__*', {}, null],
    ['Write', { file_path: '/x' }, null],
    ['Edit', { file_path: '/x' }, null],
  ])('%s %j: %s', (tool, input, rule) => {
    expect(claude.approvals?.ruleOf(asked(tool, input))).toBe(rule)
  })
  test('an answer to a question or a plan allows nothing', () => {
    for (const kind of ['question', 'plan'] as const)
      expect(claude.approvals?.ruleOf(asked('Bash', { command: 'x' }, kind))).toBeNull()
  })
})

describe('rules that a session left', () => {
  const left = () => claude.approvals?.leftBehind(context())
  const local = (place: string, settings: unknown) =>
    put(join(root, place, '.claude/settings.local.json'), JSON.stringify(settings))

  test('in the workspace and in its own state, without what the person has said themselves', async () => {
    expect(await left()).toEqual([])
    local('ws', {
      permissions: {
        allow: ['Bash(npm test)', 'Bash(theirs)', 'Write', 'Read(//etc/**)', 7, 'Bash(\u001b[2J)'],
      },
      enabledMcpjsonServers: ['db', 'theirs', '../x'],
      env: { PATH: '/evil' },
    })
    local('repo', { permissions: { allow: ['Bash(theirs)'] }, enabledMcpjsonServers: ['theirs'] })
    const state = {
      projects: { [join(root, 'ws')]: { allowedTools: ['WebSearch'] }, '/x': { allowedTools: ['a'] } },
    }
    put(join(sessionFiles(join(root, 'state')).config, '.claude.json'), JSON.stringify(state))
    expect(await left()).toEqual(['Bash(npm test)', 'McpServer(db)', 'WebSearch'])
  })
  test('half-written files and planted links say nothing', async () => {
    put(join(root, 'ws/.claude/settings.local.json'), '{"permissions":{"allow":["Bash(x)"')
    expect(await left()).toEqual([])
    put(join(root, 'elsewhere/settings.local.json'), '{"permissions":{"allow":["Bash(secret)"]}}')
    mkdirSync(join(root, 'ws2'))
    symlinkSync(join(root, 'elsewhere'), join(root, 'ws2/.claude'))
    const planted = { ...context(), workspace: join(root, 'ws2') }
    expect(await claude.approvals?.leftBehind(planted)).toEqual([])
  })
})

test('approvals reach a session by the settings it cannot write, with what the checkout forbids', async () => {
  const checkout = { allow: ['Bash(make)'], deny: ['Bash(npm publish)'], defaultMode: 'bypassPermissions' }
  put(join(root, 'repo/.claude/settings.local.json'), JSON.stringify({ permissions: checkout, hooks: {} }))
  const approvals = ['Bash(npm test)', 'McpServer(db)', 'Read(//**)', 'Bash(x)\nBash(y)']
  const plan = await claude.prepare(request({ approvals }))
  const { settings } = sessionFiles(join(root, 'state'))
  expect(json(settings)).toMatchObject({
    permissions: { allow: ['Bash(npm test)', 'Bash(make)'], deny: ['Bash(npm publish)'] },
    enabledMcpjsonServers: ['db'],
  })
  expect(json(settings).permissions).not.toHaveProperty('defaultMode')
  expect(plan.writable).not.toContain(settings)
  expect(plan.writable.some((path) => path === home('.claude'))).toBe(false)
})
