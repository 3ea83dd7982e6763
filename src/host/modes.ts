/**
 * Terminal state that the emulator's serializer drops, and the queries that the emulator does not answer.
 *
 * addon-serialize 0.14 leaves out mouse encodings, the hidden cursor, title, cursor shape, the kitty
 * keyboard stack, modifyOtherKeys, the scroll region, the saved cursor and the open hyperlink
 * (facts: xterm.js#3364). A viewer that gets a snapshot without them sees a right picture of a terminal
 * that then behaves wrongly.
 */
import type { IFunctionIdentifier, Terminal } from '@xterm/headless'
import { openLink } from './links.ts'

/** DEC private modes that the serializer drops, with the value a reset terminal has. */
const DROPPED_MODES: ReadonlyMap<number, boolean> = new Map([
  [12, false],
  [25, true],
  [1005, false],
  [1006, false],
  [1007, false],
  [1015, false],
  [1016, false],
  [2031, false],
])

/** The kitty keyboard protocol keeps a stack for each of the two screens; terminals cap it. */
const KITTY_STACK_MAX = 32

/** Longest title or colour that a viewer is given, characters: programs may send megabytes. */
const TEXT_MAX = 2048
const short = (text: string): string => (text.length > TEXT_MAX ? '' : text)

type Params = (number | number[])[]

const first = (params: Params, otherwise = 0): number => {
  const [value] = params
  return typeof value === 'number' && value > 0 ? value : otherwise
}

export interface TrackedModes {
  /** What stands before the screen's content, while the normal screen is shown. */
  before(): string
  /** What stands after it. */
  after(): string
}

/**
 * @param reply bytes that the terminal types back to the program: the host is its only responder
 */
export function trackModes(terminal: Terminal, reply: (data: string) => void): TrackedModes {
  const modes = new Map(DROPPED_MODES)
  const kitty = { normal: [0], alternate: [0] }
  let cursorShape = 0
  let modifyOtherKeys = 0
  let title = ''
  const colours = new Map<number, string>()

  const stack = (): number[] => kitty[terminal.buffer.active.type]
  const flags = (): number => stack().at(-1) ?? 0
  const reset = (): void => {
    for (const [mode, value] of DROPPED_MODES) modes.set(mode, value)
    kitty.normal = [0]
    kitty.alternate = [0]
    cursorShape = 0
    modifyOtherKeys = 0
    colours.clear()
  }

  const csi = (id: IFunctionIdentifier, see: (params: Params) => void): void => {
    // False: the emulator's own handler sees it too.
    terminal.parser.registerCsiHandler(id, (params) => (see(params), false))
  }
  const answer = (id: IFunctionIdentifier, see: (params: Params) => void): void => {
    terminal.parser.registerCsiHandler(id, (params) => (see(params), true))
  }
  const setModes = (value: boolean) => (params: Params) => {
    for (const mode of params) if (typeof mode === 'number' && modes.has(mode)) modes.set(mode, value)
  }

  csi({ prefix: '?', final: 'h' }, setModes(true))
  csi({ prefix: '?', final: 'l' }, setModes(false))
  csi({ intermediates: ' ', final: 'q' }, (params) => (cursorShape = first(params)))
  csi({ intermediates: '!', final: 'p' }, () => modes.set(25, true))
  csi({ prefix: '>', final: 'm' }, (params) => {
    if (params.length === 0 || params[0] === 4)
      modifyOtherKeys = typeof params[1] === 'number' ? params[1] : 0
  })
  terminal.parser.registerEscHandler({ final: 'c' }, () => (reset(), false))

  answer({ prefix: '>', final: 'u' }, (params) => {
    const keys = stack()
    keys.push(first(params))
    if (keys.length > KITTY_STACK_MAX) keys.splice(1, 1)
  })
  answer({ prefix: '<', final: 'u' }, (params) => {
    const keys = stack()
    // A pop that empties the stack resets the flags.
    const left = Math.max(0, keys.length - first(params, 1))
    keys.splice(left)
    if (left === 0) keys.push(0)
  })
  answer({ prefix: '=', final: 'u' }, (params) => {
    const keys = stack()
    const value = first(params)
    const how = typeof params[1] === 'number' && params[1] > 0 ? params[1] : 1
    keys[keys.length - 1] = how === 2 ? flags() | value : how === 3 ? flags() & ~value : value
  })
  answer({ prefix: '?', final: 'u' }, () => reply(`\x1b[?${flags()}u`))
  // XTVERSION: any answer will do; a name nobody knows makes a program assume nothing.
  answer({ prefix: '>', final: 'q' }, (params) => {
    if (first(params) === 0) reply('\x1bP>|worktrain\x1b\\')
  })

  for (const which of [10, 11, 12]) {
    // A query is left unanswered: which colours the person's terminal has is not known here.
    terminal.parser.registerOscHandler(which, (data) => {
      if (data !== '?' && short(data) !== '') colours.set(which, data)
      return false
    })
    terminal.parser.registerOscHandler(which + 100, () => (colours.delete(which), false))
  }
  terminal.onTitleChange((text) => (title = short(text)))

  const pushes = (keys: number[]): string => {
    const [base = 0, ...rest] = keys
    return (base === 0 ? '' : `\x1b[=${base}u`) + rest.map((value) => `\x1b[>${value}u`).join('')
  }

  return {
    before: () => pushes(kitty.normal),
    after() {
      let out = cursorState(terminal)
      if (terminal.buffer.active.type === 'alternate') out += pushes(kitty.alternate)
      if (modifyOtherKeys > 0) out += `\x1b[>4;${modifyOtherKeys}m`
      if (cursorShape > 0) out += `\x1b[${cursorShape} q`
      out += openLink(terminal)
      for (const [which, colour] of colours) out += `\x1b]${which};${colour}\x1b\\`
      if (title !== '') out += `\x1b]2;${title}\x1b\\`
      for (const [mode, value] of modes)
        if (value !== DROPPED_MODES.get(mode)) out += `\x1b[?${mode}${value ? 'h' : 'l'}`
      return out
    },
  }
}

/** The emulator's own record of the active screen; it has no public accessor for these four. */
interface BufferState {
  scrollTop: number
  scrollBottom: number
  savedX: number
  savedY: number
}

/**
 * Scroll region and saved cursor, and then the cursor: setting either moves it, and the serializer itself counts one
 * column too many from the end of a full line.
 */
function cursorState(terminal: Terminal): string {
  const { buffer: state } = (terminal as unknown as { _core: { buffer: BufferState } })._core
  const { cursorX, cursorY, baseY } = terminal.buffer.active
  const origin = terminal.modes.originMode
  const place = (x: number, y: number): string => `\x1b[${y + 1};${Math.min(x + 1, terminal.cols)}H`
  const savedY = Math.max(0, state.savedY - baseY)
  const saved = state.savedX !== 0 || savedY !== 0
  const region = state.scrollTop !== 0 || state.scrollBottom !== terminal.rows - 1
  // Beyond the last column it was left by what it wrote, and no sequence brings it there.
  if (!saved && !region && !origin) return cursorX < terminal.cols ? place(cursorX, cursorY) : ''
  let out = origin ? '\x1b[?6l' : ''
  if (saved) out += `${place(state.savedX, savedY)}\x1b7`
  if (region) out += `\x1b[${state.scrollTop + 1};${state.scrollBottom + 1}r`
  if (origin) out += '\x1b[?6h'
  return out + place(cursorX, origin ? cursorY - state.scrollTop : cursorY)
}
