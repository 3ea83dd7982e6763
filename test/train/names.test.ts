/** File names and kinds of files: what git can hold, and what a file system makes of it. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { foldedTogether } from '../../src/train/merge/fold.ts'
import { isPlainPath } from '../../src/train/merge/paths.ts'
import { dirtiedFiles, makeScratch, removeScratch } from '../../src/train/checks/scratch.ts'
import { candidateOf, lines, type Yard, yard } from './merging.ts'
import { branch, commit, ENV, sh } from './repository.ts'

const files = (y: Yard, rev: string) =>
  sh(y.root, 'ls-tree', '-r', '-z', '--name-only', rev).split('\0').filter(Boolean)

/** Commits on a new branch, made by git commands. */
function work(y: Yard, name: string, what: (directory: string) => void, from = 'main'): string {
  const directory = join(y.home, `wt-${name}`)
  sh(y.root, 'worktree', 'add', '-q', '-b', name, directory, from)
  what(directory)
  sh(directory, 'add', '-A')
  sh(directory, 'commit', '-q', '-m', name)
  const head = sh(directory, 'rev-parse', 'HEAD')
  sh(y.root, 'worktree', 'remove', '--force', directory)
  return head
}

/** A tree made of raw entries: names that no file system here need be able to hold. */
function treeWith(y: Yard, entries: [name: Buffer | string, content: string][]): string {
  const lines = entries.map(([name, content]) => {
    const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], {
      cwd: y.root,
      env: ENV,
      input: content,
    })
    return Buffer.concat([
      Buffer.from(`100644 blob ${blob.toString().trim()}\t`),
      Buffer.from(name),
      Buffer.from('\0'),
    ])
  })
  const tree = execFileSync('git', ['mktree', '-z'], { cwd: y.root, env: ENV, input: Buffer.concat(lines) })
  return tree.toString().trim()
}

