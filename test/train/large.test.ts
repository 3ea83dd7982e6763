/** Much of it: many files, large files. The times are printed, for whoever changes how it is laid out. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { dirtiedFiles, makeScratch } from '../../src/train/scratch.ts'
import { candidateOf, lines, yard } from './merging.ts'
import { branch, commit, ENV, sh } from './repository.ts'

const FILES = 50_000
const MB = 1024 ** 2

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const done = await work()
  process.stdout.write(`${what}: ${Math.round(performance.now() - start)} ms\n`)
  return done
}

it(`merges and lays out ${FILES} files`, async () => {
  const y = await yard({ 'README.md': lines(20) })
  const names = Array.from({ length: FILES }, (_, at) => `d${at % 500}/f${at}.txt`)
  const files = names.map((name, at) => `M 100644 inline ${name}\ndata ${String(at).length + 1}\n${at}\n\n`)
  const from = sh(y.root, 'rev-parse', 'main')
  const input = `commit refs/heads/many\ncommitter A <a@example.org> 1700000000 +0000\ndata 1\nx\nfrom ${from}\n${files.join('')}`
  execFileSync('git', ['fast-import', '--quiet'], { cwd: y.root, env: ENV, input })
  const base = sh(y.root, 'rev-parse', 'many')
  const made = (name: string, path: string, text: string, parent: string) => {
    const stream = `commit refs/heads/${name}\ncommitter A <a@example.org> 1700000000 +0000\ndata 1\nx\nfrom ${parent}\nM 100644 inline ${path}\ndata ${text.length}\n${text}\n`
    execFileSync('git', ['fast-import', '--quiet'], { cwd: y.root, env: ENV, input: stream })
    return sh(y.root, 'rev-parse', name)
  }
  const head = made('one', 'README.md', lines(20, { 3: 'mine' }), base)
  const target = made('target', 'README.md', lines(20, { 17: 'main' }), base)
  sh(y.root, 'config', 'core.ignorecase', 'true')
  const recent = [{ old: base, new: target }]
  const built = await timed('merge', () => y.merge(head, { base: target, recent }))
  const { commit: tip } = candidateOf(built)
  const scratch = await timed('lay out', () => makeScratch(y.repo, join(y.home, 'scratch'), tip))
  expect(await timed('look for changes', () => dirtiedFiles(scratch))).toEqual([])
  writeFileSync(join(scratch.work, 'd7/f7.txt'), 'changed\n')
  expect(await dirtiedFiles(scratch)).toEqual(['d7/f7.txt'])
})

it('merges beside a file of 100 MB, and takes one from a branch', async () => {
  const y = await yard({ 'a.txt': lines(20) })
  writeFileSync(join(y.root, 'big.bin'), randomBytes(100 * MB))
  commit(y.root, {})
  const old = sh(y.root, 'rev-parse', 'main')
  const head = branch(y.repo, 'one', {
    'a.txt': lines(20, { 3: 'mine' }),
    'text.txt': 'a line of text\n'.repeat(400_000),
  })
  writeFileSync(join(y.root, 'big.bin'), randomBytes(100 * MB))
  const recent = [{ old, new: commit(y.root, { 'a.txt': lines(20, { 17: 'main' }) }) }]
  const { commit: tip } = candidateOf(await timed('merge', () => y.merge(head, { recent })))
  const scratch = await timed('lay out', () => makeScratch(y.repo, join(y.home, 'scratch'), tip))
  expect(statSync(join(scratch.work, 'big.bin')).size).toBe(100 * MB)
  expect(await dirtiedFiles(scratch)).toEqual([])
})
