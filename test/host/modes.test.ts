import { afterEach, expect, test } from 'vitest'
import { SessionScreen } from '../../src/host/terminal.ts'
import { cleanUp, sh, specFor, start, until, view } from './support.ts'

afterEach(cleanUp)

function screenWith(output: string): {
  screen: SessionScreen
  replies: string[]
  picture: () => Promise<string>
} {
  const replies: string[] = []
  const screen = new SessionScreen({
    cols: 40,
    rows: 10,
    scrollback: 100,
    reply: (data) => replies.push(data),
    onTitle: () => {},
  })
  screen.write(Buffer.from(output), () => {})
  const picture = (): Promise<string> =>
    new Promise((resolve) => screen.barrier(() => resolve(Buffer.from(screen.snapshot()).toString())))
  return { screen, replies, picture }
}

const DROPPED: [string, string, string][] = [
  ['mouse encoding', '\x1b[?1002;1006h', '\x1b[?1006h'],
  ['a hidden cursor', '\x1b[?25l', '\x1b[?25l'],
  ['colour scheme reports', '\x1b[?2031h', '\x1b[?2031h'],
  ['the title', '\x1b]0;✳ fix the bug\x07', '\x1b]2;✳ fix the bug\x1b\\'],
  ['the kitty keyboard stack', '\x1b[>1u\x1b[>5u', '\x1b[>1u\x1b[>5u'],
  ['kitty flags set, not pushed', '\x1b[=3u\x1b[=4;2u\x1b[=1;3u', '\x1b[=6u'],
  ['modifyOtherKeys', '\x1b[>4;2m', '\x1b[>4;2m'],
  ['the cursor shape', '\x1b[5 q', '\x1b[5 q'],
  ['an open hyperlink', '\x1b]8;id=1;http://a.b/\x1b\\link', '\x1b]8;id=1;http://a.b/\x1b\\'],
  ['a colour', '\x1b]11;#102030\x07', '\x1b]11;#102030\x1b\\'],
  ['the scroll region', '\x1b[3;7r\x1b[5;5H', '\x1b[3;7r'],
  ['the saved cursor', '\x1b[4;9H\x1b7\x1b[1;1H', '\x1b[4;9H\x1b7'],
  ['origin mode', '\x1b[2;8r\x1b[?6h\x1b[3;3Hx', '\x1b[?6h\x1b[3;4H'],
]

test.each(DROPPED)(
  'a snapshot carries %s, and a snapshot of the snapshot too',
  async (_, output, carried) => {
    const first = await screenWith(output).picture()
    expect(first).toContain(carried)
    expect(await screenWith(first).picture()).toBe(first)
    // What was there before is gone.
    expect(await screenWith('\x1b[?1049h\x1b[>9u\x1b[4 q\x1b[2;3rjunk' + first).picture()).toBe(first)
  },
)

test.each([
  [
    'popped and reset modes',
    '\x1b[>1u\x1b[>5u\x1b[<2u\x1b[?25l\x1b[?25h\x1b[?1006h\x1b[?1006l\x1b]8;;x\x1b\\\x1b]8;;\x1b\\\x1b]11;red\x07\x1b]111\x07',
  ],
  ['everything before a full reset', '\x1b[>1u\x1b[?25l\x1b[?1006h\x1b[5 q\x1b[>4;1m\x1b]8;;x\x1b\\\x1bc'],
])('a snapshot carries nothing of %s', async (_, output) => {
  expect(await screenWith(output).picture()).toBe(await screenWith('').picture())
})

test('each screen has its own kitty stack', async () => {
  const both = '\x1b[>1umain\x1b[?1049h\x1b[>7ualt'
  const picture = await screenWith(both).picture()
  const { replies, picture: again } = screenWith(`${picture}\x1b[?u\x1b[?1049l\x1b[?u`)
  await again()
  expect(replies).toEqual(['\x1b[?7u', '\x1b[?1u'])
})

test('a late viewer gets the modes of a running program', async () => {
  const host = await start(
    specFor(
      sh(
        `printf '\\033[?1049h\\033[?25l\\033[?1003;1006h\\033[?2004h\\033[>1u\\033[2 q\\033]0;busy\\007screen'; exec cat`,
      ),
    ),
  )
  const first = await view(host)
  await first.shows((lines) => lines[0] === 'screen')
  const late = await view(host)
  await until(() => late.snapshots.length === 1)
  const picture = Buffer.from(late.snapshots[0]!.bytes).toString()
  expect(picture.startsWith('\x1bc\x1b[3J')).toBe(true)
  for (const mode of [
    '\x1b[?1049h',
    '\x1b[?25l',
    '\x1b[?1003h',
    '\x1b[?1006h',
    '\x1b[?2004h',
    '\x1b[>1u',
    '\x1b[2 q',
    '\x1b]2;busy\x1b\\',
  ]) {
    expect(picture).toContain(mode)
  }
})

test('queries are answered once, by the host, however many look', async () => {
  const queries = '\\033[>q\\033[?u\\033[5n\\033[6n\\033[?2004$p\\033[c'
  // `time 10`: the terminal reports its end after a second in which no further answer came.
  const ask = `stty raw -echo min 0 time 10; printf '${queries}'; od -An -v -tx1; stty sane`
  const host = await start(specFor(sh(`read go; ${ask}; printf '\\r\\ndone\\r\\n'; exec cat`)))
  const [first] = [await view(host), await view(host)]
  await until(() => first.snapshots.length === 1)
  first.viewer.input(Buffer.from('go\n'))
  await first.shows((lines) => lines.includes('done'))
  const hex = /(?: [0-9a-f]{2})+(?=\s)/g
  const said = (first.bytes().toString().match(hex) ?? []).join('').replaceAll(' ', '')
  expect(Buffer.from(said, 'hex').toString()).toBe(
    '\x1bP>|worktrain\x1b\\' + '\x1b[?0u' + '\x1b[0n' + '\x1b[2;1R' + '\x1b[?2004;2$y' + '\x1b[?1;2c',
  )
})

test.each(['I', 'L', 'M', 'P', 'S', 'T', 'X', 'Z', '@', 'b'])(
  'a count of two thousand million in CSI %s holds up nothing',
  async (final) => {
    const { picture } = screenWith(`a\x1b[2147483647${final}\x1b[Hstill here`)
    expect(await picture()).toContain('still here')
  },
)

test('titles, links and marks of megabytes stay out of what viewers get', async () => {
  const much = 'x'.repeat(100_000)
  const { screen, picture } = screenWith(`\x1b]0;${much}\x07\x1b]8;;http://${much}\x07\x1b]11;${much}\x07`)
  expect((await picture()).length).toBeLessThan(1000)
  expect(screen.title.length).toBe(300)
  const marks = screenWith(`a${'\u0301'.repeat(4_500_000)}`)
  expect((await marks.picture()).length).toBeLessThan(1000)
  expect(marks.screen.text(null).lines[0]?.length).toBe(20_000)
})
