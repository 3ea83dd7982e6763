import { fileURLToPath } from 'node:url'
import { spawn } from '@lydell/node-pty'
import headless from '@xterm/headless'
import type { Terminal } from '@xterm/headless'
import { afterEach, describe, expect, test } from 'vitest'
import { TerminalInput } from '../../src/client/terminal-input.ts'
import { TOKEN, cleanUp, follow, onCleanUp, sh, specFor, start, view } from './support.ts'
import type { TestHost } from './support.ts'

afterEach(cleanUp)

const CLIENT = fileURLToPath(new URL('./fixtures/attach.ts', import.meta.url))

interface Outer {
  terminal: Terminal
  /** Everything the person's terminal was sent. */
  raw: () => string
  type: (text: string) => void
  resize: (cols: number, rows: number) => void
  /** Settles when a line of the terminal, scrollback included, contains the text. */
  shows: (text: string) => Promise<string>
  lines: () => string[]
}

/** A person's terminal: a real one, which also answers queries as a real one does. */
function person(host: TestHost): Outer {
  const pty = spawn(process.execPath, [CLIENT, host.socket, TOKEN], {
    cols: 80,
    rows: 24,
    cwd: host.spec.cwd,
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm-256color' },
    encoding: null,
  })
  const terminal = new headless.Terminal({ cols: 80, rows: 24, allowProposedApi: true, logLevel: 'off' })
  terminal.onData((reply) => pty.write(reply))
  const chunks: Buffer[] = []
  const waiting = new Set<() => void>()
  pty.onData((chunk) => {
    chunks.push(chunk as unknown as Buffer)
    terminal.write(chunk, () => {
      for (const look of waiting) look()
    })
  })
  onCleanUp(() => pty.kill('SIGKILL'))
  const lines = (): string[] =>
    Array.from(
      { length: terminal.buffer.active.length },
      (_, y) => terminal.buffer.active.getLine(y)?.translateToString(true) ?? '',
    )
  return {
    terminal,
    raw: () => Buffer.concat(chunks).toString('latin1'),
    type: (text) => pty.write(text),
    resize(cols, rows) {
      terminal.resize(cols, rows)
      pty.resize(cols, rows)
    },
    lines,
    shows: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          const line = lines().find((each) => each.includes(text))
          if (line === undefined) return
          waiting.delete(look)
          resolve(line)
        }
        waiting.add(look)
        look()
      }),
  }
}

test('keys, output and size pass; Ctrl-] leaves, and the session goes on', async () => {
  const host = await start(
    specFor(sh(`trap 'stty size' WINCH; echo hello; while :; do read x && echo "got $x"; done`)),
  )
  const outer = person(host)
  await outer.shows('hello')
  outer.type('typed\r')
  await outer.shows('got typed')
  outer.resize(100, 30)
  await outer.shows('30 100')
  outer.type('\x1d')
  expect(await outer.shows('left:')).toBe('left: {"how":"detached"}, raw: false')
  // What the person had on their screen is still there to scroll to.
  expect(outer.lines().join('\n')).toContain('the prompt before')
  expect(outer.raw()).not.toContain('\x1bc')
  expect(outer.raw()).not.toContain('\x1b[3J')
  const { control } = await follow(host)
  expect(await control.request({ op: 'status' })).toMatchObject({ running: true, cols: 100, rows: 30 })
})

test('the terminal is given back as it was, whatever the session had set', async () => {
  const set =
    '\\033[?1049h\\033[?25l\\033[?1003;1006h\\033[?2004h\\033[?1004h\\033[?1h\\033=\\033[>1u\\033[4 q\\033[3;9r\\033[?6h\\033[41m'
  const host = await start(specFor(sh(`stty -echo; printf '${set}'; echo full screen; exec cat`)))
  const outer = person(host)
  await outer.shows('full screen')
  expect(outer.terminal.buffer.active.type).toBe('alternate')
  expect(outer.terminal.modes).toMatchObject({
    mouseTrackingMode: 'any',
    bracketedPasteMode: true,
    sendFocusMode: true,
    originMode: true,
  })
  outer.type('\x1d')
  await outer.shows('left:')
  expect(outer.terminal.buffer.active.type).toBe('normal')
  expect(outer.terminal.modes).toMatchObject({
    mouseTrackingMode: 'none',
    bracketedPasteMode: false,
    sendFocusMode: false,
    originMode: false,
    applicationCursorKeysMode: false,
    applicationKeypadMode: false,
    wraparoundMode: true,
    insertMode: false,
  })
  const last = (text: string): number => outer.raw().lastIndexOf(text)
  expect(last('\x1b[?25h')).toBeGreaterThan(last('\x1b[?25l'))
  expect(last('\x1b[<99u')).toBeGreaterThan(last('\x1b[>1u'))
  expect(last('\x1b[0 q')).toBeGreaterThan(last('\x1b[4 q'))
  for (const mode of [1006, 1004, 2004, 2031])
    expect(last(`\x1b[?${mode}l`)).toBeGreaterThan(last(`\x1b[?${mode}h`))
})

