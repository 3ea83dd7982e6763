import { expect, test } from 'vitest'
import type { ReviewHunk, ReviewLine } from '../../src/protocol/review.ts'
import { highlight } from '../../src/board/code/languages.ts'
import { piecesOf, spansOf } from '../../src/board/code/pieces.ts'
import { endOf, placeOf, through } from '../../src/board/place.ts'
import { splitRows } from '../../src/board/code/split.ts'
import { coloured, languageOf } from '../../src/board/code/colours.ts'

const line = (kind: ReviewLine['kind'], text: string, at = 1): ReviewLine => ({
  kind,
  old: kind === 'added' ? null : at,
  new: kind === 'removed' ? null : at,
  text,
})
const hunkOf = (lines: ReviewLine[]): ReviewHunk => ({
  ...{ oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, heading: '', turns: [], lines },
})

test('what was taken away stands beside what came in its place', () => {
  const [same, a, b, x, c, y, z] = [
    line('same', 'same'),
    line('removed', 'a'),
    line('removed', 'b'),
    line('added', 'x'),
    line('removed', 'c'),
    line('added', 'y'),
    line('added', 'z'),
  ] as const
  expect(splitRows([same, a, b, x, c, y, z])).toEqual([
    { old: same, new: same },
    { old: a, new: x },
    { old: b, new: null },
    { old: c, new: y },
    { old: null, new: z },
  ])
})

test('a comment is about the side on which the line stands, and may span lines of that side', () => {
  expect(placeOf('a', line('removed', 'x', 4))).toEqual({ path: 'a', side: 'old', line: 4, count: 1 })
  const begun = placeOf('a', line('added', 'x', 7))
  expect(begun).toEqual({ path: 'a', side: 'new', line: 7, count: 1 })
  expect(through(begun, { path: 'a', side: 'new', line: 3, count: 1 })).toMatchObject({ line: 3, count: 5 })
  expect(through(begun, { path: 'a', side: 'new', line: 9, count: 1 })).toMatchObject({ line: 7, count: 3 })
  expect(through(begun, { path: 'b', side: 'new', line: 9, count: 1 })).toMatchObject({ line: 9, count: 1 })
  expect(endOf({ side: 'new', line: 7, count: 3 })).toBe('new:9')
})

test('pieces are the text, whatever the colours and words', () => {
  const text = 'const a = "<b>&\'"'
  const [spans = []] = spansOf(highlight(text, 'typescript'))
  const pieces = piecesOf(text, spans, [[3, 12]])
  expect(pieces.map((piece) => piece.text).join('')).toBe(text)
  expect(pieces[0]).toEqual({ text: 'con', kind: 'keyword', word: false })
  expect(pieces[1]).toEqual({ text: 'st', kind: 'keyword', word: true })
  expect(pieces.at(-1)).toEqual({ text: `b>&'"`, kind: 'string', word: false })
})

test('a comment over several lines is coloured on each side of the change, and markup stays text', () => {
  const lines = [
    line('same', '/* begins'),
    line('removed', '<script>old</script>'),
    line('added', 'fresh */'),
    line('same', 'code()'),
  ]
  const found = coloured(hunkOf(lines), (code) => highlight(code, 'javascript'))
  const kinds = lines.map((each) => found.get(each)?.map(({ kind }) => kind))
  expect(kinds[0]).toEqual(['comment'])
  expect(kinds[1]).toEqual(['comment'])
  expect(kinds[2]).toEqual(['comment'])
  expect(kinds[3]).not.toContain('comment')
})

test('a new file is coloured, though it has no old side', () => {
  const lines = [line('added', 'export const a = 1'), line('added', '')]
  const found = coloured(hunkOf(lines), (code) => highlight(code, 'typescript'))
  expect(found.get(lines[0]!)?.map(({ kind }) => kind)).toContain('keyword')
})

test.each([
  ['src/a.test.ts', 'typescript'],
  ['Dockerfile', 'dockerfile'],
  ['"caf\\303\\251.py"', 'python'],
  ['Makefile', 'makefile'],
  ['notes', null],
  ['.constructor', null],
])('the language of %s is %s', (path, language) => {
  expect(languageOf(path)).toBe(language)
})
