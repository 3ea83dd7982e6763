/** Every rule that the architecture rests on is seen to fire: a linter that checks nothing passes everything. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAY_IMPORT, forbiddenRooms } from '../../oxlint.config.ts'
import { ROOT } from './tree.ts'

const directory = mkdtempSync(join(tmpdir(), 'wt-lint-'))
const rooms = Object.keys(MAY_IMPORT)

/** File -> rules that fired in it. */
let fired: Map<string, string[]>

const PROBES: Record<string, { text: string; rule: string }> = {
  'src/protocol/node.ts': {
    text: "import { join } from 'node:path'\nexport const at = join('a')\n",
    rule: 'no-restricted-imports',
  },
  'src/web/node.ts': {
    text: "import { join } from 'node:path'\nexport const at = join('a')\n",
    rule: 'no-restricted-imports',
  },
  'src/board/node.ts': {
    text: "import { join } from 'node:path'\nexport const at = join('a')\n",
    rule: 'no-restricted-imports',
  },
  'src/git/console.ts': { text: "console.log('x')\nexport const a = 1\n", rule: 'no-console' },
  'src/git/any.ts': { text: 'export const a: any = 1\n', rule: 'no-explicit-any' },
  'src/git/prefix.ts': {
    text: "import { join } from 'path'\nexport const at = join('a')\n",
    rule: 'prefer-node-protocol',
  },
  'src/git/default.ts': { text: 'export default 1\n', rule: 'no-default-export' },
  'src/git/types.ts': {
    text: "import { A } from './any.ts'\nexport const a: A | null = null\n",
    rule: 'consistent-type-imports',
  },
  'src/git/swallow.ts': {
    text: 'export function f(): void {\n  try {\n    f()\n  } catch {}\n}\n',
    rule: 'no-empty',
  },
  'src/git/one.ts': {
    text: "import { two } from './two.ts'\nexport const one = (): number => two()\n",
    rule: 'no-cycle',
  },
  'src/git/two.ts': {
    text: "import type { one } from './one.ts'\nexport const two = (): number => 1 as never as ReturnType<typeof one>\n",
    rule: 'no-cycle',
  },
  'src/git/floating.ts': {
    text: 'export function f(): void {\n  Promise.resolve(1).then(String)\n}\n',
    rule: 'no-floating-promises',
  },
  'test/git/only.test.ts': {
    text: "import { expect, test } from 'vitest'\ntest.only('a', () => expect(1).toBe(1))\n",
    rule: 'no-focused-tests',
  },
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), text)
}

beforeAll(async () => {
  copyFileSync(join(ROOT, 'oxlint.config.ts'), join(directory, 'oxlint.config.ts'))
  copyFileSync(join(ROOT, 'tsconfig.json'), join(directory, 'tsconfig.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  for (const room of rooms) {
    write(`src/${room}/thing.ts`, 'export const thing = 1\n')
    for (const other of rooms.filter((each) => each !== room)) {
      write(
        `src/${room}/to-${other}.ts`,
        `import { thing } from '../${other}/thing.ts'\nexport const copy = thing\n`,
      )
      write(
        `src/${room}/deep/to-${other}.ts`,
        `import type { thing } from '../../${other}/thing.ts'\nexport type Copy = typeof thing\n`,
      )
    }
  }
  for (const [path, { text }] of Object.entries(PROBES)) write(path, text)
  const oxlint = join(ROOT, 'node_modules', '.bin', 'oxlint')
  const output = await new Promise<string>((resolve) => {
    execFile(oxlint, ['-f', 'json', '--type-aware'], { cwd: directory, maxBuffer: 64e6 }, (_error, stdout) =>
      resolve(stdout),
    )
  })
  fired = new Map()
  for (const { filename, code } of (
    JSON.parse(output) as { diagnostics: { filename: string; code: string }[] }
  ).diagnostics) {
    const rule = /\((.*)\)/.exec(code)?.[1] ?? code
    fired.set(filename, [...(fired.get(filename) ?? []), rule])
  }
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('import directions', () => {
  test.for(rooms)('%s imports what it may, and nothing else', (room) => {
    const forbidden = forbiddenRooms(room)
    for (const other of rooms.filter((each) => each !== room)) {
      for (const file of [`src/${room}/to-${other}.ts`, `src/${room}/deep/to-${other}.ts`]) {
        const refused = fired.get(file)?.includes('no-restricted-imports') ?? false
        expect(refused, file).toBe(forbidden.includes(other))
      }
    }
  })

  test('capability rooms do not know each other, the host knows nothing but the bottom', () => {
    for (const room of [
      'agents',
      'sessions',
      'workspaces',
      'walls',
      'partition',
      'train',
      'review',
      'spotlight',
    ]) {
      expect(MAY_IMPORT[room]).toEqual(['protocol', 'platform', 'journal', 'git'])
    }
    expect(MAY_IMPORT.host).toEqual(['protocol', 'platform'])
    expect(MAY_IMPORT.protocol).toEqual([])
  })
})

describe('rules', () => {
  test.for(Object.entries(PROBES).map(([path, { rule }]) => [rule, path] as const))(
    '%s fires (%s)',
    ([rule, path]) => {
      expect(fired.get(path)).toContain(rule)
    },
  )
})
