/** What a short command loads before it can do anything: every module costs each of them time. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Modules that are loaded with these files, as paths and names of packages: all that is imported, but for types. */
function loadedWith(...entries: string[]): Set<string> {
  const loaded = new Set<string>()
  const follow = (path: string): void => {
    const name = relative(root, path)
    if (loaded.has(name)) return
    loaded.add(name)
    const source = readFileSync(path, 'utf8')
    for (const [, from = ''] of source.matchAll(
      /^(?:import|export) (?!type )(?:[^'"]*? from )?'([^']+)'/gm,
    )) {
      if (!from.startsWith('.')) loaded.add(from)
      else if (existsSync(join(dirname(path), from))) follow(join(dirname(path), from))
    }
  }
  for (const entry of entries) follow(join(root, entry))
  return loaded
}

/** The boards, the supervisor, and what colours code or keeps a journal. */
const HEAVY = /^(?:src\/(?:tui|web|board\/code|supervisor|server|journal)\/|highlight\.js|node:sqlite|zod)/

test.for<[string, string[]]>([
  ['help', []],
  ['ls', ['src/cli/commands/ls.ts', 'src/client/supervisor.ts']],
  ['next', ['src/cli/commands/next.ts', 'src/client/supervisor.ts']],
])('%s loads no board, no highlighter and no database', ([, more]) => {
  const loaded = loadedWith('src/cli/main.ts', ...more)
  expect([...loaded]).toContain('src/cli/program.ts')
  expect([...loaded].filter((name) => HEAVY.test(name))).toEqual([])
})

test('what it looks for is there to be found', () => {
  const board = [...loadedWith('src/tui/open.ts')]
  expect(board.filter((name) => HEAVY.test(name)).length).toBeGreaterThan(20)
  expect([...loadedWith('src/board/code/languages.ts')]).toContain('highlight.js/lib/core')
})
