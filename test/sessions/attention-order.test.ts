/** What comes first of all that waits, and that each item can be settled by what it carries. */
import { describe, expect, test } from 'vitest'
import { PROCEDURES } from '../../src/protocol/api.ts'
import { type AttentionItem, completed } from '../../src/protocol/attention.ts'
import type { Question } from '../../src/protocol/session.ts'
import { attention } from '../../src/sessions/attention/find.ts'
import { inOrder, overlapsOf, places, waitingFor } from '../../src/sessions/attention/order.ts'
import type { SessionState } from '../../src/sessions/state.ts'
import { event, fold, nobodyElse, observed, planned, working } from './fixtures.ts'

const facts = { ...nobodyElse, always: 'Bash(npm test)' }
const item = (id: string, since: number, sessions: string[] = [], train = 0): AttentionItem => ({
  id,
  kind: 'done',
  session: { id, name: id },
  repository: { id: 'r1', root: '/r' },
  why: '',
  since,
  age: 0,
  blocks: { sessions, train },
  action: '',
  actions: [],
})
const question = (more: Partial<Question> = {}): Question => ({
  id: 'q1',
  kind: 'permission',
  tool: 'Bash',
  summary: 'npm test',
  input: {},
  questions: [],
  openedAt: 9,
  ...more,
})
const asks = (q: Question): SessionState =>
  working('s1', 'fix', event('s1', 9, 'question.opened', { question: q }))
const choice = (multiple = false, options = ['red', 'blue']) => ({
  header: 'Colour',
  question: 'Which?',
  multiple,
  options: options.map((label) => ({ label, description: '' })),
})

describe('the order', () => {
  test('what holds up most comes first, then what has waited longest', () => {
    const all = [
      item('seen-long-ago', 1),
      item('young', 50, ['a']),
      item('old', 20, ['a']),
      item('train', 90, [], 3),
      item('chain', 80, ['a', 'b']),
    ]
    expect(inOrder(all).map(({ id }) => id)).toEqual(['train', 'chain', 'old', 'young', 'seen-long-ago'])
  })

  test('does not depend on the order in which they are told, nor on the time of day', () => {
    const all = [item('b', 5), item('a', 5), item('c', 4, ['x'])]
    expect(inOrder(all)).toEqual(inOrder(all.toReversed()))
    expect(inOrder(all).map(({ id }) => id)).toEqual(['c', 'a', 'b'])
  })

  test('is told in one sentence', () => {
    const minutes = (n: number) => 1_000_000 - n * 60_000
    const all = [item('a', minutes(12), ['a', 'b'], 1), item('c', minutes(180))]
    expect(places(all, 1_000_000)).toEqual([
      '1 of 2 that wait for you: it holds up 2 sessions (a, b) and 1 change on the train, and it has waited 12 min.',
      '2 of 2 that wait for you: nothing stands still for it, and it has waited 3 h.',
    ])
  })
})

describe('what a session holds up', () => {
  const first = working('s1', 'first')
  const second = fold(planned('s2', 'second', { after: ['first'] }, 2))
  const third = fold(planned('s3', 'third', { after: ['second'] }, 3))
  const held = fold(
    planned('s4', 'held', {}, 4),
    event('s4', 5, 'session.waiting', { for: [], why: 'waits for you', because: 'review' }),
  )
  const all = [first, second, third, held]
  const none = new Set<string>()

  test('those that wait for it, and those that wait for these', () => {
    expect(waitingFor(first, all, none)).toEqual(['second', 'third'])
    expect(waitingFor(second, all, none)).toEqual(['third'])
    expect(waitingFor({ ...first, repository: 'r2' }, all, none)).toEqual([])
  })

  test('unreviewed, also those that wait for the review limit', () => {
    const done = { ...first, stage: 'handed-off' as const }
    expect(waitingFor(done, all, none)).toEqual(['second', 'third', 'held'])
    expect(waitingFor(done, all, new Set(['s1']))).toEqual(['second', 'third'])
  })

  test('itself, when its agent stands still', () => {
    expect(attention(asks(question()), { ...facts, heldUp: ['second'] })[0]?.blocks).toEqual({
      sessions: ['fix', 'second'],
      train: 0,
    })
    expect(attention(working('s1', 'fix', observed('s1', 9, 'idle')), facts)[0]?.blocks.sessions).toEqual([])
  })

  test('what it wrote of another’s paths is an item', () => {
    const strayed = working(
      's1',
      'fix',
      event('s1', 9, 'session.strayed', { tool: 'Write', paths: ['db/a.sql'] }),
    )
    const owner = fold(planned('s2', 'data', { owns: ['db/**'] }, 2))
    const overlaps = overlapsOf(strayed, [strayed, owner])
    expect(overlaps).toEqual([{ with: 'data', paths: ['db/a.sql'] }])
    expect(attention(strayed, { ...facts, overlaps })).toMatchObject([
      { kind: 'overlap', why: 'wrote db/a.sql, which data owns' },
    ])
  })
})

describe('done, not seen', () => {
  const idle = observed('s1', 9, 'idle')
  const kinds = (s: SessionState) => attention(s, facts).map(({ kind }) => kind)
  const seen = (at: number) => event('s1', at, 'session.seen', { how: 'peek' })

  test('ends when the person looks, and comes back with the next turn', () => {
    expect(kinds(working('s1', 'fix', idle))).toEqual(['done'])
    expect(kinds(working('s1', 'fix', idle, seen(10)))).toEqual([])
    const again = [observed('s1', 11, 'working'), observed('s1', 12, 'idle')]
    expect(kinds(working('s1', 'fix', idle, seen(10), ...again))).toEqual(['done'])
  })

  test('a look while it works counts for nothing', () => {
    expect(kinds(working('s1', 'fix', seen(8), idle))).toEqual(['done'])
  })

  test('who stopped it knows', () => {
    const stop = event('s1', 10, 'session.stopping', {})
    const exit = event('s1', 11, 'process.exited', { generation: 1, code: 0, signal: null, asked: true })
    expect(kinds(working('s1', 'fix', stop, exit))).toEqual([])
    expect(
      kinds(working('s1', 'fix', { ...exit, data: { ...exit.data, asked: false } } as typeof exit)),
    ).toEqual(['done'])
  })
})

