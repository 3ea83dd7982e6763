import { describe, expect, test } from 'vitest'
import type { Meaning } from '../../src/agents/agent.ts'
import type { HostRecord } from '../../src/protocol/index.ts'
import { believesFile, leftIdle, offScreen, outcomeOf } from '../../src/supervisor/session/records.ts'
import { event, observed, working } from '../sessions/fixtures.ts'

const hook = (seq: number, generation = 1): HostRecord => ({
  seq,
  at: seq,
  generation,
  kind: 'hook',
  event: 'Stop',
  body: {},
})
const idle: Meaning = {
  kind: 'activity',
  activity: { state: 'idle', source: 'hook', at: 50, evidence: 'Stop' },
  background: 0,
}

describe('what a host record means for the journal', () => {
  test('every record ends with its acknowledgement, in the same append', () => {
    const { drafts } = outcomeOf(hook(7), [], working('s1', 'fix'))
    expect(drafts.at(-1)).toMatchObject({ type: 'host.acknowledged', data: { seq: 7 }, cause: 'record:7' })
  })

  test('a prompt that the agent takes up is on record, as far as anybody reads', () => {
    const seen: Meaning = { kind: 'prompt-seen', text: `typed${'.'.repeat(9000)}` }
    const [first] = outcomeOf(hook(1), [seen], working('s1', 'fix')).drafts
    expect(first).toMatchObject({ type: 'prompt.seen', cause: 'record:1' })
    expect(first).toHaveProperty('data.text.length', 4000)
  })

  test('a prompt that its host typed for a supervisor that died is sent; one known to be is not sent again', () => {
    const queued = event('s1', 10, 'prompt.queued', { prompt: 'p1', text: 'Go on', from: 'person' })
    const waits = working('s1', 'fix', observed('s1', 9, 'idle'), queued)
    const record: HostRecord = { seq: 4, at: 11, generation: 1, kind: 'prompted', prompt: 'p1' }
    const { drafts } = outcomeOf(record, [], waits)
    expect(drafts).toMatchObject([
      { type: 'prompt.sent', data: { prompt: 'p1', text: 'Go on', from: 'person' } },
      { type: 'activity.observed', data: { state: 'working', at: 11 } },
      { type: 'host.acknowledged' },
    ])
    expect(outcomeOf(record, [], working('s1', 'fix')).drafts).toMatchObject([{ type: 'host.acknowledged' }])
  })

  test('a turn that ends with work in the background has not ended', () => {
    const finished = (background: number): Meaning => ({
      kind: 'turn-finished',
      lastMessage: 'ok',
      background,
    })
    expect(outcomeOf(hook(1), [finished(0)], working('s1', 'fix')).effects).toContain('turn-ended')
    expect(outcomeOf(hook(1), [finished(1)], working('s1', 'fix')).effects).not.toContain('turn-ended')
  })

  test('what an old process reports late is acknowledged and otherwise ignored', () => {
    const state = working(
      's1',
      'fix',
      event('s1', 6, 'process.launching', {
        generation: 2,
        conversation: 'c1',
        headless: false,
        rung: 'hooks',
        rungWhy: '',
      }),
    )
    const { drafts, effects } = outcomeOf(
      hook(3, 1),
      [idle, { kind: 'turn-finished', lastMessage: '', background: 0 }],
      state,
    )
    expect(drafts.map((d) => d.type)).toEqual(['host.acknowledged'])
    expect(effects).toEqual([])
  })

  test('the same observation twice is one event', () => {
    const state = working('s1', 'fix', observed('s1', 40, 'idle', 'Stop'))
    expect(outcomeOf(hook(9), [idle], state).drafts.map((d) => d.type)).toEqual(['host.acknowledged'])
  })

  test('a tool that works beside an open dialog does not hide that the person is waited for', () => {
    const question = {
      id: 'q1',
      kind: 'permission' as const,
      tool: 'Bash',
      summary: 'x',
      input: {},
      questions: [],
      openedAt: 1,
    }
    const state = working(
      's1',
      'fix',
      event('s1', 6, 'question.opened', { question }),
      observed('s1', 7, 'needs-permission'),
    )
    const busy: Meaning = {
      kind: 'activity',
      activity: { state: 'working', source: 'hook', at: 50, evidence: 'PreToolUse Read' },
      background: 0,
    }
    expect(outcomeOf(hook(9), [busy], state).drafts.map((d) => d.type)).toEqual(['host.acknowledged'])
  })

  test('an exit is journalled with whether it was asked for', () => {
    const exit: HostRecord = { seq: 4, at: 4, generation: 1, kind: 'exit', code: 143, signal: null }
    const asked = working('s1', 'fix', event('s1', 6, 'session.stopping', {}))
    expect(outcomeOf(exit, [], asked).drafts[0]).toMatchObject({
      type: 'process.exited',
      data: { code: 143, asked: true },
    })
  })

  test('a question closed in the terminal is settled; one that was answered from outside already is not settled again', () => {
    const question = {
      id: 'q1',
      kind: 'permission' as const,
      tool: 'Bash',
      summary: 'x',
      input: {},
      questions: [],
      openedAt: 1,
    }
    const closed: HostRecord = {
      seq: 5,
      at: 5,
      generation: 1,
      kind: 'question-closed',
      id: 'q1',
      by: 'terminal',
    }
    const open = working('s1', 'fix', event('s1', 6, 'question.opened', { question }))
    expect(outcomeOf(closed, [], open).drafts[0]).toMatchObject({
      type: 'question.settled',
      data: { by: 'terminal' },
    })
    expect(outcomeOf(closed, [], working('s1', 'fix')).drafts.map((d) => d.type)).toEqual([
      'host.acknowledged',
    ])
  })
})

