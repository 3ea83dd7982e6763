import { describe, expect, test } from 'vitest'
import { Input, type Key } from '../../src/tui/input.ts'
import { lineOf, NO_LINE, typed } from '../../src/tui/line.ts'

const keysOf = (...chunks: string[]): Key[] => {
  const input = new Input()
  return chunks.flatMap((chunk) => input.push(Buffer.from(chunk)))
}

describe('Input', () => {
  test.for([
    ['characters', 'aé漢', [{ key: 'a' }, { key: 'é' }, { key: '漢' }]],
    ['an emoji', '🦀', [{ key: '🦀' }]],
    [
      'controls',
      '\r\u001d\u000b\u007f',
      [{ key: 'Enter' }, { key: 'Ctrl-]' }, { key: 'Ctrl-K' }, { key: 'Backspace' }],
    ],
    [
      'arrows of both kinds',
      '\u001b[A\u001bOB\u001b[6~',
      [{ key: 'Up' }, { key: 'Down' }, { key: 'PageDown' }],
    ],
    [
      'a paste, newlines and escapes in it',
      '\u001b[200~a\n\u001b[Aq\u001b[201~b',
      [{ paste: 'a\n\u001b[Aq' }, { key: 'b' }],
    ],
    [
      'a click, its release, the wheel',
      '\u001b[<0;5;7M\u001b[<0;5;7m\u001b[<65;1;2M',
      [{ click: { x: 5, y: 7 } }, { wheel: 1, y: 2 }],
    ],
    ['the focus', '\u001b[I\u001b[O', [{ focus: true }, { focus: false }]],
    [
      'what a terminal answers to queries of others',
      '\u001b[?62;4c\u001b]11;rgb:0/0/0\u001b\\\u001bP>|tmux\u001b\\x',
      [{ key: 'x' }],
    ],
    ['unknown sequences', '\u001b[5;3Hx', [{ key: 'x' }]],
  ] as [string, string, Key[]][])('%s', ([, bytes, keys]) => {
    expect(keysOf(bytes)).toEqual(keys)
  })

  test('may come in any pieces', () => {
    const bytes = Buffer.from('\u001b[<0;5;7M漢\u001b[200~p\u001b[201~\u001b[A')
    const input = new Input()
    const keys = [...bytes].flatMap((byte) => input.push(Buffer.from([byte])))
    expect(keys).toEqual([{ click: { x: 5, y: 7 } }, { key: '漢' }, { paste: 'p' }, { key: 'Up' }])
  })

  test('a lone Escape is a key once nothing follows; a paste that goes on is none', () => {
    const input = new Input()
    expect(input.push(Buffer.from('\u001b'))).toEqual([])
    expect(input.unfinished).toBe(true)
    expect(input.flush()).toEqual([{ key: 'Escape' }])
    expect(input.push(Buffer.from('\u001b[200~half'))).toEqual([])
    expect(input.unfinished).toBe(false)
  })
})

describe('a line', () => {
  const after = (text: string, ...keys: string[]) =>
    keys.reduce((line, key) => typed(line, { key }) ?? line, lineOf(text))
  test.for([
    ['a word away', 'two words', ['Ctrl-W'], 'two ', 4],
    ['all away', 'two', ['Ctrl-U'], '', 0],
    ['in the middle', 'ac', ['Left', 'b'], 'abc', 2],
    ['a whole emoji away', 'a🦀', ['Backspace'], 'a', 1],
    ['over an emoji and back', '🦀', ['Left', 'x', 'Right'], 'x🦀', 3],
    ['names of keys are no text', 'a', ['Up', 'Tab'], 'a', 1],
  ] as [string, string, string[], string, number][])('%s', ([, text, keys, result, cursor]) => {
    expect(after(text, ...keys)).toEqual({ text: result, cursor })
  })
  test('a paste keeps its lines', () => {
    expect(typed(NO_LINE, { paste: 'a\r\nb\rc' })?.text).toBe('a\nb\nc')
  })
})
