/** Histories that are not one branch beside another. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRepository } from '../../src/git/index.ts'
import { makeScratch, dirtiedFiles } from '../../src/train/checks/scratch.ts'
import { candidateOf, lines, temporary, type Yard, yard, yardOf } from './merging.ts'
import { branch, commit, ENV, repositoryWith, sh, write } from './repository.ts'

const show = (y: Yard, rev: string) => sh(y.root, 'show', rev)

describe('a history', () => {
  it('that crosses over has several common ancestors, and none of its lines is lost', async () => {
    const y = await yard({ 'a.txt': lines(30) })
    const one = branch(y.repo, 'one', { 'a.txt': lines(30, { 5: 'one' }) })
    const base = commit(y.root, { 'a.txt': lines(30, { 25: 'main' }) })
    const made = (name: string, first: string, second: string, more: Record<number, string>) => {
      sh(y.root, 'checkout', '-q', '-B', name, first)
      sh(y.root, 'merge', '-q', '--no-edit', second)
      return commit(y.root, { 'a.txt': lines(30, { 5: 'one', 25: 'main', ...more }) })
    }
    const left = made('left', base, one, { 10: 'left' })
    const right = made('right', one, base, { 20: 'right' })
    expect(sh(y.root, 'merge-base', '--all', left, right).split('\n')).toHaveLength(2)
    const recent = [{ old: base, new: left }]
    const built = candidateOf(await y.merge(right, { base: left, recent }))
    expect(show(y, `${built.commit}:a.txt`)).toBe(
      lines(30, { 5: 'one', 10: 'left', 20: 'right', 25: 'main' }).trimEnd(),
    )
  })

  it('of its own has nothing to be merged by', async () => {
    const y = await yard({ 'a.txt': 'a\n' })
    sh(y.root, 'checkout', '-q', '--orphan', 'other')
    const head = commit(y.root, { 'b.txt': 'b\n' })
    const detail = 'one has no commit in common with main.'
    expect(await y.merge(head)).toEqual({ kind: 'impossible', detail })
  })

  it('that ends early in a shallow clone is merged where both sides meet, also once it was deepened', async () => {
    const origin = await yard({ 'a.txt': lines(20) })
    for (const n of [1, 2, 3]) commit(origin.root, { 'n.txt': `${n}\n` })
    const home = temporary()
    execFileSync('git', ['clone', '-q', '--depth=2', `file://${origin.root}`, join(home, 'clone')], {
      env: ENV,
    })
    const y = await yardOf(await openRepository(join(home, 'clone')), home)
    const head = branch(y.repo, 'one', { 'a.txt': lines(20, { 3: 'mine' }) })
    commit(y.root, { 'n.txt': '4\n' })
    candidateOf(await y.merge(head))
    // Parts that only a deeper clone knows.
    const old = sh(origin.root, 'rev-parse', 'main~3')
    sh(origin.root, 'branch', 'old', old)
    sh(y.root, 'fetch', '-q', '--depth=1', 'origin', 'old:old')
    const early = branch(y.repo, 'early', { 'b.txt': 'b\n' }, 'old')
    expect(await y.merge(early)).toMatchObject({ kind: 'impossible' })
    sh(y.root, 'fetch', '-q', '--unshallow', 'origin')
    candidateOf(await y.merge(early))
  })

  it('of commits in SHA-256 is merged and laid out', async () => {
    const home = temporary()
    const root = join(home, 'repo')
    execFileSync('git', ['init', '-q', '-b', 'main', '--object-format=sha256', root], { env: ENV })
    commit(root, { 'a.txt': lines(20) })
    const y = await yardOf(await openRepository(root), home)
    const head = branch(y.repo, 'one', { 'a.txt': lines(20, { 3: 'mine' }) })
    const recent = [
      { old: sh(root, 'rev-parse', 'main'), new: commit(root, { 'a.txt': lines(20, { 17: 'main' }) }) },
    ]
    const { commit: made } = candidateOf(await y.merge(head, { recent }))
    expect(made).toMatch(/^[0-9a-f]{64}$/)
    const scratch = await makeScratch(y.repo, join(home, 'scratch'), made)
    expect(readFileSync(join(scratch.work, 'a.txt'), 'utf8')).toBe(lines(20, { 3: 'mine', 17: 'main' }))
  })

  it('with replaced commits and grafts is taken as it is written, not as it is shown', async () => {
    const y = await yard({ 'a.txt': lines(20), 'b.txt': 'b\n' })
    const head = branch(y.repo, 'one', { 'a.txt': lines(20, { 3: 'mine' }) })
    const first = sh(y.root, 'rev-parse', 'main')
    const base = commit(y.root, { 'b.txt': 'B\n' })
    const right = candidateOf(await y.merge(head))
    // What stands in for main has nothing of b.txt; what stands in for the branch has other lines.
    const empty = sh(y.root, 'commit-tree', '-m', 'x', '-p', first, sh(y.root, 'mktree'))
    sh(y.root, 'replace', base, empty)
    sh(y.root, 'replace', head, branch(y.repo, 'other', { 'a.txt': 'all other\n' }, first))
    writeFileSync(join(y.root, '.git/info/grafts'), `${head}\n`)
    expect(await y.merge(head, { base })).toEqual(right)
    const scratch = await makeScratch(y.repo, join(y.home, 'scratch'), right.commit)
    expect(readFileSync(join(scratch.work, 'b.txt'), 'utf8')).toBe('B\n')
    expect(await dirtiedFiles(scratch)).toEqual([])
  })

  it('whose files a partial clone never fetched is not merged, and the reason says what to do', async () => {
    const origin = await yard({ 'a.txt': lines(20) })
    branch(origin.repo, 'one', { 'a.txt': lines(20, { 3: 'mine' }) })
    commit(origin.root, { 'a.txt': lines(20, { 17: 'main' }) })
    sh(origin.root, 'config', 'uploadpack.allowFilter', 'true')
    const home = temporary()
    const clone = ['clone', '-q', '--filter=blob:none', `file://${origin.root}`, join(home, 'clone')]
    execFileSync('git', clone, { env: ENV })
    const y = await yardOf(await openRepository(join(home, 'clone')), home)
    const built = await y.merge(sh(y.root, 'rev-parse', 'origin/one'))
    expect(built).toMatchObject({
      kind: 'impossible',
      detail: expect.stringContaining('git fetch --refetch'),
    })
  })
})

describe('a change', () => {
  it('of an octopus is merged like any other', async () => {
    const y = await yard({ 'a.txt': 'a\n' })
    const parts = ['x', 'y', 'z'].map((name) => branch(y.repo, name, { [`${name}.txt`]: `${name}\n` }))
    sh(y.root, 'checkout', '-q', '-b', 'octopus')
    sh(y.root, 'merge', '-q', '--no-edit', ...parts)
    const head = sh(y.root, 'rev-parse', 'HEAD')
    expect(sh(y.root, 'rev-list', '--parents', '-1', head).split(' ').length).toBeGreaterThan(3)
    sh(y.root, 'checkout', '-q', 'main')
    commit(y.root, { 'm.txt': 'm\n' })
    const { commit: made } = candidateOf(await y.merge(head))
    expect(sh(y.root, 'ls-tree', '--name-only', made).split('\n')).toEqual([
      'a.txt',
      'm.txt',
      'x.txt',
      'y.txt',
      'z.txt',
    ])
  })

  it('of empty commits changes nothing, so there is nothing to land', async () => {
    const y = await yard({ 'a.txt': 'a\n' })
    sh(y.root, 'checkout', '-q', '-b', 'one')
    sh(y.root, 'commit', '-q', '--allow-empty', '-m', 'nothing')
    const head = sh(y.root, 'rev-parse', 'HEAD')
    expect(await y.merge(head)).toEqual({ kind: 'contained', tree: sh(y.root, 'rev-parse', 'main^{tree}') })
  })

  it('that only deletes is merged, down to a tree without files', async () => {
    const y = await yard({ 'a.txt': 'a\n', 'd/b.txt': 'b\n' })
    const some = branch(y.repo, 'some', { 'd/b.txt': null })
    commit(y.root, { 'c.txt': 'c\n' })
    const built = candidateOf(await y.merge(some))
    expect(sh(y.root, 'ls-tree', '-r', '--name-only', built.commit)).toBe('a.txt\nc.txt')
    const all = branch(y.repo, 'all', { 'a.txt': null, 'c.txt': null, 'd/b.txt': null })
    const { commit: none } = candidateOf(await y.merge(all))
    expect(sh(y.root, 'ls-tree', none)).toBe('')
    expect(await dirtiedFiles(await makeScratch(y.repo, join(y.home, 'scratch'), none))).toEqual([])
  })

  it('lands the same whatever the person has checked out, all of it or a part', async () => {
    const y = await yard({ 'a/x.txt': lines(20), 'b/y.txt': 'y\n' })
    const head = branch(y.repo, 'one', { 'a/x.txt': lines(20, { 3: 'mine' }) })
    commit(y.root, { 'a/x.txt': lines(20, { 17: 'main' }) })
    const whole = candidateOf(await y.merge(head))
    sh(y.root, 'sparse-checkout', 'set', 'b')
    write(y.root, { 'b/y.txt': 'not committed\n' })
    expect(await y.merge(head)).toEqual(whole)
    const scratch = await makeScratch(y.repo, join(y.home, 'scratch'), whole.commit)
    expect(readFileSync(join(scratch.work, 'a/x.txt'), 'utf8')).toBe(lines(20, { 3: 'mine', 17: 'main' }))
    expect(readFileSync(join(scratch.work, 'b/y.txt'), 'utf8')).toBe('y\n')
  })

  it('is the same commit however often and however many at once it is built', async () => {
    const y = await yard({ 'a.txt': lines(20), '.gitattributes': '*.log merge=union\n', 'x.log': '1\n' })
    const heads = ['1', '2', '3', '4'].map((name) => branch(y.repo, `b${name}`, { 'x.log': `1\n${name}\n` }))
    const plain = sh(y.root, 'rev-parse', 'main')
    commit(y.root, { 'x.log': '1\nmain\n' })
    const bases = [sh(y.root, 'rev-parse', 'main'), plain]
    const all = () => Promise.all(heads.flatMap((head) => bases.map((base) => y.merge(head, { base }))))
    const [first, second] = [await all(), await all()]
    expect(first).toEqual(second)
    for (const built of first) candidateOf(built)
  })
})

it('is found in a repository made with the files of another one', async () => {
  const home = temporary()
  const { root } = await repositoryWith(join(home, 'origin'), { 'a.txt': lines(20) })
  execFileSync('git', ['clone', '-q', '--shared', root, join(home, 'clone')], { env: ENV })
  const y = await yardOf(await openRepository(join(home, 'clone')), home)
  const head = branch(y.repo, 'one', { 'a.txt': lines(20, { 3: 'mine' }) })
  commit(y.root, { 'b.txt': 'b\n' })
  const { commit: made } = candidateOf(await y.merge(head))
  await makeScratch(y.repo, join(home, 'scratch'), made)
})
