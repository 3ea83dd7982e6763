/** The whole table of procedures, asked with the word of a session. */
import { expect, test } from 'vitest'
import { PROCEDURES, type Procedure } from '../../src/protocol/api.ts'
import type { Actor } from '../../src/protocol/index.ts'
import type { Handlers } from '../../src/server/index.ts'
import { withinScope } from '../../src/supervisor/scope.ts'

import type { PhoneScope } from '../../src/protocol/phone-access.ts'
import { ON_A_PHONE, barredOnPhone } from '../../src/protocol/phone.ts'

const names = Object.keys(PROCEDURES) as Procedure[]
const OWN = ['session', 'why', 'screen', 'logs', 'diff', 'review', 'comments']
/** What each of these touches is told by the token alone; the last two ask for a grant. */
const OF_SESSIONS = ['board', 'report', 'askPaths', 'tellPerson', 'startOther', 'landOther']

/** Procedures that reach their handler when this one asks about a session. */
async function reached(actor: Actor, about: string): Promise<string[]> {
  const called: string[] = []
  const handlers = Object.fromEntries(
    names.map((name) => [name, async () => (called.push(name), name === 'sessions' ? [{ id: about }] : {})]),
  ) as unknown as Handlers
  const find = async () => ({ id: about }) as never
  const scoped = withinScope(handlers, { find })
  for (const name of names)
    await (scoped[name] as (input: unknown, actor: Actor) => Promise<unknown>)({ name: about }, actor).catch(
      (error: unknown) => expect(error).toMatchObject({ code: 'SCOPE_EXCEEDED' }),
    )
  return called
}

test('a session reaches what is its own, what is made for sessions, and nothing else', async () => {
  const me: Actor = { kind: 'agent', session: 's1' }
  const anyone = ['hello', 'sessions', ...OF_SESSIONS]
  expect((await reached(me, 's1')).sort()).toEqual([...OWN, ...anyone].sort())
  expect((await reached(me, 's2')).sort()).toEqual(anyone.sort())
})

test('no grant, and no way to give one, is among them', async () => {
  const called = await reached({ kind: 'agent', session: 's1' }, 's1')
  for (const name of [
    'grant',
    'allow',
    'run',
    'land',
    'answer',
    'send',
    'webOpen',
    'events',
    'usage',
    'attention',
  ])
    expect(called).not.toContain(name)
})

/** What a phone never does, whatever its scope: written down once more, so that nothing slips into the table. */
const NEVER_ON_A_PHONE = [
  ...['run', 'plan', 'rename', 'rm', 'restore', 'snapshotRestore', 'undo', 'clean', 'shutdown'],
  ...['preview', 'spotlight', 'spotlightOff', 'trust', 'approvals', 'grant', 'notifyStatus'],
  ...['webOpen', 'webStatus', 'webRevoke', 'webClose'],
  ...['phoneOpen', 'phoneStatus', 'phoneRevoke', 'phoneClose'],
  ...OF_SESSIONS,
]
/** What only shows. */
const LOOKS = [
  ...[
    'hello',
    'status',
    'repositories',
    'sessions',
    'session',
    'why',
    'attention',
    'overview',
    'screen',
    'logs',
    'diff',
  ],
  ...[
    'review',
    'comments',
    'snapshots',
    'train',
    'trainLog',
    'whyCommit',
    'trash',
    'usage',
    'config',
    'doctor',
  ],
  ...['events', 'spotlights', 'spotlightsKept', 'pushStatus', 'conversation'],
]
const onPhone = (scope: PhoneScope): Actor => ({ kind: 'person', via: 'phone', phone: { name: 'p', scope } })

test('a phone that looks reaches what shows; one that answers all but what is never done from a phone', async () => {
  expect((await reached(onPhone('look'), 's1')).sort()).toEqual(LOOKS.sort())
  const answers = names.filter((name) => !NEVER_ON_A_PHONE.includes(name))
  expect((await reached(onPhone('answer'), 's1')).sort()).toEqual(answers.sort())
  expect(Object.keys(ON_A_PHONE).sort()).toEqual([...names].sort())
})

test('a phone allows once, never for good, and starts no agent by a landing', () => {
  const answer = (given: object) => barredOnPhone('answer', 'answer', { answer: given })
  expect(answer({ kind: 'allow', always: false })).toBeNull()
  expect(answer({ kind: 'deny', reason: 'no' })).toBeNull()
  expect(answer({ kind: 'allow', always: true })).toContain('at the machine')
  for (const name of ['land', 'trainRetry'] as const) {
    expect(barredOnPhone('answer', name, {})).toBeNull()
    expect(barredOnPhone('answer', name, { resolveWith: 'claude' })).toContain('at the machine')
  }
})

test('a browser lets in neither a browser nor a phone; the person at a terminal both', async () => {
  const browser = await reached({ kind: 'person', via: 'web' }, 's1')
  expect(names.filter((name) => !browser.includes(name))).toEqual(['webOpen', 'phoneOpen'])
  expect(await reached({ kind: 'person', via: 'cli' }, 's1')).toHaveLength(names.length)
})
