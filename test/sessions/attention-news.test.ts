/** Of what the person is told outside of any client, and in which words. */
import { expect, test } from 'vitest'
import { PAYLOAD_MAX } from '../../src/platform/web-push.ts'
import type { AttentionItem } from '../../src/protocol/attention.ts'
import { aboutOf, messageOf, newsOf } from '../../src/sessions/attention/news.ts'

const item = (id: string, why = 'it is so', name = id): AttentionItem => ({
  id,
  kind: 'permission',
  session: { id, name },
  repository: { id: 'r1', root: '/home/me/shop' },
  why,
  since: 1,
  age: 0,
  blocks: { sessions: [name], train: 0 },
  action: '',
  actions: [],
})

test('once for each item', () => {
  const items = [item('a'), item('b')]
  const first = newsOf(items, new Set(), () => false)
  expect(first.fresh).toEqual(items)
  expect(newsOf(items, new Set(first.told), () => false)).toEqual({ fresh: [], told: [] })
})

test('what is before their eyes counts as told', () => {
  const { fresh, told } = newsOf([item('a'), item('b')], new Set(), ({ id }) => id === 'a')
  expect(fresh.map(({ id }) => id)).toEqual(['b'])
  expect(told).toEqual(['a', 'b'])
})

test('several are one message; the train has no session', () => {
  expect(messageOf([item('fix', 'Bash: rm -rf build')])).toEqual({
    title: 'fix needs you: permission',
    body: 'Bash: rm -rf build',
  })
  const train = { ...item('t', 'main is red'), kind: 'train-red' as const, session: null }
  expect(messageOf([train, item('b')])).toEqual({
    title: '2 things need you',
    body: 'the train of shop: train-red: main is red\nb: permission: it is so',
  })
  expect(messageOf(Array.from({ length: 7 }, (_, i) => item(`s${i}`))).body).toContain('and 3 more')
})

test('an agent’s words are one bounded line without controls or mark-up', () => {
  const { body } = messageOf([item('a', `<b>x</b> & \u001b]0;owned\u0007\nnext ${'long '.repeat(200)}`)])
  expect(body).toMatch(/^\(b\)x\(\/b\) \+ +\]0;owned next long/)
  expect(body.length).toBeLessThanOrEqual(200)
})

test('one leads to its session or train, several to all that waits', () => {
  const train = { ...item('t'), session: null }
  expect(aboutOf([item('a')])).toEqual({ session: 'a' })
  expect(aboutOf([train])).toEqual({ train: '/home/me/shop' })
  expect(aboutOf([item('a'), train])).toBeNull()
})

test.each(['\ud800', '\u{1f600}', '語', '\\', '"', '\u0001x'])(
  'the longest message of %j can be pushed',
  (letter) => {
    const long = letter.repeat(5000)
    const repository = { id: 'r1', root: `/${long}` }
    const many = Array.from({ length: 9 }, (_, i) => ({ ...item(`s${i}`, long, long), repository }))
    for (const items of [many, many.slice(0, 1), [{ ...item('t', long), session: null, repository }]]) {
      const message = { ...messageOf(items), about: aboutOf(items) }
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(PAYLOAD_MAX)
    }
  },
)
