/** A session's terminal in the page: an emulator that draws, and a connection that is made anew when it breaks. */
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import { TerminalInput } from '../client/terminal-input.ts'
import type { SessionView } from '../protocol/api.ts'
import {
  FrameDecoder,
  decodeJsonPayload,
  decodeOffsetPayload,
  encodeFrame,
  encodeJsonFrame,
} from '../protocol/frames.ts'
import { FRAME } from '../protocol/host.ts'
import { isSafeLink } from '../protocol/links.ts'
import { WEB_CLOSE } from '../protocol/web.ts'
import { client } from './connection.ts'
import { hearInserted } from './inserted.ts'

export type ScreenState =
  | { state: 'connecting' | 'live' }
  | { state: 'ended'; how: string }
  /** What is on the screen may be old. */
  | { state: 'lost'; since: number }

export interface Screen {
  /** Ctrl-] gives the keys back to the page. */
  focus(): void
  close(): void
}

const RETRY_MS = 500
const SCROLLBACK = 5000
/** What is drawn within the time of one frame is no flood, ms. */
const FRAME_MS = 16
/** After what took longer it rests for so many times as long, before it is given more: the page has more to do. */
const REST_SHARE = 2

/** Shows the live terminal of a session in `place` until it is closed. */
export function showScreen(
  place: HTMLElement,
  session: Pick<SessionView, 'id'>,
  tell: (state: ScreenState) => void,
  openLink: (url: string) => void,
): Screen {
  const terminal = new Terminal({
    scrollback: SCROLLBACK,
    fontFamily: getComputedStyle(place).getPropertyValue('--mono'),
    fontSize: 13,
    lineHeight: 1.15,
    cursorBlink: false,
    screenReaderMode: true,
    // Programs take a dark ground for granted: white words on a light page could not be read.
    minimumContrastRatio: 4.5,
    theme: themeOf(place),
    linkHandler: {
      activate: (_event, url) => {
        if (isSafeLink(url)) openLink(url)
      },
    },
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  terminal.open(place)
  fit.fit()
  const keys = new TerminalInput(-1)
  const text = new TextEncoder()
  let socket: WebSocket | null = null
  let closed = false
  let wasLive = false
  let lostSince = 0
  let retry = 0

  const send = (frame: Uint8Array): void => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>)
  }
  // The host answers what programs ask of their terminal: the answers of this emulator are dropped.
  const type = (bytes: Uint8Array): void => {
    const { forward } = keys.push(bytes)
    for (const part of [forward, keys.flush()]) if (part.length > 0) send(encodeFrame(FRAME.input, part))
  }
  terminal.onData((data) => type(text.encode(data)))
  if (terminal.textarea) hearInserted(terminal.textarea, (data) => type(text.encode(data)))
  terminal.onBinary((data) => type(Uint8Array.from(data, (character) => character.charCodeAt(0))))
  const sendSize = (): void =>
    send(encodeJsonFrame(FRAME.resize, { cols: terminal.cols, rows: terminal.rows }))
  terminal.onResize(sendSize)
  terminal.attachCustomKeyEventHandler((event) => {
    if (!(event.ctrlKey && event.key === ']')) return true
    terminal.blur()
    return false
  })
  const draw = (bytes: Uint8Array): void => {
    const came = performance.now()
    terminal.write(bytes, () => {
      const took = performance.now() - came
      const drawn = (): void => send(encodeJsonFrame(FRAME.drawn, { bytes: bytes.length }))
      if (took < FRAME_MS) drawn()
      else window.setTimeout(drawn, took * REST_SHARE)
    })
  }

  async function connect(): Promise<void> {
    const { cols, rows } = terminal
    try {
      socket = await client.connect({ kind: 'terminal', repo: null, name: session.id, cols, rows })
    } catch {
      // Who refuses, and why, the page's own connection says.
      return lose()
    }
    if (closed) return socket.close()
    socket.addEventListener('open', () => {
      // It may have another size by now than was asked for.
      if (terminal.cols !== cols || terminal.rows !== rows) sendSize()
    })
    const decoder = new FrameDecoder()
    socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
      for (const frame of decoder.push(new Uint8Array(data))) {
        if (frame.type === FRAME.end)
          tell({ state: 'ended', how: howItEnded(decodeJsonPayload(frame.payload)) })
        else {
          wasLive = true
          lostSince = 0
          tell({ state: 'live' })
          draw(decodeOffsetPayload(frame.payload).bytes)
        }
      }
    })
    socket.addEventListener('close', ({ code, reason }) => {
      if (code === WEB_CLOSE.noTerminal) tell({ state: 'ended', how: reason })
      else lose()
    })
  }

  function lose(): void {
    if (closed) return
    lostSince ||= Date.now()
    tell(wasLive ? { state: 'lost', since: lostSince } : { state: 'connecting' })
    retry = window.setTimeout(() => void connect(), RETRY_MS)
  }

  let measuring = 0
  const observer = new ResizeObserver(() => {
    cancelAnimationFrame(measuring)
    measuring = requestAnimationFrame(() => fit.fit())
  })
  observer.observe(place)
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  const repaint = (): void => {
    terminal.options.theme = themeOf(place)
  }
  scheme.addEventListener('change', repaint)
  void connect()

  return {
    focus: () => terminal.focus(),
    close() {
      closed = true
      clearTimeout(retry)
      observer.disconnect()
      scheme.removeEventListener('change', repaint)
      socket?.close()
      terminal.dispose()
    },
  }
}

/** The colours of the page, so that a terminal is part of it. */
function themeOf(place: HTMLElement): {
  background: string
  foreground: string
  cursor: string
  selectionBackground: string
} {
  const style = getComputedStyle(place)
  const of = (name: string): string => style.getPropertyValue(name).trim()
  return {
    background: of('--term-ground'),
    foreground: of('--term-ink'),
    cursor: of('--accent'),
    selectionBackground: of('--term-selected'),
  }
}

function howItEnded({ code, signal }: Record<string, unknown>): string {
  return typeof signal === 'string' ? `ended by ${signal}` : `ended with exit ${String(code)}`
}
