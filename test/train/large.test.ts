/** Much of it: many files (`WORKTRAIN_FILES`, such as 50000), large files. The times are printed, for whoever changes how it is laid out. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { dirtiedFiles, makeScratch } from '../../src/train/checks/scratch.ts'
import { candidateOf, lines, yard } from './merging.ts'
import { branch, commit, ENV, sh } from './repository.ts'

const FILES = Number(process.env.WORKTRAIN_FILES ?? 5_000)
const MB = 1024 ** 2

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const done = await work()
  process.stdout.write(`${what}: ${Math.round(performance.now() - start)} ms\n`)
  return done
}

it(`merges and lays out ${FILES} files`, async () => {
  const y = await yard({ 'README.md': lines(20) })
  const blob = sh(y.root, 'rev-parse', 'main:README.md')
  const entries = Array.from({ length: FILES }, (_, at) => `100644 ${blob}\td${at % 500}/f${at}.txt\n`)
  execFileSync('git', ['update-index', '--index-info'], { cwd: y.root, env: ENV, input: entries.join('') })
  /** A commit of what is in the index, with this for the README: no file is laid out for it. */
  const made = (text: string, parent: string) => {
    const oid = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: y.root, env: ENV, input: text })
    sh(y.root, 'update-index', '--cacheinfo', `100644,${oid.toString().trim()},README.md`)
    return sh(y.root, 'commit-tree', '-m', 'x', '-p', parent, sh(y.root, 'write-tree'))
  }
  const base = made(lines(20), 'main')
  const head = made(lines(20, { 3: 'mine' }), base)
  const target = made(lines(20, { 17: 'main' }), base)
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
