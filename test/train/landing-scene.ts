/** A repository with a tested candidate, and a landing that moves main to it: no train, no journal. */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { openRepository, type Repository } from '../../src/git/index.ts'
import type { Blocked } from '../../src/protocol/index.ts'
import {
  type Intent,
  type Landable,
  type Landing,
  localLanding,
  type Outcome,
} from '../../src/train/land/landing.ts'
import { branch, repositoryWith, sh } from './repository.ts'

export const FILES = {
  'README.md': 'hello\n',
  'a.txt': 'a\n',
  'b.txt': 'b\n',
  'gone.txt': 'gone\n',
  'dir/one.txt': '1\n',
  '.gitignore': '*.log\nout/\n',
}

/** Edits a.txt, adds new.txt, sub/deep.txt and (though ignored) x.log, and deletes gone.txt. */
export const CHANGE = {
  'a.txt': 'A\n',
  'new.txt': 'new\n',
  'sub/deep.txt': 'deep\n',
  'x.log': 'theirs\n',
  'gone.txt': null,
}

export interface Scene {
  repo: Repository
  root: string
  stateDir: string
  /** Where main was. */
  old: string
  landable: Landable
  landing: Landing
}

/** The merge of a branch with main, as the train makes it. */
export function candidate(repo: Repository, head: string): Landable {
  const { root } = repo
  const [old = ''] = sh(root, 'rev-parse', 'main').split('\n')
  const tree = sh(root, 'merge-tree', '--write-tree', 'main', head).split('\n')[0] ?? ''
  const commit = sh(root, 'commit-tree', '-p', 'main', '-p', head, '-m', 'landing', tree)
  // As the train does: or a gc in between would take it away.
  sh(root, 'update-ref', 'refs/worktrain/cand/one', commit)
  return { id: 'build1', name: 'one', target: 'main', from: [old], commit, tree, blocked: null }
}

/** A scene as most tests want it, made once and copied: making it takes twenty processes. */
export async function makeTemplate(home: string): Promise<void> {
  const repo = await repositoryWith(join(home, 'repo'), FILES)
  candidate(repo, branch(repo, 'one', CHANGE))
}

/** A copy of the template, with the index as git leaves it. */
export async function copyTemplate(template: string, home: string): Promise<Repository> {
  const root = join(home, 'repo')
  cpSync(join(template, 'repo'), root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  sh(root, 'update-index', '-q', '--refresh')
  return openRepository(root)
}

export async function openScene(
  home: string,
  files: Record<string, string> = FILES,
  change: Record<string, string | null> = CHANGE,
): Promise<Scene> {
  const repo = await repositoryWith(join(home, 'repo'), files)
  return sceneOf(repo, home, branch(repo, 'one', change))
}

export function sceneOf(repo: Repository, home: string, head: string): Scene {
  const landable = candidate(repo, head)
  const stateDir = join(home, 'train')
  const landing = localLanding(repo, stateDir, Date.now)
  return { repo, root: repo.root, stateDir, old: landable.from[0] ?? '', landable, landing }
}

/** What the train does with a green build: prepare, write down, land. */
export async function land(
  { landing, landable }: Pick<Scene, 'landing' | 'landable'>,
  blocked: Blocked | null = null,
): Promise<Outcome & { intent?: Intent }> {
  const way = await landing.prepare({ ...landable, blocked })
  if (way.kind !== 'open') return way
  return { ...(await landing.land({ ...landable, blocked }, way.intent)), intent: way.intent }
}

/** Every file below a directory with its mode, time and content. Without objects, and our own notes. */
export function everything(root: string): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (path: string) => {
    for (const name of readdirSync(join(root, path))) {
      const below = path === '' ? name : `${path}/${name}`
      if (below === '.git/objects' || below === '.git/worktrain') continue
      const stat = lstatSync(join(root, below))
      if (stat.isDirectory()) visit(below)
      else found.set(below, [stat.mode, stat.mtimeMs, stat.ino, digest(join(root, below))].join(' '))
    }
  }
  visit('')
  return found
}

function digest(file: string): string {
  const stat = lstatSync(file)
  const content = stat.isSymbolicLink() ? readlinkSync(file) : stat.isFile() ? readFileSync(file) : ''
  return createHash('sha256').update(content).digest('hex')
}

/** What is the person's own in a checkout: whatever `git status` shows, and ignored files, by content. */
export function mine(root: string): Map<string, string> {
  const found = new Map<string, string>()
  const args = [
    'status',
    '--porcelain',
    '-z',
    '--no-renames',
    '--untracked-files=all',
    '--ignored=traditional',
  ]
  for (const record of sh(root, ...args).split('\0')) {
    const path = record.slice(3)
    if (path === '') continue
    const all = path.endsWith('/')
      ? readdirSync(join(root, path), { recursive: true, encoding: 'utf8' }).map((name) => path + name)
      : [path]
    for (const each of all) {
      const file = join(root, each)
      if (existsSync(file) && lstatSync(file).isDirectory()) continue
      found.set(each, `${record.slice(0, 2)} ${existsSync(file) ? digest(file) : 'gone'}`)
    }
  }
  return found
}

/** Before a landing: what {@link harm} compares with. */
export interface Before {
  everything: Map<string, string>
  mine: Map<string, string>
  /** Checkout of main, or of something else. */
  root: string
}

export function before(root: string): Before {
  // First what git has to look at: it may write down in the index what it saw.
  const own = mine(root)
  return { everything: everything(root), mine: own, root }
}

/**
 * What a landing did that it must not (facts/merge-and-partition G2, G6), read from git and the disk alone.
 * @param agreed paths at which the person had already what landed
 */
export function harm(
  scene: Pick<Scene, 'repo' | 'landable' | 'old'>,
  was: Before,
  outcome: Outcome,
  agreed: readonly string[] = [],
): string[] {
  const found: string[] = []
  const { landable, repo } = scene
  const main = sh(repo.root, 'rev-parse', 'main')
  const holds = sh(repo.root, 'merge-base', landable.commit, main) === landable.commit
  if (outcome.kind === 'landed' && !holds) found.push('it says it landed, and main does not hold it')
  if (outcome.kind !== 'landed') {
    if (holds) found.push('it says it did not land, and main holds it')
    const now = everything(was.root)
    for (const path of new Set([...was.everything.keys(), ...now.keys()]))
      if (was.everything.get(path) !== now.get(path)) found.push(`it did not land, and changed ${path}`)
    return found
  }
  const now = mine(was.root)
  for (const path of new Set([...was.mine.keys(), ...now.keys()])) {
    if (agreed.includes(path) || was.mine.get(path) === now.get(path)) continue
    found.push(
      was.mine.has(path)
        ? `it changed ${path} of the person`
        : `it left ${path} out of step: ${now.get(path)}`,
    )
  }
  const locks = readdirSync(join(repo.root, '.git')).filter((name) => name.endsWith('.lock'))
  found.push(...locks.map((name) => `it left ${name}`))
  return found
}
