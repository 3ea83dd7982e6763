/** Links that a program prints, on the host's screen and in the picture of it that a viewer is given. */
import { describe, expect, test } from 'vitest'
import { SessionScreen } from '../../src/host/terminal.ts'
import { isSafeLink, safeLink } from '../../src/protocol/links.ts'
import { random } from '../fixtures/random.ts'
import { seedOf } from '../fixtures/sample.ts'

async function pictureOf(output: string, scrollback = 100): Promise<string> {
  const screen = new SessionScreen({ cols: 40, rows: 10, scrollback, reply: () => {}, onTitle: () => {} })
  screen.write(Buffer.from(output), () => {})
  return new Promise((resolve) => screen.barrier(() => resolve(Buffer.from(screen.snapshot()).toString())))
}

const link = (address: string, text: string, name = ''): string =>
  `\x1b]8;${name};${address}\x1b\\${text}\x1b]8;;\x1b\\`
const PAGE = 'https://a.example/x?y=1'

/** What a link must not be, whoever opens it. */
const HOSTILE: [string, string][] = [
  ['a script', 'javascript:alert(1)'],
  ['a script in other letters', 'JaVaScRiPt:alert(1)'],
  ['data', 'data:text/html,<script>1</script>'],
  ['a file', 'file:///etc/passwd'],
  ['a file on another machine', 'smb://evil.example/share'],
  ['a terminal', 'ssh://-oProxyCommand=id@evil.example'],
  ['a program of the desktop', 'vscode://evil.extension/run'],
  ['no scheme', '//evil.example/'],
  ['a path', '/etc/passwd'],
  ['no host', 'https://'],
  ['longer than can be shown', `https://evil.example/${'x'.repeat(2000)}`],
  ['a space', 'https://a.example/ javascript:1'],
  ['a turn of direction', 'https://a.example/\u202egnp.exe'],
  ['a letter that looks like another', 'https://\u0430pple.example/'],
  ['a space of another kind', 'https://a.example/\u00a0x'],
]

describe('a link', () => {
  test.each([
    [
      'with and without a name',
      `${link(PAGE, 'one')} ${link('http://b.example/', 'two', 'id=n')}`,
      ['w1', 'n'],
    ],
    ['of wide letters, between letters', `a${link(PAGE, '漢字')}b`, ['w1']],
    ['beside another', link(PAGE, 'one') + link('https://b.example/', 'two'), ['w1', 'w2']],
    ['over lines that wrap', `see ${link(PAGE, 'x'.repeat(60))}.`, ['w1', 'w1']],
    ['at the end of a line', `${link(PAGE, 'end')}\r\nnext`, ['w1']],
    ['in colours', `\x1b[1;31mred \x1b[0m${link(PAGE, 'pl\x1b[32min')}\x1b[m`, ['w1']],
    ['on the other screen', `\x1b[?1049h${link(PAGE, 'there')}`, ['w1']],
    ['in the scrollback', link(PAGE, 'up') + '\r\n'.repeat(30), ['w1']],
  ])('%s is in the picture, around its text alone', async (_, output, names) => {
    const picture = await pictureOf(output)
    expect([...picture.matchAll(/\x1b\]8;id=(\w+);/g)].map(([, name]) => name)).toEqual(names)
    expect(picture.match(/\x1b\]8;;\x1b\\/g)).toHaveLength(names.length)
    expect(await pictureOf(picture)).toBe(picture)
  })

  test('that has not ended goes on in the picture, and its text is not underlined for good', async () => {
    const picture = await pictureOf(`\x1b]8;;${PAGE}\x1b\\go`)
    expect(picture).toContain(`\x1b]8;id=w1;${PAGE}\x1b\\go\x1b]8;;\x1b\\`)
    expect(picture.endsWith(`\x1b]8;id=w1;${PAGE}\x1b\\`)).toBe(true)
    expect(picture).not.toMatch(/\x1b\[[\d;]*4m/)
    expect(await pictureOf(`${link(PAGE, '\x1b[4mown\x1b[m')}`)).toMatch(/\x1b\[4m/)
  })

  test.each(HOSTILE)('to %s is text', async (_, address) => {
    expect(isSafeLink(address)).toBe(false)
    const picture = await pictureOf(`${link(address, 'press')} me`)
    expect(picture).toContain('press me')
    expect(picture).not.toContain('\x1b]8')
    // Nor is its text that of the link before it.
    const after = await pictureOf(`\x1b]8;;${PAGE}\x1b\\good\x1b]8;;${address}\x1b\\bad`)
    expect(after).toContain(`\x1b]8;id=w1;${PAGE}\x1b\\good\x1b]8;;\x1b\\bad`)
    expect(after.match(/\x1b\]8;/g)).toHaveLength(2)
  })

  test('keeps of what is said of it only its name', () => {
    expect(safeLink(`id=a:x=y;${PAGE}`)).toBe(`id=a;${PAGE}`)
    expect(safeLink(`x=y;${PAGE}`)).toBe(`;${PAGE}`)
    expect(safeLink(`id=${'n'.repeat(300)};${PAGE}`)).toBe(`;${PAGE}`)
    expect(safeLink(`id=a b;${PAGE}`)).toBe(`;${PAGE}`)
    expect(safeLink('')).toBe(';')
    expect(safeLink(';')).toBe(';')
  })
})

