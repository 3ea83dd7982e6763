import { describe, expect, test } from 'vitest'
import { highlight } from '../../src/board/code/languages.ts'
import type { SessionView } from '../../src/protocol/api.ts'
import type { ReviewComment, ReviewFile, ReviewLine, ReviewView } from '../../src/protocol/review.ts'
import { lookOf } from '../../src/terminal/look.ts'
import { width } from '../../src/terminal/text.ts'
import { REVIEW_ACTIONS } from '../../src/tui/reviewing/actions.ts'
import { shownOn } from '../../src/tui/shown.ts'
import { attention, NOW, PLAIN, session } from '../cli/fixtures.ts'
import { factsOf, Person } from './fixtures.ts'

const oid = (letter: string): string => letter.repeat(40)

function file(path: string, texts: readonly string[], more: Partial<ReviewFile> = {}): ReviewFile {
  const lines = texts.map((text, i): ReviewLine => ({ kind: 'added', old: null, new: i + 1, text, turn: 1 }))
  const hunk = {
    oldStart: 0,
    oldLines: 0,
    newStart: 1,
    newLines: lines.length,
    heading: '',
    turns: [1],
    lines,
  }
  return {
    ...{
      path,
      from: null,
      status: 'added',
      similarity: null,
      oldMode: null,
      newMode: '100644',
      kind: 'text',
    },
    ...{ added: lines.length, removed: 0, oldSize: null, newSize: 9, folded: null, omitted: null },
    ...{ hunks: [hunk], turns: [1], change: `${path}: ${texts.join(' ')}` },
    ...more,
  } as ReviewFile
}

const comment = (more: Partial<ReviewComment> = {}): ReviewComment => ({
  ...{ id: 'c1', at: NOW, text: 'A letter is missing.', state: 'draft', path: 'a.txt', side: 'new' },
  ...{ line: 2, writtenAt: 2, code: ['helo'], changed: false, sentAt: null, replies: [] },
  ...(more as object),
})

const turn = (n: number) => ({
  ...{ n, kind: 'turn', from: n === 1 ? 'brief' : 'person', prompt: `Do ${n}`, at: NOW },
  snapshot: { n, commit: oid(String(n)), at: NOW },
})

const review = (more: Partial<ReviewView> = {}): ReviewView =>
  ({
    session: { id: 's-greet', name: 'greet', stage: 'handed-off', goal: 'Greet' },
    from: { against: 'base', commit: oid('a'), why: 'its base' },
    to: { commit: oid('b'), snapshot: 2, at: NOW },
    uncommitted: [],
    turns: [turn(1), turn(2)],
    files: [file('a.txt', ['top', 'helo', 'bottom']), file('b.txt', ['other'])],
    totals: { files: 2, added: 4, removed: 0, folded: 0 },
    omitted: [],
    comments: [],
    marks: [],
    seen: null,
    approval: null,
    rejected: null,
    handoff: {
      at: NOW,
      claims: { behaviourChanged: 'It greets.', risks: 'none', followUp: '' },
      observed: { files: [], commands: [] },
      unverified: [],
    },
    commands: [{ command: 'npm test', exit: 1 }],
    differs: ['it says it ran `npm run lint`; no such command was observed'],
    ...more,
  }) as ReviewView

function ready(name = 'greet'): SessionView {
  const s = session({ name, stage: 'handed-off' })
  const look = { show: 'review', repo: s.repository.root, session: s.id } as const
  const actions = [
    { key: 'v', label: 'review it', needs: null, does: look, command: `worktrain review ${name}` },
  ]
  const item = attention({ id: `ready:${s.id}`, kind: 'ready', session: { id: s.id, name }, actions })
  return { ...s, attention: [item] }
}

/** Someone who has a review before them. */
function reviewing(view = review(), sessions = [ready()]): Person {
  const person = new Person(sessions)
  person.press('v')
  const session = 's-greet'
  person.happens({ of: 'review', session, asked: { against: 'base', turns: null }, view })
  person.draws()
  return person
}

