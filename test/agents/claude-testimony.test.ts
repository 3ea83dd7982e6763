import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { observeClaude } from '../../src/agents/claude/observe.ts'
import { activityFromTranscript } from '../../src/agents/claude/testimony.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'wt-testimony-'))
  path = join(dir, 'agent/claude/config/projects/w/c1.jsonl')
  mkdirSync(join(path, '..'), { recursive: true })
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const line = (type: string, message: unknown, more: object = {}) =>
  JSON.stringify({ type, message, timestamp: '2026-11-20T10:00:00.000Z', ...more })
const prompt = line('user', { content: 'do it' })
const tool = line('assistant', { stop_reason: 'tool_use', content: [{ type: 'tool_use' }] })
const end = line('assistant', { stop_reason: 'end_turn', content: [{ type: 'text', text: 'done' }] })
const esc = line('user', { content: [{ type: 'text', text: '[Request interrupted by user]' }] })

test.each([
  ['a prompt', [prompt], 'working'],
  ['a tool', [prompt, tool], 'working'],
  ['an answer that ended', [prompt, tool, end], 'idle'],
  ['an interrupt, which no hook tells', [prompt, tool, esc], 'idle'],
  [
    'a subagent’s end, which is not the end',
    [prompt, tool, line('assistant', { stop_reason: 'end_turn' }, { isSidechain: true })],
    'working',
  ],
  ['a torn last line', [prompt, end, '{"type":"user","mess'], 'idle'],
])('the last line is %s', async (_, lines, state) => {
  writeFileSync(path, lines.join('\n'))
  expect(await activityFromTranscript(path)).toMatchObject({
    state,
    source: 'transcript',
    at: Date.UTC(2026, 10, 20, 10),
  })
})

test('nothing that can be read says nothing', async () => {
  expect(await activityFromTranscript(path)).toBeNull()
  writeFileSync(path, 'noise\n')
  expect(await activityFromTranscript(path)).toBeNull()
})

test('it is asked when there is no session file, and not when there is one', async () => {
  writeFileSync(path, `${prompt}\n${esc}\n`)
  const context = {
    session: 's',
    stateDir: dir,
    workspace: '/w',
    repositoryRoot: '/r',
    conversation: 'c1',
    pid: null,
    env: {},
    now: 0,
  }
  expect((await observeClaude(context))?.activity).toMatchObject({ state: 'idle', source: 'transcript' })
  mkdirSync(join(dir, 'agent/claude/config/sessions'))
  writeFileSync(
    join(dir, 'agent/claude/config/sessions/7.json'),
    JSON.stringify({ status: 'busy', sessionId: 'c1', statusUpdatedAt: 5, updatedAt: 5 }),
  )
  expect((await observeClaude(context))?.activity).toMatchObject({ source: 'file' })
})
