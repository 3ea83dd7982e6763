import { describe, expect, test } from 'vitest'
import type { AttentionAction, SessionView } from '../../src/protocol/api.ts'
import type { Question } from '../../src/protocol/session.ts'
import { NO_DETAILS } from '../../src/terminal/item.ts'
import { changed } from '../../src/terminal/screen.ts'
import { type Look, lookOf } from '../../src/terminal/look.ts'
import { width } from '../../src/terminal/text.ts'
import { trainItem } from '../../src/sessions/attention/train.ts'
import { attention, change, NOW, PLAIN, session, train } from '../cli/fixtures.ts'
import { factsOf as rowFacts, wordsOf } from '../../src/tui/view/row.ts'
import { cramped } from '../../src/tui/view/cramped.ts'
import { asking, factsOf, Person } from './fixtures.ts'

const full = (): SessionView =>
  session({
    name: 'attribution',
    stage: 'on-train',
    stageWhy: 'place 2, behind kamal',
    change: 'c1',
    usage: { byModel: {}, costUsd: 1.234 },
    merges: { clean: true, files: [], at: NOW, main: 'm', head: 'h', stale: null },
    work: { files: 1, added: 12, removed: 3, at: NOW, stale: null },
  })

test('a row in 80 columns: name, activity with age, agent, lines, merges, place, cost; then branch and words', () => {
  const person = new Person([])
  person.happens(factsOf([full()], { changes: [change({ position: 2 })] }))
  const lines = person.view().lines
  expect(lines[1]).toBe('Waiting (1)')
  expect(lines[2]).toBe('▸ attribution  on the train 12s  claude  +12 -3  merges  train 2  $1.23')
  expect(lines[3]).toBe('    worktrain/attribution  place 2, behind kamal')
})

test('lines that were counted before files changed are told as such', () => {
  const work = { files: 1, added: 12, removed: 3, at: NOW - 200_000, stale: 'files have changed since' }
  expect(rowFacts({ ...full(), work }, [], NOW)).toContain('+12 -3 earlier')
  expect(rowFacts({ ...full(), work: { ...work, files: 0 } }, [], NOW)[3]).toBe('')
})

test('finished work says what was decided on it, beside its last words', () => {
  const why = 'rejected, and nobody could be told: too slow'
  const s = session({ lastMessage: 'Done.', attention: [attention({ kind: 'ready', why })] })
  expect(wordsOf(s, NOW)).toBe(`${why} · Done.`)
})

describe('what a row holds', () => {
  const many = Array.from({ length: 20 }, (_, i) =>
    session({ name: `s${i}`, lastMessage: `Step ${i} is done.` }),
  )
  const long = session({ name: 'sales-attribution', lastMessage: `It is ${'very '.repeat(30)}done.` })
  const drawn = (columns: number, rows: number, sessions: SessionView[]): string[] => {
    const person = new Person([])
    person.happens(factsOf(sessions, { changes: [change({ position: 2 })] }))
    return person.view({ ...PLAIN, width: columns }, rows).lines
  }
  const rowOf = (lines: string[], name: string): string =>
    lines.find((line) => line.slice(2).startsWith(`${name} `)) ?? ''

  test('in 80 columns, where not all have two lines: branch and last sentence of the selected one', () => {
    const lines = drawn(80, 24, many)
    expect(rowOf(lines, 's1')).not.toContain('worktrain/s1')
    expect(lines[2]).toMatch(/^▸ s0 /)
    expect(lines[3]).toBe('    worktrain/s0  Step 0 is done.')
    expect(lines[4]).toMatch(/^ {2}s1 /)
  })

  test('in 120 columns everything is in each row, of long branches the end', () => {
    const lines = drawn(120, 30, [full(), long, ...many.slice(0, 6)])
    expect(rowOf(lines, 's1')).toMatch(/ worktrain\/s1 +Step 1 is done\.$/)
    expect(rowOf(lines, 'attribution')).toMatch(
      /on the train 12s {2}claude {2}\+12 -3 {2}merges {2}train 2 {2}\$1\.23 .*place 2/,
    )
    expect(rowOf(lines, 'sales-attribution')).toMatch(/ …es-attribution {2}It is (very )+.*…$/)
  })

  test('with room for two lines, 120 columns have two of them', () => {
    expect(drawn(120, 30, [long]).slice(2, 4).join('\n')).toMatch(
      /^▸ sales-attribution {2}working 12s {2}claude\n {4}worktrain\/sales-attribution {2}It is/,
    )
  })

  test('in 160 columns one line, with its facts in columns; the selected one has a second where the first is cut', () => {
    const lines = drawn(160, 45, [many[0] as SessionView, long, full()])
    expect(lines[2]).toMatch(/^▸ s0 .* worktrain\/s0 +Step 0 is done\.$/)
    expect(lines[3]).toMatch(/^ {2}sales-attribution .*…$/)
    const [one, other] = ['sales-attribution', 'attribution'].map((name) => rowOf(lines, name))
    expect(one?.indexOf('worktrain/')).toBe(other?.indexOf('worktrain/'))
    const person = new Person([many[0] as SessionView, long])
    person.press('j')
    expect(person.view({ ...PLAIN, width: 160 }, 45).lines[4]).toMatch(
      /^ {4}worktrain\/sales-attribution {2}It is very/,
    )
  })
})

