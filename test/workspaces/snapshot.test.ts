import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exactRef } from '../../src/git/index.ts'
import type { RunInCell } from '../../src/workspaces/workspace.ts'
import { run } from '../../src/platform/run.ts'
import { commit, sh, write } from '../git/repo.ts'
import { KINDS, agent, fingerprint, listing, lockFiles, make, place, snap, workspaces } from './fixture.ts'

describe('publishing', () => {
  for (const kind of KINDS) {
    test(`moves the branch in the repository (${kind})`, async () => {
      const at = await place()
      const one = await make(at, 'one', kind)
      expect(await workspaces.publish(one)).toEqual({ oid: one.baseOid, old: one.baseOid, diverged: null })
      const oid = commit(one.path, { x: '1' })
      expect(await workspaces.publish(one)).toMatchObject({ oid, diverged: null })
      expect(sh(at.repo.root, 'rev-parse', 'worktrain/one')).toBe(oid)
      agent(one.path, 'commit', '-q', '--amend', '-m', 'again')
      const amended = agent(one.path, 'rev-parse', 'HEAD')
      expect(await workspaces.publish(one)).toMatchObject({ oid: amended, diverged: null })
      expect(sh(at.repo.root, 'log', '-1', '--format=%s', 'worktrain/one')).toBe('again')
      agent(one.path, 'checkout', '-q', '--detach')
      commit(one.path, { y: '1' })
      expect(await workspaces.publish(one)).toMatchObject({ oid: amended })
      agent(one.path, 'checkout', '-q', '-b', 'other')
      expect(await workspaces.publish(one)).toMatchObject({ oid: amended })
    })
  }

  test('leaves a branch alone that somebody else moved', async () => {
    const at = await place()
    const one = await make(at, 'one')
    commit(one.path, { x: '1' })
    const theirs = sh(at.repo.root, 'commit-tree', '-p', 'main', '-m', 'theirs', 'main^{tree}')
    sh(at.repo.root, 'update-ref', 'refs/heads/worktrain/one', theirs)
    expect(await workspaces.publish(one)).toMatchObject({ old: theirs, diverged: theirs })
    expect(sh(at.repo.root, 'rev-parse', 'worktrain/one')).toBe(theirs)
    agent(one.path, 'merge', '-q', '--no-edit', theirs)
    expect(await workspaces.publish(one)).toMatchObject({ old: theirs, diverged: null })
  })

  test('a branch that the session renamed or deleted stays as it was', async () => {
    const at = await place()
    const one = await make(at, 'one')
    const oid = commit(one.path, { x: '1' })
    await workspaces.publish(one)
    agent(one.path, 'branch', '-m', 'elsewhere')
    commit(one.path, { y: '1' })
    expect(await workspaces.publish(one)).toMatchObject({ oid, diverged: null })
    expect((await workspaces.checkRemoval(one, 'main')).unsaved.map((each) => each.detail).join()).toContain(
      'elsewhere',
    )
  })
})

describe('a look while it is worked in', () => {
  for (const kind of KINDS) {
    test(`tells how much there is, and leaves nothing behind (${kind})`, async () => {
      const at = await place()
      const one = await make(at, 'one', kind)
      const refs = sh(at.repo.root, 'for-each-ref')
      const nothing = await workspaces.lookAside(one, { previousTree: null, now: 1_700_000_000_000 })
      write(one.path, { 'README.md': 'edited\n', 'new/file.txt': 'a\nb\n' })
      const how = { previousTree: nothing?.tree ?? '', now: 1_700_000_000_000 }
      const some = await workspaces.lookAside(one, how)
      expect(await workspaces.sizeBetween(one, one.baseOid, some?.tree ?? '')).toMatchObject({
        files: 2,
        added: 3,
      })
      expect(sh(at.repo.root, 'rev-parse', `${some?.commit}^{tree}`)).toBe(some?.tree)
      expect(await workspaces.lookAside(one, { ...how, previousTree: some?.tree ?? '' })).toEqual({
        tree: some?.tree,
        commit: null,
      })
      expect(sh(at.repo.root, 'for-each-ref')).toBe(refs)
      expect(lockFiles(one.stateDir)).toEqual([])
    })
  }

  test('gives way to whatever else is to be done, which takes no notice of it', async () => {
    const at = await place()
    const one = await make(at, 'one')
    write(one.path, { x: '1' })
    const how = { previousTree: null, now: 1_700_000_000_000 }
    const look = workspaces.lookAside(one, how)
    const taken = await snap(one)
    expect(await look).toBeNull()
    expect(taken.fresh).toBe(true)
    expect(await workspaces.lookAside(one, how)).toMatchObject({ tree: taken.tree })
  })
})

