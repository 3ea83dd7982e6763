/** One merge after another, as the train asks for them, without a train. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  type Built,
  buildCandidate,
  type Mergeable,
  type MergeOptions,
} from '../../src/train/merge/candidate.ts'
import { type Objects, openObjects } from '../../src/train/merge/objects.ts'
import { type Repository } from '../../src/git/index.ts'
import { repositoryWith, sh } from './repository.ts'

export interface Yard {
  home: string
  repo: Repository
  root: string
  objects: Objects
  /** Merges a commit into `main`, or into `base`. */
  merge(head: string, options?: MergeOptions & { base?: string }): Promise<Built>
}

export function change(head: string, more: Partial<Mergeable> = {}): Mergeable {
  const names = { id: 'c1', name: 'one', session: null, branch: 'one', target: 'main' }
  return { ...names, head, message: 'one: work', queuedAt: 1_700_000_000_000, ...more }
}

/** A directory of the test's own, gone when it ends. */
export function temporary(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-merging-')))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

export async function yardOf(repo: Repository, home: string): Promise<Yard> {
  const objects = await openObjects(repo, join(home, 'train'))
  return {
    home,
    repo,
    root: repo.root,
    objects,
    merge: (head, { base, ...options } = {}) =>
      buildCandidate(repo, objects, change(head), base ?? sh(repo.root, 'rev-parse', 'main'), options),
  }
}

/** A repository with `files` on main, and what is needed to merge there. */
export async function yard(files: Record<string, string>): Promise<Yard> {
  const home = temporary()
  return yardOf(await repositoryWith(join(home, 'repo'), files), home)
}

/** The candidate, or a failure that says what came instead. */
export function candidateOf(built: Built): Built & { kind: 'candidate' } {
  if (built.kind !== 'candidate') throw new Error(`no candidate: ${JSON.stringify(built)}`)
  return built
}

/** Numbered lines, some of them other ones. */
export function lines(count: number, other: Record<number, string> = {}): string {
  return Array.from({ length: count }, (_, at) => `${other[at + 1] ?? `line ${at + 1}`}\n`).join('')
}
