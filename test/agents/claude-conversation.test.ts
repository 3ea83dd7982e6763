/** What was said, read from transcripts: two recorded ones of Claude Code 2.1.329, and hostile ones. */
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { conversationOfClaude, entriesFrom as entriesOf } from '../../src/agents/claude/conversation.ts'
import { spokenBy } from '../../src/sessions/spoken.ts'
import type { Recorded } from '../../src/protocol/index.ts'
import { context, home, put, root } from './home.ts'

const RECORDED = readFileSync(join(import.meta.dirname, 'recorded/claude-2.1.329.jsonl'), 'utf8').split('\n')
/** Of lines, one after another. */
function entriesFrom(texts: readonly string[]) {
  let at = 0
  return entriesOf(
    texts.map((text) => ({ text, at: (at += text.length + 1) - text.length - 1 })),
    '/w/shop.worktrees/paint',
  )
}
const newest = (limit: number, before: number | null = null) => ({ limit, before })
const own = (project: string, id: string): string =>
  join(root, 'state/agent/claude/config/projects', project, `${id}.jsonl`)
const line = (type: string, content: unknown, more: object = {}): string =>
  JSON.stringify({ type, message: { content }, timestamp: '2026-11-20T10:00:00.000Z', ...more })
const said = (type: string, text: string): string => line(type, [{ type: 'text', text }])
const use = (id: string, name: string, input: unknown): string =>
  line('assistant', [{ type: 'tool_use', id, name, input }])

test('a recorded conversation: prompts, answers, tools with what came of them', () => {
  const entries = entriesFrom(RECORDED)
  expect(
    entries.map(({ from, text, tool }) => (from === 'tool' ? tool?.name : `${from}: ${text.split('\n')[0]}`)),
  ).toEqual([
    'person: Paint the shop.',
    'Write',
    'asks: # Paint it',
    'Write',
    'asks: # Paint it',
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
  expect(entries[5]?.tool?.what).toBe('paint.txt')
  expect(entries[2]?.tool).toMatchObject({ result: 'Rather blue', failed: true })
  expect(entries[6]?.tool).toEqual({
    name: 'Bash',
    what: 'git add -A && git commit -qm "Add paint.txt"',
    result: '(Bash completed with no output)',
  })
})

test('a prompt is of whom the journal knows to have given it, and was else typed into its screen', () => {
  const sent = (from: string, text: string): Recorded =>
    ({ type: 'prompt.sent', data: { prompt: 'p', from, text } }) as unknown as Recorded
  const events = [
    sent('brief', 'Paint the shop.'),
    sent('person', 'first'),
    sent('train', 'The *first*'),
    sent('supervisor', '…'),
  ]
  const spoken = spokenBy(entriesFrom(RECORDED), events)
  const prompts = spoken.filter(({ from }) => from !== 'tool' && from !== 'agent' && from !== 'asks')
  expect(prompts.map(({ from, text }) => `${from}: ${text.split('\n')[0]}`)).toEqual([
    'brief: Paint the shop.',
    'terminal: Ask',
    'program: [Request interrupted by user for tool use]',
    'train: The first',
  ])
  // Of the brief what differs, of what the agent said no handoff.
  expect(prompts[0]?.text).toBe('Paint the shop.')
  expect(spoken.find(({ from }) => from === 'agent')?.text).toBe('Done.')
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

test('of a long transcript the end is read, and what is before it is asked for by its place', async () => {
  expect(await conversationOfClaude(context('c1'), newest(5))).toBeNull()
  const texts = Array.from({ length: 7 }, (_, i) => `said ${i}`)
  put(own('w', 'c1'), texts.map((text) => `${said('user', text)}\n`).join(''))
  const seen: string[] = []
  for (let before: number | null = null, pages = 0; pages < 9; pages++) {
    const page = await conversationOfClaude(context('c1'), newest(3, before))
    seen.unshift(...(page?.entries ?? []).map(({ text }) => text))
    before = page?.earlier ?? null
    if (before === null) break
  }
  expect(seen).toEqual(texts)
})

test('lines of megabytes are passed over, also where a page ends in one, and late results are found', async () => {
  const use1 = use('t', 'Bash', { command: 'make' })
  const result = line('user', [{ type: 'tool_result', tool_use_id: 't', content: 'made' }])
  const picture = line('user', [{ type: 'image', source: 'x'.repeat(3_000_000) }])
  put(
    own('w', 'c1'),
    [said('user', 'first'), picture, use1, said('assistant', 'second'), result, ''].join('\n'),
  )
  const end = await conversationOfClaude(context('c1'), newest(1))
  expect(end).toMatchObject({ entries: [{ text: 'second' }] })
  const middle = await conversationOfClaude(context('c1'), newest(5, end?.earlier ?? null))
  expect(middle?.entries).toMatchObject([{ tool: { what: 'make', result: 'made' } }])
  expect(await conversationOfClaude(context('c1'), newest(5, middle?.earlier ?? null))).toEqual({
    entries: [expect.objectContaining({ text: 'first', place: 0 })],
    earlier: null,
  })
})

test('blocks of one line have places of their own, and questions say what they ask', () => {
  const questions = [{ question: 'Which?' }, { question: 'How many?' }, null]
  const blocks = [
    { type: 'text', text: 'I ask' },
    { type: 'tool_use', id: 'q', name: 'AskUserQuestion', input: { questions } },
    { type: 'tool_use', id: 'p', name: 'ExitPlanMode', input: { plan: 7 } },
  ]
  expect(entriesFrom([line('assistant', blocks)])).toMatchObject([
    { place: 0, from: 'agent' },
    { place: 1, from: 'asks', text: 'Which?\nHow many?\n' },
    { place: 2, from: 'tool', tool: { name: 'ExitPlanMode' } },
  ])
})

test('where a session has planted a link, nothing is shown of what it leads to', async () => {
  const secret = home('.claude/projects/-other/c1.jsonl')
  put(secret, said('user', 'another session'))
  put(own('w', 'c2'), '')
  symlinkSync(secret, own('w', 'c1'))
  expect(await conversationOfClaude(context('c1'), newest(5))).toBeNull()
  symlinkSync(join(secret, '..'), join(own('w', 'c1'), '../../v'))
  expect(await conversationOfClaude(context('c1'), newest(5))).toBeNull()
  expect(await conversationOfClaude(context('../../x'), newest(5))).toBeNull()
})

test('the place that is kept for its conversations among the person’s own is read', async () => {
  const kept = home(`.claude/projects/${join(root, 'ws').replace(/[^a-zA-Z0-9]/g, '-')}`)
  put(join(kept, 'c1.jsonl'), said('user', 'kept'))
  put(own('w', 'c2'), '')
  symlinkSync(kept, join(own('w', 'c2'), '../../kept'))
  expect(await conversationOfClaude(context('c1'), newest(5))).toMatchObject({ entries: [{ text: 'kept' }] })
})

test('a brief of which only the beginning was kept is one still', () => {
  const goal = `Paint the shop. ${'Every wall of it. '.repeat(600)}`
  const event = {
    type: 'prompt.sent',
    data: { prompt: 'p', from: 'brief', text: goal },
  } as unknown as Recorded
  const [entry] = spokenBy(
    entriesFrom([line('user', `${goal}\n\nYou work in your own workspace on branch b`)]),
    [event],
  )
  expect(entry).toMatchObject({ from: 'brief' })
  expect(entry?.text).toMatch(/^Paint the shop\. Every wall .*…$/)
})
