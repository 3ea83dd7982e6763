import { execFile, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  checkouts,
  commitTree,
  deleteRef,
  exactRef,
  exactRefs,
  git,
  gitEnvironment,
  inRepository,
  isBranchName,
  isMerged,
  listRefs,
  mergeTree,
  moveRefs,
  openRepository,
  privateGit,
  readRef,
  requireVersion,
  resolveBase,
  targetBranch,
  treeOf,
  updateRef,
} from '../../src/git/index.ts'
import { withRepositoryLock } from '../../src/git/lock.ts'
import { commit, repository, sh, temporary, write } from './repo.ts'

describe('running git', () => {
  test('drops every variable that redirects git', () => {
    const env = gitEnvironment({
      GIT_DIR: '/x',
      GIT_INDEX_FILE: '/y',
      GIT_EXTERNAL_DIFF: 'z',
      LC_CTYPE: 'de',
      PATH: '/bin',
    })
    expect(Object.keys(env).filter((name) => /GIT_DIR|INDEX|EXTERNAL|LC_CTYPE/.test(name))).toEqual([])
    expect(env).toMatchObject({
      PATH: '/bin',
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
    })
  })

  test("fails with git's own words", async () => {
    const repo = await repository()
    await expect(inRepository(repo, ['cat-file', '-t', 'nonsense'])).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('Not a valid object name nonsense'),
    })
  })

  test('waits for a lock that is let go', async () => {
    const repo = await repository()
    const lock = join(repo.commonDir, 'config.lock')
    writeFileSync(lock, '')
    const at = { gitDir: repo.commonDir }
    const done = privateGit(['config', 'test.key', 'value'], at)
    // The holder lets go only after git was refused at least once.
    await expect(privateGit(['config', 'test.key', 'value'], { ...at, retries: 0 })).rejects.toThrow(
      /could not lock config/,
    )
    rmSync(lock)
    await done
    expect(sh(repo.root, 'config', 'test.key')).toBe('value')
  })

  test('runs neither hooks nor a file system monitor of the repository', async () => {
    const repo = await repository()
    const marker = join(repo.root, '..', 'marker')
    const script = join(repo.commonDir, 'hooks', 'reference-transaction')
    mkdirSync(join(repo.commonDir, 'hooks'), { recursive: true })
    writeFileSync(script, `#!/bin/sh\ntouch '${marker}'\n`)
    chmodSync(script, 0o755)
    sh(repo.root, 'config', 'core.fsmonitor', script)
    await updateRef(repo, 'refs/worktrain/x', treeishHead(repo.root), null)
    await inRepository(repo, ['status'])
    expect(existsSync(marker)).toBe(false)
    sh(repo.root, 'status')
    expect(existsSync(marker)).toBe(true)
  })

  test('refuses a git that is too old', () => {
    expect(() => requireVersion('2.37.9')).toThrow(expect.objectContaining({ code: 'GIT_TOO_OLD' }))
    expect(() => requireVersion('1.99')).toThrow(expect.objectContaining({ code: 'GIT_TOO_OLD' }))
    for (const version of ['2.38.0', '2.39.5', '3.0']) expect(() => requireVersion(version)).not.toThrow()
  })
})

function treeishHead(root: string): string {
  return sh(root, 'rev-parse', 'HEAD')
}

