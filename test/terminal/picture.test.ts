import { expect, test } from 'vitest'
import type { HostScreen, ScreenStyle } from '../../src/protocol/host.ts'
import { type Look, lookOf } from '../../src/terminal/look.ts'
import { pictureLine } from '../../src/terminal/picture.ts'

const screen = (line: string, styles?: ScreenStyle[]): HostScreen => ({
  ...{ cols: 80, rows: 1, cursor: { x: 0, y: 0 }, lines: [line], title: '', at: null },
  ...(styles ? { styles: [styles] } : {}),
})
const terminal = (env: Record<string, string>): Look => lookOf(env, { isTTY: true, columns: 80 })
const TRUE = { COLORTERM: 'truecolor', TERM: 'xterm-256color' }

test.for([
  ['all colours', TRUE, '\u001b[38;2;255;0;1mred\u001b[0m \u001b[1;48;5;196mx\u001b[0m'],
  ['256', { TERM: 'tmux-256color' }, '\u001b[38;5;196mred\u001b[0m \u001b[1;48;5;196mx\u001b[0m'],
  ['16', { TERM: 'linux' }, '\u001b[91mred\u001b[0m \u001b[1;101mx\u001b[0m'],
  ['NO_COLOR', { ...TRUE, NO_COLOR: '1' }, 'red x'],
  ['dumb', { TERM: 'dumb' }, 'red x'],
] as [string, Record<string, string>, string][])('%s: what the terminal has', ([, env, drawn]) => {
  const pieces: ScreenStyle[] = [
    { length: 3, fg: [255, 0, 1] },
    { length: 1 },
    { length: 1, bg: 196, marks: ['bold'] },
  ]
  expect(pictureLine(screen('red x', pieces), 0, terminal(env))).toBe(drawn)
})

test('the first sixteen are the terminal own', () => {
  const pieces = [{ length: 1, fg: 3, bg: 12 }]
  expect(pictureLine(screen('x', pieces), 0, terminal(TRUE))).toBe('\u001b[33;104mx\u001b[0m')
})

test('a host that tells no styles is shown plainly', () => {
  expect(pictureLine(screen('  x  '), 0, terminal(TRUE))).toBe('  x')
})

test('what is shown holds no sequence but colours of our own making, whatever the text and the styles say', () => {
  const hostile = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp\u001b[31mred'
  const bad = {
    fg: ['1m\u001b[2J', NaN, -1],
    bg: ['5;1m', {}, null],
    marks: ['blink', 'bold'],
  } as unknown as ScreenStyle
  for (const env of [TRUE, { TERM: 'xterm-256color' }, { TERM: 'xterm' }]) {
    const pieces = Array.from({ length: 8 }, (_, i) => ({ ...(i % 2 ? bad : { fg: 1 }), length: 5 }))
    const drawn = pictureLine(screen(hostile, pieces), 0, terminal(env))
    expect(drawn).toContain('\\x1b')
    expect(drawn.replaceAll(/\u001b\[\d+(?:;\d+)*m/g, '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  }
})
