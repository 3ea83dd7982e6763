/** A row of a session's screen in the colours that this terminal has: of what the program wrote nothing but text. Pure. */
import type { HostScreen, ScreenColour, ScreenMark, ScreenStyle } from '../protocol/host.ts'
import { screenLine } from './host-screen.ts'
import type { ColourDepth, Look } from './look.ts'

const MARKS: Record<ScreenMark, number> = { bold: 1, dim: 2, italic: 3, underline: 4, inverse: 7, struck: 9 }
const END = '\u001b[0m'

/** @param y row, from 0 */
export function pictureLine({ lines, styles }: HostScreen, y: number, { depth }: Look): string {
  const line = lines[y] ?? ''
  const pieces = styles?.[y]
  if (depth === 0 || pieces === undefined) return screenLine(line)
  let drawn = ''
  let at = 0
  for (const style of pieces) {
    const end = at + Math.max(0, style.length)
    drawn += painted(screenLine(line.slice(at, end), false), codes(style, depth))
    at = end
  }
  return drawn + screenLine(line.slice(at))
}

/** @param said SGR codes */
export function painted(text: string, said: readonly number[]): string {
  return said.length === 0 || text === '' ? text : `\u001b[${said.join(';')}m${text}${END}`
}

function codes({ fg, bg, marks = [] }: ScreenStyle, depth: Exclude<ColourDepth, 0>): number[] {
  return [
    ...marks.flatMap((mark) => MARKS[mark] ?? []),
    ...(fg === undefined ? [] : colour(fg, depth, 30)),
    ...(bg === undefined ? [] : colour(bg, depth, 40)),
  ]
}

/** @param base 30: of the text, 40: of what is behind it */
function colour(wanted: ScreenColour, depth: Exclude<ColourDepth, 0>, base: 30 | 40): number[] {
  const [red, green, blue] = typeof wanted === 'number' ? rgbOf(byte(wanted)) : wanted.map(byte)
  const rgb = [red ?? 0, green ?? 0, blue ?? 0] as const
  if (typeof wanted === 'number' && (depth > 16 || wanted < 16)) return indexed(byte(wanted), base)
  if (depth > 256) return [base + 8, 2, ...rgb]
  return indexed(depth === 256 ? nearest256(rgb) : nearest16(rgb), base)
}

function indexed(n: number, base: 30 | 40): number[] {
  if (n < 8) return [base + n]
  return n < 16 ? [base + 60 + n - 8] : [base + 8, 5, n]
}

const byte = (n: number): number => (Number.isInteger(n) ? n & 255 : 0)

type Rgb = readonly [number, number, number]

/** The sixteen as most terminals have them; their owner may have chosen others. */
const SIXTEEN: readonly Rgb[] = [
  ...([
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
  ] as const),
  ...([
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
  ] as const),
  ...([
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
  ] as const),
  ...([
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
  ] as const),
]
/** Steps of each side of the cube of colours 16 to 231. */
const STEPS = [0, 95, 135, 175, 215, 255] as const

function rgbOf(n: number): Rgb {
  if (n >= 232) return [8 + (n - 232) * 10, 8 + (n - 232) * 10, 8 + (n - 232) * 10]
  if (n < 16) return SIXTEEN[n] ?? [0, 0, 0]
  const step = (i: number): number => STEPS[Math.floor((n - 16) / i) % 6] ?? 0
  return [step(36), step(6), step(1)]
}

function nearest(to: Rgb, from: number, end: number): number {
  let best = from
  let least = Infinity
  for (let n = from; n < end; n++) {
    const away = rgbOf(n).reduce((sum, part, i) => sum + (part - (to[i] ?? 0)) ** 2, 0)
    if (away < least) [best, least] = [n, away]
  }
  return best
}

const nearest16 = (to: Rgb): number => nearest(to, 0, 16)
const nearest256 = (to: Rgb): number => nearest(to, 16, 256)