describe('opening a repository', () => {
  test('finds the main checkout from a subdirectory, a linked worktree and through a link', async () => {
    const repo = await repository(join(temporary('with space '), 'my repo'))
    sh(repo.root, 'worktree', 'add', '-q', '--detach', '../linked tree')
    const link = join(repo.root, '..', 'link')
    symlinkSync(repo.root, link)
    for (const from of ['src', '.', '../linked tree', '../linked tree/src']) {
      expect(await openRepository(join(repo.root, from))).toEqual(repo)
    }
    expect(await openRepository(link)).toEqual(repo)
    expect(repo.id).toMatch(/^r[0-9a-f]{12}$/)
  })

  test('finds the main checkout of a submodule and of a separate git directory', async () => {
    const inner = await repository()
    const outer = await repository()
    sh(outer.root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner.root, 'sub')
    expect((await openRepository(join(outer.root, 'sub'))).root).toBe(join(outer.root, 'sub'))
    const apart = temporary()
    sh(apart, 'init', '-q', '--separate-git-dir', join(apart, 'store'), 'work')
    sh(join(apart, 'work'), 'commit', '-q', '--allow-empty', '-m', 'x')
    expect(await openRepository(join(apart, 'work'))).toMatchObject({
      root: join(apart, 'work'),
      commonDir: join(apart, 'store'),
    })
  })

  test('says what is wrong with a directory that cannot be used', async () => {
    const empty = temporary()
    await expect(openRepository(empty)).rejects.toMatchObject({ code: 'REPO_NOT_FOUND' })
    await expect(openRepository(join(empty, 'missing'))).rejects.toMatchObject({ code: 'REPO_NOT_FOUND' })
    sh(empty, 'init', '-q')
    await expect(openRepository(empty)).rejects.toMatchObject({ code: 'REPO_EMPTY' })
    const bare = temporary()
    sh(bare, 'init', '-q', '--bare')
    await expect(openRepository(bare)).rejects.toMatchObject({ code: 'REPO_BARE' })
  })

  test('asks git once for a main checkout, and again when what is there is another one', async () => {
    const repo = await repository()
    const sub = join(repo.root, 'src')
    const path = process.env['PATH']
    try {
      process.env['PATH'] = temporary()
      expect(await openRepository(repo.root)).toEqual(repo)
      expect(await openRepository(sub)).toEqual(repo)
    } finally {
      process.env['PATH'] = path
    }
    const elsewhere = temporary()
    sh(repo.root, 'config', 'core.worktree', elsewhere)
    expect(await openRepository(sub)).toEqual({ ...repo, root: elsewhere })
    sh(repo.root, 'config', '--unset', 'core.worktree')
    expect(await openRepository(sub)).toEqual(repo)
    sh(sub, 'init', '-q')
    await expect(openRepository(sub)).rejects.toMatchObject({ code: 'REPO_EMPTY' })
    // No repository, though it looks like one: git goes on above.
    rmSync(join(sub, '.git', 'HEAD'))
    expect(await openRepository(sub)).toEqual(repo)
    renameSync(repo.commonDir, join(repo.root, 'away'))
    await expect(openRepository(repo.root)).rejects.toMatchObject({ code: 'REPO_NOT_FOUND' })
  })

  test('lists checkouts with branch and lock', async () => {
    const repo = await repository()
    sh(
      repo.root,
      'worktree',
      'add',
      '-q',
      '-b',
      'side',
      '--lock',
      '--reason',
      'mine, "really"',
      '../a b\u00e9',
    )
    expect(await checkouts(repo)).toMatchObject([
      { path: repo.root, branch: 'main', locked: null, bare: false },
      { path: join(repo.root, '..', 'a b\u00e9'), branch: 'side', locked: 'mine, "really"' },
    ])
  })
})