describe('a name', () => {
  it('may hold line breaks, quotes, dashes and anything else a name can', async () => {
    const odd = [
      '-rf',
      '--help',
      'a\nb.txt',
      'q"uo\'te',
      ' space ',
      'tab\there',
      ':(top)*',
      '*',
      '\\back',
      '$(id)',
      'é',
    ]
    const y = await yard({ ...Object.fromEntries(odd.map((name) => [name, lines(20)])), 'd/-x': 'x\n' })
    const head = branch(
      y.repo,
      'one',
      Object.fromEntries(odd.map((name) => [name, lines(20, { 3: 'mine' })])),
    )
    const recent = [{ old: sh(y.root, 'rev-parse', 'main'), new: '' }]
    recent[0]!.new = commit(y.root, Object.fromEntries(odd.map((name) => [name, lines(20, { 17: 'main' })])))
    const { commit: made } = candidateOf(await y.merge(head, { recent }))
    expect(files(y, made).sort()).toEqual([...odd, 'd/-x'].sort())
    const scratch = await makeScratch(y.repo, join(y.home, 'scratch'), made)
    for (const name of odd)
      expect(readFileSync(join(scratch.work, name), 'utf8')).toBe(lines(20, { 3: 'mine', 17: 'main' }))
    writeFileSync(join(scratch.work, 'a\nb.txt'), 'changed\n')
    expect(await dirtiedFiles(scratch)).toEqual(['a\nb.txt'])
    const other = branch(y.repo, 'two', { 'a\nb.txt': lines(20, { 17: 'mine' }) }, 'main~1')
    expect(await y.merge(other)).toMatchObject({ kind: 'conflict', files: ['a\nb.txt'] })
  })

  it('need not be UTF-8: two that are not are two', async () => {
    const y = await yard({ 'a.txt': 'a\n' })
    const made = (entries: [Buffer, string][], parents: string[]) =>
      sh(
        y.root,
        'commit-tree',
        '-m',
        'x',
        ...parents.flatMap((parent) => ['-p', parent]),
        treeWith(y, entries),
      )
    const [fe, ff] = [Buffer.from([0x61, 0xfe]), Buffer.from([0x61, 0xff])]
    const base = made(
      [
        [fe, lines(20)],
        [ff, lines(20)],
      ],
      [],
    )
    const ours = made(
      [
        [fe, lines(20, { 3: 'main' })],
        [ff, lines(20)],
      ],
      [base],
    )
    const theirs = made(
      [
        [fe, lines(20)],
        [ff, lines(20, { 3: 'mine' })],
      ],
      [base],
    )
    const { tree } = candidateOf(await y.merge(theirs, { base: ours }))
    expect(tree).toBe(
      treeWith(y, [
        [fe, lines(20, { 3: 'main' })],
        [ff, lines(20, { 3: 'mine' })],
      ]),
    )
    const both = made(
      [
        [fe, lines(20, { 3: 'mine' })],
        [ff, lines(20)],
      ],
      [base],
    )
    expect(await y.merge(both, { base: ours })).toMatchObject({ kind: 'conflict' })
  })

  it('that no checkout may hold is told from others', () => {
    for (const path of ['a/../b', '../b', '/b', 'a//b', '.git/config', 'a/.GIT/x', '', './a'])
      expect(isPlainPath(path)).toBe(false)
    for (const path of ['a', 'a/b', '.gitattributes', 'a..b', '...']) expect(isPlainPath(path)).toBe(true)
  })

  it('may change its case alone, and the file is the same one', async () => {
    const y = await yard({ 'Readme.md': lines(20), 'a.txt': 'a\n' })
    const head = work(y, 'one', (at) => void sh(at, 'mv', 'Readme.md', 'README.md'))
    commit(y.root, { 'Readme.md': lines(20, { 3: 'main' }) })
    sh(y.root, 'config', 'core.ignorecase', 'true')
    const { commit: made } = candidateOf(await y.merge(head))
    expect(files(y, made)).toEqual(['README.md', 'a.txt'])
    expect(sh(y.root, 'show', `${made}:README.md`)).toBe(lines(20, { 3: 'main' }).trimEnd())
  })

  it('of another case is a second file where the file system knows both, and refused where it does not', async () => {
    const y = await yard({ 'Readme.md': 'r\n' })
    const base = sh(y.root, 'rev-parse', 'main')
    const twin = treeWith(y, [
      ['README.md', 'other\n'],
      ['Readme.md', 'r\n'],
    ])
    const head = sh(y.root, 'commit-tree', '-m', 'x', '-p', base, twin)
    sh(y.root, 'config', 'core.ignorecase', 'false')
    candidateOf(await y.merge(head))
    sh(y.root, 'config', 'core.ignorecase', 'true')
    const built = await y.merge(head)
    expect(built).toMatchObject({ kind: 'conflict', files: ['README.md'] })
    expect(built).toMatchObject({
      detail: expect.stringContaining('README.md and Readme.md would be one file there'),
    })
    // The target already has such a pair: that is not the change's doing.
    const after = sh(
      y.root,
      'commit-tree',
      '-m',
      'y',
      '-p',
      head,
      treeWith(y, [
        ['README.md', 'other\n'],
        ['Readme.md', 'R\n'],
      ]),
    )
    candidateOf(await y.merge(after, { base: head }))
  })

  it('is compared as such file systems do', () => {
    const meet = (added: string, ...others: string[]) =>
      foldedTogether(new Set([latin(added)]), [added, ...others].map(latin)).map(({ other }) => other)
    const latin = (path: string) => Buffer.from(path).toString('latin1')
    expect(meet('Über.md', 'ÜBER.md')).toEqual(['ÜBER.md'])
    expect(meet('caf\u00e9', 'cafe\u0301')).toEqual(['cafe\u0301'])
    // A file, or a link, where the other has a directory.
    expect(meet('SRC', 'src/a.ts')).toEqual(['src/a.ts'])
    expect(meet('src/a.ts', 'SRC')).toEqual(['SRC'])
    expect(meet('src/a.ts', 'src/b.ts', 'SRC/c.ts')).toEqual([])
    expect(foldedTogether(new Set(), ['a', 'A'])).toEqual([])
  })
})

