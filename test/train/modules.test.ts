/** What is not in the repository's own objects: submodules, and what LFS pointers stand for. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dirtiedFiles, makeScratch } from '../../src/train/checks/scratch.ts'
import { candidateOf, lines, temporary, type Yard, yard, yardOf } from './merging.ts'
import { branch, commit, repositoryWith, sh } from './repository.ts'

/** `repo` with a submodule at `libs/sub`, three commits of which the person has. */
async function withModule() {
  const home = temporary()
  const sub = await repositoryWith(join(home, 'sub'), { 's.txt': '1\n' })
  const steps = [
    sh(sub.root, 'rev-parse', 'HEAD'),
    ...['2', '3'].map((n) => commit(sub.root, { 's.txt': `${n}\n` })),
  ]
  const repo = await repositoryWith(join(home, 'repo'), { 'a.txt': 'a\n' })
  sh(repo.root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', sub.root, 'libs/sub')
  const at = (step: number) => {
    sh(join(repo.root, 'libs/sub'), 'checkout', '-q', steps[step] ?? '')
    return commit(repo.root, {}, `sub at ${step}`)
  }
  at(0)
  const y = await yardOf(repo, home)
  /** A branch on which the submodule is at another commit. */
  const bumped = (name: string, step: number, from = 'main') => {
    const tree = withLink(repo.root, join(home, `index-${name}`), from, steps[step] ?? '')
    return sh(repo.root, 'commit-tree', '-m', name, '-p', sh(repo.root, 'rev-parse', from), tree)
  }
  return { y, steps, at, bumped }
}

/** A tree like that of `from`, with the submodule at another commit. @param directory for as long as it takes */
function withLink(root: string, directory: string, from: string, oid: string): string {
  sh(root, 'worktree', 'add', '-q', '--detach', directory, from)
  sh(directory, 'update-index', '--add', '--cacheinfo', `160000,${oid},libs/sub`)
  const tree = sh(directory, 'write-tree')
  sh(root, 'worktree', 'remove', '--force', directory)
  return tree
}

const link = (y: Yard, rev: string) => sh(y.root, 'rev-parse', `${rev}:libs/sub`)

describe('a submodule', () => {
  it('that one side moved on is merged, and laid out from the clone the person has', async () => {
    const { y, steps, bumped } = await withModule()
    const head = bumped('one', 1)
    commit(y.root, { 'a.txt': 'A\n' })
    const { commit: made } = candidateOf(await y.merge(head))
    expect(link(y, made)).toBe(steps[1])
    const scratch = await makeScratch(y.repo, join(y.home, 'scratch'), made)
    expect(scratch.notes).toEqual([])
    const inside = join(scratch.work, 'libs/sub')
    expect(readFileSync(join(inside, 's.txt'), 'utf8')).toBe('2\n')
    // Git works in there, for itself, and sees nothing to be committed outside.
    expect(sh(inside, 'rev-parse', 'HEAD')).toBe(steps[1])
    expect(sh(inside, 'log', '--format=%s').split('\n')).toHaveLength(2)
    expect(sh(scratch.work, 'status', '--porcelain')).toBe('')
    expect(await dirtiedFiles(scratch)).toEqual([])
    writeFileSync(join(inside, 's.txt'), 'changed\n')
    expect(await dirtiedFiles(scratch)).toEqual(['libs/sub/s.txt'])
    // The person's own is as it was.
    expect(sh(join(y.root, 'libs/sub'), 'status', '--porcelain')).toBe('')
  })

  it('that both sides moved on is a conflict, as in a checkout without it', async () => {
    const { y, at, bumped } = await withModule()
    const head = bumped('one', 2)
    at(1)
    expect(await y.merge(head)).toMatchObject({
      kind: 'conflict',
      files: ['libs/sub'],
      detail: expect.stringContaining('libs/sub'),
    })
    // To the same commit there is nothing to decide.
    candidateOf(await y.merge(branch(y.repo, 'two', { 'b.txt': 'b\n' }, 'main~1')))
  })

  it('comes and goes like a file', async () => {
    const { y } = await withModule()
    const away = branch(y.repo, 'away', { 'libs/sub': null })
    const before = sh(y.root, 'rev-parse', 'main~1')
    commit(y.root, { 'a.txt': 'A\n' })
    const { commit: gone } = candidateOf(await y.merge(away))
    expect(sh(y.root, 'ls-tree', '-r', '--name-only', gone)).not.toContain('libs')
    sh(y.root, 'checkout', '-q', '--detach', before)
    const base = commit(y.root, { 'a.txt': 'other\n' })
    const { commit: came } = candidateOf(await y.merge(sh(y.root, 'rev-parse', 'main~1'), { base }))
    expect(link(y, came)).toMatch(/^[0-9a-f]{40}$/)
  })

  it('that is not on this machine stays empty, and the note says what to do', async () => {
    const { y, bumped } = await withModule()
    const head = bumped('one', 1)
    const { commit: made } = candidateOf(await y.merge(head))
    rmSync(join(y.root, '.git/modules'), { recursive: true })
    const scratch = await makeScratch(y.repo, join(y.home, 'scratch'), made)
    expect(scratch.notes).toEqual([expect.stringContaining('git submodule update --init')])
    expect(scratch.notes[0]).toContain('libs/sub is empty here')
    expect(await dirtiedFiles(scratch)).toEqual([])
  })

  it('leads nowhere else, whatever a change calls it', async () => {
    const { y } = await withModule()
    const secret = await repositoryWith(join(y.home, 'secret'), { 'secret.txt': 'secret\n' })
    const oid = sh(secret.root, 'rev-parse', 'HEAD')
    symlinkSync(join(secret.root, '.git'), join(y.root, '.git/modules/linked'))
    for (const [at, name] of ['../../../secret/.git', 'linked', '..', 'libs/../../objects'].entries()) {
      const file = { '.gitmodules': `[submodule "${name}"]\n\tpath = libs/sub\n\turl = x\n` }
      branch(y.repo, `evil${at}`, file)
      const tree = withLink(y.root, join(y.home, `evil-${at}`), `evil${at}`, oid)
      const head = sh(y.root, 'commit-tree', '-m', 'x', '-p', 'main', tree)
      const scratch = await makeScratch(y.repo, join(y.home, `scratch${at}`), head)
      expect(scratch.notes, name).toHaveLength(1)
      expect(existsSync(join(scratch.work, 'libs/sub/secret.txt'))).toBe(false)
    }
  })
})

describe('an LFS file', () => {
  const pointer = (content: string) =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${hash(content)}\nsize ${Buffer.byteLength(content)}\n`
  const hash = (content: string) => createHash('sha256').update(content).digest('hex')
  const keep = (y: Yard, content: string, as = content) => {
    const oid = hash(as)
    const directory = join(y.root, '.git/lfs/objects', oid.slice(0, 2), oid.slice(2, 4))
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, oid), content)
  }
  const start = () =>
    yard({
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'a.bin': pointer('one'),
      'b.txt': lines(9),
    })

  it('that both sides changed is a conflict; that one side changed is taken as it is', async () => {
    const y = await start()
    const head = branch(y.repo, 'one', { 'a.bin': pointer('mine') })
    const other = branch(y.repo, 'two', { 'b.txt': lines(9, { 3: 'mine' }) })
    const same = branch(y.repo, 'same', { 'a.bin': pointer('main'), 'c.txt': 'c\n' })
    commit(y.root, { 'a.bin': pointer('main') })
    expect(await y.merge(head)).toMatchObject({ kind: 'conflict', files: ['a.bin'] })
    candidateOf(await y.merge(other))
    candidateOf(await y.merge(same))
  })

  it('is laid out with its content where the person has it, and watched like any other', async () => {
    const y = await start()
    keep(y, 'one')
    const { commit: made } = candidateOf(await y.merge(branch(y.repo, 'one', { 'b.txt': 'B\n' })))
    const scratch = await makeScratch(y.repo, join(y.home, 'scratch'), made)
    const file = join(scratch.work, 'a.bin')
    expect(readFileSync(file, 'utf8')).toBe('one')
    expect(scratch.notes).toEqual([])
    expect(sh(scratch.work, 'status', '--porcelain')).toBe('')
    expect(await dirtiedFiles(scratch)).toEqual([])
    // Written again with the same content it is what it was; with another, or gone, it is not.
    writeFileSync(file, 'one')
    expect(await dirtiedFiles(scratch)).toEqual([])
    writeFileSync(file, 'two')
    expect(await dirtiedFiles(scratch)).toEqual(['a.bin'])
    rmSync(file)
    expect(await dirtiedFiles(scratch)).toEqual(['a.bin'])
    // The person's own content is a file of its own.
    expect(
      readFileSync(
        join(y.root, '.git/lfs/objects', hash('one').slice(0, 2), hash('one').slice(2, 4), hash('one')),
        'utf8',
      ),
    ).toBe('one')
  })

  it('stays a pointer where the content is missing or is something else, and the note says so', async () => {
    const y = await start()
    keep(y, 'eno', 'one')
    const { commit: made } = candidateOf(
      await y.merge(branch(y.repo, 'one', { 'c.bin': pointer('c'), 'd.bin': 'no pointer\n' })),
    )
    const scratch = await makeScratch(y.repo, join(y.home, 'scratch'), made)
    expect(readFileSync(join(scratch.work, 'a.bin'), 'utf8')).toBe(pointer('one'))
    expect(scratch.notes).toEqual([
      expect.stringMatching(/^a\.bin, c\.bin: Git LFS pointers .*git lfs fetch/),
    ])
    expect(await dirtiedFiles(scratch)).toEqual([])
  })

  it('that is called one only in a file of another kind is left alone', async () => {
    const y = await yard({ 'a.bin': pointer('one'), 'b.txt': 'b\n' })
    keep(y, 'one')
    const { commit: made } = candidateOf(await y.merge(branch(y.repo, 'one', { 'b.txt': 'B\n' })))
    const scratch = await makeScratch(y.repo, join(y.home, 'scratch'), made)
    expect(readFileSync(join(scratch.work, 'a.bin'), 'utf8')).toBe(pointer('one'))
  })
})