describe('a snapshot', () => {
  for (const kind of KINDS) {
    test(`holds everything, and touches nothing (${kind})`, async () => {
      const at = await place()
      const one = await make(at, 'one', kind)
      commit(one.path, { '.gitignore': 'ignored\n', gone: 'g', 'dir/file': 'd', plain: 'p' })
      write(one.path, { 'src/a.txt': 'stashed' })
      agent(one.path, 'stash', '-q')
      write(one.path, { untracked: 'u', ignored: 'i', staged: 's', 'README.md': 'edited\n' })
      agent(one.path, 'add', 'staged')
      rmSync(join(one.path, 'gone'))
      rmSync(join(one.path, 'dir'), { recursive: true })
      writeFileSync(join(one.path, 'dir'), 'now a file')
      rmSync(join(one.path, 'plain'))
      write(one.path, { 'plain/now': 'a directory' })
      symlinkSync('/etc/passwd', join(one.path, 'link'))
      rmSync(join(one.path, 'src'), { recursive: true })
      symlinkSync('plain', join(one.path, 'src'))
      chmodSync(join(one.path, 'untracked'), 0o755)
      const own = kind === 'sealed' ? one.gitDir : at.repo.commonDir
      const watched = [
        join(one.gitDir, 'index'),
        join(one.gitDir, 'HEAD'),
        join(own, 'refs/stash'),
        join(own, 'logs/refs/stash'),
        join(one.path, 'README.md'),
      ]
      const before = [...watched.map(fingerprint), listing(one.path).join()]
      const taken = await snap(one)
      expect([...watched.map(fingerprint), listing(one.path).join()]).toEqual(before)
      expect(taken).toMatchObject({
        fresh: true,
        ref: `refs/worktrain/snap/${one.session}/1`,
        head: agent(one.path, 'rev-parse', 'HEAD'),
      })
      expect(sh(at.repo.root, 'rev-parse', `${taken.oid}^`)).toBe(taken.head)
      const files = sh(at.repo.root, 'ls-tree', '-r', taken.oid)
        .split('\n')
        .map((line) => line.replace(/ \S+ \S+\t/, ' '))
      expect(files).toEqual([
        '100644 .gitignore',
        '100644 README.md',
        '100644 dir',
        '120000 link',
        '100644 plain/now',
        '120000 src',
        '100644 staged',
        '100755 untracked',
      ])
      expect(sh(at.repo.root, 'show', `${taken.oid}:README.md`)).toBe('edited')
    })
  }

  test('is not made anew when nothing changed', async () => {
    const at = await place()
    const one = await make(at, 'one')
    write(one.path, { x: '1' })
    const first = await snap(one, 1)
    expect(await snap(one, 2, first.tree)).toEqual({ ...first, fresh: false })
    expect(await exactRef(at.repo, `refs/worktrain/snap/${one.session}/2`)).toBeNull()
    write(one.path, { x: '2' })
    expect(await snap(one, 2, first.tree)).toMatchObject({ fresh: true, n: 2 })
    // Repeated after a crash, the same step gives the same commit.
    expect(await snap(one, 2, first.tree)).toMatchObject({ fresh: true, n: 2 })
  })

  test('of uncommitted work that has changed again looks at no file that is as it was', async () => {
    const at = await place()
    const one = await make(at, 'one')
    const trusted = (...args: string[]) =>
      sh(one.path, '--git-dir', join(one.stateDir, 'trusted.git'), ...args)
    write(one.path, { 'README.md': 'edited\n' })
    const first = await snap(one, 1)
    // A mark that an index made anew would not have.
    const [other = ''] = trusted('ls-files')
      .split('\n')
      .filter((name) => name !== 'README.md')
    trusted('update-index', '--assume-unchanged', other)
    write(one.path, { 'README.md': 'edited again\n' })
    expect(await snap(one, 2, first.tree)).toMatchObject({ fresh: true })
    expect(trusted('ls-files', '-v', other)).toBe(`h ${other}`)
  })

  test('sees an edit of the same size and time', async () => {
    const at = await place()
    const one = await make(at, 'one')
    // The kept index is no younger than the one it was copied from: what was edited since is looked at.
    const times = [join(one.stateDir, 'trusted.git/index'), join(one.gitDir, 'index')].map(
      (each) => statSync(each).mtimeMs,
    )
    expect(times[0]).toBe(Math.floor(times[1] ?? 0))
    const file = join(one.path, 'src/a.txt')
    const edit = (text: string) => {
      const { atime, mtime } = statSync(file)
      writeFileSync(file, text)
      utimesSync(file, atime, mtime)
    }
    const same = readFileSync(file, 'utf8')
    edit(same.replace('1', 'A'))
    const first = await snap(one, 1)
    expect(sh(at.repo.root, 'show', `${first.oid}:src/a.txt`)).toMatch(/^A/)
    for (let n = 2; n < 8; n += 1) {
      edit(same.replace('1', String.fromCharCode(64 + n)))
      const next = await snap(one, n)
      expect(sh(at.repo.root, 'show', `${next.oid}:src/a.txt`).slice(0, 1)).toBe(String.fromCharCode(64 + n))
    }
  })

  test("is not misled by the session's own index", async () => {
    const at = await place()
    const one = await make(at, 'one')
    agent(one.path, 'update-index', '--assume-unchanged', 'README.md')
    agent(one.path, 'update-index', '--skip-worktree', 'src/a.txt')
    writeFileSync(join(one.gitDir, 'info/exclude'), '*\n')
    write(one.path, { 'README.md': 'x', 'src/a.txt': 'y', new: 'z' })
    expect((await workspaces.changes(one, one.baseOid)).map((each) => each.path)).toEqual([
      'README.md',
      'new',
      'src/a.txt',
    ])
  })

  test('says what it cannot hold', async () => {
    const at = await place()
    const one = await make(at, 'one')
    mkdirSync(join(one.path, 'nested'))
    sh(join(one.path, 'nested'), 'init', '-q')
    commit(join(one.path, 'nested'), { x: '1' })
    execFileSync('mkfifo', [join(one.path, 'pipe')])
    write(one.path, { y: '1' })
    const taken = await snap(one)
    expect(taken.missing).toEqual(['nested/'])
    expect(sh(at.repo.root, 'ls-tree', '--name-only', taken.oid).split('\n')).toEqual([
      'README.md',
      'src',
      'y',
    ])
  })

  test('is made again from nothing when the kept index is damaged', async () => {
    const at = await place()
    const one = await make(at, 'one')
    write(one.path, { x: '1' })
    const first = await snap(one)
    writeFileSync(join(one.stateDir, 'trusted.git/index'), 'garbage')
    expect((await snap(one, 2)).tree).toBe(first.tree)
    expect(sh(at.repo.root, 'gc', '-q', '--prune=now')).toBe('')
    expect((await snap(one, 3)).tree).toBe(first.tree)
  })
})