describe('refs', () => {
  test('move only from where they are expected to be', async () => {
    const repo = await repository()
    const one = treeishHead(repo.root)
    const two = commit(repo.root, { x: '2' })
    expect(await updateRef(repo, 'refs/worktrain/t', one, null)).toBe(true)
    expect(await updateRef(repo, 'refs/worktrain/t', two, null)).toBe(false)
    expect(await updateRef(repo, 'refs/worktrain/t', two, two)).toBe(false)
    expect(await updateRef(repo, 'refs/worktrain/t', two, one)).toBe(true)
    expect(await deleteRef(repo, 'refs/worktrain/t', one)).toBe(false)
    expect(await listRefs(repo, 'refs/worktrain')).toEqual([{ name: 'refs/worktrain/t', oid: two }])
    expect(await deleteRef(repo, 'refs/worktrain/t', two)).toBe(true)
    expect(await deleteRef(repo, 'refs/worktrain/t', two)).toBe(true)
    expect(await exactRef(repo, 'refs/worktrain/t')).toBeNull()
  })

  test('move all together or not at all', async () => {
    const repo = await repository()
    const one = treeishHead(repo.root)
    await updateRef(repo, 'refs/worktrain/b', one, null)
    const moves = [
      { ref: 'refs/worktrain/a', new: one, old: null },
      { ref: 'refs/worktrain/b', new: one, old: null },
    ]
    expect(await moveRefs(repo, moves, 'test')).toBe(false)
    expect(await exactRef(repo, 'refs/worktrain/a')).toBeNull()
  })

  test('are read as git reads them, wherever they are kept', async () => {
    const repo = await repository()
    const { root } = repo
    const one = treeishHead(root)
    const kept = ['refs/worktrain/packed', 'refs/worktrain/moved', 'refs/worktrain/gone', 'refs/tags/t+1@x']
    for (const ref of kept) sh(root, 'update-ref', ref, one)
    sh(root, 'pack-refs', '--all')
    const two = commit(root, { x: '2' })
    sh(root, 'update-ref', 'refs/worktrain/moved', two)
    sh(root, 'update-ref', '-d', 'refs/worktrain/gone')
    sh(root, 'symbolic-ref', 'refs/worktrain/symbolic', 'refs/worktrain/moved')
    sh(root, 'update-ref', 'refs/worktrain/ünïcode', two)
    const names = [
      ...['refs/heads/main', ...kept, 'refs/worktrain/symbolic', 'refs/worktrain/ünïcode'],
      // None: a directory, a tail of a packed one, what leads out of refs, what is below a ref.
      ...['refs/worktrain', 'refs/pack', 'refs/../HEAD', 'refs/heads/main/x', 'refs/worktrain/none'],
    ]
    const listed = sh(root, 'for-each-ref', '--format=%(refname) %(objectname)').split('\n')
    const truth = new Map(listed.map((line) => line.split(' ') as [string, string]))
    for (const name of names)
      expect([name, await exactRef(repo, name)]).toEqual([name, truth.get(name) ?? null])
    const together = await exactRefs(repo, names)
    for (const name of names) expect([name, together.get(name)]).toEqual([name, truth.get(name)])
  })

  test('a name in the way of another is an error at once, not a lost race', async () => {
    const repo = await repository()
    await expect(
      updateRef(repo, 'refs/heads/main/below', treeishHead(repo.root), null),
    ).rejects.toMatchObject({ code: 'GIT_FAILED' })
  })

  test('branch names are judged by git', async () => {
    for (const name of ['a', 'worktrain/x', 'f\u00fc\u00df']) expect(await isBranchName(name)).toBe(true)
    for (const name of ['-a', 'a..b', 'a b', 'HEAD', '', 'a/', 'x.lock', '@{'])
      expect(await isBranchName(name)).toBe(false)
  })

  test('an option is never taken for a revision', async () => {
    const repo = await repository()
    expect(await readRef(repo, '--all')).toBeNull()
    await expect(resolveBase(repo, { ref: '--all', fetch: false })).rejects.toMatchObject({
      code: 'BASE_UNKNOWN',
    })
  })
})

describe('the repository lock', () => {
  test('lets one in at a time, in order, in this process', async () => {
    const repo = await repository()
    const order: string[] = []
    const enter = (name: string) =>
      withRepositoryLock(repo, async () => {
        order.push(`+${name}`)
        await git(['version'])
        order.push(`-${name}`)
      })
    const failing = withRepositoryLock(repo, () => Promise.reject(new Error('mine')))
    await Promise.all([enter('a'), enter('b'), expect(failing).rejects.toThrow('mine'), enter('c')])
    expect(order).toEqual(['+a', '-a', '+b', '-b', '+c', '-c'])
  })

  test('keeps other processes out, and a killed holder does not block', async () => {
    const repo = await repository()
    const source = join(import.meta.dirname, '../../src/git')
    const script = `
      import { openRepository } from ${JSON.stringify(join(source, 'index.ts'))}
      import { withRepositoryLock } from ${JSON.stringify(join(source, 'lock.ts'))}
      const repo = await openRepository(${JSON.stringify(repo.root)})
      await withRepositoryLock(repo, async () => { console.log('held'); await new Promise((r) => setInterval(r, 1e9)) })`
    const holder = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    let entered = false
    const mine = withRepositoryLock(repo, async () => void (entered = true))
    await git(['version'])
    expect(entered).toBe(false)
    holder.kill('SIGKILL')
    await mine
    expect(entered).toBe(true)
  })
})

