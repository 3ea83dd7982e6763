import { expect, test } from 'vitest'
import { SessionScreen } from '../../src/host/terminal.ts'

const styled = async (text: string) => {
  const nothing = (): void => {}
  const screen = new SessionScreen({ cols: 20, rows: 2, scrollback: 0, reply: nothing, onTitle: nothing })
  await new Promise<void>((done) => screen.write(Buffer.from(text), done))
  return screen.text(null, true)
}

test('each piece of a row with what it is drawn with, in units of its text', async () => {
  const { lines, styles } = await styled(
    '\u001b[1;31mred\u001b[0m 漢🦀 \u001b[4;38;5;200;48;2;1;2;3mx\u001b[0m',
  )
  expect(lines[0]).toBe('red 漢🦀 x')
  expect(styles?.[0]).toEqual([
    { length: 3, fg: 1, marks: ['bold'] },
    { length: 5 },
    { length: 1, fg: 200, bg: [1, 2, 3], marks: ['underline'] },
  ])
  expect(styles?.[1]).toEqual([])
})

test('pieces have the length of the row, also where a program draws every cell in another colour', async () => {
  const cells = Array.from({ length: 20 }, (_, i) => `\u001b[38;5;${i}mx`).join('')
  const { lines, styles } = await styled(cells)
  expect(styles?.[0]?.reduce((sum, { length }) => sum + length, 0)).toBe(lines[0]?.length)
})

test('nothing of it where it was not asked for', async () => {
  const screen = new SessionScreen({ cols: 4, rows: 1, scrollback: 0, reply: () => {}, onTitle: () => {} })
  expect(screen.text(null)).not.toHaveProperty('styles')
})