const typed = (person: Person, ...keys: string[]): Person => {
  for (const key of keys) {
    person.press(key)
    person.draws()
  }
  return person
}

const looked = (commit: string | null) => ({ do: 'looked', session: 's-greet', commit })

describe('opened', () => {
  test('by v in the list: what is there is saved and shown, and that one looks is told', () => {
    const person = new Person([ready()])
    person.press('v')
    expect(person.wanted()).toEqual([
      looked(null),
      { do: 'review', session: 's-greet', asked: { against: 'base', turns: null }, fresh: true },
      { do: 'languages' },
    ])
    expect(shownOn(person.board, person.view())).toEqual({ items: [], sessions: ['s-greet'] })
  })

  test('from an item to approved in two keys, and on to the next one', () => {
    const person = new Person([ready(), ready('other')])
    person.press('n').sees().wanted()
    person.press('v')
    person.happens({
      of: 'review',
      session: 's-greet',
      asked: { against: 'base', turns: null },
      view: review(),
    })
    person.wanted()
    person.press('y')
    expect(person.wanted()).toMatchObject([
      { do: 'decide', call: { call: 'approve', input: { commit: oid('b'), land: false } } },
    ])
    person.happens({ of: 'decided', session: 's-greet', said: 'greet is approved' })
    expect(person.board).toMatchObject({
      mode: { at: 'item', item: { session: { name: 'other' } } },
      said: { text: 'greet is approved' },
    })
    // What was on the screen counts as looked at.
    expect(person.wanted()).toMatchObject([looked(oid('b')), { do: 'details' }])
  })

  test('by itself it stays when it was decided, and says that one has looked once it is left', () => {
    const person = reviewing()
    person.wanted()
    person.press('Y')
    expect(person.press('Y').wanted()).toMatchObject([{ call: { input: { land: true } } }])
    person.happens({ of: 'decided', session: 's-greet', said: 'greet is approved, and on the train' })
    expect(person.board.mode.at).toBe('review')
    person.press('Escape')
    expect(person.board.mode.at).toBe('list')
    expect(person.wanted()).toEqual([looked(oid('b'))])
  })

  test('a look settles what only waited for a look: the next one comes', () => {
    const person = new Person([ready(), ready('other')])
    person
      .press('n')
      .sees()
      .press('v')
      .happens(factsOf([ready('other')]))
    expect(person.board.mode.at).toBe('review')
    person.press('q')
    expect(person.board).toMatchObject({
      mode: { at: 'item', item: { session: { name: 'other' } } },
      said: { text: 'greet: looked at' },
    })
  })
})

test('in 80 columns and 24 rows: what it says beside what was seen, then the files', () => {
  expect(reviewing().screen().split('\n').slice(1, 13)).toEqual([
    '▸ greet: 2 files, +4 −0',
    '  against its base (aaaaaaaaaa); snapshot 2, now',
    '  it says',
    '    changed: It greets.',
    '    risks: none',
    '  where that differs from what was seen',
    '    it says it ran `npm run lint`; no such command was observed',
    '  commands it ran',
    '    exit 1  npm test',
    '  ·     +3 −0  a.txt  added',
    '  ·     +1 −0  b.txt  added',
    '  turns',
  ])
})

