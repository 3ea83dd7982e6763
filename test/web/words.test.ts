import { expect, test } from 'vitest'
import { addressOf, pageAt } from '../../src/web/address.ts'
import { age, oneLine, visible } from '../../src/web/words.ts'

test('what would show something else than is there is made visible', () => {
  expect(visible('a\u202eb\u0007c\u200bd')).toBe('a⟨U+202E⟩b␇c⟨U+200B⟩d')
  expect(visible('two\nlines\tand é 漢 🚂')).toBe('two\nlines\tand é 漢 🚂')
  expect(oneLine(' two\n lines ')).toBe('two lines')
  expect(oneLine('x'.repeat(400))).toHaveLength(300)
})

test.for([
  [0, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [5 * 3_600_000 + 60_000, '5 h 1 min'],
  [49 * 3_600_000, '2 d'],
  [-5, '0 s'],
] as const)('%i ms are %s', ([ms, text]) => {
  expect(age(ms)).toBe(text)
})

test('an address leads back to its page', () => {
  for (const page of [
    { page: 'board' },
    { page: 'new', plan: false },
    { page: 'new', plan: true },
    { page: 'usage' },
    { page: 'settings', repo: null },
    { page: 'train', repo: '/a b/c&d' },
    { page: 'session', id: 's1', view: 'Review' },
    { page: 'session', id: 's1', view: 'Terminal' },
  ] as const) {
    const [path = '', query = ''] = addressOf(page).split('?')
    expect(pageAt(path, query)).toEqual(page)
  }
  expect(pageAt('/elsewhere', '')).toEqual({ page: 'nowhere' })
  expect(pageAt('/s/s1', 'view=__proto__')).toMatchObject({ view: 'Terminal' })
})
