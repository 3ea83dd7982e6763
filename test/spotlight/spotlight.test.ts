/** There and back in a real checkout: what the person had is what they have again. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { branch } from '../train/repository.ts'
import { commit, sh, write } from '../fixtures/plain-git.ts'
import { again, back, openPlace, picture, type Place, show, stageOf, WORK, workOf } from './scene.ts'
import { stateOf } from '../../src/spotlight/index.ts'

let home: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-spotlight-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** Of every kind: staged, unstaged, both in one file, new, deleted, another mode, untracked, ignored. */
function dirty(root: string): void {
  write(root, { 'a.txt': 'staged\n', 'staged-new.txt': 'staged\n', 'dir/one.txt': 'staged\n' })
  sh(root, 'add', 'a.txt', 'staged-new.txt', 'dir/one.txt')
  write(root, {
    'a.txt': 'staged, then changed\n',
    'b.txt': 'changed\r\nwith two\nline ends\n',
    'mine.txt': 'untracked\n',
    'out/cache.bin': 'ignored\n',
    'node_modules/x/index.js': 'ignored\n',
    'later.txt': 'to be added\n',
  })
  sh(root, 'add', '-N', 'later.txt')
  rmSync(join(root, 'gone.txt'))
  chmodSync(join(root, 'README.md'), 0o755)
  chmodSync(join(root, 'c.txt'), 0o600)
  symlinkSync('nowhere', join(root, 'link'))
}

const contentOf = (place: Place, path: string) => readFileSync(join(place.root, path), 'utf8')

describe('a look', () => {
  it('shows the work alone, on no branch, and goes back to every kind of change', async () => {
    const place = await openPlace(home)
    write(place.root, { 'b.txt': 'in the stash\n' })
    sh(place.root, 'stash', '-q')
    dirty(place.root)
    const was = picture(place.root)
    await show(place)
    expect(sh(place.root, 'rev-parse', 'HEAD')).toBe(place.work.commit)
    expect(readFileSync(join(place.root, '.git/HEAD'), 'utf8')).toBe(`${place.work.commit}\n`)
    expect(sh(place.root, 'status', '--porcelain')).toBe('?? link\n?? mine.txt')
    expect(contentOf(place, 'a.txt')).toBe(WORK['a.txt'])
    expect(contentOf(place, 'dir')).toBe('a file now\n')
    expect(existsSync(join(place.root, 'staged-new.txt'))).toBe(false)
    expect(contentOf(place, 'out/cache.bin')).toBe('ignored\n')
    const { edits, how, notes } = await back(place)
    expect({ edits, how, notes }).toEqual({ edits: null, how: 'back', notes: [] })
    expect(picture(place.root)).toEqual(was)
    expect(sh(place.root, 'for-each-ref', 'refs/worktrain/spotlight')).toBe('')
    expect(existsSync(stageOf(place).directory)).toBe(false)
  })

  it('keeps what git would not give back: bytes that a filter changes, and all of the mode', async () => {
    const files = { 'a.txt': 'a\n', 'b.txt': 'b\n', '.gitattributes': '* text=auto\n' }
    const place = await openPlace(home, { 'a.txt': 'A\n', 'b.txt': 'B\n' }, files)
    sh(place.root, 'config', 'core.autocrlf', 'input')
    writeFileSync(join(place.root, 'a.txt'), 'mixed\r\nends\nhere\r\n')
    chmodSync(join(place.root, 'a.txt'), 0o640)
    chmodSync(join(place.root, 'b.txt'), 0o600)
    const was = picture(place.root)
    await show(place)
    expect(contentOf(place, 'a.txt')).toBe('A\n')
    await back(place)
    expect(picture(place.root)).toEqual(was)
  })

  it('keeps all of it as a stash would, for plain git to take back', async () => {
    const place = await openPlace(home)
    dirty(place.root)
    const was = picture(place.root)
    await show(place)
    const { kept } = await stateOf(stageOf(place))
    sh(place.root, 'switch', '-q', 'main')
    sh(place.root, 'stash', 'apply', '-q', '--index', kept)
    const now = picture(place.root)
    // To a stash a file to be added is an added one, and it knows one bit of the mode.
    for (const path of ['a.txt', 'b.txt', 'dir/one.txt', 'staged-new.txt', 'README.md'])
      expect(now[`file ${path}`], path).toBe(was[`file ${path}`])
  })

  it('goes back to no branch, where there was none', async () => {
    const place = await openPlace(home)
    sh(place.root, 'switch', '-q', '--detach')
    dirty(place.root)
    const was = picture(place.root)
    await show(place)
    await back(place)
    expect(picture(place.root)).toEqual(was)
  })

  it('works in a worktree of the person as in the main checkout', async () => {
    const place = await openPlace(home)
    const other = join(home, 'other')
    sh(place.root, 'worktree', 'add', '-q', '-b', 'side', other)
    write(other, { 'a.txt': 'mine\n' })
    const stage = {
      ...stageOf(place),
      place: { path: other, gitDir: join(place.root, '.git/worktrees/other') },
    }
    await show(place, place.work, stage)
    expect(readFileSync(join(other, 'a.txt'), 'utf8')).toBe(WORK['a.txt'])
    expect(contentOf(place, 'a.txt')).toBe('a\n')
    await back(place, stage)
    expect(sh(other, 'status', '--porcelain', '--branch')).toBe('## side\n M a.txt')
  })
})