describe('many links', () => {
  test('are remembered up to a number', async () => {
    const flood = Array.from({ length: 6000 }, (_, n) => link(`https://a.example/${n}`, `${n} `)).join('')
    const picture = await pictureOf(flood, 10_000)
    expect(new Set(picture.match(/id=w\d+/g)).size).toBe(4096)
    expect(picture).toContain('5999')
  })

  test('make no picture that cannot be sent', async () => {
    // Every second cell begins it anew: forty megabytes of addresses.
    const line = `${link(`https://a.example/${'a'.repeat(1900)}`, 'l'.repeat(40))}\r${'\x1b[Cx'.repeat(20)}\r\n`
    const picture = await pictureOf(`oldest\r\n${line.repeat(1000)}newest`, 5000)
    expect(picture.length).toBeLessThan(2 * 1024 * 1024)
    expect(picture).toContain('oldest')
    expect(picture).toContain('newest')
  })

  test('and a cursor that has gone up from the end of a full line: it stays in its column', async () => {
    const output = `one\r\n${'y'.repeat(40)}\x1b[1A\x1b[29D`
    const picture = await pictureOf(output)
    expect(picture).toContain('\x1b[1;11H')
    expect(await pictureOf(picture)).toBe(picture)
  })

  test('among anything else: a picture of the picture is the same picture', async () => {
    const seed = seedOf('links')
    const next = random(seed)
    const parts = [
      ...[
        'x',
        ' word ',
        '漢',
        'e\u0301',
        '\r\n',
        '\r\n\r\n',
        '\x1b[31m',
        '\x1b[44m',
        '\x1b[m',
        '\x1b[4m',
        '\x1b[K',
      ],
      ...['\x1b[3;5H', '\x1b[7C', '\x1b[2@', '\x1b[3P', '\x1b7', '\x1b8', '\x1b]8;;\x1b\\', 'y'.repeat(45)],
      ...[PAGE, 'https://b.example/', 'javascript:1'].map((address) => `\x1b]8;;${address}\x1b\\`),
      `\x1b]8;id=n;${PAGE}\x1b\\`,
    ]
    for (let n = 0; n < 15; n++) {
      const output = Array.from({ length: 1 + next(60) }, () => parts[next(parts.length)]).join('')
      const picture = await pictureOf(await pictureOf(output))
      expect(await pictureOf(picture), `seed ${seed}, case ${n}: ${JSON.stringify(output)}`).toBe(picture)
      expect(picture).not.toContain('javascript')
    }
  })
})