describe('a question whose dialog has gone, by the agent’s own file', () => {
  const asked = (openedAt: number) =>
    event('s1', 10, 'question.opened', {
      question: {
        id: `q${openedAt}`,
        kind: 'permission',
        tool: 'Bash',
        summary: 'x',
        input: {},
        questions: [],
        openedAt,
      },
    })
  const file = (
    state: 'idle' | 'working' | 'needs-permission',
    at: number,
    source: 'file' | 'transcript' = 'file',
    now = at,
  ) => offScreen(working('s1', 'fix', asked(1000), asked(5000)), { state, source, at, evidence: '' }, now)

  test('is settled: its status has changed since', () => {
    expect(file('working', 2000)).toEqual(['q1000'])
    expect(file('idle', 9000)).toEqual(['q1000', 'q5000'])
  })

  test('is settled: answered as soon as it stood there, its status has not changed since', () => {
    expect(file('working', 1100, 'file', 6000)).toEqual([])
    expect(file('working', 1100, 'file', 6001)).toEqual(['q1000'])
    expect(file('needs-permission', 1100, 'file', 6001)).toEqual([])
  })

  test('is not by a status from before, one that waits, or a transcript', () => {
    expect(file('working', 1100)).toEqual([])
    expect(file('needs-permission', 9000)).toEqual([])
    expect(file('idle', 9000, 'transcript')).toEqual([])
  })
})

describe('the word of the agent’s own file', () => {
  const file = (state: 'idle' | 'working' | 'needs-permission', at: number) => ({
    state,
    source: 'file' as const,
    at,
    evidence: 'file',
  })

  test('tells an interrupt, which no hook does', () => {
    expect(believesFile(working('s1', 'fix', observed('s1', 40, 'working')), file('idle', 41))).toBe(true)
  })

  test('does not count when it is older than the hooks', () => {
    expect(believesFile(working('s1', 'fix', observed('s1', 40, 'working')), file('idle', 39))).toBe(false)
  })

  test('does not hide a failure or a limit: it says idle right after both', () => {
    for (const state of ['failing', 'rate-limited'] as const) {
      expect(believesFile(working('s1', 'fix', observed('s1', 40, state)), file('idle', 41))).toBe(false)
      expect(believesFile(working('s1', 'fix', observed('s1', 40, state)), file('working', 41))).toBe(true)
    }
  })

  test('does not count as idle before the first prompt was taken up', () => {
    const started = working('s1', 'fix')
    expect(started.activity.source).toBe('host')
    expect(believesFile(started, file('idle', 10))).toBe(false)
    expect(believesFile(started, file('idle', 60_000))).toBe(true)
  })

  test('does not end a turn whose subagents still run', () => {
    expect(
      believesFile(working('s1', 'fix', observed('s1', 40, 'working', 'Stop', 2)), file('idle', 41)),
    ).toBe(false)
  })
})

describe('a prompt that the terminal has swallowed', () => {
  const file = (state: 'idle' | 'working', at: number) =>
    ({ state, source: 'file', at, evidence: 'session file' }) as const
  const sent = event('s1', 50, 'prompt.sent', { prompt: 'p1', text: 'Go on', from: 'person' })
  const given = observed('s1', 50, 'working', 'a prompt was given to it')
  const typed = { ...given, data: { ...given.data, source: 'host' } } as typeof given
  const s = working('s1', 'fix', observed('s1', 40, 'idle'), sent, typed)

  test('is known by a file that says idle for half a minute, as it did before', () => {
    expect(leftIdle(s, file('idle', 40), 50 + 29_999)).toBe(false)
    expect(leftIdle(s, file('idle', 40), 50 + 30_000)).toBe(true)
  })

  test('is not one that was taken up, or that the file tells something newer of', () => {
    const late = 50 + 60_000
    expect(leftIdle(s, file('working', 40), late)).toBe(false)
    expect(leftIdle(s, file('idle', 60), late)).toBe(false)
    const seen = event('s1', 60, 'prompt.seen', { text: 'Go on' })
    expect(leftIdle(working('s1', 'fix', sent, typed, seen), file('idle', 40), late)).toBe(false)
    expect(leftIdle(working('s1', 'fix', sent, observed('s1', 60, 'working')), file('idle', 40), late)).toBe(
      false,
    )
  })
})
