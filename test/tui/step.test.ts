import { describe, expect, test } from 'vitest'
import type { SessionView } from '../../src/protocol/api.ts'
import { ACTIONS } from '../../src/tui/actions.ts'
import { current, newBoard } from '../../src/tui/board.ts'
import { shownOn } from '../../src/tui/shown.ts'
import { NOW, session } from '../cli/fixtures.ts'
import { asking, factsOf, Person } from './fixtures.ts'

describe('settling', () => {
  test('two keys: n goes to what matters most, its own key settles it, and the next one comes', () => {
    const person = new Person([asking('one'), asking('two')])
    person.press('n')
    expect(person.wanted()).toMatchObject([{ do: 'details', item: { id: 's-one:q1' } }])
    person.sees().press('a')
    expect(person.wanted()).toMatchObject([
      { do: 'settle', call: { call: 'answer', input: { name: 's-one', answer: { kind: 'allow' } } } },
    ])
    person.happens({ of: 'settled', item: 's-one:q1', said: 'one: allow once' })
    expect(person.board).toMatchObject({
      mode: { at: 'item', item: { id: 's-two:q1' } },
      said: { text: 'one: allow once' },
    })
    person.sees().press('a').happens({ of: 'settled', item: 's-two:q1', said: 'two: allow once' })
    expect(person.board.mode.at).toBe('list')
    expect(person.board.sessions?.flatMap((s) => s.attention)).toEqual([])
  })

  test('what was typed before an item was on the screen is not typed at it', () => {
    const person = new Person([asking('one')])
    person.press('n', 'a')
    expect(person.wanted().map(({ do: what }) => what)).toEqual(['details'])
  })

  test('a refusal is read whole, however long, and gone once one leaves what it was about', () => {
    const why = `the name is taken: ${'very '.repeat(40)}long, and at its end stands what to do`
    const person = new Person([])
    person.press('c', ...'Go', 'Enter').happens({ of: 'failed', said: why })
    const screen = person.screen().replace(/\s+/g, ' ')
    expect(screen).toContain(why)
    expect(person.view().lines).toHaveLength(24)
    person.press('Escape')
    expect(person.screen()).not.toContain('is taken')
    // On a small screen as much as leaves room for the rest.
    person.press('c', ...'Go', 'Enter').happens({ of: 'failed', said: why })
    expect(person.view(undefined, 6).lines.filter((line) => line.includes('very'))).toHaveLength(2)
  })

  test('nor right after another one came by itself', () => {
    const person = new Person([asking('one'), asking('two')])
    person.press('n').sees()
    person.happens(factsOf([asking('two')]))
    expect(person.board).toMatchObject({
      mode: { item: { id: 's-two:q1' } },
      said: { text: 'settled elsewhere, or by itself' },
    })
    person.sees().wanted()
    person.now += 399
    expect(person.press('a').wanted()).toEqual([])
    person.now += 1
    expect(person.press('a').wanted()).toMatchObject([{ do: 'settle' }])
  })

  test('an item that is gone is not said to be settled where its session waits for something else', () => {
    const person = new Person([asking('one')])
    person.press('n').sees()
    person.happens(factsOf([asking('one', { id: 's-one:q2' })]))
    expect(person.board.said?.text).toBe('one waits for something else by now')
  })

  test('a second key does nothing while the first one is carried out, and an error gives the keys back', () => {
    const person = new Person([asking('one')])
    person.press('n').sees().press('a', 'a', 'd')
    expect(person.wanted().filter(({ do: what }) => what === 'settle')).toHaveLength(1)
    person.happens({ of: 'failed', said: 'It was answered already.' })
    expect(person.press('a').wanted()).toMatchObject([{ do: 'settle' }])
  })

  test('what was asked before the last key does not bring back what was settled', () => {
    const person = new Person([asking('one')])
    person.now += 10
    person.press('n').sees().press('a').happens({ of: 'settled', item: 's-one:q1', said: '' })
    person.happens(factsOf([asking('one')], { askedAt: NOW + 9 }))
    expect(person.board.attention.items).toEqual([])
    person.happens(factsOf([asking('one')], { askedAt: NOW + 10 }))
    expect(person.board.attention.items).toHaveLength(1)
  })

  test('asked for before anything is known it is there once it is, and nothing is said meanwhile', () => {
    const person = new Person()
    person.board = newBoard('/home/me/shop')
    expect(person.press('n').board.said).toBeNull()
    expect(person.screen()).not.toContain('nothing')
    person.happens(factsOf([asking('one')])).press('a')
    expect(person.board.mode).toMatchObject({ at: 'item', item: { id: 's-one:q1' } })
    expect(person.wanted().map((effect) => effect.do)).toEqual(['details'])
  })

  test('s skips, and a skipped one does not come back in this round', () => {
    const person = new Person([asking('one'), asking('two')])
    person.press('n').sees().press('s')
    expect(person.board.mode).toMatchObject({ item: { id: 's-two:q1' } })
    expect(person.sees().press('s').board).toMatchObject({
      mode: { at: 'list' },
      said: { text: 'nothing else waited for you' },
    })
    expect(person.press('n').board.mode).toMatchObject({ item: { id: 's-one:q1' } })
  })

  test('a reason goes with a refusal; Esc takes it back', () => {
    const person = new Person([asking('one')])
    person.press('n').sees().press('d', 'n', 'o', 'Escape')
    expect(person.board.mode.at).toBe('item')
    person.wanted()
    person.press('d', ...'use trash', 'Enter')
    expect(person.wanted()).toMatchObject([
      { do: 'settle', call: { input: { answer: { kind: 'deny', reason: 'use trash' } } } },
    ])
  })

  test('words that could not be taken stand there again, with why', () => {
    const person = new Person([asking('one'), session({ name: 'calm' })])
    const inVain = (said: string): void => {
      const [effect] = person.wanted().slice(-1)
      person.happens({ of: 'failed', said, typed: effect && 'typed' in effect ? effect.typed : undefined })
    }
    person.press('j', 'r', ...'look again', 'Enter')
    inVain('calm has ended.')
    expect(person.screen()).toMatch(/look again[^]*calm has ended\./)
    person
      .press('Escape', 'n')
      .sees()
      .press('d', ...'use trash', 'Enter')
    inVain('It was answered already.')
    expect(person.screen()).toContain('use trash')
    // Sent again as it stands.
    expect(person.press('Enter').wanted()).toMatchObject([
      { do: 'settle', call: { input: { answer: { kind: 'deny', reason: 'use trash' } } } },
    ])
  })

  test('Enter settles what the selected one waits for, and says when it waits for nothing', () => {
    const person = new Person([asking('one'), session({ name: 'calm' })])
    person.press('j', 'Enter')
    expect(person.board.said?.text).toMatch(/^calm waits for nothing/)
    person.press('k', 'Enter')
    expect(person.board.mode).toMatchObject({ at: 'item', item: { id: 's-one:q1' } })
  })
})

