/** The whole table of procedures, asked with the word of a session. */
import { expect, test } from 'vitest'
import { PROCEDURES, type Procedure } from '../../src/protocol/api.ts'
import type { Actor } from '../../src/protocol/index.ts'
import type { Handlers } from '../../src/server/index.ts'
import { withinScope } from '../../src/supervisor/scope.ts'

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