describe('changes', () => {
  test('name every kind, with lines', async () => {
    const at = await place()
    commit(at.repo.root, {
      'old name': 'a\nb\nc\nd\ne\nf\n',
      bin: 'x\0y',
      gone: 'quite another text\n',
      typed: 't',
    })
    const one = await make(at, 'one')
    agent(one.path, 'mv', 'old name', 'new name')
    rmSync(join(one.path, 'gone'))
    rmSync(join(one.path, 'typed'))
    symlinkSync('bin', join(one.path, 'typed'))
    write(one.path, { bin: 'x\0z', 'README.md': 'hello\nyou\n', fresh: '1\n2\n' })
    expect(await workspaces.changes(one, one.baseOid)).toEqual([
      { path: 'README.md', status: 'modified', from: null, added: 1, removed: 0 },
      { path: 'bin', status: 'modified', from: null, added: null, removed: null },
      { path: 'fresh', status: 'added', from: null, added: 2, removed: 0 },
      { path: 'gone', status: 'deleted', from: null, added: 0, removed: 1 },
      { path: 'new name', status: 'renamed', from: 'old name', added: 0, removed: 0 },
      { path: 'typed', status: 'type-changed', from: null, added: 1, removed: 1 },
    ])
    const diff = await workspaces.diff(one, one.baseOid, { stat: false, paths: ['README.md'] })
    expect(diff).toContain('+you')
    expect(diff).not.toContain('fresh')
    expect(await workspaces.diff(one, one.baseOid, { stat: true, paths: [] })).toContain('6 files changed')
    await expect(workspaces.changes(one, 'nope')).rejects.toMatchObject({ code: 'BASE_UNKNOWN' })
  })
})

describe('updating', () => {
  const cell: RunInCell = async ({ argv, cwd, env }) => {
    const [program = '', ...args] = argv
    const done = await run(program, args, {
      cwd,
      env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
    })
    return { exit: done.code, ...done }
  }

  for (const kind of KINDS) {
    test(`merges new main, and takes a conflict back (${kind})`, async () => {
      const at = await place()
      const one = await make(at, 'one', kind)
      commit(one.path, { mine: '1' })
      expect(await workspaces.update(one, one.baseOid, cell, 'merge')).toMatchObject({ result: 'current' })
      const main = commit(at.repo.root, { theirs: '1' })
      const merged = await workspaces.update(one, main, cell, 'merge')
      expect(merged).toMatchObject({ result: 'merged', head: agent(one.path, 'rev-parse', 'HEAD') })
      expect(await workspaces.update(one, main, cell, 'merge')).toMatchObject({
        result: 'current',
        head: merged.head,
      })
      commit(one.path, { 'src/a.txt': 'mine\n' })
      const clash = commit(at.repo.root, { 'src/a.txt': 'theirs\n' })
      const before = agent(one.path, 'rev-parse', 'HEAD')
      expect(await workspaces.update(one, clash, cell, 'merge')).toEqual({
        result: 'conflict',
        head: before,
        files: ['src/a.txt'],
      })
      expect(agent(one.path, 'status', '--porcelain')).toBe('')
      write(one.path, { 'src/a.txt': 'uncommitted\n' })
      await expect(workspaces.update(one, clash, cell, 'merge')).rejects.toMatchObject({
        code: 'WORK_UNCOMMITTED',
        details: { files: ['src/a.txt'] },
      })
      expect(readFileSync(join(one.path, 'src/a.txt'), 'utf8')).toBe('uncommitted\n')
    })
  }
})
