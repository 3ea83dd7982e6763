/** What must hold of the whole tree. */
import { describe, expect, test } from 'vitest'
import { MAY_IMPORT, forbiddenRooms } from '../../oxlint.config.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { helpOf } from '../../src/cli/program.ts'
import { cliReference } from '../../src/cli/reference.ts'
import { ERRORS } from '../../src/protocol/errors.ts'
import { VERSION } from '../../src/protocol/version.ts'
import { filesOf, textOf } from './tree.ts'

const sources = filesOf('src').filter((path) => path.endsWith('.ts'))
const rooms = [...new Set(sources.map((path) => path.split('/')[1] ?? ''))]

interface Lockfile {
  packages: Record<
    string,
    { dev?: boolean; devOptional?: boolean; hasInstallScript?: boolean; resolved?: string }
  >
}
const lockfile = JSON.parse(textOf('package-lock.json')) as Lockfile

describe('sources', () => {
  const LONGEST = 300

  test(`no file has more than ${LONGEST} lines`, () => {
    const long = sources.filter((path) => textOf(path).split('\n').length - 1 > LONGEST)
    expect(long).toEqual([])
  })

  test('every room is in the table of directions', () => {
    expect(rooms.filter((room) => !(room in MAY_IMPORT))).toEqual([])
  })

  test('dynamic imports keep to the directions too, which the linter does not see', () => {
    const crossed = sources.flatMap((path) => {
      const forbidden = forbiddenRooms(path.split('/')[1] ?? '')
      const targets = [...textOf(path).matchAll(/import\(\s*['"](?:\.\.\/)+([a-z]+)\//g)].map(
        (match) => match[1] ?? '',
      )
      return targets.filter((room) => forbidden.includes(room)).map((room) => `${path} -> ${room}`)
    })
    expect(crossed).toEqual([])
  })

  test('nothing is left for later', () => {
    // Put together, so that this file does not find itself.
    const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`)
    expect(
      filesOf('src', 'test', 'scripts', 'bin', 'bench').filter((path) => marks.test(textOf(path))),
    ).toEqual([])
  })
})

describe('tests', () => {
  test('no test sleeps: it waits for an event', () => {
    const sleep =
      /await\s+(?:new Promise(?:<\w+>)?\(\s*\(?(\w+)\)?\s*=>\s*(?:void\s+)?setTimeout\(\s*\1\b|(?:delay|sleep|setTimeout)\(\s*\d)/
    // Looking again and again until a deadline is allowed, where nothing tells of the event.
    const looking = /\b(?:for|while)\b/
    const guilty = filesOf('test')
      .filter((path) => path.endsWith('.test.ts') && !path.startsWith('test/quality/'))
      .flatMap((path) => {
        const text = textOf(path).split('\n')
        return text.flatMap((line, i) =>
          sleep.test(line) && !looking.test(text.slice(Math.max(0, i - 3), i + 1).join('\n'))
            ? [`${path}:${i + 1}`]
            : [],
        )
      })
    expect(guilty).toEqual([])
  })

  test('no test is switched off without saying so in its name or by a condition', () => {
    const off = /\b(?:test|it|describe)\.(?:skip|todo)\(/
    expect(filesOf('test').filter((path) => path.endsWith('.test.ts') && off.test(textOf(path)))).toEqual([])
  })
})

describe('privacy and supply', () => {
  test('no path of a machine and no private registry', () => {
    const own = new RegExp(
      `(?<![\\w.-])/(?:${'wo' + 'rk'}|home/(?!(?:me|you|user|pat|u)\\b)[a-z]+|Users/(?!(?:me|you|user)\\b)[a-z]+)/|${'artifact' + 'ory'}|${'code' + 'artifact'}`,
    )
    const shown = filesOf().filter((path) => !/\.(png|jpg|db)$/.test(path))
    expect(shown.filter((path) => own.test(textOf(path)))).toEqual([])
  })

  test('the lockfile names no registry but the public one', () => {
    const elsewhere = Object.values(lockfile.packages).filter(
      ({ resolved }) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'),
    )
    expect(elsewhere).toEqual([])
  })

  test('no runtime dependency runs a script when it is installed', () => {
    const scripted = Object.entries(lockfile.packages).filter(
      ([, entry]) => entry.hasInstallScript && !entry.dev,
    )
    expect(scripted.map(([path]) => path)).toEqual([])
  })

  test('dependencies are pinned exactly', () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<
      string,
      Record<string, string>
    >
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    )
    expect(loose).toEqual([])
  })

  test('package.json and the program have the same version', () => {
    expect((JSON.parse(textOf('package.json')) as { version: string }).version).toBe(VERSION)
  })
})

describe('errors', () => {
  const code = [...sources.filter((path) => path !== 'src/protocol/errors.ts'), 'bin/worktrain.mjs']
    .map(textOf)
    .join('\n')

  test.for(Object.keys(ERRORS))('%s is raised somewhere', (name) => {
    expect(new RegExp(`['"\`]${name}['"\`:]|\\b${name}:`).test(code)).toBe(true)
  })

  test('every command that a hint names exists', () => {
    const names = new Set(COMMANDS.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]))
    const named = Object.values(ERRORS).flatMap(({ hint }) =>
      [...hint.matchAll(/worktrain ([a-z]+)/g)].map((match) => match[1] ?? ''),
    )
    expect(named.filter((name) => !names.has(name))).toEqual([])
  })
})

describe('help', () => {
  test.for(COMMANDS.map(({ name }) => name))(
    'worktrain %s --help says what it does, with an example',
    (name) => {
      const help = helpOf(name)
      expect(help).toContain(`Usage: worktrain ${name}`)
      expect(help).toMatch(new RegExp(`Examples:\\n(.*\\n)*  (.* (?:\\||--) )?worktrain ${name}`))
      for (const option of ['--json', '--repo <DIR>', '--help']) expect(help).toContain(option)
    },
  )

  test('docs/reference/cli.md is what the code makes (npm run reference)', () => {
    expect(textOf('docs/reference/cli.md')).toBe(cliReference())
  })
})

describe('ARCHITECTURE.md', () => {
  const text = textOf('ARCHITECTURE.md')

  test.for(rooms)('names %s', (room) => {
    expect(text).toContain(`| \`${room}\` |`)
  })

  test('names no room that does not exist', () => {
    const table = text.slice(text.indexOf('## Rooms'), text.indexOf('Capability rooms'))
    const named = [...table.matchAll(/^\| `([a-z]+)` \|/gm)].map((match) => match[1] ?? '')
    expect(named.filter((room) => !rooms.includes(room))).toEqual([])
  })
})
