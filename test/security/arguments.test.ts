/** Group 7 of the attacks: words of agents and repositories in the few lines that a shell is told. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellQuoted } from '../../src/protocol/shell-quote.ts'
import { random } from '../fixtures/random.ts'
import { seedOf } from '../fixtures/sample.ts'

test('a shell reads each as the one word that it is', () => {
  const seed = seedOf('words')
  const next = random(seed)
  const parts = [
    '-',
    '--',
    '$(id)',
    '`id`',
    '${HOME}',
    "'",
    '"',
    '\\',
    '\n',
    ';',
    '&&',
    '|',
    '>x',
    '*',
    '~',
    '!',
    ' ',
    '\t',
  ]
  const words = Array.from({ length: 500 }, () =>
    Array.from({ length: next(8) }, () =>
      next(3) ? (parts[next(parts.length)] ?? '') : String.fromCodePoint(1 + next(0xd000)),
    ).join(''),
  )
  const line = `printf '%s\\0' ${words.map(shellQuoted).join(' ')}`
  const said = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' }).split('\0')
  expect(said.slice(0, -1), `seed ${seed}`).toEqual(words)
})
