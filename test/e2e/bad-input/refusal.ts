/** What every refusal must be: coded, helpful in text and in JSON, and without a trace. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ERRORS, type ErrorBody, type ErrorCode } from '../../../src/protocol/errors.ts'
import type { World } from '../../fixtures/world.ts'

/** Everything a half-made session could leave behind. The supervisor must run. */
export async function footprint(world: World, repo = world.repo): Promise<Record<string, unknown>> {
  const sessions = await world.client.call('sessions', { repo: null, all: true })
  const state = join(world.dir, 'wt/state/sessions')
  return {
    sessions: sessions.map((s) => [s.name, s.stage, s.branch]),
    sessionState: existsSync(state) ? readdirSync(state) : [],
    directories: readdirSync(world.dir),
    workspaces: [`${repo}.worktrees`, join(world.dir, 'shop.worktrees')].map((d) =>
      existsSync(d) ? readdirSync(d) : null,
    ),
    ...(existsSync(join(repo, '.git')) ? gitFootprint(world, repo) : {}),
  }
}

/** Refs, worktree entries, configuration, locks and the state of the person's checkout. */
function gitFootprint(world: World, repo: string): Record<string, unknown> {
  const dir = join(repo, '.git')
  const names = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    // Objects nobody names are no trace, and the mutex is a file that stays.
    .filter((name) => !/^(objects|logs|worktrain)\//.test(name))
  return {
    files: names.sort(),
    contents: names
      .filter(
        (name) => /^(refs|worktrees)\/|^(HEAD|config|packed-refs)$/.test(name) && !name.endsWith('index'),
      )
      .map((name) => [name, readFileSync(join(dir, name), 'utf8')]),
    status: world.git(['status', '--porcelain', '--branch'], repo),
  }
}

/** Text as it was before it was wrapped to the terminal's width. */
export const unwrapped = (text: string): string => text.replace(/\s+/g, ' ')

export interface Expected {
  code: ErrorCode
  /** Words of the message. */
  says: string
  /** Words of the hint. */
  hint: string
  cwd?: string
  /** The repository whose footprint is compared; the world's when not given. */
  repo?: string
}

/** Codes whose JSON was looked at: once for each is enough, the form is the same for all messages. */
const seen = new Set<ErrorCode>()

/** Runs a command that must be refused, as text and as JSON; nothing may be different afterwards. */
export async function refused(world: World, args: string[], expected: Expected): Promise<void> {
  const { code, says, hint, cwd = world.repo } = expected
  const before = await footprint(world, expected.repo)
  const { stdout, stderr, code: exit } = await world.cli(args, { cwd })
  const text = unwrapped(stderr)
  expect(text).toContain(`(${code})`)
  expect(text).toContain(unwrapped(says))
  expect(text).toContain(unwrapped(hint))
  expect(stderr).not.toMatch(/\n\s+at .*:\d+/)
  expect(stdout).toBe('')
  expect(exit).toBe(ERRORS[code].exit)
  if (!seen.has(code)) {
    seen.add(code)
    const [command = '', ...rest] = args
    const json = await world.cli([command, '--json', ...rest], { cwd })
    const { error } = JSON.parse(json.stdout) as { error: ErrorBody }
    expect(error.code).toBe(code)
    expect(error.message).toContain(says)
    expect(error.hint).toContain(hint)
    expect(json.code).toBe(exit)
  }
  expect(await footprint(world, expected.repo)).toEqual(before)
}

/** The command of a session that commits one file and ends. */
export const commits = (file: string): string[] => [
  '/bin/sh',
  '-c',
  `echo ${file} > ${file} && git add -A && git commit -qm "Add ${file}"`,
]

/** A session is started as it should be, does its work and hands off. */
export async function works(world: World, name: string, options: string[] = [], cwd?: string) {
  const started = await world.cli(
    ['run', 'Do it', '--name', name, '--check', 'true', ...options, '--', ...commits(`${name}.txt`)],
    cwd ? { cwd } : {},
  )
  expect(started.code, started.stderr).toBe(0)
  const done = await world.until(name, (s) => s.stage === 'handed-off', 'hands off')
  expect(done.head).not.toBe(done.base.oid)
  return { done, text: started.stdout }
}

/** A session that has run a script in its workspace and stays. Its title says when it has. */
export async function stays(world: World, name: string, script = 'true'): Promise<void> {
  const text = `${script}; ${String.raw`printf "\033]0;has begun\007"`}; exec sleep 1000`
  await world.cli(['run', 'Go on', '--name', name, '--', '/bin/sh', '-c', text])
  await world.until(name, (s) => s.activity.evidence.includes('has begun'), 'has begun')
}
