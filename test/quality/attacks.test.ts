/** docs/reference/attacks.md says which test makes which attack: each of them is there. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, textOf } from './tree.ts'

const page = textOf('docs/reference/attacks.md')
const groups = page.split(/^## /m).filter((part) => /^\d+\. /.test(part))
const rows = groups.flatMap((group) => group.split('\n').filter((line) => /^\| (?!required)/.test(line)))

/** Files of a row, each with the names of tests that follow it. */
const cited = rows.flatMap((row) =>
  [...row.matchAll(/`(test\/[\w./-]+)`([^`]*)/g)].map(([, file = '', behind = '']) => ({
    file,
    names: [...behind.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
  })),
)

test('it has the twelve groups, and says of each requirement where it is tried', () => {
  expect(groups.map((group) => Number.parseInt(group, 10))).toEqual(
    Array.from({ length: 12 }, (_, n) => n + 1),
  )
  for (const group of groups.filter((each) => !each.startsWith('11.')))
    for (const row of group.split('\n').filter((line) => /^\| (?!required)/.test(line)))
      expect(row).toMatch(/`test\/[^`]+\.test\.ts` "/)
})

test('every file and every test that it names exists', () => {
  expect(cited.length).toBeGreaterThan(60)
  const lost = cited.flatMap(({ file, names }) => {
    if (!existsSync(join(ROOT, file))) return [file]
    const text = textOf(file).replaceAll(String.raw`\'`, "'")
    return names.filter((name) => !text.includes(name)).map((name) => `${file}: ${name}`)
  })
  expect(lost).toEqual([])
})
