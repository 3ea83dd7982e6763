/** What Claude Code leaves on disk: status, conversations, usage. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { claude } from '../../src/agents/claude/index.ts'
import { sessionFiles } from '../../src/agents/claude/files.ts'
import { readLines } from '../../src/agents/claude/transcript.ts'
import { context, put, root } from './home.ts'

describe('what Claude Code leaves on disk', () => {
  const files = () => sessionFiles(join(root, 'state'))
  const session = (name: string, body: unknown) =>
    put(join(files().config, 'sessions', name), typeof body === 'string' ? body : JSON.stringify(body))

  test('the session file', async () => {
    expect(await claude.observe(context())).toBeNull()
    session('2.json', { sessionId: 'a', status: 'busy', statusUpdatedAt: 5 })
    session('9.json', {
      sessionId: 'b',
      status: 'waiting',
      waitingFor: 'permission prompt',
      statusUpdatedAt: 7,
    })
    session('10.json', '{"torn')
    put(join(files().config, 'projects/-w/b.jsonl'), '')
    expect(await claude.observe(context())).toEqual({
      activity: {
        state: 'needs-permission',
        source: 'file',
        at: 7,
        evidence: 'session file: waiting, permission prompt',
      },
      conversation: { id: 'b', transcript: join(files().config, 'projects/-w/b.jsonl') },
    })
  })
  test.each([
    ['busy', undefined, 'working'],
    ['idle', undefined, 'idle'],
    ['waiting', 'input needed', 'needs-answer'],
    ['waiting', 'dialog open', 'needs-answer'],
    ['new-word', undefined, undefined],
  ])('status %s %s', async (status, waitingFor, state) => {
    session('2.json', { sessionId: 'a', status, waitingFor, statusUpdatedAt: 5 })
    expect((await claude.observe(context()))?.activity?.state).toBe(state)
  })
  test.skipIf(process.platform === 'win32')(
    'a planted pipe or link is not waited for, nor followed',
    async () => {
      mkdirSync(join(files().config, 'sessions'), { recursive: true })
      const make = 'mkfifo'
      execFileSync(make, [join(files().config, 'sessions/1.json')])
      put(join(root, 'other.json'), '{"sessionId":"x","status":"idle"}')
      symlinkSync(join(root, 'other.json'), join(files().config, 'sessions/2.json'))
      expect(await claude.observe(context())).toBeNull()
    },
  )

  const line = (id: string, output: number, more: Record<string, unknown> = {}) =>
    `${JSON.stringify({
      type: 'assistant',
      message: {
        id,
        model: 'claude-opus-5-5',
        usage: {
          input_tokens: 10,
          cache_creation_input_tokens: 2,
          cache_read_input_tokens: 3,
          output_tokens: output,
        },
      },
      ...more,
    })}\n`
  const transcript = (name: string) => join(files().config, 'projects/-w', name)

  test('usage: once a message, subagents included, torn lines later, over several looks', async () => {
    expect(await claude.usage(context('c1'))).toBeNull()
    const whole = line('m3', 9)
    put(
      transcript('c1.jsonl'),
      `${line('m1', 1)}{"type":"user","message":{"usage":{}}}\nnot json "usage"\n${line('m1', 4)}${whole.slice(0, 40)}`,
    )
    put(transcript('c1/subagents/agent-x.jsonl'), line('m2', 5))
    const opus = { input: 20, output: 9, cacheRead: 6, cacheWrite: 4, requests: 2 }
    expect(await claude.usage(context('c1'))).toEqual({
      byModel: { 'claude-opus-5-5': opus },
      byDay: {},
      costUsd: null,
    })
    writeFileSync(transcript('c1.jsonl'), whole.slice(40), { flag: 'a' })
    const three = { input: 30, output: 18, cacheRead: 9, cacheWrite: 6, requests: 3 }
    for (let look = 0; look < 2; look++)
      expect((await claude.usage(context('c1')))?.byModel['claude-opus-5-5']).toEqual(three)
    // After /clear the first conversation still counts.
    put(transcript('c2.jsonl'), line('m4', 2))
    expect((await claude.usage(context('c2')))?.byModel['claude-opus-5-5']?.requests).toBe(4)
  })
  test('cost: as the agent states it, and only while it is up to date', async () => {
    const cost = (usd: number) => `{"type":"cost-state","totalCostUSD":${usd}}\n`
    put(transcript('c1.jsonl'), line('m1', 1) + cost(0.25))
    expect((await claude.usage(context('c1')))?.costUsd).toBe(0.25)
    writeFileSync(transcript('c1.jsonl'), line('m2', 1), { flag: 'a' })
    expect((await claude.usage(context('c1')))?.costUsd).toBeNull()
    writeFileSync(transcript('c1.jsonl'), cost(0.5), { flag: 'a' })
    expect((await claude.usage(context('c1')))?.costUsd).toBe(0.5)
  })
  test('by day: as the agent dates its lines, and of a message the day of each line', async () => {
    const at = (day: number) => ({ timestamp: new Date(2026, 10, day, 12).toISOString() })
    const lines = [
      line('m1', 1, at(20)),
      line('m1', 4, at(20)),
      line('m2', 5, at(21)),
      line('m3', 7, { timestamp: 'soon' }),
    ]
    put(transcript('c1.jsonl'), lines.join(''))
    const byDay = (await claude.usage(context('c1')))?.byDay ?? {}
    expect(Object.keys(byDay)).toEqual(['2026-11-20', '2026-11-21'])
    expect(byDay['2026-11-20']?.['claude-opus-5-5']).toMatchObject({ output: 4, requests: 1 })
    const long = Array.from({ length: 500 }, (_, n) =>
      line(`d${n}`, 1, { timestamp: new Date(2020, 0, n).toISOString() }),
    )
    writeFileSync(transcript('c1.jsonl'), long.join(''), { flag: 'a' })
    const many = await claude.usage(context('c1'))
    expect(Object.keys(many?.byDay ?? {})).toHaveLength(400)
    expect(many?.byModel['claude-opus-5-5']?.requests).toBe(503)
  })
  test('status line: cost so far and windows, of the whole session or not at all', async () => {
    put(transcript('c1.jsonl'), line('m1', 1))
    // Written before the first answer came: not that it cost nothing.
    put(files().status, JSON.stringify({ version: '2.1.329', cost: { total_cost_usd: 0 } }))
    expect((await claude.usage(context('c1')))?.told?.costUsd).toBeNull()
    put(files().status, JSON.stringify({ version: '2.1.329', cost: { total_cost_usd: 0.75 } }))
    expect((await claude.usage(context('c1')))?.told).toMatchObject({ costUsd: 0.75, windows: [] })
    put(transcript('c2.jsonl'), line('m2', 1))
    expect((await claude.usage(context('c2')))?.told?.costUsd).toBeNull()
    rmSync(files().status)
    symlinkSync('/etc/hostname', files().status)
    expect((await claude.usage(context('c1')))?.told).toBeUndefined()
  })
  test('a line longer than one read', async () => {
    const long = line('m1', 1, { text: 'x'.repeat(3 * 1024 * 1024) })
    put(transcript('c1.jsonl'), long + line('m2', 1))
    expect((await claude.usage(context('c1')))?.byModel['claude-opus-5-5']?.requests).toBe(2)
    truncateSync(transcript('c1.jsonl'), 0)
    expect((await claude.usage(context('c1')))?.byModel['claude-opus-5-5']?.requests).toBe(2)
  })
  test('names that every object has are no models, and pollute none', async () => {
    const model = (name: string) => line('m', 1).replace('claude-opus-5-5', name)
    put(transcript('c1.jsonl'), ['__proto__', 'constructor', '\u001b]0;x', ''].map(model).join(''))
    const usage = await claude.usage(context('c1'))
    expect(Object.keys(usage?.byModel ?? {})).toEqual(['constructor'])
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(Object.keys(Object)).toEqual([])
  })
  test('a file without an end of line is passed over, not held in memory', async () => {
    put(transcript('c1.jsonl'), '')
    truncateSync(transcript('c1.jsonl'), 300 * 1024 * 1024)
    writeFileSync(transcript('c1.jsonl'), `\n${line('m1', 1)}`, { flag: 'a' })
    let longest = 0
    const read = (from: number) =>
      readLines(transcript('c1.jsonl'), from, (each) => (longest = Math.max(longest, each.length)))
    const first = await read(0)
    expect(first).toBeGreaterThan(0)
    expect(await read(first)).toBe(300 * 1024 * 1024 + 1 + line('m1', 1).length)
    expect(longest).toBeLessThan(40 * 1024 * 1024)
  })
})