describe('edits made meanwhile', () => {
  it('are kept as a commit on what was shown, with new files, and are not in the way', async () => {
    const place = await openPlace(home)
    dirty(place.root)
    const was = picture(place.root)
    await show(place)
    write(place.root, { 'a.txt': 'tried this\n', 'b.txt': 'and that\n', 'fresh.txt': 'new of mine\n' })
    sh(place.root, 'add', 'b.txt')
    rmSync(join(place.root, 'new.txt'))
    const { edits, notes } = await back(place)
    expect(edits?.files.toSorted()).toEqual(['a.txt', 'b.txt', 'fresh.txt', 'new.txt'])
    const of = edits?.commit ?? ''
    expect(sh(place.root, 'rev-parse', `${of}^1`)).toBe(place.work.commit)
    expect(sh(place.root, 'show', `${of}:a.txt`)).toBe('tried this')
    expect(sh(place.root, 'show', `${of}:fresh.txt`)).toBe('new of mine')
    expect(sh(place.root, 'for-each-ref', '--format=%(objectname)', 'refs/worktrain/spotlight')).toBe(of)
    expect(notes.join()).toContain('fresh.txt')
    rmSync(join(place.root, 'fresh.txt'))
    expect(picture(place.root)).toEqual(was)
  })

  it('are kept when they were committed', async () => {
    const place = await openPlace(home)
    const was = picture(place.root)
    await show(place)
    const made = commit(place.root, { 'a.txt': 'committed by mistake\n' })
    const { edits } = await back(place)
    expect(edits).toEqual({ commit: made, files: ['a.txt'] })
    expect(picture(place.root)).toEqual(was)
  })

  it('are kept at a path that was tracked before and is ignored now', async () => {
    const place = await openPlace(home, { 'gone.txt': null, '.gitignore': 'gone.txt\n' })
    const was = picture(place.root)
    await show(place)
    write(place.root, { 'gone.txt': 'built while looking\n' })
    const { edits } = await back(place)
    expect(sh(place.root, 'show', `${edits?.commit}:gone.txt`)).toBe('built while looking')
    expect(picture(place.root)).toEqual(was)
  })
})

describe('once more', () => {
  it('shows what is newer, or of another session, and what was first goes back last', async () => {
    const place = await openPlace(home)
    dirty(place.root)
    const newer = workOf(place.repo, 'newer', { 'a.txt': 'newer\n', 'b.txt': 'B\n' }, place.work.commit)
    const other = workOf(place.repo, 'other', { 'dir/one.txt': 'another\n' })
    const was = picture(place.root)
    await show(place)
    expect((await again(place, newer)).edits).toBe(null)
    expect(contentOf(place, 'b.txt')).toBe('B\n')
    write(place.root, { 'a.txt': 'tried\n' })
    const { edits } = await again(place, other)
    expect(edits?.files).toEqual(['a.txt'])
    expect(contentOf(place, 'dir/one.txt')).toBe('another\n')
    await back(place)
    expect(picture(place.root)).toEqual(was)
  })
})

describe('a branch that moved meanwhile', () => {
  const land = (place: Place, files: Record<string, string | null>) => {
    const next = branch(place.repo, 'landed', files)
    sh(place.root, 'update-ref', 'refs/heads/main', next)
    sh(place.root, 'branch', '-q', '-D', 'landed')
    return next
  }

  it('is gone back to, with the changes, where they do not meet', async () => {
    const place = await openPlace(home)
    write(place.root, { 'b.txt': 'staged\n', 'mine.txt': 'mine\n' })
    sh(place.root, 'add', 'b.txt')
    write(place.root, { 'b.txt': 'changed\n' })
    await show(place)
    const next = land(place, { 'a.txt': 'landed\n', 'from-train.txt': 'landed\n', 'gone.txt': null })
    const { head, notes } = await back(place)
    expect({ head, notes }).toEqual({ head: { branch: 'main', commit: next }, notes: [] })
    expect(sh(place.root, 'status', '--porcelain', '--branch')).toBe('## main\nMM b.txt\n?? mine.txt')
    expect(contentOf(place, 'a.txt')).toBe('landed\n')
    expect(contentOf(place, 'b.txt')).toBe('changed\n')
    expect(sh(place.root, 'show', ':b.txt')).toBe('staged')
  })

  it.each([
    ['changed', { 'a.txt': 'landed\n' }],
    ['untracked', { 'mine.txt': 'landed\n' }],
    ['below', { 'b.txt': null, 'b.txt/x': 'landed\n' }],
  ])(
    'is not gone back to where they meet (%s): what was there is there again, beside it',
    async (_, files) => {
      const place = await openPlace(home)
      write(place.root, { 'a.txt': 'mine\n', 'b.txt': 'mine\n', 'mine.txt': 'mine\n' })
      const was = picture(place.root)
      const head = sh(place.root, 'rev-parse', 'HEAD')
      await show(place)
      const next = land(place, files)
      const done = await back(place)
      expect(done.head).toEqual({ branch: null, commit: head })
      expect(done.notes.join()).toContain('main has moved on')
      const now = picture(place.root)
      expect(sh(place.root, 'rev-parse', 'main')).toBe(next)
      expect({ ...now, HEAD: was['HEAD'], heads: was['heads'] }).toEqual(was)
      // What was kept is kept on.
      expect(sh(place.root, 'for-each-ref', '--format=%(refname)', 'refs/worktrain/spotlight')).toContain(
        '/kept',
      )
    },
  )

  it('is not gone back to when it is checked out elsewhere, or gone', async () => {
    const place = await openPlace(home)
    const head = sh(place.root, 'rev-parse', 'HEAD')
    await show(place)
    sh(place.root, 'worktree', 'add', '-q', join(home, 'elsewhere'), 'main')
    const done = await back(place)
    expect(done.head).toEqual({ branch: null, commit: head })
    expect(done.notes.join()).toContain('elsewhere')
    expect(sh(place.root, 'status', '--porcelain')).toBe('')
  })
})

