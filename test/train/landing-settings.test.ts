/** What a person may have configured, and kinds of checkouts: a landing is right there, or waits and loses nothing. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { localLanding } from '../../src/train/land/landing.ts'
import { moveWithin } from '../../src/train/land/move.ts'
import { before, copyTemplate, harm, land, makeTemplate, type Scene, sceneOf } from './landing-scene.ts'
import { branch, commit, sh, write } from './repository.ts'

let template: string
let home: string
beforeAll(async () => {
  template = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-settings-')))
  await makeTemplate(template)
})
afterAll(() => rmSync(template, { recursive: true, force: true }))
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-settings-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** Lands `change` on a checkout that `prepare` made; a landing without harm is all that is wanted. */
async function landing(
  options: { first?: Record<string, string>; change?: Record<string, string | null> },
  make: (root: string) => void,
): Promise<Scene> {
  const repo = await copyTemplate(template, home)
  if (options.first) commit(repo.root, options.first)
  const head = options.change ? branch(repo, 'another', options.change) : 'one'
  make(repo.root)
  return sceneOf(repo, home, head)
}

async function landsWithoutHarm(scene: Scene, agreed: readonly string[] = []): Promise<void> {
  const was = before(scene.root)
  const outcome = await land(scene)
  expect(outcome).toMatchObject({ kind: 'landed' })
  expect(harm(scene, was, outcome, agreed)).toEqual([])
}

async function waitsWithoutHarm(scene: Scene, paths: string[]): Promise<void> {
  const was = before(scene.root)
  const outcome = await land(scene)
  expect(outcome).toMatchObject({ kind: 'blocked', blocked: { reason: 'checkout', paths } })
  expect(harm(scene, was, outcome)).toEqual([])
  if (outcome.kind !== 'blocked') return
  // It is not begun again while that is so.
  expect(await scene.landing.prepare({ ...scene.landable, blocked: outcome.blocked })).toEqual(outcome)
}

