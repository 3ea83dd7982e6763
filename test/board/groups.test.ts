import { describe, expect, test } from 'vitest'
import type { AttentionItem, SessionView } from '../../src/protocol/api.ts'
import { groupOf, grouped, inOrder, matches } from '../../src/board/groups.ts'

function session(facts: Record<string, unknown>): SessionView {
  const none = {
    ...{
      id: 's1',
      name: 'one',
      goal: '',
      agent: 'claude',
      branch: '',
      note: '',
      stage: 'active',
      createdAt: 0,
    },
    ...{ repository: { id: 'r', root: '/r' }, process: { state: 'running' }, attention: [] },
    activity: { state: 'working', source: 'hook', at: 0, evidence: '' },
  }
  return { ...none, ...facts } as unknown as SessionView
}
const waits = (kind: string, since = 0) => [{ kind, since } as AttentionItem]
const idle = { state: 'idle', source: 'hook', at: 0, evidence: '' }

describe('groupOf', () => {
  test.for([
    ['works', {}, 'working'],
    ['is being prepared', { stage: 'preparing', process: { state: 'none' } }, 'working'],
    ['asks while it works', { attention: waits('permission') }, 'needs'],
    ['failed and is ready as well', { attention: [...waits('ready'), ...waits('conflict')] }, 'needs'],
    ['handed off', { attention: waits('ready'), activity: idle }, 'ready'],
    ['is done, not seen', { attention: waits('done'), activity: idle }, 'ready'],
    ['is idle and seen', { activity: idle }, 'waiting'],
    ['waits for another', { stage: 'waiting', process: { state: 'none' } }, 'waiting'],
    ['is on the train', { stage: 'on-train' }, 'waiting'],
    ['has landed', { stage: 'landed', activity: idle }, 'landed'],
    ['has landed and cannot be tidied up', { stage: 'landed', attention: waits('removal-refused') }, 'needs'],
  ] as const)('%s', ([, facts, group]) => {
    expect(groupOf(session(facts))).toBe(group)
  })
})

test('what has waited longest stands first; all others stay where they are', () => {
  const all = [
    session({ id: 'w1', createdAt: 1 }),
    session({ id: 'n2', attention: waits('permission', 20), createdAt: 2 }),
    session({ id: 'w2', createdAt: 3 }),
    session({ id: 'n1', attention: waits('question', 10), createdAt: 4 }),
  ]
  expect(inOrder(grouped(all, '')).map(({ id }) => id)).toEqual(['n1', 'n2', 'w1', 'w2'])
})

test('what the attention list names stands in its order, whatever has waited longer', () => {
  const all = [
    session({ id: 'old', attention: waits('permission', 1) }),
    session({ id: 'holds', attention: waits('question', 9) }),
    session({ id: 'unlisted', attention: waits('question', 0) }),
  ]
  const named = (id: string) => ({ session: { id, name: id } })
  const items = [{ session: null }, named('holds'), named('old'), named('holds')]
  expect(inOrder(grouped(all, '', items)).map(({ id }) => id)).toEqual(['holds', 'old', 'unlisted'])
})

test('every word of a filter has to be found, in whatever field', () => {
  const one = session({ name: 'kamal', goal: 'Move the deployment', branch: 'worktrain/kamal' })
  expect(matches(one, 'shop', '')).toBe(true)
  expect(matches(one, 'shop', 'KAMAL deploy shop')).toBe(true)
  expect(matches(one, 'shop', 'kamal heroku')).toBe(false)
  const apart = session({ name: 'kamal', branch: 'fix/heroku' })
  expect(matches(apart, 'shop', 'heroku')).toBe(true)
})

test('what all sessions have in common tells none from the others', () => {
  const root = '/home/pat/work/train/shop'
  const all = [session({ id: 'a', name: 'a', branch: 'worktrain/a', repository: { id: 'r', root } })]
  expect(inOrder(grouped(all, 'train'))).toEqual([])
  expect(inOrder(grouped(all, 'shop'))).toHaveLength(1)
})