describe('a file', () => {
  it('that one side renames takes the edit of the other along', async () => {
    const y = await yard({ 'a.txt': lines(20), 'dir/b.txt': lines(20) })
    const head = work(
      y,
      'one',
      (at) => void (sh(at, 'mv', 'a.txt', 'moved.txt'), sh(at, 'mv', 'dir', 'other')),
    )
    const recent = [
      {
        old: sh(y.root, 'rev-parse', 'main'),
        new: commit(y.root, { 'a.txt': lines(20, { 3: 'main' }), 'dir/b.txt': lines(20, { 3: 'main' }) }),
      },
    ]
    const { commit: made } = candidateOf(await y.merge(head, { recent }))
    expect(files(y, made)).toEqual(['moved.txt', 'other/b.txt'])
    expect(sh(y.root, 'show', `${made}:other/b.txt`)).toContain('main')
  })

  it('new in a directory that the other side renamed is a conflict about where it belongs', async () => {
    const y = await yard({ 'dir/a.txt': lines(20), 'dir/b.txt': lines(20, { 1: 'b' }) })
    const head = branch(y.repo, 'one', { 'dir/new.txt': 'new\n' })
    sh(y.root, 'mv', 'dir', 'other')
    commit(y.root, {})
    // Moving it in silence is not for the train, whatever the person's git would do.
    for (const setting of ['conflict', 'true']) {
      sh(y.root, 'config', 'merge.directoryRenames', setting)
      expect(await y.merge(head)).toMatchObject({
        kind: 'conflict',
        detail: expect.stringContaining('file location'),
      })
    }
    sh(y.root, 'config', 'merge.directoryRenames', 'false')
    const { commit: made } = candidateOf(await y.merge(head))
    expect(files(y, made)).toEqual(['dir/new.txt', 'other/a.txt', 'other/b.txt'])
  })

  it('cannot be where the other side made a directory', async () => {
    const y = await yard({ 'a.txt': 'a\n' })
    const head = branch(y.repo, 'one', { thing: 'a file\n' })
    commit(y.root, { 'thing/part.txt': 'part\n' })
    expect(await y.merge(head)).toMatchObject({ kind: 'conflict', files: ['thing'] })
  })

  it('keeps its executable bit, whoever set it', async () => {
    const y = await yard({ 'a.sh': lines(20), 'b.sh': lines(20) })
    const head = work(y, 'one', (at) => chmodSync(join(at, 'a.sh'), 0o755))
    commit(y.root, { 'a.sh': lines(20, { 3: 'main' }) })
    const { commit: made } = candidateOf(await y.merge(head))
    expect(sh(y.root, 'ls-tree', made)).toMatch(/^100755 .*\ta\.sh$/m)
    const scratch = await makeScratch(y.repo, join(y.home, 'scratch'), made)
    expect(lstatSync(join(scratch.work, 'a.sh')).mode & 0o111).not.toBe(0)
    expect(lstatSync(join(scratch.work, 'b.sh')).mode & 0o111).toBe(0)
  })

  it('that becomes a link is one, against an edit a conflict, and never followed', async () => {
    const y = await yard({ 'a.txt': lines(20), 'b.txt': 'b\n' })
    const out = join(y.home, 'outside')
    writeFileSync(out, 'outside\n')
    const head = work(y, 'one', (at) => {
      sh(at, 'rm', '-q', 'a.txt')
      symlinkSync(out, join(at, 'a.txt'))
      symlinkSync('../../..', join(at, 'up'))
    })
    const { commit: made } = candidateOf(await y.merge(head))
    const scratch = await makeScratch(y.repo, join(y.home, 'scratch'), made)
    expect(readlinkSync(join(scratch.work, 'a.txt'))).toBe(out)
    expect(await dirtiedFiles(scratch)).toEqual([])
    removeScratch(scratch.directory)
    expect(existsSync(out) && readFileSync(out, 'utf8')).toBe('outside\n')
    commit(y.root, { 'a.txt': lines(20, { 3: 'main' }) })
    expect(await y.merge(head)).toMatchObject({ kind: 'conflict', files: ['a.txt'] })
  })
})