describe('read', () => {
  test('by one key: each file opens, and is marked once its end was on the screen', () => {
    const person = reviewing()
    typed(person, ' ')
    expect(person.screen()).toMatch(/▸ · .*a\.txt[^]*@@ line 1 · turn 1, brief: Do 1[^]*2 \+ helo/)
    typed(person, ' ')
    expect(person.screen()).toMatch(/✓ .*a\.txt[^]*▸ · .*b\.txt[^]*1 \+ other/)
    typed(person, ' ')
    expect(person.screen()).toContain('you have gone through all of it')
    expect(person.screen()).toMatch(/✓ .*a\.txt.*\n.*✓ .*b\.txt/)
  })

  test('a long file is not marked before its end', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`)
    const person = reviewing(review({ files: [file('a.txt', lines)] }))
    let presses = 0
    for (; person.effects.every((effect) => effect.do !== 'mark'); presses++) typed(person, ' ')
    // 21 rows at a time, the last of each shown again.
    expect(presses).toBe(7)
  })

  test('what was gone through is told, and taken back by the same key', () => {
    const person = typed(reviewing(), 'J')
    person.wanted()
    typed(person, 'm', 'm')
    const mark = { do: 'mark', session: 's-greet', path: 'a.txt', change: 'a.txt: top helo bottom' }
    expect(person.wanted()).toEqual([
      { ...mark, marked: true },
      { ...mark, marked: false },
    ])
  })

  test('a mark goes when the file is another, stays when only the others are, and comes from another board', () => {
    const asked = { against: 'base', turns: null } as const
    const marks = ['a.txt: top helo bottom', 'b.txt: other']
    const person = reviewing(review({ marks }))
    expect(person.draws()).toMatch(/✓ .*a\.txt.*\n.*✓ .*b\.txt/)
    const files = [file('a.txt', ['top', 'hello', 'bottom']), file('b.txt', ['other'])]
    person.happens({ of: 'review', session: 's-greet', asked, view: review({ files, marks }) })
    expect(person.draws()).toMatch(/· .*a\.txt.*\n.*✓ .*b\.txt/)
    const change = 'a.txt: top hello bottom'
    person.happens({ of: 'marked', session: 's-greet', change, marked: true })
    expect(person.draws()).toMatch(/✓ .*a\.txt/)
    // It could not be told.
    person.happens({ of: 'marked', session: 's-greet', change, marked: false })
    expect(person.draws()).toMatch(/· .*a\.txt/)
  })

  test('the cursor stays on its line when lines come before it', () => {
    const person = reviewing()
    typed(person, ' ', 'j', 'j', 'j')
    expect(person.screen()).toMatch(/▸ +2 \+ helo/)
    const view = review({ comments: [comment({ line: 1, code: ['top'] })] })
    person.happens({ of: 'review', session: 's-greet', asked: { against: 'base', turns: null }, view })
    expect(person.draws()).toMatch(/c1 draft[^]*▸ +2 \+ helo/)
  })
})

describe('comments', () => {
  test('are typed on a line, as it stands in what is shown', () => {
    const person = typed(reviewing(), ' ', 'j', 'j', 'j')
    person.wanted()
    typed(person, 'c', ...'Two l', 'Enter')
    expect(person.wanted()).toMatchObject([
      {
        do: 'call',
        call: {
          call: 'comment',
          input: {
            name: 's-greet',
            path: 'a.txt',
            side: 'new',
            line: 2,
            count: 1,
            commit: oid('b'),
            text: 'Two l',
          },
        },
      },
    ])
    expect(person.board.mode.at).toBe('review')
  })

  test('or on several, marked meanwhile', () => {
    const person = typed(reviewing(), ' ', 'j', 'j', 's', 'j', 'j')
    expect(person.screen()).toMatch(/│ 1 \+ top\n│ 2 \+ helo\n▸ 3 \+ bottom/)
    person.wanted()
    typed(person, 'c', 'x', 'Enter')
    expect(person.wanted()).toMatchObject([{ call: { input: { line: 1, count: 3 } } }])
  })

  test('of lines that were taken away stand in what it is compared with', () => {
    const gone: ReviewLine = { kind: 'removed', old: 7, new: null, text: 'gone', turn: 2 }
    const changed = file('a.txt', [])
    const person = reviewing(
      review({
        files: [{ ...changed, hunks: [{ ...changed.hunks[0]!, oldStart: 7, oldLines: 1, lines: [gone] }] }],
      }),
    )
    typed(person, ' ', 'j', 'j', 'c', 'x', 'Enter')
    expect(person.wanted().at(-1)).toMatchObject({
      call: { input: { side: 'old', line: 7, commit: oid('a') } },
    })
  })

  test('are listed, lead to their lines, and a draft is reworded or removed', () => {
    const person = reviewing(review({ comments: [comment()] }))
    expect(person.screen()).toContain('    c1 draft  a.txt:2  A letter is missing.')
    person.wanted()
    for (let i = 0; i < 10; i++) typed(person, 'j')
    typed(person, 'Enter')
    expect(person.screen()).toMatch(/▸ {5}● c1 draft/)
    typed(person, 'c', 'Ctrl-U', ...'Mend it', 'Enter', 'x')
    expect(person.wanted()).toMatchObject([
      { call: { call: 'commentReword', input: { comment: 'c1', text: 'Mend it' } } },
      { call: { call: 'commentRemove', input: { comment: 'c1' } } },
    ])
  })

  test('go with one word, or none, and with a rejection', () => {
    const person = reviewing(review({ comments: [comment()] }))
    expect(person.screen()).toContain('h hand back (1)')
    person.wanted()
    typed(person, 'h', 'Enter')
    expect(person.wanted()).toMatchObject([
      { do: 'decide', call: { call: 'reviewSend', input: { note: '' } } },
    ])
    person.happens({ of: 'decided', session: 's-greet', said: 'handed back' })
    typed(person, 'R', 'Enter')
    expect(person.wanted()).toEqual([])
    typed(person, ...'No', 'Enter')
    expect(person.wanted()).toMatchObject([{ call: { call: 'reject', input: { reason: 'No' } } }])
  })
})

test('a file that is too large is not offered to be shown, one of which lines were left out is', () => {
  const left = (more: Partial<ReviewFile>) => {
    const large = file('large.txt', [], { hunks: [], omitted: 'too large', ...more })
    return typed(reviewing(review({ files: [large] })), ' ').screen()
  }
  expect(left({ added: null, removed: null })).not.toContain('f shows it')
  expect(left({ added: 9 })).toContain('too large; f shows it')
})

describe('what is compared', () => {
  test('lines of main are no place for a comment, nor is what is about to be replaced approved', () => {
    const person = typed(reviewing(), 'b')
    person.wanted()
    typed(person, 'y')
    expect(person.screen()).toContain('another view is on its way')
    const asked = { against: 'main', turns: null } as const
    const from = { against: 'main', commit: oid('e'), why: 'main' } as const
    person.happens({ of: 'review', session: 's-greet', asked, view: review({ from }) })
    person.draws()
    person.wanted()
    typed(person, ' ', 'j', 'j', 'c')
    expect(person.screen()).toContain('lines of main stand between its own here')
    expect(person.wanted()).toEqual([])
    expect(person.press('y').wanted()).toMatchObject([{ do: 'decide' }])
  })

  test('what has landed is not approved', () => {
    const person = reviewing(review(), [{ ...ready(), stage: 'landed' }])
    person.wanted()
    expect(person.press('Y').wanted()).toEqual([])
  })

  test('b goes round, brackets and t go by turns; only the whole is approved', () => {
    const person = reviewing(review({ seen: { commit: oid('c'), snapshot: 1, at: NOW, current: false } }))
    expect(person.screen()).toMatch(/it has changed since you looked.*\(b: against what you saw then\)/)
    expect(person.screen()).not.toContain('--against')
    person.wanted()
    const asked = (...keys: string[]) => {
      typed(person, ...keys)
      return person
        .wanted()
        .map((effect) => 'asked' in effect && (effect.asked.turns?.first ?? effect.asked.against))
    }
    expect(asked('b', 'b', 'b')).toEqual(['main', 'seen', 'base'])
    expect(asked(']', ']', ']', '[')).toEqual([1, 2, 'base', 2])
    typed(person, 'y')
    expect(person.wanted()).toEqual([])
    expect(person.screen()).toContain('an approval is of the whole')
    expect(asked('t')).toEqual(['base'])
  })

  test('an answer to an older question is not shown', () => {
    const person = reviewing()
    typed(person, 'b')
    person.happens({
      of: 'review',
      session: 's-greet',
      asked: { against: 'base', turns: null },
      view: review({ files: [] }),
    })
    expect(person.screen()).toContain('a.txt')
  })

  test('it is fetched anew when the work or its comments are another, also while one types', () => {
    const person = typed(reviewing(), ' ', 'j', 'j', 'c')
    person.wanted()
    person.happens({ of: 'reviewed', session: 's-other' }).happens({ of: 'reviewed', session: 's-greet' })
    expect(person.wanted()).toMatchObject([{ do: 'review', fresh: false }])
    person.happens(factsOf([{ ...ready(), head: oid('d') }]))
    expect(person.wanted()).toMatchObject([{ do: 'review', fresh: false }])
    person.happens(factsOf([{ ...ready(), head: oid('d') }]))
    expect(person.wanted()).toEqual([])
    // A turn that changed nothing is one as well.
    person.happens(factsOf([{ ...ready(), head: oid('d'), turns: ready().turns + 1 }]))
    expect(person.wanted()).toMatchObject([{ do: 'review', fresh: false }])
  })

  test('what was refused leaves what is shown, to be decided on', () => {
    const person = reviewing()
    person.press('y').happens({ of: 'failed', said: 'greet has changed since you looked at it.' })
    expect(person.screen()).toContain('has changed since you looked')
    person.wanted()
    expect(person.press('y').wanted()).toMatchObject([{ do: 'decide' }])
  })
})

describe('side by side', () => {
  const wide = { ...PLAIN, width: 160 }
  const line = (kind: ReviewLine['kind'], at: number, text: string): ReviewLine => ({
    ...{ kind, text, old: kind === 'added' ? null : at, new: kind === 'removed' ? null : at },
  })
  const changed = (): ReviewFile => {
    const before = file('a.ts', [], { status: 'modified' })
    const lines = [
      line('same', 1, 'top'),
      line('removed', 2, 'const a = 1'),
      line('added', 2, 'const a = "b"'),
    ]
    return { ...before, hunks: [{ ...before.hunks[0]!, oldStart: 1, oldLines: 2, newLines: 2, lines }] }
  }
  const opened = (): Person => {
    const person = reviewing(
      review({ files: [changed()], comments: [comment({ path: 'a.ts', side: 'old' })] }),
    )
    person.draws(wide)
    person.press(' ')
    return person
  }

  test('where there is room: old beside new, a comment on either below, and one key to change it', () => {
    const person = opened()
    expect(person.draws(wide)).toMatch(
      /1 {3}top {70,}│ 1 {3}top\n.*2 - const a = 1 {60,}│ 2 \+ const a = "b"\n.*● c1 draft/,
    )
    person.press('|')
    expect(person.draws(wide)).toMatch(
      /2 - const a = 1\n.*● c1 draft, on what was there before\n.*\n.*2 \+ const a = "b"/,
    )
    person.press('|')
    expect(person.draws()).toMatch(/2 - const a = 1\n/)
    person.press('|')
    expect(person.screen()).toContain('side by side takes 140 columns')
  })

  test('a comment is on the new line, and the cursor stays on it when it is one below the other', () => {
    const person = opened()
    person.draws(wide)
    person.press('j', 'j', 'j')
    person.wanted()
    person.press('c', 'x', 'Enter')
    expect(person.wanted()).toMatchObject([{ call: { input: { side: 'new', line: 2 } } }])
    person.press('|')
    expect(person.draws(wide)).toMatch(/▸ 2 \+ const a/)
  })

  test('or, by ← or a click on its half, on the old one, which the mark shows', () => {
    const person = opened()
    person.draws(wide)
    person.press('j', 'j', 'j')
    expect(person.draws(wide)).toMatch(/^ {2}2 - const a = 1 +│▸2 \+ const a/m)
    person.press('Left').wanted()
    expect(person.draws(wide)).toMatch(/^▸ 2 - const a = 1 +│ 2 \+ const a/m)
    person.press('c', 'x', 'Enter')
    expect(person.wanted()).toMatchObject([
      { call: { input: { side: 'old', line: 2, commit: review().from.commit } } },
    ])
    const row = person.view(wide).lines.findIndex((each) => each.includes('2 - const a = 1'))
    const id = person.view(wide).ids[row]!
    person.happens({ of: 'click', id, half: 'right' }).press('c', 'x', 'Enter')
    expect(person.wanted()).toMatchObject([{ call: { input: { side: 'new', line: 2 } } }])
    person.happens({ of: 'click', id, half: 'left' }).press('c', 'x', 'Enter')
    expect(person.wanted()).toMatchObject([{ call: { input: { side: 'old', line: 2 } } }])
    person.press('|', 'Left')
    expect(person.screen(wide)).toContain('do not stand side by side here')
  })

  test('a new file has no other side, and a long line goes on below on its own', () => {
    const text = 'abcdefghij'.repeat(12)
    const person = reviewing(review({ files: [file('a.txt', [text])] }))
    person.draws(wide)
    person.press(' ')
    expect(person.draws(wide)).not.toContain('│')
    const long = changed()
    long.hunks[0]!.lines[2]!.text = text
    person.happens({
      ...{ of: 'review', session: 's-greet', asked: { against: 'base', turns: null } },
      view: review({ files: [long] }),
    })
    person.press('g', ' ')
    const shown = person.draws(wide).split('\n')
    const right = shown.flatMap((each) => each.split(' │ ').slice(1))
    expect(right.map((each) => each.replace(/^ *\d* *\+? */, '')).join('')).toContain(text)
  })

  test('code has its colours, added and removed theirs; without colours the signs say it, and marks which words', () => {
    const look = lookOf({ COLORTERM: 'truecolor' }, { isTTY: true, columns: 80 })
    const words: [number, number][] = [[10, 13]]
    const one = changed()
    one.hunks[0]!.lines[2]!.words = words
    const person = reviewing(review({ files: [one] }))
    person.press(' ').happens({ of: 'languages', highlight })
    const drawn = person.draws(look)
    expect(drawn).toContain('\u001b[35mconst\u001b[0m\u001b[32m a = \u001b[0m\u001b[36;1;4m"b"\u001b[0m')
    expect(drawn).toContain('\u001b[31m2 - \u001b[0m')
    const none = person.draws(lookOf({ NO_COLOR: '1' }, { isTTY: true, columns: 80 }))
    expect(none).toMatch(/2 - const a = 1\n.*2 \+ const a = \u001b\[1;4m"b"\u001b\[0m/)
    expect(none.replaceAll(/\u001b\[(?:1;4|0)m/g, '')).toBe(person.screen())
    expect(person.screen()).not.toContain('\u001b')
  })

  test('a hunk of any length has its colours, of which only what is on the screen is found', () => {
    const look = lookOf({ COLORTERM: 'truecolor' }, { isTTY: true, columns: 80 })
    const lines = Array.from({ length: 5000 }, (_, i) =>
      i === 2390 ? '/* begins' : i === 2410 ? 'ends */' : `const a${i} = 1`,
    )
    const person = reviewing(review({ files: [file('a.ts', lines)] }))
    let characters = 0
    person.happens({
      of: 'languages',
      highlight: (code, language) => {
        characters += code.length
        return highlight(code, language)
      },
    })
    person.press(' ')
    person.draws(look)
    person.happens({ of: 'click', id: 'line a.ts  2405', half: 'left' })
    const drawn = person.draws(look)
    expect(drawn).toMatch(/\u001b\[2mconst a240[0-9] = 1/)
    expect(drawn).toMatch(/\u001b\[35mconst\u001b\[0m\u001b\[32m a2384 = /)
    expect(characters).toBeLessThan(10_000)
  })
})

describe('the palette', () => {
  test('has what a review has, and does it there; arrows and clicks choose', () => {
    const person = reviewing()
    person.press(':', ...'approve')
    expect(person.draws()).toMatch(/▸ y +approve what is on the screen\n {2}Y +approve it, and land/)
    expect(person.screen()).not.toContain('pin it')
    person.press('Escape')
    expect(person.board.mode).toMatchObject({ at: 'review' })
    person.press('Ctrl-K', ...'approve', 'Down', 'Up', 'Down').wanted()
    person.press('Enter')
    expect(person.wanted()).toMatchObject([
      { do: 'decide', call: { call: 'approve', input: { land: true } } },
    ])
    const other = reviewing()
    other.press(':', ...'commands')
    const { lines, ids } = other.view()
    const row = lines.findIndex((each) => each.includes('all commands'))
    other.happens({ of: 'click', id: ids[row]!, half: 'left' })
    expect(other.board.mode).toMatchObject({ at: 'review', allCommands: true })
  })

  test('shows the one that it would do, also below the screen, and says when there is none', () => {
    const person = reviewing()
    person.press(':', ...Array<string>(100).fill('Down'))
    expect(person.screen()).toMatch(/▸ q Escape +back$/m)
    person.press(...'xyz')
    expect(person.screen()).toContain('nothing is called so')
    person.press('Enter')
    expect(person.board.mode).toMatchObject({ at: 'line' })
  })
})

test('names of files stand below one another, and where no lines are shown it says why', () => {
  const binary = file('logo.png', [], { kind: 'binary', added: null, removed: null, hunks: [] })
  const moved = file('b.txt', [], { from: 'c.txt', status: 'renamed', similarity: 100, hunks: [] })
  const large = file('a.txt', ['one'], { added: 12_345, removed: 1500 })
  const person = reviewing(review({ files: [large, moved, binary] }))
  expect(person.draws()).toMatch(
    /· \+12345 −1500 {2}a\.txt[^]*· {8}\+0 −0 {2}c\.txt → b\.txt[^]*· {15}logo\.png/,
  )
  typed(person, 'J', 'J', 'Enter')
  expect(person.screen()).toContain('none of its lines is another')
  typed(person, 'J', 'Enter')
  expect(person.screen()).toContain('binary: what is in it is not shown')
})

test('its help breaks between words, below what they are about', () => {
  const person = reviewing()
  person.press('?')
  expect(person.screen({ ...PLAIN, width: 60 }, 50)).toMatch(
    /^ {2}Space +read on; at the end of a file it is marked, and\n {12}the next one opens$/m,
  )
})

describe('the mouse', () => {
  test('a click opens a file, or closes it, and leads from a listed comment to its lines', () => {
    const person = reviewing(review({ comments: [comment()] }))
    person.happens({ of: 'click', id: 'file b.txt', half: 'left' })
    expect(person.board.mode).toMatchObject({ open: 'b.txt' })
    person.happens({ of: 'click', id: 'file b.txt', half: 'right' })
    expect(person.board.mode).toMatchObject({ open: null })
    person.happens({ of: 'click', id: 'of c1', half: 'left' })
    expect(person.board.mode).toMatchObject({ open: 'a.txt', cursor: { id: 'c1' } })
    person.happens({ of: 'click', id: 'gone', half: 'left' })
    expect(person.board.mode).toMatchObject({ cursor: { id: 'c1' } })
  })
})

describe('snapshots', () => {
  const saved = (n: number) => ({
    ...{ n, commit: oid(String(n)), at: NOW, reason: 'turn ended', turn: n, missing: [] },
  })
  const person = () => {
    const at = reviewing()
    at.happens({ of: 'snapshots', session: 's-greet', snapshots: [saved(1), saved(2)] })
    return at
  }

  test('are fetched with the work, and lead to what came after one', () => {
    const at = reviewing()
    expect(at.wanted()).toContainEqual({ do: 'snapshots', session: 's-greet' })
    at.happens({ of: 'snapshots', session: 's-greet', snapshots: [saved(1), saved(2)] })
    typed(at, 'G')
    expect(at.screen()).toMatch(/snapshots .*\n.* 2 {2}2{10} .*turn 2.*\n▸ {3}1 {2}1{10} .*turn 1/)
    at.wanted()
    typed(at, 'Enter')
    expect(at.wanted()).toMatchObject([{ do: 'review', asked: { turns: { first: 2, last: 2 } } }])
  })

  test('are put back by the second press alone, with nothing between', () => {
    const at = typed(person(), 'G')
    at.wanted()
    typed(at, 'p')
    expect(at.screen()).toContain(
      'p again puts its files back to snapshot 1; what is there now is saved first',
    )
    typed(at, 'k', 'j', 'p', 'e', 'p', 'm', 'p')
    expect(at.wanted()).toEqual([])
    typed(at, 'p')
    expect(at.wanted()).toMatchObject([
      { do: 'call', call: { call: 'snapshotRestore', input: { name: 's-greet', snapshot: 1 } } },
    ])
    typed(at, 'k', 'p', 'p')
    expect(at.screen()).toContain('snapshot 2 is what is there')
    expect(at.wanted()).toEqual([])
  })
})

test('all commands that it ran, by one key', () => {
  const commands = Array.from({ length: 20 }, (_, i) => ({ command: `run ${i}`, exit: i === 3 ? 1 : 0 }))
  const person = reviewing(review({ commands }))
  expect(person.screen()).toContain('the last 8 of 20 commands it ran')
  expect(person.screen()).not.toContain('exit 1')
  typed(person, 'e')
  expect(person.screen()).toContain('exit 1  run 3')
})

describe('hostile and large', () => {
  const hostile = '\u001b]0;owned\u0007\u001b[2J\u202egnp.exe\u009b31m漢字🦀'
  test.for([
    [80, 24],
    [40, 10],
    [40, 3],
    [200, 60],
  ] as const)(
    '%i columns, %i rows: fits, steers nothing, and a long line is shown whole',
    ([columns, rows]) => {
      const look = { ...PLAIN, width: columns }
      const long = 'abcdefghi '.repeat(15)
      const view = review({
        files: [file(hostile, [hostile, long]), file('lock', [], { folded: 'a lock file', hunks: [] })],
        comments: [comment({ path: hostile, line: 1, text: hostile, code: [hostile] })],
        commands: [{ command: hostile, exit: null }],
        differs: [hostile],
        uncommitted: [hostile],
        omitted: [hostile],
      })
      const person = reviewing(view)
      for (const key of ['g', 'J', 'Enter', 'j', 'j', 'j', 'j', 'G', 'J', '?']) {
        person.press(key)
        const shown = person.draws(look, rows).split('\n')
        expect(shown).toHaveLength(rows)
        for (const line of shown) {
          expect(width(line), line).toBeLessThanOrEqual(columns)
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
        }
      }
    },
  )

  test('a line wider than the terminal goes on below, its colours too', () => {
    const text = 'abcdefghij'.repeat(12)
    const person = typed(reviewing(review({ files: [file('a.txt', [text])] })), ' ')
    const coloured = person
      .view(lookOf({}, { isTTY: true, columns: 80 }))
      .lines.filter((line) => line.includes('abc'))
    expect(coloured).toHaveLength(2)
    for (const line of coloured) expect(line).toContain('\u001b[32m')
    const plain = person.view().lines.filter((line) => line.includes('abc'))
    expect(plain.map((line) => line.replace(/^.. ?1? ?\+? */, '')).join('')).toBe(text)
  })
})

test('every action has keys of its own, none of which moves', () => {
  const keys = REVIEW_ACTIONS.flatMap((action) => action.keys)
  expect(new Set(keys).size).toBe(keys.length)
  for (const key of ['j', 'k', 'g', 'G']) expect(keys).not.toContain(key)
})
