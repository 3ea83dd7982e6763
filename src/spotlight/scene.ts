/** Where a spotlight works, and its git there. */
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  lstatSync,
  openSync,
  rmSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import {
  exactRef,
  type GitOptions,
  type GitResult,
  inCheckout,
  type Place,
  type Repository,
  updateRef,
  writeCheckout,
} from '../git/index.ts'
import { type HeadAt, WorktrainError } from '../protocol/index.ts'

/** Environment entry by which a git process of a spotlight is known, also after its starter died. */
export const MARKER = 'WORKTRAIN_SPOTLIGHT'
/** The person's filters may be slow, and may hang: longer than this no step takes, ms. */
const LIMIT_MS = 10 * 60_000

export interface Scene {
  /** Of the look. */
  id: string
  repo: Repository
  /** The person's checkout. */
  place: Place
  /** Private directory of this spotlight: what git does not keep byte for byte. */
  directory: string
  now: () => number
  /** Told before each step that changes something: fault tests die in it. */
  onStep: (step: string) => Promise<void> | void
}

/** Git that changes the checkout, its HEAD, or an index of our own. */
export function write(scene: Scene, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  return writeCheckout(scene.repo, scene.place, args, {
    timeoutMs: LIMIT_MS,
    ...options,
    env: { [MARKER]: scene.id, ...options.env },
  })
}

/** Git that reads, with an index of our own. */
export function readBy(
  scene: Scene,
  index: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  return inCheckout(scene.repo, scene.place, args, { ...options, env: { GIT_INDEX_FILE: index } })
}

/** Where HEAD of the checkout stands. @throws CHECKOUT_UNSAFE when it names no commit */
export async function headAt({ repo, place }: Pick<Scene, 'repo' | 'place'>): Promise<HeadAt> {
  const on = await inCheckout(repo, place, ['rev-parse', '--symbolic-full-name', 'HEAD'])
  const at = await inCheckout(repo, place, ['rev-parse', '--quiet', '--verify', 'HEAD^{commit}'], {
    allow: [1, 128],
  })
  const ref = on.stdout.trim()
  if (at.code !== 0)
    throw new WorktrainError('CHECKOUT_UNSAFE', `HEAD of ${place.path} names no commit.`, {
      hint: 'Make a first commit there, or switch to a branch that has one.',
    })
  return { branch: ref.startsWith('refs/heads/') ? ref.slice(11) : null, commit: at.stdout.trim() }
}

/** Where the commits of looks are kept, by the look. */
export const REFS = 'refs/worktrain/spotlight'
export const refsOf = (id: string): string => `${REFS}/${id}`

/** Keeps a commit from gc, under a name that a person can use. */
export async function keepCommit({ repo, id }: Scene, name: string, commit: string): Promise<void> {
  const ref = `${refsOf(id)}/${name}`
  const old = await exactRef(repo, ref)
  if (old !== commit && !(await updateRef(repo, ref, commit, old, 'worktrain: spotlight')))
    throw new WorktrainError('JOURNAL_CONFLICT', `${ref} was moved meanwhile.`)
}

/** A path in the private directory. */
export const inside = (scene: Scene, name: string): string => join(scene.directory, name)
/** The index of the checkout. */
export const indexOf = ({ place }: Pick<Scene, 'place'>): string => join(place.gitDir, 'index')

/**
 * Copies an index so that git sees as much of it as stale as before: by its time git tells which files may have
 * changed in the same moment. A time that is rounded down makes it look at more.
 */
export function copyIndex(from: string, to: string): void {
  // Left by a git of ours that was killed: nobody else knows this index.
  rmSync(`${to}.lock`, { force: true })
  copyFileSync(from, to)
  const { atimeMs, mtimeMs } = lstatSync(from)
  syncFile(to)
  utimesSync(to, Math.floor(atimeMs) / 1000, Math.floor(mtimeMs) / 1000)
}

export function syncFile(path: string | Buffer): void {
  const fd = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