test("the person's terminal answers queries, and its answers do not reach the session", async () => {
  const ask = `stty raw -echo min 0 time 10; printf '\\033[c\\033[6n\\033[?2004$p'; od -An -v -c | tr -d ' \\n'; stty sane`
  const host = await start(specFor(sh(`read go; ${ask}; printf '\\r\\ndone\\r\\n'; exec cat`)))
  const outer = person(host)
  const inner = await view(host)
  outer.type('go\r')
  await inner.shows((lines) => lines.includes('done'))
  expect(inner.screen.text(null).lines.join('')).toBe('go033[?1;2c033[2;1R033[?2004;2$ydone')
})

test('what was a link to the web is one for who attaches later; what was another is text', async () => {
  const link = (address: string, text: string) => `\\033]8;;${address}\\033\\\\${text}\\033]8;;\\033\\\\`
  const printed = `${link('javascript:1', 'press')} ${link('https://a.example/', 'look')} ${link('file:///etc', 'open')}`
  const host = await start(specFor(sh(`printf '${printed}\\n'; exec cat`)))
  await (await view(host)).shows(([first]) => first === 'press look open')
  const outer = person(host)
  await outer.shows('press look open')
  expect(outer.raw()).toContain('\x1b]8;id=w1;https://a.example/\x1b\\look\x1b]8;;\x1b\\')
  expect(outer.raw()).not.toMatch(/javascript|file:/)
})

test('the end of the session is told, and so is a lost host', async () => {
  const host = await start(specFor(sh('read x; exit 3')))
  const outer = person(host)
  await outer.shows('the prompt before')
  const inner = await view(host)
  inner.viewer.input(Buffer.from('\n'))
  expect(await outer.shows('left:')).toContain('{"how":"ended","code":3,"signal":null}')
  const other = await start(specFor(sh('echo here; exec cat')))
  const second = person(other)
  await second.shows('here')
  other.process.kill('SIGKILL')
  expect(await second.shows('left:')).toContain('{"how":"lost"}')
})

describe('what a terminal sends', () => {
  const KEY = 0x1d
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
  const ANSWERS = [
    '\x1b[?62;1;4c',
    '\x1b[>41;354;0c',
    '\x1b[0n',
    '\x1b[12;40R',
    '\x1b[?12;40;1R',
    '\x1b[?2004;2$y',
    '\x1b[4;1$y',
    '\x1b[?0u',
    '\x1b[8;24;80t',
    '\x1bP>|xterm(1)\x1b\\',
    '\x1bP1$r0m\x1b\\',
    '\x1b]11;rgb:0/0/0\x07',
    '\x1b]4;1;rgb:0/0/0\x1b\\',
    '\x1b_Gi=1;OK\x1b\\',
    '\x1b[?1;0;256S',
  ]
  const KEYS = [
    'a',
    'é',
    '\r',
    '\x03',
    '\x1b[A',
    '\x1b[1;5C',
    '\x1bOP',
    '\x1b[1;2R',
    '\x1b[13~',
    '\x1b[97;5u',
    '\x1b[27;2;13~',
    '\x1b[<0;3;4M',
    '\x1b[<0;3;4m',
    '\x1b[M !!',
    '\x1b[M\x1d!!',
    '\x1b[I',
    '\x1b[O',
    '\x1bb',
    '\x1b\x1b[A',
    '\x1b[?997;1n',
    '\x1b[48;24;80;0;0t',
    '\x1b[93;5:3u',
    '\x1b[93u',
    '\x1b[200~\x1d \x1b[?1c\x1b[201~',
  ]

  test('answers are held back and keys pass, wherever the stream is cut', () => {
    for (const answer of ANSWERS) {
      for (const key of KEYS) {
        const stream = Buffer.from(`x${answer}${key}${answer}y`, 'latin1')
        for (let cut = 1; cut < stream.length; cut++) {
          const input = new TerminalInput(KEY)
          const [first, second] = [input.push(stream.subarray(0, cut)), input.push(stream.subarray(cut))]
          expect(text(first.forward) + text(second.forward)).toBe(
            Buffer.from(`x${key}y`, 'latin1').toString('latin1'),
          )
          expect(first.detach || second.detach).toBe(false)
        }
      }
    }
  })

  test.each(['\x1d', '\x1b[93;5u', '\x1b[93;5:1u', '\x1b[93:125;5u', '\x1b[93;133u', '\x1b[27;5;93~'])(
    '%j detaches',
    (key) => {
      const { forward, detach } = new TerminalInput(KEY).push(Buffer.from(`ab${key}cd`))
      expect([text(forward), detach]).toEqual(['ab', true])
    },
  )

  test.each(['\x1b', '\x1b[', '\x1b]', '\x1bP', '\x1bO'])('%j alone is a key once nothing follows', (key) => {
    const input = new TerminalInput(KEY)
    expect(input.push(Buffer.from(key)).forward).toHaveLength(0)
    expect(input.unfinished).toBe(true)
    expect(input.patience).toBeLessThan(100)
    expect(text(input.flush())).toBe(key)
    expect(text(input.push(Buffer.from('a')).forward)).toBe('a')
  })

  test('an answer in parts over a slow line is waited for', () => {
    const input = new TerminalInput(KEY)
    input.push(Buffer.from('\x1b]11;rgb:'))
    expect(input.patience).toBeGreaterThan(500)
    expect(text(input.push(Buffer.from('0/0/0\x1b\\k')).forward)).toBe('k')
  })
})
