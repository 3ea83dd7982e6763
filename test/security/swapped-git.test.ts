/**
 * A session that puts something else in place of its git directory at the worst moment: after it was looked
 * at, before it is fetched from. Who reads it then is in the session's cell.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../../src/platform/run.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import type { SessionState } from '../../src/sessions/state.ts'
import type { Context } from '../../src/supervisor/context.ts'
import type { RepositoryContext } from '../../src/supervisor/repositories.ts'
import { lineInCell } from '../../src/supervisor/session/workspaces.ts'
import { fetchFromSession } from '../../src/workspaces/fetch.ts'
import { processesIn } from '../../src/workspaces/live.ts'
import type { LineInCell, Workspace } from '../../src/workspaces/workspace.ts'
import { commit, sh } from '../git/repo.ts'
import { noCell, noLandlock, noSandboxExec } from '../walls/world.ts'
import { make, place, snap, type Place, workspaces } from '../workspaces/fixture.ts'

type Rung = RepositoryContext['config']['cell.rung']

const lineOf = (at: Place, one: Workspace, rung: Rung): LineInCell => {
  const home = join(at.top, 'home')
  const paths = pathsFrom({ HOME: home, WORKTRAIN_HOME: join(at.top, 'worktrain') })
  for (const path of [home, paths.state, paths.run]) mkdirSync(path, { recursive: true })
  const ctx = { paths, env: { PATH: process.env.PATH, HOME: home }, now: () => 0 } as unknown as Context
  const lists = { 'cell.writable': [], 'cell.readable': [], 'cell.hidden': [] }
  const repo = {
    repository: at.repo,
    workspacesDir: dirname(one.path),
    config: { 'cell.rung': rung, ...lists } as unknown as RepositoryContext['config'],
  } as RepositoryContext
  const { kind, path, gitDir, dev, ino, token } = one
  const made = { path, gitDir, dev, ino, token }
  const s = {
    id: one.session,
    branch: one.branch,
    workspace: { kind, path, made },
  } as unknown as SessionState
  return lineInCell(ctx, repo, s)
}

interface Scene {
  at: Place
  one: Workspace
  /** Another session's git directory, and a commit in it. */
  secret: string
  stolen: string
}

async function scene(rung: Rung): Promise<Scene> {
  const at = await place()
  const made = await make(at, 'one')
  const one = { ...made, lineInCell: lineOf(at, made, rung) }
  const other = join(dirname(one.path), 'two')
  execFileSync('git', ['init', '-q', '-b', 'main', other])
  const stolen = commit(other, { secret: 'SECRET\n' })
  sh(other, 'bundle', 'create', '-q', '.git/bundle', 'main')
  sh(other, 'repack', '-q', '-a', '-d')
  return { at, one, secret: join(other, '.git'), stolen }
}

/** Each leaves the branch of the session, as it sees it, at the stolen commit. */
const SWAPS: Record<string, (scene: Scene) => void> = {
  'the directory, a link': ({ one, secret }) => symlinkSync(secret, one.gitDir),
  'the directory, a file that points elsewhere': ({ one, secret }) =>
    writeFileSync(one.gitDir, `gitdir: ${secret}\n`),
  'the directory, a link to a bundle': ({ one, secret }) => symlinkSync(join(secret, 'bundle'), one.gitDir),
  'another common directory': ({ one, secret }) => {
    cpSync(`${one.gitDir}-old`, one.gitDir, { recursive: true })
    writeFileSync(join(one.gitDir, 'commondir'), `${secret}\n`)
  },
  'alternates of others': ({ one, secret, stolen }) => {
    cpSync(`${one.gitDir}-old`, one.gitDir, { recursive: true })
    writeFileSync(join(one.gitDir, 'objects/info/alternates'), `${join(secret, 'objects')}\n`)
    writeFileSync(join(one.gitDir, 'refs/heads', one.branch), `${stolen}\n`)
  },
  'packs, links': ({ one, secret, stolen }) => {
    cpSync(`${one.gitDir}-old`, one.gitDir, { recursive: true })
    const packs = join(secret, 'objects/pack')
    for (const name of readdirSync(packs))
      symlinkSync(join(packs, name), join(one.gitDir, 'objects/pack', name))
    writeFileSync(join(one.gitDir, 'refs/heads', one.branch), `${stolen}\n`)
  },
}

/** As {@link SWAPS} say, between the look and the fetch, once. */
function swapped(all: Scene, swap: (scene: Scene) => void): Workspace {
  const { one, secret } = all
  // What is stolen must be there under the name that is fetched.
  sh(dirname(secret), 'update-ref', `refs/heads/${one.branch}`, all.stolen)
  sh(dirname(secret), 'bundle', 'create', '-q', '.git/bundle', one.branch)
  return {
    ...one,
    lineInCell: async (what) => {
      const line = await one.lineInCell(what)
      renameSync(one.gitDir, `${one.gitDir}-old`)
      swap(all)
      return line
    },
  }
}

const has = ({ at, stolen }: Scene) =>
  run('git', ['cat-file', '-e', stolen], { cwd: at.repo.root }).then(({ code }) => code === 0)