test('a filter is always to be seen, however much there is', () => {
  const person = new Person([full()])
  person.press('/', ...'attribution', 'Enter')
  const [head = ''] = person.view({ ...PLAIN, width: 40 }).lines
  expect(head).toMatch(/^worktrain .*… · filter: attribution$/)
  expect(width(head)).toBeLessThanOrEqual(40)
})

test('what a checkout shows stands at the top, with the way back', () => {
  const shownIn = [{ checkout: '/home/me/shop', n: 3, since: NOW - 240_000, behind: 2 }]
  const person = new Person([])
  person.happens(factsOf([session({ name: 'kamal', shownIn })]))
  expect(person.view().lines[1]).toBe('shop shows snapshot 3 (2 behind) of kamal, for 4m; F goes back')
})

const hostile = '\u001b]0;owned\u0007\u001b[2J\u202egnp.exe\r\n\u009b31m漢字🦀'
const nasty = (): SessionView => {
  const s = asking('nasty', { why: hostile })
  return {
    ...s,
    name: hostile,
    branch: hostile,
    note: hostile,
    agent: hostile,
    goal: hostile,
    lastMessage: hostile,
    repository: { id: 'r', root: `/home/${hostile}` },
    shownIn: [{ checkout: `/home/${hostile}`, n: 3, since: NOW, behind: 1 }],
  }
}

const sizes = [
  [80, 24],
  [40, 10],
  [40, 3],
  [120, 30],
  [200, 60],
] as const

describe.for(sizes)('%i columns, %i rows', ([columns, rows]) => {
  const look: Look = { ...PLAIN, width: columns }
  const states: [string, (person: Person) => void][] = [
    ['the list', () => {}],
    ['the screen large', (p) => p.press(' ')],
    ['an item', (p) => p.press('n').sees()],
    ['a line', (p) => p.press('r', ...'x'.repeat(300))],
    ['the palette', (p) => p.press(':')],
    ['help', (p) => p.press('?')],
    ['a new session', (p) => p.press('c', ...'x'.repeat(300), 'Up', 'Up')],
    ['by repository', (p) => p.press('b')],
    ['away', (p) => p.happens({ of: 'link', live: false, silentMs: 0 })],
  ]
  test.for(states)('%s fits, and hostile text steers nothing', ([, goes]) => {
    const person = new Person([
      nasty(),
      full(),
      ...Array.from({ length: 30 }, (_, i) => session({ name: `s${i}` })),
    ])
    person.happens({
      of: 'screen',
      session: 's-nasty',
      screen: {
        cols: 300,
        rows: 50,
        cursor: { x: 0, y: 0 },
        lines: Array<string>(50).fill(hostile.repeat(9)),
        styles: Array.from({ length: 50 }, () => [
          { length: 3, fg: 1 },
          { length: 9, marks: ['bold' as const] },
        ]),
        title: hostile,
        at: NOW,
      },
      why: '',
    })
    goes(person)
    const { lines } = person.view(look, rows)
    expect(lines).toHaveLength(rows)
    for (const line of lines) {
      expect(width(line), line).toBeLessThanOrEqual(columns)
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
    }
  })

  test('the cursor is always on the screen, whole', () => {
    const person = new Person(Array.from({ length: 64 }, (_, i) => session({ name: `s${i}`, createdAt: i })))
    let top = 0
    for (const key of [...Array<string>(63).fill('j'), ...Array<string>(63).fill('k')]) {
      const shown = person.view(look, rows, top)
      top = shown.top
      expect(
        shown.lines.filter((line) => line.startsWith('▸')),
        key,
      ).toHaveLength(1)
      person.press(key)
    }
  })
})

