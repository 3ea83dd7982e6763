import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RemovalCheck, Workspace } from '../../src/workspaces/workspace.ts'
import { commit, sh, write, repository } from '../git/repo.ts'
import { KINDS, agent, make, place, trashOptions, workspaces } from './fixture.ts'

const check = (workspace: Workspace) => workspaces.checkRemoval(workspace, 'main')
const NOTHING: RemovalCheck = { unsafe: [], unsaved: [] }
const whats = async (workspace: Workspace) => (await check(workspace)).unsaved.map((each) => each.what)

/** Runs the command that the check offers, as the person would. */
function save(command: string): void {
  execFileSync('sh', ['-c', command], { stdio: 'pipe' })
}

describe('work that is not saved', () => {
  for (const kind of KINDS) {
    test(`is named, and the offered command saves it (${kind})`, async () => {
      const at = await place("it's a repo")
      const one = await make(at, 'one', kind)
      expect(await check(one)).toEqual(NOTHING)
      commit(one.path, { x: '1' })
      write(one.path, { untracked: 'u', 'README.md': 'edited\n' })
      const { unsafe, unsaved } = await check(one)
      expect(unsafe).toEqual([])
      expect(unsaved.map((each) => each.what)).toEqual(['uncommitted changes', 'branch'])
      expect(unsaved[0]?.detail).toBe('README.md, untracked')
      for (const each of unsaved) save(each.save)
      expect(await check(one)).toEqual(NOTHING)
      write(one.path, { untracked: 'again' })
      expect(await whats(one)).toEqual(['uncommitted changes'])
    })

    test(`is not what landed: merged, squashed, rebased, fast-forwarded (${kind})`, async () => {
      const at = await place()
      const ways: ((branch: string) => void)[] = [
        (branch) => sh(at.repo.root, 'merge', '-q', '--no-ff', '--no-edit', branch),
        (branch) => {
          sh(at.repo.root, 'merge', '-q', '--squash', branch)
          sh(at.repo.root, 'commit', '-q', '-m', 'squash')
        },
        (branch) => sh(at.repo.root, 'cherry-pick', `main..${branch}`),
      ]
      for (const [n, way] of ways.entries()) {
        const one = await make(at, `w${n}`, kind)
        commit(one.path, { [`f${n}`]: '1' })
        commit(one.path, { [`f${n}`]: '2' })
        commit(at.repo.root, { [`other${n}`]: 'main moves on' })
        await workspaces.publish(one)
        expect(await whats(one)).toEqual(['branch'])
        way(one.branch)
        expect(await check(one)).toEqual(NOTHING)
      }
      const last = await make(at, 'last', kind)
      commit(last.path, { last: '1' })
      await workspaces.publish(last)
      sh(at.repo.root, 'merge', '-q', '--ff-only', last.branch)
      expect(await check(last)).toEqual(NOTHING)
    })
  }

  test('may stand in other branches, a stash, a detached HEAD', async () => {
    const at = await place()
    const one = await make(at, 'one')
    agent(one.path, 'checkout', '-q', '-b', 'idea')
    commit(one.path, { idea: '1' })
    agent(one.path, 'checkout', '-q', 'worktrain/one')
    for (const text of ['first', 'second']) {
      write(one.path, { 'README.md': text })
      agent(one.path, 'stash', '-q')
    }
    agent(one.path, 'checkout', '-q', '--detach')
    commit(one.path, { loose: '1' })
    const { unsaved } = await check(one)
    expect(unsaved.map((each) => each.what)).toEqual([
      'uncommitted changes',
      'branch',
      'HEAD',
      'stash',
      'stash',
    ])
    for (const each of unsaved) save(each.save)
    expect(await check(one)).toEqual(NOTHING)
  })

  test('an amended commit is kept by a ref of ours, and is no obstacle', async () => {
    const at = await place()
    const one = await make(at, 'one')
    const first = commit(one.path, { x: '1' })
    write(one.path, { x: '2' })
    agent(one.path, 'commit', '-q', '-a', '--amend', '-m', 'better')
    await workspaces.publish(one)
    sh(at.repo.root, 'merge', '-q', '--ff-only', 'worktrain/one')
    expect(await check(one)).toEqual(NOTHING)
    expect(
      sh(
        at.repo.root,
        'for-each-ref',
        '--format=%(objectname)',
        `refs/worktrain/sessions/${one.session}/reflog`,
      ),
    ).toBe(first)
  })

  test('may be an ignored file that cannot be made again', async () => {
    const at = await place()
    commit(at.repo.root, {
      '.gitignore': '.env\n*.sqlite\nnode_modules/\ndata/\n*.log\n',
      '.worktreeinclude': '.env\n',
    })
    write(at.repo.root, { '.env': 'A=1' })
    const one = await make(at, 'one')
    write(one.path, {
      'node_modules/x/cert.pem': 'p',
      'a.log': 'l',
      'data/nested/app.db': 'd',
      'it s.sqlite': 's',
    })
    const { unsaved } = await check(one)
    expect(unsaved.map((each) => each.detail)).toEqual(['data/nested/app.db', 'it s.sqlite'])
    write(one.path, { '.env': 'A=2' })
    expect((await check(one)).unsaved.map((each) => each.detail)).toContain('.env')
    mkdirSync(join(at.repo.root, 'data/nested'), { recursive: true })
    for (const each of unsaved) save(each.save)
    expect((await check(one)).unsaved.map((each) => each.detail)).toEqual(['.env'])
  })

  test('may be in a repository inside, a submodule, or an unfinished merge', async () => {
    const at = await place()
    const library = await repository()
    sh(at.repo.root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', library.root, 'lib')
    sh(at.repo.root, 'commit', '-q', '-m', 'lib')
    const one = await make(at, 'one')
    expect(await check(one)).toEqual(NOTHING)
    write(join(one.path, 'lib'), { 'README.md': 'changed' })
    expect((await check(one)).unsaved.map((each) => each.detail)).toEqual(['lib: it has uncommitted changes'])
    sh(join(one.path, 'lib'), 'config', 'user.name', 'x')
    sh(join(one.path, 'lib'), 'checkout', '-q', '-b', 'mine')
    commit(join(one.path, 'lib'), { y: '1' })
    expect((await check(one)).unsaved.map((each) => each.detail)).toEqual(['lib: it has commits of its own'])
    const two = await make(at, 'two')
    mkdirSync(join(two.path, 'inside'))
    sh(join(two.path, 'inside'), 'init', '-q')
    commit(join(two.path, 'inside'), { x: '1' })
    writeFileSync(join(two.gitDir, 'MERGE_HEAD'), `${two.baseOid}\n`)
    expect(await whats(two)).toEqual(['file or repository that no snapshot can hold', 'unfinished operation'])
  })

  test('is still the branch when the directory is gone', async () => {
    const at = await place()
    const one = await make(at, 'one')
    commit(one.path, { x: '1' })
    await workspaces.publish(one)
    rmSync(one.path, { recursive: true })
    expect(await whats(one)).toEqual(['branch'])
    const trashed = await workspaces.trash(one, trashOptions(at))
    expect(trashed).toMatchObject({ directory: null })
    expect(sh(at.repo.root, 'for-each-ref', 'refs/worktrain/base')).toBe('')
    // No snapshot was taken: what comes back is what the branch holds.
    const back = await workspaces.restore(one, trashed)
    expect(sh(at.repo.root, 'worktree', 'list')).toContain(back.path)
    expect(existsSync(join(back.path, '.git'))).toBe(true)
  })

  test('of an existing directory is never at stake', async () => {
    const at = await place()
    const one = await make(at, 'one', 'existing', { path: at.repo.root, branch: 'main' })
    write(at.repo.root, { untracked: 'u' })
    expect(await check(one)).toEqual(NOTHING)
    const trashed = await workspaces.trash(one, trashOptions(at))
    expect(trashed.directory).toBeNull()
    expect(sh(at.repo.root, 'status', '--porcelain')).toBe('?? untracked')
    expect(sh(at.repo.root, 'rev-parse', 'main')).toBe(one.baseOid)
    expect(await workspaces.restore(one, trashed)).toEqual(one)
  })
})

describe('a directory that must not be touched', () => {
  async function refused(at: Awaited<ReturnType<typeof place>>, one: Workspace, why: RegExp) {
    const { unsafe } = await check(one)
    expect(unsafe.join('\n')).toMatch(why)
    await expect(workspaces.trash(one, trashOptions(at))).rejects.toMatchObject({ code: 'REMOVAL_UNSAFE' })
    expect(sh(at.repo.root, 'worktree', 'list')).toContain(one.path)
    expect(sh(at.repo.root, 'rev-parse', one.branch)).toBe(one.baseOid)
    expect(existsSync(join(one.stateDir, 'trash.json'))).toBe(false)
  }

  test('is another one than was made', async () => {
    const at = await place()
    const one = await make(at, 'one')
    renameSync(one.path, `${one.path}-moved`)
    mkdirSync(one.path)
    await refused(at, one, /is not the directory that was made/)
    rmSync(one.path, { recursive: true })
    symlinkSync(`${one.path}-moved`, one.path)
    await refused(at, one, /is not a directory/)
    rmSync(one.path)
    renameSync(`${one.path}-moved`, one.path)
    writeFileSync(join(one.gitDir, 'worktrain-token'), 'other')
    await refused(at, one, /does not hold this session's token/)
  })

  test('is named differently by its entry (linked)', async () => {
    const at = await place()
    const one = await make(at, 'one', 'linked')
    writeFileSync(join(one.path, '.git'), `gitdir: ${at.repo.commonDir}\n`)
    await refused(at, one, /do not name each other/)
  })

  test('is, or holds, the main checkout, the home directory or the supervisor', async () => {
    const at = await place()
    const one = await make(at, 'one')
    await refused(
      at,
      { ...one, repository: { ...at.repo, root: join(one.path, 'src') } },
      /holds the main checkout/,
    )
    const program = `
      import { reasonsAgainst } from ${JSON.stringify(join(import.meta.dirname, '../../src/workspaces/safety.ts'))}
      console.log((await reasonsAgainst(${JSON.stringify(one)}, [])).join(' '))`
    const there = (options: { cwd?: string; env?: Record<string, string> }) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        encoding: 'utf8',
        ...options,
        env: { PATH: process.env.PATH ?? '', ...options.env },
      }).stdout
    expect(there({ cwd: join(one.path, 'src') })).toContain('holds the supervisor')
    expect(there({ env: { HOME: one.path } })).toContain('holds the home directory')
    expect(there({}).trim()).toBe('')
  })

  test.skipIf(process.platform !== 'linux')('has a process in it, or a file open (needs /proc)', async () => {
    const at = await place()
    const one = await make(at, 'one')
    const inside = spawn('cat', { cwd: join(one.path, 'src'), stdio: ['pipe', 'ignore', 'ignore'] })
    await once(inside, 'spawn')
    await refused(at, one, /cat \(process \d+\) is still running in it/)
    inside.stdin.end()
    await once(inside, 'exit')
    const fd = openSync(join(one.path, 'README.md'), 'r')
    const reading = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore', fd] })
    await once(reading, 'spawn')
    closeSync(fd)
    await refused(at, one, /cat \(process \d+\)/)
    reading.stdin?.end()
    await once(reading, 'exit')
    expect(await check(one)).toEqual(NOTHING)
  })

  test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'has a mount in it (needs root)',
    async ({ skip }) => {
      const at = await place()
      const one = await make(at, 'one')
      const point = join(one.path, 'mount point')
      mkdirSync(point)
      try {
        execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', point], { stdio: 'ignore' })
      } catch {
        skip('mount is not permitted here')
      }
      try {
        await refused(at, one, /Something is mounted at .*mount point/)
      } finally {
        execFileSync('umount', [point])
      }
    },
  )

  test('has a git lock', async () => {
    const at = await place()
    const one = await make(at, 'one')
    for (const name of ['index.lock', 'refs/heads/worktrain/x.lock']) {
      mkdirSync(join(one.gitDir, 'refs/heads/worktrain'), { recursive: true })
      writeFileSync(join(one.gitDir, name), '')
      await refused(at, one, /git is at work, or died there/)
      rmSync(join(one.gitDir, name))
    }
  })
})
