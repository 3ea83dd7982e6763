/** Pairs of branches made up at random, all in one repository, from a seed. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ENV } from './repository.ts'

/** A number in [0, 1), and the next one: the same ones for the same seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Entry {
  mode: '100644' | '100755' | '120000'
  text: string
}
type Tree = Map<string, Entry>

const NAMES = [
  'a.txt',
  'b.txt',
  'c.md',
  'd',
  'd/e.txt',
  'd/f/g.txt',
  'h "i"\n.txt',
  '-j.txt',
  'u.log',
  'k/l.txt',
  'k/m.txt',
  'k/n.txt',
  'o/p.bin',
]
const ATTRIBUTES = [
  '*.log merge=union\n',
  '*.md -merge\n',
  '*.txt text eol=crlf\n',
  '*.txt diff=x\n*.bin binary\n',
  '* -diff\n',
  'k/* merge=binary\n',
]

/** Does nothing of this tree stand where this path needs a directory, or the other way round? */
function fits(tree: Tree, path: string): boolean {
  return ![...tree.keys()].some((one) => one.startsWith(`${path}/`) || path.startsWith(`${one}/`))
}

function start(next: () => number): Tree {
  const tree: Tree = new Map()
  for (const name of NAMES) {
    if (next() < 0.35 || !fits(tree, name)) continue
    tree.set(name, { mode: next() < 0.15 ? '100755' : '100644', text: text(name, next) })
  }
  if (next() < 0.5) tree.set('.gitattributes', { mode: '100644', text: one(ATTRIBUTES, next) })
  if (next() < 0.3) tree.set('link', { mode: '120000', text: one(['a.txt', '../out', 'd'], next) })
  return tree
}

const one = <T>(all: readonly T[], next: () => number): T => all[Math.floor(next() * all.length)] as T

function text(name: string, next: () => number): string {
  if (name.endsWith('.bin')) return `\0${Math.floor(next() * 4)}`
  const length = 8 + Math.floor(next() * 20)
  return Array.from({ length }, (_, at) => (next() < 0.2 ? '}\n' : `${name.slice(0, 3)} ${at}\n`)).join('')
}

/** Changes a tree as somebody at work does, some of it as the other side does as well. */
function work(from: Tree, next: () => number): Tree {
  const tree: Tree = new Map(from)
  for (let step = 1 + Math.floor(next() * 5); step > 0; step -= 1) {
    const name = one([...tree.keys()], next)
    const entry = name === undefined ? undefined : tree.get(name)
    const what = next()
    if (name === undefined || entry === undefined || what < 0.12) {
      const fresh = one([...NAMES, 'd', 'k', 'new/x.txt', 'k/new.txt', 'd/new.txt'], next)
      if (!tree.has(fresh) && fits(tree, fresh)) tree.set(fresh, { mode: '100644', text: text(fresh, next) })
    } else if (what < 0.62) tree.set(name, { ...entry, text: edited(entry, next) })
    else if (what < 0.72) tree.delete(name)
    else if (what < 0.82) {
      tree.delete(name)
      const to = one([`${name}.moved`, `moved/${name}`, `k/${name.split('/').at(-1)}`], next)
      if (fits(tree, to)) tree.set(to, next() < 0.5 ? entry : { ...entry, text: edited(entry, next) })
    } else if (what < 0.87) {
      for (const path of [...tree.keys()].filter((each) => each.startsWith('k/'))) {
        const to = path.replace(/^k/, 'kk')
        const moved = tree.get(path)
        if (moved && fits(tree, to)) tree.set(to, moved)
        tree.delete(path)
      }
    } else if (what < 0.92) {
      if (entry.mode !== '120000')
        tree.set(name, { ...entry, mode: entry.mode === '100644' ? '100755' : '100644' })
    } else if (what < 0.95) tree.set(name, { mode: '120000', text: one(['a.txt', 'd', '../out'], next) })
    else tree.set('.gitattributes', { mode: '100644', text: one(ATTRIBUTES, next) })
  }
  return tree
}

function edited(entry: Entry, next: () => number): string {
  if (entry.mode === '120000') return one(['a.txt', 'd', '../out', 'b.txt'], next)
  if (entry.text.startsWith('\0')) return `\0${Math.floor(next() * 4)}`
  const lines = entry.text.split('\n').slice(0, -1)
  const at = Math.floor(next() * (lines.length + 1))
  const what = next()
  if (what < 0.4) lines.splice(at, 1, `edit ${Math.floor(next() * 3)}`)
  else if (what < 0.65) lines.splice(at, 0, `more ${Math.floor(next() * 3)}`, '}')
  else if (what < 0.85) lines.splice(at, 1 + Math.floor(next() * 3))
  else if (what < 0.93) lines.splice(at, 0, ...lines.splice(Math.floor(next() * lines.length), 2))
  else return `${lines.join('\r\n')}\r\n`
  return lines.map((line) => `${line}\n`).join('')
}

export interface Pair {
  base: string
  ours: string
  theirs: string
}

/** Makes the commits of `count` pairs; every tenth has two best common ancestors. */
export function makePairs(root: string, count: number, seed: number): Pair[] {
  const next = dice(seed)
  let stream = ''
  let mark = 0
  const save = (tree: Tree, parents: readonly number[]): number => {
    mark += 1
    stream += `commit refs/heads/x${mark}\nmark :${mark}\ncommitter A <a@example.org> ${1_700_000_000 + mark} +0000\ndata 1\nx\n`
    for (const [at, parent] of parents.entries()) stream += `${at === 0 ? 'from' : 'merge'} :${parent}\n`
    stream += 'deleteall\n'
    for (const [path, { mode, text: content }] of tree) {
      const quoted = path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
      stream += `M ${mode} inline "${quoted}"\ndata ${Buffer.byteLength(content)}\n${content}\n`
    }
    return mark
  }
  const made: [number, number, number][] = []
  for (let n = 0; n < count; n += 1) {
    const from = start(next)
    const base = save(from, [])
    const [left, right] = [work(from, next), work(from, next)]
    const [ours, theirs] = [save(left, [base]), save(right, [base])]
    if (n % 10 !== 9) made.push([base, ours, theirs])
    else {
      const [again, too] = [save(work(left, next), [ours, theirs]), save(work(right, next), [theirs, ours])]
      made.push([ours, again, too])
    }
  }
  execFileSync('git', ['fast-import', '--quiet', `--export-marks=${join(root, '.git/marks')}`], {
    cwd: root,
    env: ENV,
    input: stream,
  })
  const marks = readFileSync(join(root, '.git/marks'), 'utf8')
  const oids = new Map(
    marks
      .trim()
      .split('\n')
      .map((line) => line.slice(1).split(' ') as [string, string]),
  )
  const oid = (of: number) => oids.get(String(of)) ?? ''
  return made.map(([base, ours, theirs]) => ({ base: oid(base), ours: oid(ours), theirs: oid(theirs) }))
}
