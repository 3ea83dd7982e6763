import { describe, expect, test } from 'vitest'
import {
  age,
  colouredLines,
  columns,
  lines,
  oneLine,
  plainTerminal,
  endOf,
  truncate,
  width,
  wrap,
} from '../../src/terminal/text.ts'
import { shellQuoted } from '../../src/protocol/shell-quote.ts'

describe('what an agent wrote cannot steer the terminal', () => {
  test('controls are shown, not obeyed', () => {
    expect(oneLine('a\u001b]52;c;ZXZpbA==\u0007b')).toBe('a\\x1b]52;c;ZXZpbA==\\x07b')
    expect(oneLine('one\r\n two\tthree')).toBe('one two three')
    expect(oneLine('\u009b31mred')).toBe('\\x9b31mred')
    expect(lines('a\n\tb\u001b[2Jc')).toBe('a\n\tb\\x1b[2Jc')
  })

  test('text cannot be turned around', () => {
    expect(oneLine('safe\u202egnp.exe')).toBe('safe\\u202egnp.exe')
    expect(lines('\u2066x\u2069')).toBe('\\u2066x\\u2069')
  })

  test('colours of our own stay, everything else does not', () => {
    expect(colouredLines('\u001b[32m+a\u001b[m\u001b[2J')).toBe('\u001b[32m+a\u001b[m\\x1b[2J')
  })

  test('a terminal as text: overwritten lines as they ended', () => {
    expect(plainTerminal('\u001b[1mhi\u001b[0m\r\n10%\r50%\r100%\r\n\u001b]0;title\u0007end\r')).toBe(
      'hi\n100%\nend',
    )
  })
})

describe('widths', () => {
  test('wide, combining and joined characters take the columns they take', () => {
    expect(width('abc')).toBe(3)
    expect(width('日本')).toBe(4)
    expect(width('e\u0301')).toBe(1)
    expect(width('👩‍💻')).toBe(2)
    expect(width('🇩🇪')).toBe(2)
    expect(width('→…─·')).toBe(4)
    expect(width('\u001b[31mred\u001b[0m')).toBe(3)
  })

  test('nothing is cut within a character, and never wider than asked', () => {
    expect(truncate('abcdef', 6)).toBe('abcdef')
    expect(truncate('abcdef', 4)).toBe('abc…')
    expect(truncate('日本語', 5)).toBe('日本…')
    expect(truncate('日本語', 4)).toBe('日…')
    expect(endOf('abcdef', 6)).toBe('abcdef')
    expect(endOf('abcdef', 4)).toBe('…def')
    expect(endOf('日本語', 5)).toBe('…本語')
    expect(endOf('日本語', 4)).toBe('…語')
    expect(truncate('\u001b[31mabcdef\u001b[0m', 3)).toBe('\u001b[31mab…\u001b[0m')
  })

  test('columns line up whatever they hold', () => {
    expect(
      columns([
        ['日本', 'x', 'end'],
        ['a', 'yyy', ''],
      ]),
    ).toEqual(['日本  x    end', 'a     yyy'])
  })

  test('wrap breaks at spaces', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('', 7)).toEqual([])
  })
})

test('age', () => {
  expect([0, 999, 1000, 59_999, 60_000, 3_600_000, 86_400_000 * 3, -5].map(age)).toEqual([
    'now',
    'now',
    '1s',
    '59s',
    '1m',
    '1h',
    '3d',
    'now',
  ])
})

test('shellQuoted', () => {
  expect(['abc', 'a b', "it's", '$(x)'].map(shellQuoted)).toEqual(['abc', "'a b'", `'it'\\''s'`, "'$(x)'"])
})