describe('the base of a session', () => {
  async function withRemote() {
    const upstream = await repository()
    const place = temporary()
    sh(place, 'clone', '-q', upstream.root, 'mine')
    const repo = await openRepository(join(place, 'mine'))
    return { upstream, repo }
  }

  test("is the remote's default branch, fetched", async () => {
    const { upstream, repo } = await withRemote()
    const newer = commit(upstream.root, { new: 'x' })
    expect(await resolveBase(repo, { ref: null, fetch: false })).toMatchObject({
      oid: treeishHead(repo.root),
    })
    const base = await resolveBase(repo, { ref: null, fetch: true })
    expect(base).toMatchObject({ oid: newer, ref: 'refs/remotes/origin/main' })
    expect(base.chosen).toMatch(/^origin\/main at [0-9a-f]{10} \(fetched now\)\.$/)
    expect(existsSync(join(repo.commonDir, 'FETCH_HEAD'))).toBe(false)
  })

  test('never leaves out local commits that were not pushed', async () => {
    const { upstream, repo } = await withRemote()
    commit(upstream.root, { new: 'x' })
    const mine = commit(repo.root, { mine: 'y' })
    const base = await resolveBase(repo, { ref: null, fetch: true })
    expect(base).toMatchObject({ oid: mine, ref: 'refs/heads/main' })
    expect(base.chosen).toContain(
      'it has 1 commit that origin/main (fetched now) has not, and lacks 1 of origin/main',
    )
  })

  test('is local when the remote does not answer', async () => {
    const { repo } = await withRemote()
    sh(repo.root, 'remote', 'set-url', 'origin', '/nowhere')
    const base = await resolveBase(repo, { ref: null, fetch: true })
    expect(base.oid).toBe(treeishHead(repo.root))
    expect(base.chosen).toContain('did not answer')
  })

  test('is bounded in time when the remote hangs', async () => {
    const { repo } = await withRemote()
    sh(repo.root, 'config', 'core.sshCommand', 'sh -c "sleep 600" --')
    sh(repo.root, 'remote', 'set-url', 'origin', 'ssh://localhost/x')
    const base = await resolveBase(repo, { ref: null, fetch: true, fetchLimitMs: 200 })
    expect(base.chosen).toContain('did not answer')
  })

  test('is the target, or HEAD when detached without one', async () => {
    const repo = await repository()
    expect(await resolveBase(repo, { ref: null, fetch: true })).toMatchObject({ ref: 'refs/heads/main' })
    const head = commit(repo.root, { x: '1' })
    sh(repo.root, 'checkout', '-q', '--detach')
    expect(await resolveBase(repo, { ref: null, fetch: true })).toMatchObject({
      oid: head,
      ref: 'refs/heads/main',
    })
    sh(repo.root, 'branch', '-m', 'main', 'trunk')
    await expect(targetBranch(repo)).rejects.toMatchObject({ code: 'TARGET_UNKNOWN' })
    await expect(targetBranch(repo, 'gone')).rejects.toMatchObject({ code: 'TARGET_UNKNOWN' })
    expect(await targetBranch(repo, 'trunk')).toBe('trunk')
  })

  test('can be named', async () => {
    const { upstream, repo } = await withRemote()
    sh(repo.root, 'tag', 'v1')
    expect(await resolveBase(repo, { ref: 'v1', fetch: true })).toMatchObject({ ref: 'refs/tags/v1' })
    const newer = commit(upstream.root, { new: 'x' })
    expect(await resolveBase(repo, { ref: 'origin/main', fetch: true })).toMatchObject({ oid: newer })
    await expect(resolveBase(repo, { ref: 'nope', fetch: false })).rejects.toMatchObject({
      code: 'BASE_UNKNOWN',
    })
  })
})

