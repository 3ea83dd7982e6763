/** The configured merge driver: a program of the person's, on files that sessions made up. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Repository } from '../../src/git/index.ts'
import { mergeConfig } from '../../src/partition/index.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import type { Context } from '../../src/supervisor/context.ts'
import { commandLine, configuredDriver, driverOf } from '../../src/supervisor/trains/merge-driver.ts'
import type { RepositoryContext } from '../../src/supervisor/repositories.ts'
import type { DriverInput } from '../../src/train/merge/resolve.ts'
import { repositoryWith } from '../train/repository.ts'

let home: string
let repository: Repository
beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-driver-')))
  repository = await repositoryWith(join(home, 'repo'), { 'a.txt': 'a\n' })
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const files = (more: Partial<DriverInput> = {}): DriverInput => ({
  base: Buffer.from('base\n'),
  ours: Buffer.from('ours\n'),
  theirs: Buffer.from('theirs\n'),
  path: 'src/a.ts',
  markerSize: 7,
  ...more,
})

function parts(config: Record<string, unknown> = {}) {
  const env = { PATH: process.env.PATH, HOME: home, WORKTRAIN_WALLS: 'hooks' }
  const paths = pathsFrom({ ...env, WORKTRAIN_HOME: join(home, 'own') })
  mkdirSync(paths.state, { recursive: true })
  const ctx = {
    env,
    paths,
    now: Date.now,
    id: (prefix: string) => `${prefix}1`,
    stopping: new AbortController().signal,
  }
  const values = { ...mergeConfig(null, null, null).values, ...config }
  const repo = { repository, workspacesDir: join(home, 'worktrees'), config: values }
  return {
    ctx: ctx as unknown as Context,
    repo: repo as unknown as RepositoryContext,
    directory: join(home, 'drivers'),
  }
}

async function merge(command: string, input = files(), limitMs?: number): Promise<string | null> {
  const { ctx, repo, directory } = parts()
  const merged = await driverOf(ctx, repo, command, directory, limitMs).merge(input)
  expect(readdirSync(directory)).toEqual([])
  return merged?.toString() ?? null
}

it('gives it the three files, the path and the length of the markers, and takes what it leaves', async () => {
  const said = await merge('cat %O %B >> %A; echo %P %L 100%% >> %A')
  expect(said).toBe('ours\nbase\ntheirs\nsrc/a.ts 7 100%\n')
  expect(await merge('cat %O >> %A', files({ base: null }))).toBe('ours\n')
})

it('does not believe a driver that fails, leaves no file, a link or a pipe, or takes too long', async () => {
  writeFileSync(join(home, 'secret'), 'secret\n')
  for (const command of [
    'exit 1',
    'rm %A',
    `ln -sf ${join(home, 'secret')} %A`,
    'rm %A; mkfifo %A',
    'rm %A; mkdir %A',
  ])
    expect(await merge(command), command).toBe(null)
  expect(await merge('while :; do :; done', files(), 300)).toBe(null)
})

it('lets no name of a file be a command', async () => {
  const path = `x'; touch ${join(home, 'ran')}; echo '$(touch ${join(home, 'ran')})`
  expect(await merge('echo %P > %A', files({ path }))).toBe(`${path}\n`)
  expect(existsSync(join(home, 'ran'))).toBe(false)
  expect(commandLine('m %X %P %', { path: "a'b", markerSize: 7 })).toBe(`m %X 'a'\\''b' %`)
})

it('is there only where one is configured', () => {
  const { ctx, repo, directory } = parts()
  expect(configuredDriver(ctx, repo, directory)).toBe(null)
  const with_ = parts({ 'train.merge_driver': 'mergiraf merge --git %O %A %B -p %P' })
  expect(configuredDriver(ctx, with_.repo, directory)?.command).toContain('mergiraf')
})
