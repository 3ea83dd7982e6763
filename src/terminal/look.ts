/** How to draw on a terminal. */
import { styleText } from 'node:util'

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold'
/** Colours text, or leaves it as it is where colours are not wanted. */
export type Paint = (colour: Colour, text: string) => string

/** How to draw; all a pure render function may know of the terminal. */
export interface Look {
  width: number
  coloured: boolean
  /** Can text be bold or underlined here? Also where no colours are wanted, as nobody asked for less than that. */
  marked: boolean
  /** How many colours there are; 0: none are wanted. */
  depth: ColourDepth
  paint: Paint
}

export type ColourDepth = 0 | 16 | 256 | 16_777_216

/** Where text goes that is not for a terminal: the width of the first terminals, and of mails. */
const PLAIN_WIDTH = 80

type Env = Record<string, string | undefined>

/** NO_COLOR (no-color.org) and FORCE_COLOR as elsewhere: of colours alone; a dumb terminal and a pipe get no marks either. */
export function lookOf(env: Env, stream: { isTTY?: boolean; columns?: number }): Look {
  const able = stream.isTTY === true && env.TERM !== 'dumb'
  const wanted = env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : able
  const coloured = wanted && !env.NO_COLOR
  const columns = (stream.isTTY && stream.columns) || Number(env.COLUMNS) || PLAIN_WIDTH
  return {
    width: Math.max(40, columns),
    coloured,
    marked: coloured || able,
    depth: coloured ? depthOf(env) : 0,
    paint: coloured
      ? (colour, text) => styleText(colour, text, { validateStream: false })
      : (_colour, text) => text,
  }
}

/** As terminals tell; one that says nothing has the first sixteen. */
function depthOf({ FORCE_COLOR: forced, COLORTERM: said = '', TERM: name = '' }: Env): ColourDepth {
  if (forced === '3' || /^(?:truecolor|24bit)$/.test(said)) return 16_777_216
  return forced === '2' || name.includes('256color') ? 256 : 16
}