describe('refused, and nothing is changed', () => {
  const put = (files: Record<string, string>) => (root: string) => write(root, files)
  it.each<[string, (root: string) => void, RegExp]>([
    ['an untracked file in the way', put({ 'new.txt': 'mine\n' }), /in the way: new\.txt/],
    [
      'an ignored file where a directory comes',
      (root) => {
        write(root, { '.git/info/exclude': 'sub\n', sub: 'mine\n' })
      },
      /in the way: sub/,
    ],
    ['an ignored file in a directory that becomes a file', put({ 'dir/x.log': 'mine\n' }), /dir\/x\.log/],
    ['a lock', put({ '.git/index.lock': '' }), /index\.lock/],
    ['a merge', put({ '.git/MERGE_HEAD': '' }), /merge is not finished/],
    ['a sparse checkout', (root) => void sh(root, 'config', 'core.sparseCheckout', 'true'), /sparse/],
    ['a split index', (root) => void sh(root, 'update-index', '--split-index'), /split/],
    [
      'a file git is told not to look at',
      (root) => {
        sh(root, 'update-index', '--assume-unchanged', 'b.txt')
        write(root, { 'b.txt': 'hidden\n' })
      },
      /told not to look at.*b\.txt/,
    ],
    [
      'the very state',
      (root) => void sh(root, 'checkout', '-q', '--detach', 'worktrain/kamal'),
      /that very state/,
    ],
    [
      'a link where a directory comes',
      (root) => {
        mkdirSync(join(root, '../elsewhere'))
        symlinkSync('../elsewhere', join(root, 'sub'))
      },
      /in the way: sub/,
    ],
    [
      'conflicts',
      (root) => {
        write(root, { 'b.txt': 'mine\n' })
        sh(root, 'stash', '-q')
        commit(root, { 'b.txt': 'main\n' })
        expect(() => sh(root, 'stash', 'pop')).toThrow()
      },
      /conflicts are not resolved/,
    ],
  ])('%s', async (_, make, says) => {
    const place = await openPlace(home)
    make(place.root)
    const was = picture(place.root)
    await expect(show(place)).rejects.toMatchObject({
      code: 'CHECKOUT_UNSAFE',
      message: expect.stringMatching(says),
    })
    expect(picture(place.root)).toEqual(was)
    expect(sh(place.root, 'for-each-ref', 'refs/worktrain/spotlight')).toBe('')
    const told = (await place.journal.read({ after: 0, limit: 10 })).map(({ type }) => type)
    expect([[], ['spotlight.begun', 'spotlight.forgotten']]).toContainEqual(told)
    expect(existsSync(stageOf(place).directory)).toBe(false)
  })

  it('going back over an ignored file that came meanwhile', async () => {
    const place = await openPlace(home, { 'c.txt': null, 'c.txt/below.txt': 'deep\n' })
    const was = picture(place.root)
    await show(place)
    write(place.root, { 'c.txt/build.log': 'built\n' })
    const shown = picture(place.root)
    await expect(back(place)).rejects.toMatchObject({
      code: 'CHECKOUT_UNSAFE',
      message: /c\.txt\/build\.log/,
    })
    expect(picture(place.root)).toEqual(shown)
    rmSync(join(place.root, 'c.txt/build.log'))
    await back(place)
    expect(picture(place.root)).toEqual(was)
  })

  it('a checkout that was moved by hand', async () => {
    const place = await openPlace(home)
    await show(place)
    sh(place.root, 'switch', '-q', 'main')
    write(place.root, { 'a.txt': 'worked on\n' })
    const was = picture(place.root)
    const { standingOf } = await import('../../src/spotlight/index.ts')
    const stage = stageOf(place)
    expect(await standingOf(stage, await stateOf(stage))).toBe('elsewhere')
    expect(picture(place.root)).toEqual(was)
  })
})
