import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exactRef, listRefs, openRepository } from '../../src/git/index.ts'
import type { WorkspaceStep } from '../../src/protocol/index.ts'
import { commit, repository, sh, temporary, write } from '../git/repo.ts'
import { KINDS, agent, listing, lockFiles, make, place, specOf, workspaces } from './fixture.ts'

describe('a sealed workspace', () => {
  test('is the base on its own branch, with a private git directory that borrows objects', async () => {
    const at = await place()
    sh(at.repo.root, 'tag', '-a', '-m', 'one', 'v1')
    const steps: WorkspaceStep[] = []
    const spec = specOf(at, 'one')
    const one = await workspaces.make(spec, async (step) => void steps.push(step))
    expect(steps).toEqual(['keep-base', 'make', 'include', 'submodules', 'register'])
    expect(agent(one.path, 'status', '--porcelain=v2', '--branch')).toContain('# branch.head worktrain/one')
    expect(agent(one.path, 'status', '--porcelain')).toBe('')
    expect(readFileSync(join(one.path, 'src/a.txt'), 'utf8')).toContain('9')
    expect(agent(one.path, 'describe')).toBe('v1')
    expect(agent(one.path, 'log', '--format=%s', 'main')).toBe('first')
    expect(agent(one.path, 'config', 'user.email')).toBe('person@example.org')
    expect(agent(one.path, 'remote')).toBe('')
    expect(readFileSync(join(one.path, '.git/objects/info/alternates'), 'utf8')).toBe(
      `${at.repo.commonDir}/objects\n`,
    )
    expect(await exactRef(at.repo, `refs/worktrain/base/${one.session}`)).toBe(spec.baseOid)
    expect(await exactRef(at.repo, 'refs/heads/worktrain/one')).toBe(spec.baseOid)
    expect(sh(at.repo.root, 'status', '--porcelain')).toBe('')
    expect(sh(one.path, 'fsck')).toBe('')
    expect(await openRepository(join(one.path, 'src'))).toEqual(at.repo)
    expect(lstatSync(one.path)).toMatchObject({ dev: one.dev, ino: one.ino })
    expect(readFileSync(join(one.gitDir, 'worktrain-token'), 'utf8')).toBe(one.token)
  })

  test('keeps the remotes of the repository, relative ones made absolute', async () => {
    const at = await place()
    sh(at.top, 'clone', '-q', '--bare', 'repo', 'up stream.git')
    sh(at.repo.root, 'remote', 'add', 'origin', '../up stream.git')
    sh(at.repo.root, 'fetch', '-q', 'origin')
    sh(at.repo.root, 'config', 'alias.x', '!echo "a\\b"; # c')
    const one = await make(at, 'one')
    expect(agent(one.path, 'config', 'remote.origin.url')).toBe(join(at.top, 'up stream.git'))
    expect(agent(one.path, 'rev-parse', 'origin/main')).toBe(one.baseOid)
    agent(one.path, 'fetch', '-q')
    expect(agent(one.path, 'config', 'alias.x')).toBe(sh(at.repo.root, 'config', 'alias.x'))
  })

  test('is a worktree to git: listed, one branch in one place, kept by prune and gc', async () => {
    const at = await place()
    const one = await make(at, 'one')
    const listed = sh(at.repo.root, 'worktree', 'list', '--porcelain')
    expect(listed).toContain(`worktree ${one.path}\n`)
    expect(listed).toContain('branch refs/heads/worktrain/one\nlocked worktrain session one')
    expect(() => sh(at.repo.root, 'branch', '-D', 'worktrain/one')).toThrow(/checked out at|used by worktree/)
    expect(() => sh(at.repo.root, 'checkout', 'worktrain/one')).toThrow(/already (checked out|used)/)
    expect(() => sh(at.repo.root, 'worktree', 'remove', '-f', '-f', one.path)).toThrow()
    sh(at.repo.root, 'worktree', 'prune', '--expire=now')
    sh(at.repo.root, 'gc', '-q', '--prune=now')
    expect(sh(at.repo.root, 'worktree', 'list')).toContain('[worktrain/one] locked')
    expect(agent(one.path, 'status', '--porcelain')).toBe('')
    expect(existsSync(join(one.path, 'src/a.txt'))).toBe(true)
  })

  test('survives that its base loses every branch in the repository', async () => {
    const at = await place()
    const base = commit(at.repo.root, { x: '1' })
    const one = await make(at, 'one', 'sealed', { baseOid: base })
    sh(at.repo.root, 'reset', '-q', '--hard', 'HEAD~1')
    commit(one.path, { mine: '1' })
    sh(at.repo.root, 'update-ref', '-d', 'refs/heads/worktrain/one')
    sh(at.repo.root, 'reflog', 'expire', '--expire=now', '--all')
    sh(at.repo.root, 'gc', '-q', '--prune=now')
    expect(agent(one.path, 'fsck')).toBe('')
    expect(agent(one.path, 'log', '--format=%s')).toBe('change\nchange\nfirst')
  })

  test('works where names have spaces and other letters, and through a linked path', async () => {
    const top = temporary()
    mkdirSync(join(top, 'real place \u00fc'))
    symlinkSync('real place \u00fc', join(top, 'link'))
    await repository(join(top, 'real place \u00fc', 'my repo'))
    const repo = await openRepository(join(top, 'link', 'my repo'))
    const at = { repo, top, state: join(top, 'state dir') }
    const names = {
      'a b/\u00e4\u00f6\u{1f600}.txt': 'x',
      '-dash': 'y',
      'new\nline': 'z',
      ' lead': 'w',
      '"quote"': 'q',
    }
    commit(repo.root, names)
    for (const kind of ['sealed', 'linked'] as const) {
      const made = await make(at, `w ${kind}`, kind, { branch: `w-\u00fc-${kind}` })
      expect(agent(made.path, 'status', '--porcelain')).toBe('')
      for (const [name, content] of Object.entries(names))
        expect(readFileSync(join(made.path, name), 'utf8')).toBe(content)
      write(made.path, { 'neu \u00fc\nx': '1' })
      const taken = await workspaces.snapshot(made, { n: 1, previousTree: null, reason: 'r', now: 0 })
      expect(sh(repo.root, 'ls-tree', '-r', '-z', '--name-only', taken.oid).split('\0')).toContain(
        'neu \u00fc\nx',
      )
      expect(await workspaces.changes(made, made.baseOid)).toEqual([
        { path: 'neu \u00fc\nx', status: 'added', from: null, added: 1, removed: 0 },
      ])
    }
  })
})