describe('merging', () => {
  test('names the files in conflict', async () => {
    const repo = await repository()
    sh(repo.root, 'checkout', '-q', '-b', 'side')
    const theirs = commit(repo.root, { 'src/a.txt': 'side\n', 'n\u00e9w file': 'x' })
    sh(repo.root, 'checkout', '-q', 'main')
    const ours = commit(repo.root, { 'src/a.txt': 'main\n' })
    const merge = await mergeTree(repo, ours, theirs)
    expect(merge).toMatchObject({ clean: false, files: ['src/a.txt'] })
    expect(merge.messages.join()).toContain('CONFLICT (content): Merge conflict in src/a.txt')
    const clean = await mergeTree(repo, 'main~1', theirs)
    expect(clean).toEqual({ clean: true, tree: await treeOf(repo, theirs), files: [], messages: [] })
  })

  test('makes the same commit from the same input', async () => {
    const repo = await repository()
    const tree = await treeOf(repo, 'HEAD')
    const make = () =>
      commitTree(repo, { tree, parents: [treeishHead(repo.root)], message: 'm\n', at: 1_700_000_000_000 })
    expect(await make()).toBe(await make())
  })

  test('knows a branch that was merged, fast-forwarded, squashed or rebased', async () => {
    const repo = await repository()
    sh(repo.root, 'checkout', '-q', '-b', 'side')
    commit(repo.root, { 'src/a.txt': '1 one\n2\n3\n4\n5\n6\n7\n8\n9\n' })
    const side = commit(repo.root, { b: 'b' })
    sh(repo.root, 'checkout', '-q', 'main')
    expect(await isMerged(repo, side, 'main')).toEqual({ merged: false, how: null })
    commit(repo.root, { 'src/a.txt': '1\n2\n3\n4\n5\n6\n7\n8\n9 nine\n' })
    expect(await isMerged(repo, side, 'main')).toEqual({ merged: false, how: null })
    sh(repo.root, 'branch', 'before')

    sh(repo.root, 'merge', '-q', '--squash', 'side')
    sh(repo.root, 'commit', '-q', '-m', 'squashed')
    expect(await isMerged(repo, side, 'main')).toEqual({ merged: true, how: 'squash' })
    commit(repo.root, { 'src/a.txt': '1 changed again\n', b: 'changed again' })
    expect(await isMerged(repo, side, 'main')).toEqual({ merged: true, how: 'squash' })

    sh(repo.root, 'reset', '-q', '--hard', 'before')
    sh(repo.root, 'cherry-pick', 'main..side')
    commit(repo.root, { 'src/a.txt': '1 changed again\n', b: 'changed again' })
    expect(await isMerged(repo, side, 'main')).toEqual({ merged: true, how: 'rebase' })

    sh(repo.root, 'reset', '-q', '--hard', 'before')
    sh(repo.root, 'merge', '-q', '--no-edit', 'side')
    expect(await isMerged(repo, side, 'main')).toEqual({ merged: true, how: 'ancestor' })
  })

  test('a branch of which only a part was picked is not merged', async () => {
    const repo = await repository()
    sh(repo.root, 'checkout', '-q', '-b', 'side')
    const picked = commit(repo.root, { b: 'b' })
    const side = commit(repo.root, { ':(top)c': 'c' })
    sh(repo.root, 'checkout', '-q', 'main')
    sh(repo.root, 'cherry-pick', picked)
    commit(repo.root, { b: 'changed' })
    expect(await isMerged(repo, side, 'main')).toEqual({ merged: false, how: null })
  })

  test('a merge commit that holds work is not taken for picked', async () => {
    const repo = await repository()
    sh(repo.root, 'checkout', '-q', '-b', 'side')
    commit(repo.root, { b: 'b' })
    sh(repo.root, 'checkout', '-q', 'main')
    commit(repo.root, { c: 'c' })
    sh(repo.root, 'checkout', '-q', 'side')
    sh(repo.root, 'merge', '-q', '--no-commit', 'main')
    write(repo.root, { evil: 'only in the merge' })
    sh(repo.root, 'add', '-A')
    sh(repo.root, 'commit', '-q', '-m', 'merge')
    const side = treeishHead(repo.root)
    sh(repo.root, 'checkout', '-q', 'main')
    sh(repo.root, 'cherry-pick', 'side~1')
    expect(await isMerged(repo, side, 'main')).toEqual({ merged: false, how: null })
  })
})

test('the room says nothing on stderr of its own', async () => {
  const source = join(import.meta.dirname, '../../src/git/index.ts')
  const { stderr } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    `import ${JSON.stringify(source)}`,
  ])
  expect(stderr.replace(/^.*(ExperimentalWarning: SQLite|--trace-warnings).*$/gm, '').trim()).toBe('')
})
