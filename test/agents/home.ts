/** A throw-away home, repository and workspace for an agent's files; made and removed around each test. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { LaunchRequest, ObserveContext } from '../../src/agents/agent.ts'
import { brief } from '../fixtures/brief.ts'

export { brief }

/** Real path of the directory that holds all of it. */
export let root: string
/** A person's environment, without a login. */
export let env: Record<string, string>

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-agents-')))
  for (const name of ['home', 'ws', 'repo', 'state', 'tmp', 'bin']) mkdirSync(join(root, name))
  env = { HOME: join(root, 'home'), PATH: `${join(root, 'bin')}:${process.env.PATH}` }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

export const put = (path: string, content: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
export const home = (name: string): string => join(root, 'home', name)
export const json = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>

export const request = (over: Partial<LaunchRequest> = {}): LaunchRequest => ({
  session: 's1',
  name: 'fix it',
  generation: 1,
  brief,
  workspace: join(root, 'ws'),
  repositoryRoot: join(root, 'repo'),
  stateDir: join(root, 'state'),
  tempDir: join(root, 'tmp'),
  prompt: 'do it',
  conversation: { id: 'c0ffee', resume: false },
  hooks: { port: 1234, token: 'tok' },
  approvals: [],
  env: { ...env, ANTHROPIC_API_KEY: 'sk-0123456789-abcdefghijklmnop' },
  installation: { path: '/opt/claude/claude', version: '2.1.329' },
  walled: true,
  ...over,
})

export const context = (conversation: string | null = null): ObserveContext => ({
  session: 's1',
  stateDir: join(root, 'state'),
  workspace: join(root, 'ws'),
  repositoryRoot: join(root, 'repo'),
  conversation,
  pid: null,
  env,
  now: 0,
})