function executable(path: string, script: string): string {
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

describe.each(['--cone', '--no-cone'])('sparse checkout %s', (mode) => {
  const first = { 'in/a.txt': '1\n', 'far/a.txt': '1\n', 'far/b.txt': '1\n' }
  const change = { 'in/a.txt': '2\n', 'in/new.txt': 'n\n', 'far/a.txt': '2\n', 'far/new.txt': 'n\n' }
  const sparse = (root: string) =>
    void sh(root, 'sparse-checkout', 'set', mode, ...(mode === '--cone' ? ['in'] : ['/in/']))

  it('gets what is inside, and nothing of what is outside', async () => {
    const s = await landing({ first, change }, sparse)
    await landsWithoutHarm(s)
    expect(readdirSync(join(s.root, 'in')).sort()).toEqual(['a.txt', 'new.txt'])
    expect(existsSync(join(s.root, 'far'))).toBe(false)
    expect(sh(s.root, 'status', '--porcelain')).toBe('')
    sh(s.root, 'sparse-checkout', 'disable')
    expect(readFileSync(join(s.root, 'far/new.txt'), 'utf8')).toBe('n\n')
  })

  it('waits for files of the person outside, new or edited', async () => {
    const s = await landing({ first, change }, (root) => {
      sparse(root)
      write(root, { 'far/new.txt': 'mine\n', 'far/a.txt': 'mine\n' })
    })
    await waitsWithoutHarm(s, ['far/a.txt', 'far/new.txt'])
  })
})

describe.each(['assume-unchanged', 'skip-worktree'])('a file marked %s', (flag) => {
  it('is not overwritten when it was edited', async () => {
    const s = await landing({}, (root) => {
      sh(root, 'update-index', `--${flag}`, 'a.txt')
      write(root, { 'a.txt': 'mine\n' })
    })
    await waitsWithoutHarm(s, ['a.txt'])
    write(s.root, { 'a.txt': 'a\n' })
    sh(s.root, 'update-index', `--no-${flag}`, 'a.txt')
    expect(await land(s)).toMatchObject({ kind: 'landed' })
  })

  it('is in nobody’s way when it was not, or is gone', async () => {
    const s = await landing({}, (root) => {
      sh(root, 'update-index', `--${flag}`, 'a.txt', 'gone.txt')
      rmSync(join(root, 'gone.txt'))
    })
    await landsWithoutHarm(s)
    expect(readFileSync(join(s.root, 'a.txt'), 'utf8')).toBe('A\n')
  })
})

describe('submodules', () => {
  /** A repository with two commits. */
  function library(): [string, string, string] {
    const path = join(home, 'library')
    mkdirSync(path)
    sh(path, 'init', '-q', '-b', 'main')
    return [path, commit(path, { 'l.txt': '1\n' }), commit(path, { 'l.txt': '2\n' })]
  }
  const allowed = ['-c', 'protocol.file.allow=always']

  async function withSubmodule(): Promise<{ s: Scene; lib: string; two: string }> {
    const repo = await copyTemplate(template, home)
    const [path, one, two] = library()
    sh(repo.root, ...allowed, 'submodule', '--quiet', 'add', path, 'lib')
    sh(join(repo.root, 'lib'), 'checkout', '-q', one)
    commit(repo.root, {}, 'submodule')
    sh(repo.root, 'checkout', '-q', '-b', 'bump')
    sh(repo.root, 'update-index', '--cacheinfo', `160000,${two},lib`)
    sh(repo.root, 'commit', '-q', '-m', 'bump')
    sh(repo.root, 'checkout', '-q', 'main')
    return { s: sceneOf(repo, home, 'bump'), lib: join(repo.root, 'lib'), two }
  }

  it('a new pointer lands; what is checked out in the submodule is the person’s', async () => {
    const { s, lib, two } = await withSubmodule()
    write(lib, { 'l.txt': 'mine\n', 'new.txt': 'mine\n' })
    const at = sh(lib, 'rev-parse', 'HEAD')
    expect(await land(s)).toMatchObject({ kind: 'landed' })
    expect(sh(s.root, 'ls-files', '-s', 'lib')).toContain(two)
    expect(sh(lib, 'rev-parse', 'HEAD')).toBe(at)
    expect(readFileSync(join(lib, 'l.txt'), 'utf8')).toBe('mine\n')
    expect(readFileSync(join(lib, 'new.txt'), 'utf8')).toBe('mine\n')
    write(lib, { 'l.txt': '1\n' })
    sh(s.root, ...allowed, 'submodule', '--quiet', 'update')
    expect(sh(lib, 'rev-parse', 'HEAD')).toBe(two)
  })

  it('a pointer that the person has staged is not overwritten', async () => {
    const { s, lib } = await withSubmodule()
    commit(lib, { 'l.txt': 'mine\n' })
    sh(s.root, 'add', 'lib')
    await waitsWithoutHarm(s, ['lib'])
  })

  it('one that the change removes leaves the files of the person', async () => {
    const { s, lib } = await withSubmodule()
    write(lib, { 'mine.txt': 'mine\n' })
    const head = branch(s.repo, 'drop', { lib: null })
    const outcome = await land(sceneOf(s.repo, home, head))
    expect(outcome.kind).toBe('landed')
    expect(readFileSync(join(lib, 'mine.txt'), 'utf8')).toBe('mine\n')
  })

  it('one that the change brings waits for a file of the person in its place', async () => {
    const repo = await copyTemplate(template, home)
    const [path] = library()
    sh(repo.root, 'checkout', '-q', '-b', 'bring')
    sh(repo.root, ...allowed, 'submodule', '--quiet', 'add', path, 'lib')
    commit(repo.root, {}, 'submodule')
    sh(repo.root, 'submodule', '--quiet', 'deinit', '-f', 'lib')
    sh(repo.root, 'checkout', '-q', 'main')
    rmSync(join(repo.root, 'lib'), { recursive: true, force: true })
    write(repo.root, { lib: 'mine\n' })
    const s = sceneOf(repo, home, 'bring')
    await waitsWithoutHarm(s, ['lib'])
    rmSync(join(repo.root, 'lib'))
    expect(await land(s)).toMatchObject({ kind: 'landed' })
  })
})

describe('settings', () => {
  it.each([
    ['core.untrackedCache', 'true'],
    ['core.splitIndex', 'true'],
    ['core.ignoreCase', 'true'],
    ['core.preloadIndex', 'false'],
    ['index.version', '4'],
    ['index.skipHash', 'true'],
    ['core.autocrlf', 'true'],
    ['merge.ff', 'false'],
    ['merge.autoStash', 'true'],
    ['merge.verifySignatures', 'true'],
    ['branch.main.mergeOptions', '--squash --no-commit'],
    ['pull.rebase', 'true'],
    ['commit.gpgSign', 'true'],
    ['core.quotePath', 'true'],
    ['status.showUntrackedFiles', 'no'],
    ['status.renames', 'copies'],
    ['diff.ignoreSubmodules', 'all'],
    ['diff.noprefix', 'true'],
    ['core.abbrev', '4'],
  ])('%s = %s changes nothing', async (key, value) => {
    const s = await landing({}, (root) => {
      sh(root, 'config', key, value)
      sh(root, 'update-index', '--force-write-index')
      sh(root, 'status')
      write(root, { 'b.txt': 'mine\n', 'own.txt': 'mine\n' })
    })
    await landsWithoutHarm(s)
    expect(sh(s.root, 'rev-parse', 'main')).toBe(s.landable.commit)
    expect(sh(s.root, 'stash', 'list')).toBe('')
  })

  it('a rename in nothing but case is in nobody’s way where case does not count', async () => {
    const s = await landing(
      { change: { 'a.txt': null, 'A.txt': 'a\n' } },
      (root) => void sh(root, 'config', 'core.ignoreCase', 'true'),
    )
    await landsWithoutHarm(s)
  })

  it('runs no hook and no monitor, whoever configured it, so none can stop or hang it', async () => {
    const ran = join(home, 'ran')
    const s = await landing({}, () => {})
    const hooks = join(home, 'hooks')
    mkdirSync(hooks)
    for (const directory of [hooks, join(s.root, '.git/hooks')])
      for (const name of ['post-merge', 'post-checkout', 'post-index-change', 'reference-transaction'])
        executable(join(directory, name), `echo ${name} >> ${ran}; exit 1`)
    const monitor = executable(join(home, 'monitor'), `echo monitor >> ${ran}; exit 1`)
    sh(s.root, 'config', 'core.hooksPath', hooks)
    sh(s.root, 'config', 'core.fsmonitor', monitor)
    rmSync(ran, { force: true })
    expect(await land(s)).toMatchObject({ kind: 'landed' })
    expect(existsSync(ran)).toBe(false)
  })
})

describe('filters of the person', () => {
  it('write the files, and line endings are those of the checkout', async () => {
    const s = await landing(
      {
        change: {
          '.gitattributes': 'loud.txt filter=shout\ncrlf.txt text eol=crlf\n',
          'loud.txt': 'loud\n',
          'crlf.txt': 'x\n',
        },
      },
      (root) => {
        sh(root, 'config', 'filter.shout.smudge', 'tr a-z A-Z')
        sh(root, 'config', 'filter.shout.clean', 'tr A-Z a-z')
      },
    )
    await landsWithoutHarm(s)
    expect(readFileSync(join(s.root, 'loud.txt'), 'utf8')).toBe('LOUD\n')
    expect(readFileSync(join(s.root, 'crlf.txt'), 'utf8')).toBe('x\r\n')
  })

  /** The filter of z.txt, which is written last, does what `script` says. */
  const filtered = (script: string) =>
    landing(
      {
        first: { '.gitattributes': 'z.txt filter=own\n' },
        change: { 'a.txt': 'A\n', 'b.txt': 'B\n', 'new.txt': 'n\n', 'gone.txt': null, 'z.txt': 'z\n' },
      },
      (root) => {
        sh(root, 'config', 'filter.own.smudge', executable(join(home, 'smudge'), script))
        sh(root, 'config', 'filter.own.clean', 'cat')
        sh(root, 'config', 'filter.own.required', 'true')
      },
    )

  it('that hang are ended, and what git wrote before is taken back', async () => {
    const s = await filtered(`[ -f ${home}/ok ] || sleep 600; cat`)
    const was = before(s.root)
    const hurried = localLanding(s.repo, s.stateDir, Date.now, moveWithin(3000))
    const outcome = await land({ ...s, landing: hurried })
    expect(outcome).toMatchObject({
      kind: 'blocked',
      blocked: { reason: 'checkout', paths: [], detail: expect.stringContaining('did not answer in time') },
    })
    expect([...before(s.root).mine]).toEqual([...was.mine])
    expect(readFileSync(join(s.root, 'a.txt'), 'utf8')).toBe('a\n')
    expect(readFileSync(join(s.root, 'gone.txt'), 'utf8')).toBe('gone\n')
    expect(existsSync(join(s.root, '.git/index.lock'))).toBe(false)
    write(home, { ok: '' })
    await landsWithoutHarm(s)
  })

  it('that fail make it wait, and what git wrote before is taken back', async () => {
    const s = await filtered(`[ -f ${home}/ok ] || exit 1; cat`)
    const was = before(s.root)
    const outcome = await land(s)
    expect(outcome).toMatchObject({ kind: 'blocked', blocked: { reason: 'checkout' } })
    expect(outcome.kind === 'blocked' && outcome.blocked.detail).toContain('smudge filter own failed')
    expect([...before(s.root).mine]).toEqual([...was.mine])
    expect(readFileSync(join(s.root, 'a.txt'), 'utf8')).toBe('a\n')
    write(home, { ok: '' })
    await landsWithoutHarm(s)
  })
})

it('knows files by the bytes of their names', async () => {
  const odd = [
    '"quoted".txt',
    'tab\there.txt',
    'line\nbreak.txt',
    'späce ü.txt',
    '-dash.txt',
    ':(top)x.txt',
    '\u001b[2Jx.txt',
  ]
  const s = await landing({ change: Object.fromEntries(odd.map((name) => [name, 'theirs\n'])) }, (root) =>
    write(root, Object.fromEntries(odd.map((name) => [name, 'mine\n']))),
  )
  const was = before(s.root)
  const outcome = await land(s)
  if (outcome.kind !== 'blocked') throw new Error(outcome.kind)
  expect([...outcome.blocked.paths].sort()).toEqual([...odd].sort())
  // oxlint-disable-next-line no-control-regex
  expect(outcome.blocked.detail).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  expect(harm(s, was, outcome)).toEqual([])
  for (const name of odd) rmSync(join(s.root, name))
  await landsWithoutHarm(s)
})
