/** docs/reference/merge-queue-scenarios.md says which test of ours makes which scenario: each of them is there. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, textOf } from './tree.ts'

test('every test that it names exists, by the parts between its dots', () => {
  const named = [...textOf('docs/reference/merge-queue-scenarios.md').matchAll(/"([^"]+)"/g)]
  expect(named.length).toBeGreaterThan(60)
  const tests = readdirSync(join(ROOT, 'test/train'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => textOf(`test/train/${file}`).replaceAll(/\s+/g, ' '))
    .join('\n')
  const parts = (name: string): string[] => name.split('…').map((part) => part.trim())
  const lost = named.filter(([, name = '']) => !parts(name).every((part) => tests.includes(part)))
  expect(lost.map(([, name]) => name)).toEqual([])
})
