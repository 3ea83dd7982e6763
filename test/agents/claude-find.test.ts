/** Where Claude Code is, and how it is paid for. */
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { claude } from '../../src/agents/claude/index.ts'
import { findLogin } from '../../src/agents/claude/login.ts'
import { brief, env, home, put, root } from './home.ts'

describe('finding Claude Code', () => {
  const program = (says: string, name = 'claude') => {
    const path = join(root, 'bin', name)
    writeFileSync(path, `#!/bin/sh\necho '${says}'\n`)
    chmodSync(path, 0o755)
    return path
  }
  const find = (more: Record<string, string> = {}) =>
    claude.find(brief, { ...env, PATH: `${join(root, 'bin')}:/usr/bin:/bin`, ...more })

  test('on PATH, through links, with its version', async () => {
    symlinkSync(program('2.1.329 (Claude Code)', 'real'), join(root, 'bin', 'claude'))
    expect(await find()).toEqual({ path: join(root, 'bin', 'real'), version: '2.1.329' })
  })
  test('none on PATH', async () => {
    expect(await claude.find(brief, { ...env, PATH: join(root, 'bin') })).toBeNull()
  })
  test.each([
    ['too old', '2.1.99 (Claude Code)', /2\.1\.99; Worktrain needs 2\.1\.197/],
    ['something else', 'hello', /gave no version/],
  ])('%s', async (_, says, message) => {
    program(says)
    await expect(find()).rejects.toMatchObject({ code: 'AGENT_NOT_INSTALLED', message })
  })
  test('WORKTRAIN_CLAUDE wins, and must name a program', async () => {
    program('2.1.200')
    const other = program('2.1.300', 'other')
    expect(await find({ WORKTRAIN_CLAUDE: other })).toEqual({ path: other, version: '2.1.300' })
    await expect(find({ WORKTRAIN_CLAUDE: join(root, 'none') })).rejects.toMatchObject({
      code: 'AGENT_NOT_INSTALLED',
    })
  })
})

describe('login', () => {
  const oauth = '{"claudeAiOauth":{"accessToken":"a","refreshToken":"r"}}'
  test('none', async () => {
    expect(findLogin(env, 'linux')).toBeNull()
    expect(findLogin(env, 'darwin')).toEqual({ kind: 'keychain' })
    if (process.platform === 'linux')
      await expect(claude.ready({ path: '', version: '' }, env)).rejects.toMatchObject({
        code: 'AGENT_NOT_LOGGED_IN',
      })
  })
  test('of every kind', () => {
    const kind = (more: Record<string, string> = {}) => findLogin({ ...env, ...more }, 'linux')?.kind
    expect(kind({ ANTHROPIC_API_KEY: 'k' })).toBe('key')
    expect(kind({ ANTHROPIC_AUTH_TOKEN: 't' })).toBe('environment')
    expect(kind({ CLAUDE_CODE_OAUTH_TOKEN: 't' })).toBe('environment')
    expect(kind({ CLAUDE_CODE_USE_BEDROCK: '1' })).toBe('environment')
    put(home('.claude.json'), '{"primaryApiKey":"k"}')
    expect(kind()).toBe('state')
    put(home('.claude/.credentials.json'), oauth)
    expect(kind()).toBe('file')
    put(home('.claude/settings.json'), '{"apiKeyHelper":"/bin/key"}')
    expect(kind()).toBe('helper')
    put(home('.claude/settings.json'), '{"env":{"ANTHROPIC_API_KEY":"k"}}')
    expect(kind()).toBe('key')
  })
  test('in the directory the person uses', () => {
    const own = { ...env, CLAUDE_CONFIG_DIR: join(root, 'own') }
    put(home('.claude/.credentials.json'), oauth)
    expect(findLogin(own, 'linux')).toBeNull()
    put(join(root, 'own/.credentials.json'), oauth)
    expect(findLogin(own, 'linux')).toEqual({ kind: 'file' })
  })
})
