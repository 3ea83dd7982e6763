/** What `.gitattributes` and settings make of a merge, and of the files a check sees. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dirtiedFiles, makeScratch } from '../../src/train/checks/scratch.ts'
import { candidateOf, lines, type Yard, yard } from './merging.ts'
import { branch, commit, sh, write } from './repository.ts'

const crlf = (text: string) => text.replaceAll('\n', '\r\n')
const blob = (y: Yard, rev: string) => sh(y.root, 'cat-file', 'blob', rev)

/** What a check finds in its directory. */
async function laidOut(y: Yard, made: string) {
  const scratch = await makeScratch(y.repo, join(y.home, `scratch-${made.slice(0, 8)}`), made)
  expect(await dirtiedFiles(scratch)).toEqual([])
  return (path: string) => readFileSync(join(scratch.work, path))
}

describe('line endings', () => {
  it('are laid out as the attributes say, and never as the person has set for themselves', async () => {
    const y = await yard({ 'a.txt': lines(20), 'b.bat': 'b\n', '.gitattributes': '*.bat text eol=crlf\n' })
    sh(y.root, 'config', 'core.autocrlf', 'true')
    const head = branch(y.repo, 'one', { 'a.txt': lines(20, { 3: 'mine' }) })
    sh(y.root, 'config', 'core.autocrlf', 'false')
    commit(y.root, { 'b.bat': 'B\r\n' })
    sh(y.root, 'config', 'core.autocrlf', 'true')
    const { commit: made } = candidateOf(await y.merge(head))
    const read = await laidOut(y, made)
    expect(read('a.txt').toString()).toBe(lines(20, { 3: 'mine' }))
    expect(read('b.bat').toString()).toBe('B\r\n')
    expect(blob(y, `${made}:b.bat`)).toBe('B')
  })

  it('that one side makes anew conflict with an edit, unless the repository asks to renormalize', async () => {
    const y = await yard({ 'a.txt': crlf(lines(20)), 'x.txt': 'x\n' })
    const head = branch(y.repo, 'one', { 'a.txt': crlf(lines(20, { 3: 'mine' })) })
    const old = sh(y.root, 'rev-parse', 'main')
    commit(y.root, { '.gitattributes': '*.txt text\n', 'a.txt': lines(20, { 17: 'main' }) })
    const recent = [{ old, new: sh(y.root, 'rev-parse', 'main') }]
    expect(await y.merge(head, { recent })).toMatchObject({ kind: 'conflict', files: ['a.txt'] })
    sh(y.root, 'config', 'merge.renormalize', 'true')
    const { commit: made } = candidateOf(await y.merge(head, { recent }))
    expect(`${blob(y, `${made}:a.txt`)}\n`).toBe(lines(20, { 3: 'mine', 17: 'main' }))
    sh(y.root, 'checkout', '-q', '--detach', 'main')
    sh(y.root, 'merge', '-q', '--no-edit', head)
    expect(sh(y.root, 'rev-parse', 'HEAD^{tree}')).toBe(sh(y.root, 'rev-parse', `${made}^{tree}`))
  })
})