describe('a linked workspace', () => {
  test('is a locked worktree of git', async () => {
    const at = await place()
    const one = await make(at, 'one', 'linked')
    expect(sh(at.repo.root, 'worktree', 'list')).toMatch(/\[worktrain\/one\] locked/)
    expect(agent(one.path, 'status', '--porcelain')).toBe('')
    expect(one.gitDir).toBe(join(at.repo.commonDir, 'worktrees', 'one'))
    expect(readFileSync(join(one.gitDir, 'worktrain-token'), 'utf8')).toBe(one.token)
    expect(sh(at.repo.root, 'config', '--list')).not.toContain('branch.')
  })
})

describe('an existing directory', () => {
  test('is taken as it is; nothing is made in it', async () => {
    const at = await place()
    sh(at.repo.root, 'worktree', 'add', '-q', '-b', 'side', '../side')
    const path = join(at.top, 'side')
    const before = listing(path)
    const one = await make(at, 'one', 'existing', { path: join(path, 'src'), branch: 'side' })
    expect(listing(path)).toEqual(before)
    expect(one).toMatchObject({
      path: join(path, 'src'),
      gitDir: join(at.repo.commonDir, 'worktrees', 'side'),
    })
    expect(await make(at, 'two', 'existing', { path: at.repo.root, branch: 'main' })).toMatchObject({
      gitDir: at.repo.commonDir,
    })
  })

  test('must be a worktree of this repository, with its branch', async () => {
    const at = await place()
    const other = await repository()
    sh(at.repo.root, 'worktree', 'add', '-q', '--detach', '../detached')
    for (const path of [
      other.root,
      join(at.top, 'missing'),
      join(at.top, 'detached'),
      join(at.repo.root, 'README.md'),
      at.top,
    ]) {
      await expect(make(at, 'one', 'existing', { path, branch: 'main' })).rejects.toMatchObject({
        code: 'DIRECTORY_UNUSABLE',
      })
    }
    await expect(make(at, 'one', 'existing', { path: at.repo.root, branch: 'other' })).rejects.toMatchObject({
      code: 'DIRECTORY_UNUSABLE',
    })
    expect(await listRefs(at.repo, 'refs/worktrain')).toEqual([])
  })
})