describe('the list', () => {
  test('offers no key that does something with a session where there is none', () => {
    expect(new Person().screen()).not.toContain('attach')
    expect(new Person([session({ name: 'a' })]).screen()).toContain('attach')
  })

  const three = () => [
    session({ name: 'a', createdAt: 1 }),
    session({ name: 'b', createdAt: 2 }),
    session({ name: 'c', createdAt: 3 }),
  ]

  test('the cursor stays on its session when others come and go', () => {
    const person = new Person(three())
    person.press('j')
    expect(current(person.board)?.id).toBe('s-b')
    person.happens(factsOf([asking('z'), ...three()]))
    expect(current(person.board)?.id).toBe('s-b')
    person.happens(factsOf([three()[2]!]))
    expect(current(person.board)?.id).toBe('s-c')
  })

  test('a filter is typed live; Esc in the list takes it away', () => {
    const person = new Person(three())
    person.press('/', 'b')
    expect(person.screen()).toContain('filter: b')
    expect(current(person.board)?.id).toBe('s-b')
    person.press('Enter', 'Escape')
    expect(person.board.filter).toBe('')
  })

  test('a pinned session stands first in its group', () => {
    const person = new Person([...three(), session({ name: 'd', createdAt: 4, pinned: true })])
    expect(current(person.board)?.id).toBe('s-d')
    expect(person.press('p').wanted()).toMatchObject([
      { do: 'call', call: { call: 'pin', input: { pinned: false } } },
    ])
  })

  test('a click selects; the wheel moves', () => {
    const person = new Person(three())
    const line = person.view().lines.findIndex((text) => text.startsWith('  c'))
    person.happens({ of: 'click', id: person.view().ids[line]!, half: 'left' })
    expect(current(person.board)?.id).toBe('s-c')
    person.happens({ of: 'key', key: { wheel: -1, y: 3 } })
    expect(current(person.board)?.id).toBe('s-b')
  })

  test('its screen large counts as having looked, and small again as nothing', () => {
    const person = new Person(three())
    expect(person.press(' ').wanted()).toMatchObject([
      { call: { call: 'seen', input: { name: 's-a', how: 'peek' } } },
    ])
    expect(person.screen()).toMatch(/^worktrain.*\n── a/)
    expect(person.press(' ').wanted()).toEqual([])
  })

  test('a reply says whether it waits until the agent is idle, or has been given', () => {
    const person = new Person([session({ name: 'a' })]).press('r', ...'go on', 'Enter')
    const effect = person.wanted().find((each) => each.do === 'call')
    const said = effect?.call.said as (s: SessionView) => string
    expect(said(session({ name: 'a', queued: 1 }))).toBe('a gets it when it is idle')
    expect(said(session({ name: 'a' }))).toBe('sent to a')
  })

  test('every action has keys of its own', () => {
    const keys = ACTIONS.flatMap((action) => action.keys)
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('the palette finds each action by its words', () => {
    const person = new Person(three())
    person.press(':', ...'rename it')
    expect(person.screen()).toMatch(/▸ e +rename it/)
    person.press('Enter')
    expect(person.board.mode).toMatchObject({ at: 'line', for: { what: 'rename', session: 's-a' } })
    person.press('Ctrl-U', ...'ab', 'Enter')
    expect(person.wanted()).toMatchObject([{ call: { call: 'rename', input: { name: 's-a', to: 'ab' } } }])
  })

  test('a new session needs a goal, and nothing else', () => {
    const person = new Person([])
    person.press('c', 'Enter')
    expect(person.screen()).toContain('it needs a goal')
    expect(person.wanted()).toEqual([])
    person.happens({ of: 'key', key: { paste: 'Fix it\nwell' } }).press('Enter')
    const sessions = [{ goal: 'Fix it\nwell', owns: [], avoid: [], after: [] }]
    expect(person.wanted()).toMatchObject([
      { do: 'begin', call: { call: 'run', input: { repo: '/home/me/shop', sessions } } },
    ])
    expect(person.press('x').happens({ of: 'begun', said: 'started fix-it' }).board).toMatchObject({
      mode: { at: 'list' },
      said: { text: 'started fix-it' },
    })
  })

  test('and may have a name, a model, permissions, checks, paths, sessions to wait for, and a base', () => {
    const person = new Person([session({ name: 'first' })])
    person.press('c', ...'Go', 'Tab', ...'go', 'Tab', 'Tab', ...'opus', 'Tab', 'Right', 'Right', 'Right')
    expect(person.screen()).toMatch(/agent +Claude Code[^]*▸ permissions +plan: shows[^]*further down +base/)
    person.press('Tab', ...'a/** b', 'Tab', ...'c', 'Tab', ...'npm test', 'Tab')
    expect(person.screen()).toMatch(/▸ after[^]*sessions: first/)
    person.press(...'first', 'Tab', 'Right')
    // What is seldom wanted comes once one goes there.
    expect(person.screen()).not.toMatch(/headless +no/)
    person.press('Tab', ...'v1', 'Tab', ...'fix', 'Tab', ' ')
    expect(person.screen()).toMatch(/lands +yes: [^]*base +v1[^]*▸ goes on +yes: [^]*headless +no/)
    person.press('Enter')
    expect(person.wanted()).toMatchObject([
      {
        call: {
          input: {
            sessions: [
              {
                ...{ goal: 'Go', name: 'go', agent: 'claude', model: 'opus', permissionMode: 'plan' },
                ...{ checks: ['npm test'], owns: ['a/**', 'b'], avoid: ['c'], after: ['first'], land: true },
                ...{ base: 'v1', branch: 'fix', existingBranch: true },
              },
            ],
          },
        },
      },
    ])
  })

  test('what was typed for it stays when it cannot start', () => {
    const person = new Person([])
    person.press('c', ...'Go', 'Tab', ...'taken', 'Enter').happens({ of: 'failed', said: 'taken is taken.' })
    expect(person.screen()).toMatch(/goal +Go[^]*▸ name +taken▏[^]*taken is taken/)
    person.press('Up', 'BackTab')
    expect(person.screen()).toMatch(/▸ headless/)
    person.press('Tab', 'Down', 'Tab', 'Left')
    expect(person.screen()).toMatch(/agent +a command\n +command +run by the shell/)
    person.press('Enter')
    expect(person.screen()).toMatch(/▸ command[^]*it needs a command/)
  })

  test('Ctrl-C leaves from everywhere, but from a line only the line', () => {
    const person = new Person([asking('one')])
    person.press('r', 'Ctrl-C')
    expect(person.wanted()).toEqual([])
    for (const keys of [[], ['n'], ['?']]) {
      expect(
        person
          .press(...keys, 'Ctrl-C')
          .wanted()
          .at(-1),
      ).toEqual({ do: 'quit' })
      person.press('Escape')
    }
  })
})

test('what is on the screen is told: rows that are seen, or the one item', () => {
  const many = Array.from({ length: 30 }, (_, i) => asking(`s${i}`, { since: NOW + i }))
  const person = new Person(many)
  const told = shownOn(person.board, person.view()).items
  expect(told).toContain('s-s0:q1')
  expect(told).not.toContain('s-s29:q1')
  expect(shownOn(person.press('n').board, person.view())).toEqual({ items: ['s-s0:q1'], sessions: [] })
})

test('a supervisor that is away is told with its age, until it is back', () => {
  const person = new Person([session()])
  person.happens({ of: 'link', live: false, silentMs: 0 })
  person.now += 5000
  expect(person.happens({ of: 'link', live: false, silentMs: 0 }).screen()).toContain(
    'the supervisor is away for 5s',
  )
  expect(person.happens({ of: 'link', live: true, silentMs: 0 }).screen()).not.toContain('away')
  // One that fell silent has been away since then, not since that was noticed.
  person.happens({ of: 'link', live: false, silentMs: 45_000 })
  expect(person.screen()).toContain('the supervisor is away for 45s')
})

test('s asks where the programs of the session under the cursor listen', () => {
  const person = new Person([session({ name: 'one' })])
  expect(person.press('s').wanted()).toMatchObject([
    { do: 'call', call: { call: 'preview', input: { repo: null, name: 's-one' } } },
  ])
})

test('f shows the session in the checkout, F goes back from whatever it shows', () => {
  const shown = { checkout: '/home/me/shop', n: 3, since: NOW, behind: 0 }
  const person = new Person([session({ name: 'one' })])
  expect(person.press('f').wanted()).toMatchObject([
    { do: 'call', call: { call: 'spotlight', input: { name: 's-one', checkout: null } } },
  ])
  expect(person.press('F').wanted()).toEqual([])
  expect(person.board.said?.text).toContain('no checkout')
  person.happens(factsOf([session({ name: 'one' }), session({ name: 'two', shownIn: [shown] })]))
  expect(person.press('F').wanted()).toMatchObject([
    { call: { call: 'spotlightOff', input: { repo: '/home/me/shop', checkout: '/home/me/shop' } } },
  ])
})
