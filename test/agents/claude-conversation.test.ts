/** What was said, read from transcripts: two recorded ones of Claude Code 2.1.329, and hostile ones. */
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { conversationOfClaude, entriesFrom } from '../../src/agents/claude/conversation.ts'
import { spokenBy } from '../../src/sessions/spoken.ts'
import type { Recorded } from '../../src/protocol/index.ts'
import { context, home, put, root } from './home.ts'

const RECORDED = readFileSync(join(import.meta.dirname, 'recorded/claude-2.1.329.jsonl'), 'utf8').split('\n')
const own = (project: string, id: string): string =>
  join(root, 'state/agent/claude/config/projects', project, `${id}.jsonl`)
const line = (type: string, content: unknown, more: object = {}): string =>
  JSON.stringify({ type, message: { content }, timestamp: '2026-11-20T10:00:00.000Z', ...more })
const said = (type: string, text: string): string => line(type, [{ type: 'text', text }])
const use = (id: string, name: string, input: unknown): string =>
  line('assistant', [{ type: 'tool_use', id, name, input }])

test('a recorded conversation: prompts, answers, tools with what came of them', () => {
  const entries = entriesFrom(RECORDED)
  expect(entries.map(({ from, text, tool }) => tool?.name ?? `${from}: ${text.split('\n')[0]}`)).toEqual([
    'person: Paint the shop.',
    'Write',
    'ExitPlanMode',
    'Write',
    'ExitPlanMode',
    'Write',
    'Bash',
    'agent: Done.',
    'person: Ask',
    'Bash',
    'Bash',
    'program: [Request interrupted by user for tool use]',
    'person: The first',
    'agent: Never.',
  ])
  expect(entries[0]?.at).toBe(Date.parse('2026-11-28T12:21:03.673Z'))
  expect(entries[2]?.tool).toMatchObject({ result: 'Rather blue', failed: true })
  expect(entries[6]?.tool).toEqual({
    name: 'Bash',
    what: 'git add -A && git commit -qm "Add paint.txt"',
    result: '(Bash completed with no output)',
  })
})

test('prompts that Worktrain gave by itself are its own', () => {
  const sent = (from: string, text: string): Recorded =>
    ({ type: 'prompt.sent', data: { prompt: 'p', from, text } }) as unknown as Recorded
  const events = [sent('person', 'Paint the shop.'), sent('train', 'The *first*'), sent('supervisor', '…')]
  const spoken = spokenBy(entriesFrom(RECORDED), events)
  const prompts = spoken.filter(({ from }) => from === 'person' || from === 'worktrain')
  expect(prompts.map(({ from }) => from)).toEqual(['person', 'person', 'worktrain'])
})

test('what was only thought, said in a subagent, torn or of another shape is left out', () => {
  const entries = entriesFrom([
    line('assistant', [{ type: 'thinking', thinking: 'hm' }]),
    line('user', 'inner', { isSidechain: true }),
    line('user', 'caveat', { isMeta: true }),
    ...['{"type":"user","mess', '"type":"user"', '["type":"user"]', '{"type":"user"}'],
    '{"type":"user","message":[],"timestamp":7}',
    line('assistant', [null, 3, { type: 'text', text: 3 }, { type: 'tool_use', name: {}, input: [] }]),
    line('user', [{ type: 'tool_result', tool_use_id: 'none', content: 'of nothing' }]),
    line('user', 'go on', { timestamp: 'never' }),
  ])
  expect(entries.map(({ from, text, at }) => [from, text, at])).toEqual([
    ['tool', '', Date.parse('2026-11-20T10:00:00.000Z')],
    ['person', 'go on', null],
  ])
})

test('every text is bounded, a tool is one line, and what came of it steers no terminal', () => {
  const [prompt, tool] = entriesFrom([
    said('user', '😀'.repeat(100_000)),
    use('t', 'N'.repeat(9999), { command: `a\n${'b'.repeat(9999)}` }),
    line('user', [{ type: 'tool_result', tool_use_id: 't', content: `\u001b[31mred${'x'.repeat(9999)}` }]),
  ])
  expect(prompt?.text).toHaveLength(8000)
  expect(prompt?.text.isWellFormed()).toBe(true)
  expect(tool?.tool?.name).toHaveLength(100)
  expect(tool?.tool?.what).toMatch(/^a b{297}…$/)
  expect(tool?.tool?.result).toMatch(/^redx{1996}…$/)
})

test('of a long transcript the end is read, and that there is more is said', async () => {
  expect(await conversationOfClaude(context('c1'), 5)).toBeNull()
  put(own('w', 'c1'), `${said('user', 'first')}\n${said('assistant', 'second')}\n`)
  expect(await conversationOfClaude(context('c1'), 5)).toMatchObject({
    entries: [{ text: 'first' }, { text: 'second' }],
    earlier: false,
  })
  expect(await conversationOfClaude(context('c1'), 1)).toMatchObject({
    entries: [{ text: 'second' }],
    earlier: true,
  })
  put(own('w', 'c1'), `${said('user', 'x'.repeat(2_000_000))}\n${said('assistant', 'end')}\n`)
  expect(await conversationOfClaude(context('c1'), 5)).toMatchObject({
    entries: [{ text: 'end' }],
    earlier: true,
  })
})

test('where a session has planted a link, nothing is shown of what it leads to', async () => {
  const secret = home('.claude/projects/-other/c1.jsonl')
  put(secret, said('user', 'another session'))
  put(own('w', 'c2'), '')
  symlinkSync(secret, own('w', 'c1'))
  expect(await conversationOfClaude(context('c1'), 5)).toBeNull()
  symlinkSync(join(secret, '..'), join(own('w', 'c1'), '../../v'))
  expect(await conversationOfClaude(context('c1'), 5)).toBeNull()
  expect(await conversationOfClaude(context('../../x'), 5)).toBeNull()
})

test('the place that is kept for its conversations among the person’s own is read', async () => {
  const kept = home(`.claude/projects/${join(root, 'ws').replace(/[^a-zA-Z0-9]/g, '-')}`)
  put(join(kept, 'c1.jsonl'), said('user', 'kept'))
  put(own('w', 'c2'), '')
  symlinkSync(kept, join(own('w', 'c2'), '../../kept'))
  expect(await conversationOfClaude(context('c1'), 5)).toMatchObject({ entries: [{ text: 'kept' }] })
})
