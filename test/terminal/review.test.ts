import { expect, test } from 'vitest'
import type { ReviewFile, ReviewLine } from '../../src/protocol/review.ts'
import { wordSpans } from '../../src/review/words.ts'
import { lookOf } from '../../src/terminal/look.ts'
import { fileText, hunkHead } from '../../src/terminal/review/hunks.ts'

/** A file of one line that became another. */
function replaced(old: string, now: string): ReviewFile {
  const words = wordSpans(old, now)
  const lines: ReviewLine[] = [
    { kind: 'removed', old: 1, new: null, text: old, turn: 1, ...(words && { words: words.old }) },
    { kind: 'added', old: null, new: 1, text: now, turn: 1, ...(words && { words: words.now }) },
  ]
  const hunk = { oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, heading: '', turns: [1], lines }
  return {
    ...{ path: 'a.ts', from: null, status: 'modified', similarity: null, oldMode: null, newMode: null },
    ...{ kind: 'text', added: 1, removed: 1, oldSize: null, newSize: 9, folded: null, omitted: null },
    ...{ hunks: [hunk], turns: [1], change: 'a.ts' },
  } as ReviewFile
}

const TTY = { isTTY: true, columns: 80 }

/** Its lines below the heads of the file and the hunk. */
function drawn(file: ReviewFile, env: Record<string, string>, stream: { isTTY?: boolean } = TTY): string[] {
  return fileText(file, { look: lookOf(env, stream), turns: [], comments: [], marks: [] }).slice(2, -1)
}

const LINES = replaced('const price = net * 1.19', 'const price = gross * 1.19')

test('the words that changed are bold and underlined in a terminal, NO_COLOR or not', () => {
  expect(drawn(LINES, { NO_COLOR: '1' })).toEqual([
    '  1 - const price = \u001b[1;4mnet\u001b[0m * 1.19',
    '  1 + const price = \u001b[1;4mgross\u001b[0m * 1.19',
  ])
  expect(drawn(LINES, {})[1]).toContain('\u001b[1;4m\u001b[32mgross')
})

test.for([
  ['a pipe', {}, {}],
  ['a dumb terminal', { TERM: 'dumb' }, TTY],
  ['a pipe with NO_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, {}],
] as const)('%s: carets below them, and no escape', ([, env, stream]) => {
  expect(drawn(LINES, env, stream)).toEqual([
    '  1 - const price = net * 1.19',
    '                    ^^^',
    '  1 + const price = gross * 1.19',
    '                    ^^^^^',
  ])
})

test('carets stand below what they mean: behind tabs, wide characters and what is shown as an escape', () => {
  expect(drawn(replaced('\tlet 漢字 = a \u001b 1', '\tlet 漢字 = b \u001b 1 '), {}, {})).toEqual([
    '  1 -     let 漢字 = a \\x1b 1',
    '                     ^',
    '  1 +     let 漢字 = b \\x1b 1 ',
    '                     ^       ^',
  ])
})

test('lines of which nothing is the same have none', () => {
  expect(drawn(replaced('one', 'two'), {}, {})).toEqual(['  1 - one', '  1 + two'])
})

test('a hunk of which nothing is left is told by the line that it was at', () => {
  const hunk = { oldStart: 1, oldLines: 3, newStart: 0, newLines: 0, heading: '', turns: [], lines: [] }
  expect(hunkHead(hunk, [])).toBe('@@ line 1')
  expect(hunkHead({ ...hunk, newStart: 7, newLines: 2 }, [])).toBe('@@ line 7')
})