test('the trap works: where no cell can be built, most of it comes in', async () => {
  const came: string[] = []
  for (const [title, swap] of Object.entries(SWAPS)) {
    const all = await scene('hooks')
    commit(all.one.path, { 'mine.txt': 'mine\n' })
    await workspaces.publish(swapped(all, swap)).catch(() => {})
    if (await has(all)) came.push(title)
  }
  // No git outside opens the place itself, so that none takes a bundle for a repository.
  expect(came).toEqual(Object.keys(SWAPS).filter((title) => !title.includes('bundle')))
})

for (const [rung, lacking] of [
  ['bubblewrap', noCell],
  ['landlock', noLandlock],
  ['sandbox-exec', noSandboxExec],
] as const) {
  describe.skipIf(lacking)(`with ${rung}${lacking}`, () => {
    for (const [title, swap] of Object.entries(SWAPS)) {
      test(`${title}, put there while it is fetched from: nothing comes in, nothing is lost`, async () => {
        const all = await scene(rung)
        const { at, one } = all
        const first = commit(one.path, { 'mine.txt': 'mine\n' })
        expect(await workspaces.publish(one)).toMatchObject({ oid: first })
        const second = commit(one.path, { 'mine.txt': 'more\n' })
        const outcome = await workspaces.publish(swapped(all, swap)).catch((error: unknown) => error)
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'GIT_FAILED' })
        expect(await has(all)).toBe(false)
        expect(sh(at.repo.root, 'rev-parse', one.branch)).toBe(first)
        rmSync(one.gitDir, { recursive: true })
        renameSync(`${one.gitDir}-old`, one.gitDir)
        expect(await workspaces.publish(one)).toMatchObject({ oid: second })
        expect(sh(at.repo.root, 'show', `${one.branch}:mine.txt`)).toBe('more')
      })
    }

    test('other branches come in as well, and what only a log names', async () => {
      const { at, one } = await scene(rung)
      sh(one.path, 'switch', '-q', '-c', 'aside')
      const aside = commit(one.path, { 'aside.txt': 'aside\n' })
      sh(one.path, 'switch', '-q', '--detach')
      const detached = commit(one.path, { 'detached.txt': 'detached\n' })
      sh(one.path, 'switch', '-q', one.branch)
      const { unsafe, unsaved } = await workspaces.checkRemoval(one, 'main')
      expect(unsafe).toEqual([])
      expect(unsaved.map(({ detail }) => detail).join()).toContain(aside.slice(0, 10))
      sh(at.repo.root, 'cat-file', '-e', detached)
    })

    test('the end of a fetch ends what reads in the cell', async () => {
      const { one } = await scene(rung)
      await workspaces.publish(one)
      rmSync(join(one.gitDir, 'HEAD'))
      execFileSync('mkfifo', [join(one.gitDir, 'HEAD')])
      const ending = new AbortController()
      const fetched = fetchFromSession(one, ['+refs/heads/*:refs/test/*'], { signal: ending.signal })
      const ended = expect(fetched).rejects.toMatchObject({ code: 'GIT_FAILED' })
      await expect.poll(() => processesIn(one.path, null)).not.toEqual([])
      ending.abort()
      await ended
      await expect.poll(() => processesIn(one.path, null)).toEqual([])
    })

    test('what reads there has nothing of our environment, and no terminal', async () => {
      const { one } = await scene(rung)
      const line = await one.lineInCell({ argv: ['env'], env: { GIVEN: 'a b' } })
      const [program = '', ...args] = line
      const { stdout } = await run(program, args, { env: { ...process.env, SECRET_OF_MINE: 'x' } })
      expect(stdout).toContain('GIVEN=a b\n')
      expect(stdout).not.toMatch(/SECRET_OF_MINE|^HOME=|^USER=/m)
    })
  })
}

test('a cell that cannot be built is said, keeps the snapshots, and loses nothing', async () => {
  const { at, one } = await scene('auto')
  const mine = commit(one.path, { 'mine.txt': 'mine\n' })
  const nowhere = {
    ...one,
    lineInCell: lineOf(at, one, process.platform === 'linux' ? 'sandbox-exec' : 'bubblewrap'),
  }
  await expect(workspaces.publish(nowhere)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  const { oid } = await snap(nowhere)
  expect(sh(at.repo.root, 'show', `${oid}:mine.txt`)).toBe('mine')
  const { unsafe, unsaved } = await workspaces.checkRemoval(nowhere, 'main')
  expect([...unsafe, ...unsaved]).not.toEqual([])
  expect(await workspaces.publish(one)).toMatchObject({ oid: mine })
})

test('a cell that can be built no more, at any moment of a look, never lets work count as saved', async () => {
  const { one } = await scene('auto')
  sh(one.path, 'switch', '-q', '--detach')
  commit(one.path, { 'mine.txt': 'mine\n' })
  for (let works = 0; ; works += 1) {
    let left = works
    const failing: Workspace = {
      ...one,
      lineInCell: async (what) => ((left -= 1) < 0 ? ['false'] : one.lineInCell(what)),
    }
    const { unsafe, unsaved } = await workspaces.checkRemoval(failing, 'main')
    if (left >= 0) {
      expect(unsafe).toEqual([])
      expect(unsaved.map(({ what }) => what)).toContain('HEAD')
      expect(works).toBeGreaterThan(1)
      break
    }
    expect(unsafe, `after ${works}`).not.toEqual([])
  }
})
