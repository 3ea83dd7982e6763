/** An agent that is not known, not installed, or not logged in. */
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { claude, claudeTitle } from '../../fixtures/claude.ts'
import { createWorld, writeFiles, type World } from '../../fixtures/world.ts'
import { refused, works } from './refusal.ts'

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** This machine's PATH without Claude Code, should it be installed; what else is needed is linked in `bin`. */
function pathWithoutClaude(bin: string): string {
  const places = (process.env.PATH ?? '').split(delimiter)
  for (const name of ['git', 'sh', 'bwrap']) {
    const found = places.map((place) => join(place, name)).find(isProgram)
    if (found) symlinkSync(found, join(bin, name))
  }
  return [bin, ...places.filter((place) => !isProgram(join(place, 'claude')))].join(delimiter)
}

describe('with no Claude Code on PATH', () => {
  let world: World
  const bin = mkdtempSync(join(tmpdir(), 'wt-bin-'))
  beforeAll(async () => {
    world = await createWorld({ env: { PATH: pathWithoutClaude(bin) } })
    await world.cli(['ls'])
  })
  afterAll(async () => {
    await world.close()
    rmSync(bin, { recursive: true })
  })

  test.each<[string, string[], Parameters<typeof refused>[2]]>([
    [
      'an unknown agent',
      ['run', 'Do it', '--agent', 'gemini'],
      { code: 'AGENT_UNKNOWN', says: 'no agent "gemini". Known: claude, command', hint: '--agent claude' },
    ],
    [
      'an agent that is not installed',
      ['run', 'Do it'],
      { code: 'AGENT_NOT_INSTALLED', says: 'Claude Code was not found', hint: 'worktrain daemon restart' },
    ],
    [
      'no program for the command agent',
      ['run', 'Do it', '--agent', 'command'],
      { code: 'USAGE', says: 'needs the program after `--`', hint: 'run --help' },
    ],
    [
      'a program for an agent that takes none',
      ['run', 'Do it', '--agent', 'claude', '--', 'true'],
      { code: 'USAGE', says: 'for --agent command, not for claude', hint: 'run --help' },
    ],
    [
      'a program that is not on PATH',
      ['run', 'Do it', '--', 'no-such-program'],
      { code: 'AGENT_NOT_INSTALLED', says: 'no program "no-such-program"', hint: 'Correct the command' },
    ],
    [
      'a program path that is not there',
      ['run', 'Do it', '--', '/no/such/program'],
      { code: 'AGENT_NOT_INSTALLED', says: '"/no/such/program"', hint: 'Correct the command' },
    ],
  ])('%s is refused', async (_title, args, expected) => {
    await refused(world, args, expected)
  })

  test('a program that is there works', async () => {
    await works(world, 'fine')
  })

  test('doctor says which agents are here', async () => {
    const { stdout, code } = await world.cli(['doctor'])
    expect(stdout).toMatch(/claude\s+not installed/)
    expect(code).toBe(0)
  })
})

describe('with a program that is not Claude Code, or too old', () => {
  let world: World
  afterEach(() => world.close())
  test.each<[string, string, Parameters<typeof refused>[2]]>([
    ['names nothing', '', { code: 'AGENT_NOT_INSTALLED', says: 'is no program', hint: 'WORKTRAIN_CLAUDE' }],
    [
      'prints no version',
      '#!/bin/sh\necho hello\n',
      { code: 'AGENT_NOT_INSTALLED', says: 'gave no version', hint: 'Install Claude Code' },
    ],
    [
      'is too old',
      '#!/bin/sh\necho "1.0.3 (Claude Code)"\n',
      { code: 'AGENT_NOT_INSTALLED', says: 'is Claude Code 1.0.3', hint: 'claude update' },
    ],
  ])('%s', async (_title, script, expected) => {
    world = await createWorld()
    const path = join(world.home, 'claude')
    world.env.WORKTRAIN_CLAUDE = path
    if (script !== '') writeFiles(world.home, { claude: script })
    if (script !== '') chmodSync(path, 0o755)
    await world.cli(['ls'])
    await refused(world, ['run', 'Do it'], expected)
  })
})

describe.skipIf(!claude)(claudeTitle, () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ env: { WORKTRAIN_CLAUDE: claude?.path ?? '' } })
    await world.cli(['ls'])
  })
  afterAll(() => world.close())

  test('without a login it is refused, and with one it starts', async () => {
    await refused(world, ['run', 'Do it', '--name', 'in'], {
      code: 'AGENT_NOT_LOGGED_IN',
      says: 'neither a key in the environment nor credentials in',
      hint: 'Start `claude` once by itself and log in',
    })
    // Logged in since: no restart is needed for what is on disk. Nobody answers at this address.
    mkdirSync(join(world.home, '.claude'))
    writeFiles(world.home, {
      '.claude/settings.json': JSON.stringify({
        env: { ANTHROPIC_API_KEY: 'sk-fake-key-for-tests-only', ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' },
      }),
    })
    const { code, stderr } = await world.cli(['run', 'Do it', '--name', 'in'])
    expect([code, stderr]).toEqual([0, ''])
    await world.until('in', (s) => s.process.state === 'running', 'runs')
  })
})
