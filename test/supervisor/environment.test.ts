import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openRepository } from '../../src/git/index.ts'
import { detectTools } from '../../src/partition/detect.ts'
import { mergeConfig, parseConfig } from '../../src/partition/index.ts'
import { runBounded } from '../../src/platform/bounded.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import type { Context } from '../../src/supervisor/context.ts'
import { askTools, environmentOf, fingerprint } from '../../src/supervisor/trains/environment.ts'
import type { RepositoryContext } from '../../src/supervisor/repositories.ts'
import type { RunCheck } from '../../src/train/ports.ts'
import { repositoryWith } from '../train/repository.ts'

const never = new AbortController().signal
let home: string
let now: number
let ran: string[]
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-environment-')))
  now = 1_000_000
  ran = []
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const run: RunCheck = async ({ command, ...options }) => {
  ran.push(command)
  const { code, ...ended } = await runBounded('/bin/sh', ['-c', command], {
    ...options,
    env: { PATH: process.env.PATH ?? '', WORKTRAIN_TEST_TOOLS: String(process.pid) },
    marker: `WORKTRAIN_TEST_TOOLS=${process.pid}`,
    outputBytes: 1024 ** 2,
  })
  return { exit: code, ...ended }
}

let directories = 0
const asker = (more: Partial<Parameters<typeof askTools>[0]> = {}) =>
  askTools({ run, directory: () => join(home, 'tools', String(directories++)), now: () => now, ...more })

describe('tools', () => {
  test('are asked in an empty directory, which goes away', async () => {
    const ask = asker()
    expect(
      await ask(['ls -A; pwd', 'node --version', 'no-such-tool-7', 'echo bad >&2; exit 3'], never),
    ).toEqual([expect.stringContaining(join(home, 'tools')) as string, process.version, 'exit 127', 'exit 3'])
    expect(readdirSync(join(home, 'tools'))).toEqual([])
  })

  test('are asked again after a minute, and once by several at the same time', async () => {
    const ask = asker()
    writeFileSync(join(home, 'version'), '1')
    const command = `cat ${home}/version`
    expect(await Promise.all([ask([command], never), ask([command], never)])).toEqual([['1'], ['1']])
    writeFileSync(join(home, 'version'), '2')
    now += 59_999
    expect(await ask([command], never)).toEqual(['1'])
    now += 1
    expect(await ask([command], never)).toEqual(['2'])
    expect(ran).toHaveLength(2)
  })

  test('that answer too late keep their last answer', async () => {
    let timedOut = true
    const slow: RunCheck = async ({ onOutput }) => {
      onOutput(Buffer.from('7\n'), 'stdout')
      return { exit: timedOut ? null : 0, signal: null, timedOut }
    }
    const ask = asker({ run: slow })
    expect(await ask(['slow'], never)).toEqual(['no answer'])
    timedOut = false
    now += 60_000
    expect(await ask(['slow'], never)).toEqual(['7'])
    timedOut = true
    now += 60_000
    expect(await ask(['slow'], never)).toEqual(['7'])
  })

  test('that print without end are cut', async () => {
    const [answer = ''] = await asker()(['head -c 1000000 /dev/zero | tr "\\0" x'], never)
    expect(answer).toBe('x'.repeat(16 * 1024))
  })

  test('that cannot be asked at all are asked again the next time', async () => {
    let broken = true
    const ask = asker({ run: (options) => (broken ? Promise.reject(new Error('no cell')) : run(options)) })
    await expect(ask(['echo 1'], never)).rejects.toThrow('no cell')
    broken = false
    expect(await ask(['echo 1'], never)).toEqual(['1'])
    expect(readdirSync(join(home, 'tools'))).toEqual([])
  })

  test.each([
    [[], []],
    [['package.json'], ['node --version', 'npm --version']],
    [
      ['package.json', 'pnpm-lock.yaml'],
      ['node --version', 'pnpm --version'],
    ],
    [
      ['package.json', 'yarn.lock', 'Cargo.toml'],
      ['node --version', 'cargo --version', 'rustc --version', 'yarn --version'],
    ],
    [['go.mod'], ['go version']],
    [['pyproject.toml', 'setup.py'], ['python3 --version']],
    [['setup.py'], ['python3 --version']],
  ])('of %j', (files, expected) => {
    expect(detectTools(new Set(files))).toEqual(['git --version', ...expected])
  })
})

test('the hash is of the lines, in their order', () => {
  const lines = [
    ['a', '1'],
    ['b', '2'],
  ] as const
  const { hash } = fingerprint(lines)
  expect(hash).toMatch(/^[0-9a-f]{16}$/)
  expect(fingerprint(lines)).toEqual({ hash, lines: ['a: 1', 'b: 2'] })
  const others = [[...lines].toReversed(), [lines[0]], [['a', '1\nb: 2']] as const].map(
    (other) => fingerprint(other).hash,
  )
  expect(new Set([hash, ...others]).size).toBe(4)
})

describe.each(['hooks', 'auto'])('an environment behind %s', (walls) => {
  async function place(config: string) {
    const repository = await repositoryWith(join(home, 'repo'), { 'package.json': '{}' })
    const { values } = mergeConfig(null, parseConfig(config, 'c'), null)
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      WORKTRAIN_WALLS: walls === 'auto' ? '' : walls,
      LANG: 'C',
    }
    const paths = pathsFrom({ ...env, WORKTRAIN_HOME: join(home, 'own') })
    mkdirSync(paths.state, { recursive: true })
    let ids = 0
    const ctx = { env, paths, now: () => now, id: (prefix: string) => `${prefix}${ids++}`, stopping: never }
    const repo = {
      repository: await openRepository(repository.root),
      own: { names: async () => new Set(readdirSync(repository.root)) },
      workspacesDir: join(home, 'worktrees'),
      config: values,
      trainSetup: () => values.setup,
    }
    const stateDir = join(paths.state, 'train')
    const environment = environmentOf(
      ctx as unknown as Context,
      async () => repo as unknown as RepositoryContext,
      stateDir,
    )
    return { environment, repo, stateDir }
  }

  test('tells the tools that were found, and changes with what decides', async () => {
    const { environment, repo, stateDir } = await place('setup = ["npm ci"]\nchecks = ["npm test"]')
    const first = await environment()
    expect(first.lines).toEqual([
      expect.stringMatching(/^system: \S+ \S+ \S+/),
      walls === 'hooks' ? 'walls: hooks' : expect.stringMatching(/^walls: [a-z-]+$/),
      'LANG: C',
      'setup: npm ci',
      expect.stringMatching(/^checks: [0-9a-f]{16}$/),
      expect.stringMatching(/^git --version: git version \d/),
      // The cell may show another one than we run with, or none.
      expect.stringMatching(/^node --version: (v\d|exit)/),
      expect.stringMatching(/^npm --version: (\d|exit)/),
    ])
    expect(await environment()).toEqual(first)
    // At once, without waiting for the minute.
    repo.config.setup = ['npm ci --ignore-scripts']
    const second = await environment()
    repo.config.checks[0]!.timeoutMs = 5000
    const third = await environment()
    repo.config['cell.hidden'] = ['/somewhere']
    const fourth = await environment()
    repo.config['train.tools'] = ['echo mine']
    const fifth = await environment()
    expect(fifth.lines.slice(-1)).toEqual(['echo mine: mine'])
    expect(new Set([first, second, third, fourth, fifth].map(({ hash }) => hash)).size).toBe(5)
    expect(existsSync(stateDir) ? readdirSync(join(stateDir, 'tools')) : []).toEqual([])
  })
})