test('where there is no room it says so, in the room that there is', () => {
  expect(cramped({ columns: 40, rows: 8 })).toBeNull()
  expect(cramped({ columns: 20, rows: 5 })).toEqual(['20x5 is too small', 'it takes 40x8', 'q leaves'])
  expect(cramped({ columns: 9, rows: 1 })).toEqual(['9x1 is t…'])
})

test('NO_COLOR: no escape at all; colours change no column', () => {
  const person = new Person([asking('one'), full()])
  const tty = { isTTY: true, columns: 80 }
  const plain = person.view(lookOf({ NO_COLOR: '1' }, tty)).lines
  expect(plain.join('')).not.toContain('\u001b')
  const coloured = person.view(lookOf({}, tty)).lines
  expect(coloured.join('')).toContain('\u001b[')
  expect(coloured.map((line) => line.replace(/\u001b\[[\d;]*m/g, ''))).toEqual(plain)
})

describe('what the agent asks for', () => {
  const asks = (kind: 'permission' | 'plan', input: object, summary: string): Person => {
    const s = asking('one')
    const person = new Person([s])
    person.press('n')
    const tool = kind === 'plan' ? 'ExitPlanMode' : 'Bash'
    const question = { id: 'q1', kind, tool, summary, input, questions: [], openedAt: NOW }
    return person.happens({
      ...{ of: 'details', item: 's-one:q1' },
      details: {
        session: { ...s, question: { ...question, questions: [] } },
        stat: null,
        log: null,
        screen: null,
      },
    })
  }

  test('is shown whole, however long, with colours and without', () => {
    const command = `echo ${'abcdefghi '.repeat(60)}END`
    const person = asks('permission', { command }, command)
    for (const look of [PLAIN, lookOf({}, { isTTY: true, columns: 80 })]) {
      const text = person
        .view(look, 60)
        .lines.join('')
        .replaceAll(/\u001b\[[\d;]*m/g, '')
      expect(text.replaceAll(/\s/g, '').split(command.replaceAll(/\s/g, ''))).toHaveLength(3)
    }
  })

  test('breaks between words', () => {
    const plan = `1. ${'Move the deployment to Kamal. '.repeat(8)}`.trim()
    const shown = asks('plan', { plan }, 'a plan').screen()
    expect(shown.replaceAll(/\s+/g, ' ')).toContain(plan)
    expect(shown).toMatch(/Kamal\.$/m)
  })

  test('a plan that is not known says where it is', () => {
    expect(asks('plan', {}, 'a plan').screen()).toContain('The plan itself is only in its terminal.')
  })
})

describe('what is written to the terminal', () => {
  test('nothing where nothing changed, else the lines that did', () => {
    expect(changed(['a', 'b'], ['a', 'b'], 24)).toBe('')
    expect(changed(['a', 'b'], ['a', 'c'], 24)).toBe('\u001b[2;1H\u001b[2Kc')
    expect(changed(['a', 'b'], ['a'], 24)).toBe('\u001b[2;1H\u001b[J')
    expect(changed([], ['a'], 24)).toBe('\u001b[1;1H\u001b[2Ka\u001b[2;1H\u001b[J')
  })
})

test('what does not fit the screen is said to go on, and can be read to its end before anything is chosen', () => {
  const long = { ...PLAIN, width: 60 }
  const options = [
    { label: 'Comma', description: 'd' },
    { label: 'Semicolon', description: 'd' },
  ]
  const text = `Which one? ${'very long words '.repeat(200)}`
  const question = {
    ...{ id: 'q1', kind: 'question', tool: 'AskUserQuestion', input: {}, summary: 'Which?', openedAt: NOW },
    questions: [{ header: 'Format', question: text, multiple: true, options }],
  } as Question
  const needs = { what: 'choices', ask: 'which', optional: false, into: ['answer', 'choices'] } as const
  const answer = { call: 'answer', input: {} } as unknown as AttentionAction['does']
  const choose: AttentionAction = {
    key: 'c',
    label: 'choose',
    needs: { ...needs, into: [...needs.into] },
    does: answer,
    command: '',
  }
  const s = { ...asking('one', { kind: 'question', actions: [choose] }), question }
  const person = new Person([s])
  person.press('n')
  person.happens({ of: 'details', item: 's-one:q1', details: { ...NO_DETAILS, session: s } })
  expect(person.draws(long, 24)).toMatch(/↓ \d+ more lines/)
  person.press('c')
  expect(person.draws(long, 24)).toMatch(/↓ \d+ more lines/)
  person.press('End')
  const end = person.draws(long, 24)
  expect(end).toContain('2. Semicolon: d')
  expect(end).not.toContain('more line')
})

describe('the page of a train names keys', () => {
  const repository = { id: 'r1', root: '/home/me/shop' }
  const waiting = change({ position: 1, session: 's-kamal' })
  const paused = train({ paused: 'release in progress', changes: [waiting] })
  const item = trainItem(paused, repository, NOW)!
  const kamal = session({ name: 'kamal', attention: [item] })
  const shown = (person: Person, view = paused): string =>
    person
      .happens({
        of: 'page',
        title: 'the train',
        content: { is: 'train', repo: repository.root, train: view },
      })
      .screen()

  test('where something can be put on', () => {
    const person = new Person([session()]).press('t')
    expect(shown(person, train())).toContain('nothing is on it; put a session on with l in the list')
  })

  test('where a paused one goes on: from the list, and from its item', () => {
    const person = new Person([session({ name: 'other' }), kamal]).press('t')
    const said = 'paused: release in progress (go on: Enter on kamal in the list, then r)'
    expect(shown(person)).toContain(said)
    const back = new Person([kamal]).press('n').sees().press('v')
    expect(shown(back)).toContain('(go on: Esc, then r)')
    back.press('Escape', 'r')
    expect(back.wanted()).toContainEqual(
      expect.objectContaining({
        do: 'settle',
        call: { call: 'trainResume', input: { repo: repository.root } },
      }),
    )
  })

  test('where a train of no session goes on', () => {
    const red = train({ paused: 'main is red', main: { commit: null, green: false } })
    const own = trainItem(red, repository, NOW)!
    const person = new Person([]).happens(
      factsOf([], { attention: { items: [own], places: [''], reviews: [] } }),
    )
    expect(shown(person.press('t'), red)).toContain('(go on: Enter on the train in the list, then r)')
  })

  test('and the command where no key lets it go on: nothing waits for it', () => {
    const person = new Person([session()]).press('t')
    expect(shown(person, train({ paused: 'by you' }))).toContain('(go on: worktrain train resume)')
    const elsewhere = { ...kamal, attention: [trainItem(paused, { id: 'r2', root: '/home/me/till' }, NOW)!] }
    expect(shown(new Person([elsewhere]).press('t'))).toContain('(go on: worktrain train resume)')
  })
})