describe('thirteen at once', () => {
  for (const kind of KINDS) {
    test(`of kind ${kind}: no error, no lock left, nothing broken`, async () => {
      const at = await place()
      const made = await Promise.all(Array.from({ length: 13 }, (_, n) => make(at, `w${n}`, kind)))
      expect(new Set(made.map((each) => each.path)).size).toBe(13)
      expect(sh(at.repo.root, 'worktree', 'list', '--porcelain').match(/^locked /gm)).toHaveLength(13)
      for (const each of made) expect(agent(each.path, 'status', '--porcelain')).toBe('')
      for (const each of made) commit(each.path, { [each.name]: 'x' })
      const published = await Promise.all(made.map((each) => workspaces.publish(each)))
      expect(published.every((each) => each.diverged === null)).toBe(true)
      await Promise.all(
        made.map((each) => workspaces.snapshot(each, { n: 1, previousTree: null, reason: 'r', now: 0 })),
      )
      expect(lockFiles(at.top)).toEqual([])
      expect(sh(at.repo.root, 'fsck', '--no-dangling')).toBe('')
      expect(
        sh(at.repo.root, 'for-each-ref', '--format=%(refname)', 'refs/heads/worktrain').split('\n'),
      ).toHaveLength(13)
    })
  }
})

describe('what cannot be made', () => {
  test('says why, and leaves nothing', async () => {
    const at = await place()
    sh(at.repo.root, 'branch', 'taken')
    sh(at.repo.root, 'worktree', 'add', '-q', '-b', 'elsewhere', '../elsewhere')
    mkdirSync(join(at.top, 'there'))
    const before = [
      listing(at.top).filter((name) => !name.startsWith('state')),
      sh(at.repo.root, 'for-each-ref'),
    ]
    for (const kind of ['sealed', 'linked'] as const) {
      const cases = [
        [{ branch: 'taken' }, 'BRANCH_EXISTS'],
        [{ branch: 'main', existingBranch: true }, 'BRANCH_CHECKED_OUT'],
        [{ branch: 'elsewhere', existingBranch: true }, 'BRANCH_CHECKED_OUT'],
        [{ branch: '-x' }, 'BRANCH_INVALID'],
        [{ branch: 'a..b' }, 'BRANCH_INVALID'],
        [{ branch: 'none', existingBranch: true }, 'BRANCH_INVALID'],
        [{ path: join(at.top, 'there') }, 'DIRECTORY_EXISTS'],
        [{ baseOid: '1'.repeat(40) }, 'BASE_UNKNOWN'],
      ] as const
      for (const [more, code] of cases)
        await expect(make(at, 'x', kind, more)).rejects.toMatchObject({ code })
      expect([
        listing(at.top).filter((name) => !name.startsWith('state')),
        sh(at.repo.root, 'for-each-ref'),
      ]).toEqual(before)
    }
  })

  test('one branch is given to one of two that ask at once', async () => {
    const at = await place()
    for (const kind of ['sealed', 'linked'] as const) {
      const branch = `shared-${kind}`
      sh(at.repo.root, 'branch', branch)
      const asked = ['a', 'b', 'c'].map((name) =>
        make(at, `${name}-${kind}`, kind, { branch, existingBranch: true }),
      )
      const done = await Promise.allSettled(asked)
      expect(done.filter((each) => each.status === 'fulfilled')).toHaveLength(1)
      for (const each of done)
        if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'BRANCH_CHECKED_OUT' })
      expect(readdirSync(join(at.top, 'repo.worktrees')).filter((name) => name.endsWith(kind))).toHaveLength(
        1,
      )
      expect(await exactRef(at.repo, `refs/heads/${branch}`)).not.toBeNull()
    }
  })

  const mountable = process.platform === 'linux' && process.getuid?.() === 0 && canMount()
  test.skipIf(!mountable)('a full disk leaves nothing (needs root and mount)', async () => {
    const at = await place()
    commit(at.repo.root, { big: 'x'.repeat(3_000_000) })
    const small = join(at.top, 'small')
    mkdirSync(small)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small])
    try {
      for (const kind of ['sealed', 'linked'] as const) {
        const refs = sh(at.repo.root, 'for-each-ref')
        await expect(make(at, 'x', kind, { path: join(small, 'trees', 'x') })).rejects.toMatchObject({
          code: 'DISK_FULL',
        })
        expect(listing(small)).toEqual([])
        expect(sh(at.repo.root, 'for-each-ref')).toBe(refs)
        expect(sh(at.repo.root, 'worktree', 'list').split('\n')).toHaveLength(1)
      }
      expect(statfsSync(small).bavail).toBeGreaterThan(0)
    } finally {
      execFileSync('umount', [small])
    }
  })
})

function canMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'worktrain-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], { stdio: 'ignore' })
    execFileSync('umount', [probe])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(probe)
  }
}

describe('.worktreeinclude', () => {
  test('copies what it names and git ignores, as Claude Code does', async () => {
    const at = await place()
    commit(at.repo.root, {
      '.gitignore': '.env*\nlocal/\nnode_modules/\n*.key\n',
      '.worktreeinclude':
        '# secrets\n.env*\n!.env.old\n*.key\nlocal/settings.json\nREADME.md\n**/deep.txt\nnotes.txt\n/top.key\n',
    })
    write(at.repo.root, {
      '.env': 'A=1',
      '.env.old': 'A=0',
      'sub/.env': 'B=1',
      'local/settings.json': '{}',
      'local/other.json': '{}',
      'node_modules/x/.env': 'no',
      'notes.txt': 'untracked but not ignored',
      'a b.key': 'k',
    })
    symlinkSync('/etc/passwd', join(at.repo.root, 'evil.key'))
    for (const kind of ['sealed', 'linked'] as const) {
      const one = await make(at, kind, kind)
      const copied = agent(one.path, 'ls-files', '--others').split('\n').toSorted()
      expect(copied).toEqual(['.env', 'a b.key', 'local/settings.json', 'sub/.env'])
      expect(agent(one.path, 'status', '--porcelain')).toBe('')
      expect(one.notes).toEqual(['.worktreeinclude: evil.key was not copied: it is a link.'])
    }
  })

  test('never writes through a link of the checkout', async () => {
    const at = await place()
    const outside = temporary()
    symlinkSync(outside, join(at.repo.root, 'link'))
    commit(at.repo.root, { '.gitignore': '*.key\n', '.worktreeinclude': '*.key\n' })
    sh(at.repo.root, 'rm', '-q', '--cached', 'link')
    const base = sh(at.repo.root, 'rev-parse', 'HEAD')
    execFileSync('rm', [join(at.repo.root, 'link')])
    write(at.repo.root, { 'link/x.key': 'k' })
    const one = await make(at, 'one', 'sealed', { baseOid: base })
    expect(readdirSync(outside)).toEqual([])
    expect(one.notes?.join()).toContain('link/x.key was not copied: a directory on the way is a link')
  })
})

describe('submodules', () => {
  test('are there, also nested ones; one that cannot be had is a note', async () => {
    const at = await place()
    const inner = await repository()
    const middle = await repository()
    sh(middle.root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner.root, 'inner')
    sh(middle.root, 'commit', '-q', '-m', 'sub')
    sh(at.repo.root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', middle.root, 'mid dle')
    sh(at.repo.root, 'commit', '-q', '-m', 'sub')
    for (const kind of ['sealed', 'linked'] as const) {
      const one = await make(at, kind, kind)
      expect(one.notes).toBeUndefined()
      expect(readFileSync(join(one.path, 'mid dle/inner/README.md'), 'utf8')).toBe('hello\n')
      expect(agent(one.path, 'status', '--porcelain')).toBe('')
    }
    execFileSync('mv', [middle.root, `${middle.root}-gone`])
    const broken = await make(at, 'broken')
    expect(broken.notes?.join()).toContain('Submodules are not complete')
  })
})

describe('undoing a half-made one', () => {
  test('is idempotent, and takes nothing that is not ours', async () => {
    const at = await place()
    const spec = specOf(at, 'one')
    mkdirSync(spec.path, { recursive: true })
    writeFileSync(join(spec.path, 'mine'), 'x')
    await workspaces.rollBack(spec)
    await workspaces.rollBack(spec)
    expect(readFileSync(join(spec.path, 'mine'), 'utf8')).toBe('x')
  })

  test('refuses one that holds published work', async () => {
    const at = await place()
    const one = await make(at, 'one')
    commit(one.path, { x: '1' })
    await workspaces.snapshot(one, { n: 1, previousTree: null, reason: 'r', now: 0 })
    await expect(workspaces.rollBack(one)).rejects.toMatchObject({ code: 'REMOVAL_UNSAFE' })
    expect(existsSync(join(one.path, 'x'))).toBe(true)
  })
})