describe('the actions', () => {
  const everything: Record<string, AttentionItem[]> = {
    permission: attention(asks(question()), facts),
    question: attention(asks(question({ kind: 'question', questions: [choice()] })), facts),
    'several questions': attention(
      asks(question({ kind: 'question', questions: [choice(), choice(true)] })),
      facts,
    ),
    plan: attention(asks(question({ kind: 'plan', tool: 'ExitPlanMode' })), facts),
    dialog: attention(working('s1', 'fix', observed('s1', 9, 'needs-permission')), facts),
    'setup-failed': attention(
      fold(
        planned('s1', 'fix'),
        event('s1', 3, 'workspace.failed', { code: 'X', message: 'm', step: 'setup' }),
      ),
      facts,
    ),
    interrupted: attention(
      working('s1', 'fix', event('s1', 9, 'process.lost', { generation: 1, why: 'gone' })),
      facts,
    ),
    unconfirmed: attention(
      working(
        's1',
        'fix',
        event('s1', 8, 'prompt.sent', { prompt: 'p1', text: 'Go on', from: 'person' }),
        observed('s1', 9, 'idle'),
      ),
      facts,
    ),
    failed: attention(working('s1', 'fix', observed('s1', 9, 'failing')), facts),
    'rate-limited': attention(working('s1', 'fix', observed('s1', 9, 'rate-limited')), facts),
    conflict: attention(
      working(
        's1',
        'fix',
        event('s1', 8, 'merge.predicted', { main: 'm', head: 'h', clean: false, files: ['a'] }),
        observed('s1', 9, 'idle'),
      ),
      facts,
    ),
    ejected: attention(working('s1', 'fix', observed('s1', 9, 'idle')), {
      ...facts,
      change: {
        id: 'c1',
        state: 'ejected',
        why: 'red',
        at: 5,
        checked: true,
        conflicts: null,
        mayPass: false,
      },
    }),
    diverged: attention(
      working('s1', 'fix', event('s1', 8, 'branch.diverged', { ours: 'a', theirs: 'b' })),
      facts,
    ),
    'removal-refused': attention(
      working('s1', 'fix', event('s1', 8, 'removal.refused', { reasons: ['r'] })),
      facts,
    ),
    'blocked-wait': attention(
      fold(
        planned('s1', 'fix'),
        event('s1', 3, 'session.waiting', { for: ['x'], why: 'x will not land', because: 'discarded' }),
      ),
      facts,
    ),
    ready: attention(
      working(
        's1',
        'fix',
        observed('s1', 9, 'idle'),
        event('s1', 10, 'session.stage', { stage: 'handed-off', why: 'it reported its handoff' }),
      ),
      facts,
    ),
    done: attention(working('s1', 'fix', observed('s1', 9, 'idle')), facts),
    unknown: attention({ ...working('s1', 'fix', observed('s1', 9, 'unknown')) }, facts),
  }

  test.for(Object.entries(everything))('%s: its own keys, and calls that the API takes', ([, items]) => {
    expect(items.length).toBeGreaterThan(0)
    for (const { actions, action } of items) {
      const keys = actions.map(({ key }) => key)
      expect(new Set(keys).size, keys.join('')).toBe(keys.length)
      // These are the list's own: skip, end, help.
      for (const key of keys) expect(['s', 'q', '?']).not.toContain(key)
      expect(action).toMatch(/^worktrain /)
      for (const { does, needs, command } of actions) {
        expect(command).toMatch(/^worktrain /)
        if (!('call' in does)) continue
        const said = needs?.what === 'choices' ? [['red'], ['blue']] : 'words'
        const { call, input } = needs ? completed(does, needs, said) : does
        expect(PROCEDURES[call].safeParse(input), call).toMatchObject({ success: true })
        if (needs) expect(JSON.stringify(input)).toContain(needs.what === 'choices' ? 'red' : 'words')
      }
    }
  })

  test('what was left as it is does not come back', () => {
    const [conflict] = everything['conflict'] ?? []
    const s = working(
      's1',
      'fix',
      event('s1', 8, 'merge.predicted', { main: 'm', head: 'h', clean: false, files: ['a'] }),
      observed('s1', 9, 'idle'),
      event('s1', 10, 'session.dismissed', { item: conflict?.id ?? '' }),
    )
    expect(attention(s, facts).map(({ kind }) => kind)).not.toContain('conflict')
  })

  test('a session that takes no prompts offers none', () => {
    const items = attention(working('s1', 'fix', observed('s1', 9, 'idle')), {
      ...facts,
      takesPrompts: false,
    })
    expect(items[0]?.actions.some(({ does }) => 'call' in does && does.call === 'send')).toBe(false)
  })

  test('a conflict waits since it began, however often main moves', () => {
    const predicted = (at: number, clean: boolean) =>
      event('s1', at, 'merge.predicted', { main: `m${at}`, head: 'h', clean, files: clean ? [] : ['a'] })
    const s = working(
      's1',
      'fix',
      predicted(6, false),
      predicted(7, true),
      predicted(8, false),
      predicted(9, false),
    )
    expect(attention({ ...s, activity: { ...s.activity, state: 'idle' } }, facts)[0]).toMatchObject({
      kind: 'conflict',
      since: 8,
      age: 91,
    })
  })
})