describe('a merge driver in the attributes', () => {
  it('of git itself does what it does for the person', async () => {
    const attributes = '*.log merge=union\n*.dat -merge\n*.pin merge=binary\n'
    const y = await yard({
      '.gitattributes': attributes,
      'a.log': '1\n',
      'b.dat': lines(9),
      'c.pin': lines(9),
    })
    const union = branch(y.repo, 'one', { 'a.log': '1\nmine\n' })
    const data = branch(y.repo, 'two', { 'b.dat': lines(9, { 1: 'mine' }), 'c.pin': lines(9, { 1: 'mine' }) })
    const changed = {
      'a.log': '1\nmain\n',
      'b.dat': lines(9, { 9: 'main' }),
      'c.pin': lines(9, { 9: 'main' }),
    }
    const recent = [{ old: sh(y.root, 'rev-parse', 'main'), new: commit(y.root, changed) }]
    const { commit: made } = candidateOf(await y.merge(union, { recent }))
    expect(blob(y, `${made}:a.log`)).toBe('1\nmain\nmine')
    expect(await y.merge(data)).toMatchObject({ kind: 'conflict', files: ['b.dat', 'c.pin'] })
  })

  it('of the person is not run: the file goes back, also with `merge=ours`', async () => {
    const y = await yard({ '.gitattributes': '*.lock merge=ours\n', 'a.lock': lines(20), 'b.txt': 'b\n' })
    const ran = join(y.home, 'ran')
    sh(y.root, 'config', 'merge.ours.driver', `touch ${ran}`)
    const head = branch(y.repo, 'one', { 'a.lock': lines(20, { 3: 'mine' }) })
    const other = branch(y.repo, 'two', { 'b.txt': 'B\n' })
    commit(y.root, { 'a.lock': lines(20, { 17: 'main' }) })
    // Git's own text merge would be clean; the person's git would not use it.
    expect(await y.merge(head)).toMatchObject({
      kind: 'conflict',
      files: ['a.lock'],
      detail: expect.stringContaining('merge driver "ours", which the train does not run'),
    })
    candidateOf(await y.merge(other))
    expect(existsSync(ran)).toBe(false)
  })
})

describe('filters', () => {
  it('run neither in a merge, nor in renormalizing, nor when files are laid out', async () => {
    const y = await yard({ '.gitattributes': '*.enc filter=own text\n', 'a.enc': lines(20) })
    const ran = join(y.home, 'ran')
    write(y.home, { program: `#!/bin/sh\necho "$1" >> ${ran}\ncat\n` })
    chmodSync(join(y.home, 'program'), 0o755)
    const head = branch(y.repo, 'one', { 'a.enc': lines(20, { 3: 'mine' }) })
    commit(y.root, { 'a.enc': lines(20, { 17: 'main' }) })
    for (const side of ['clean', 'smudge', 'process'])
      sh(y.root, 'config', `filter.own.${side}`, `${join(y.home, 'program')} ${side}`)
    sh(y.root, 'config', 'filter.own.required', 'true')
    sh(y.root, 'config', 'merge.renormalize', 'true')
    const { commit: made } = candidateOf(await y.merge(head))
    const read = await laidOut(y, made)
    // As committed: what a filter hides from git stays hidden from a check.
    expect(read('a.enc').toString()).toBe(lines(20, { 3: 'mine', 17: 'main' }))
    expect(existsSync(ran)).toBe(false)
  })
})

describe('other attributes', () => {
  it('count for what they are: encodings in the files, `export-ignore` in archives alone', async () => {
    const attributes = '*.u16 working-tree-encoding=UTF-16LE text\nkept.txt export-ignore\n'
    const y = await yard({ '.gitattributes': attributes, 'kept.txt': 'kept\n', 'b.txt': 'b\n' })
    const text = 'first\nsecond\nthird\n'
    const head = branch(y.repo, 'one', { 'b.txt': 'B\n' })
    writeFileSync(join(y.root, 'a.u16'), Buffer.from(text, 'utf16le'))
    commit(y.root, {})
    expect(`${blob(y, 'main:a.u16')}\n`).toBe(text)
    const { commit: made } = candidateOf(await y.merge(head))
    const read = await laidOut(y, made)
    expect(read('a.u16').equals(Buffer.from(text, 'utf16le'))).toBe(true)
    expect(read('kept.txt').toString()).toBe('kept\n')
  })

  it('that a change brings along do not decide over its own merge', async () => {
    const y = await yard({ 'a.log': '1\n' })
    const head = branch(y.repo, 'one', { 'a.log': '1\nmine\n', '.gitattributes': '* merge=union\n' })
    commit(y.root, { 'a.log': '1\nmain\n' })
    write(y.root, { '.gitattributes': '* merge=union\n' })
    write(y.root, { '.git/info/attributes': '* merge=union\n' })
    expect(await y.merge(head)).toMatchObject({ kind: 'conflict', files: ['a.log'] })
  })
})
