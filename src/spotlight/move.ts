/**
 * Moves a checkout from one commit to another, as `git checkout` does it.
 *
 * HEAD is written first and last: as long as it is where it was, nothing of the checkout has been touched.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { attachHead } from '../git/index.ts'
import { type HeadAt, WorktrainError } from '../protocol/index.ts'
import { gitWords } from './obstacles.ts'
import { headAt, indexOf, type Scene, write } from './scene.ts'

const WHY = 'worktrain: spotlight'
/** A prompt or an editor that sees HEAD move asks git at once what is changed, which takes the lock for a moment, ms. */
const PATIENCE_MS = 5000

/**
 * @param from commit of what the files are, and an index that says the same; `index` null: the checkout's own does
 * @param expected the checkout's index must still be this file's, byte for byte
 * @throws CHECKOUT_UNSAFE when git would overwrite something, GIT_FAILED, DISK_FULL
 */
export async function moveFiles(
  scene: Scene,
  from: { commit: string; index: string | null; expected: string },
  to: string,
): Promise<void> {
  const { branch, commit } = await headAt(scene)
  await scene.onStep('head')
  if (branch !== null || commit !== from.commit) await detach(scene, from.commit, commit)
  await scene.onStep('index')
  if (from.index !== null) await installIndex(scene, from.index, from.expected)
  await scene.onStep('files')
  const args = [
    'checkout',
    '--quiet',
    '--detach',
    '--no-overwrite-ignore',
    '--no-recurse-submodules',
    to,
    '--',
  ]
  try {
    // It takes the lock before it writes a file.
    await write(scene, args, { patienceMs: PATIENCE_MS })
  } catch (error) {
    const { stderr } = error instanceof WorktrainError ? (error.details ?? {}) : {}
    if (typeof stderr === 'string' && /would (be|lose)|not uptodate|cannot update/i.test(stderr))
      throw new WorktrainError('CHECKOUT_UNSAFE', `git refuses in ${scene.place.path}: ${gitWords(stderr)}`, {
        cause: error,
      })
    throw error
  }
}

/** HEAD on a commit alone, without touching a file. */
async function detach(scene: Scene, to: string, old: string): Promise<void> {
  await write(scene, ['update-ref', '--no-deref', '-m', WHY, 'HEAD', to, old])
}

/**
 * Puts HEAD where it belongs when files and index are there already.
 * @returns false: the branch has moved
 */
export async function arrive(scene: Scene, head: HeadAt): Promise<boolean> {
  if (head.branch === null) {
    const now = await headAt(scene)
    if (now.commit !== head.commit) await detach(scene, head.commit, now.commit)
    return true
  }
  return attachHead(scene.repo, scene.place, head.branch, head.commit, WHY)
}

/**
 * Replaces the index as git does, under its lock.
 * @param expected file with what the index must be now; null: whatever it is
 * @throws GIT_LOCKED, CHECKOUT_UNSAFE when somebody changed it meanwhile
 */
export async function installIndex(scene: Scene, source: string, expected: string | null): Promise<void> {
  const index = indexOf(scene)
  const lock = join(scene.place.gitDir, 'index.lock')
  const content = readFileSync(source)
  const fd = await taken(lock, existsSync(index) ? lstatSync(index).mode & 0o777 : 0o644)
  try {
    try {
      if (expected !== null && !readFileSync(index).equals(readFileSync(expected)))
        throw new WorktrainError('CHECKOUT_UNSAFE', `The index of ${scene.place.path} was changed meanwhile.`)
      for (let at = 0; at < content.length;) at += writeSync(fd, content, at)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(lock, index)
  } catch (error) {
    rmSync(lock, { force: true })
    throw error
  }
  // After the rename: a lock that seemed old would not be known for ours after a death.
  const { atimeMs, mtimeMs } = lstatSync(source)
  utimesSync(index, Math.floor(atimeMs) / 1000, Math.floor(mtimeMs) / 1000)
}

/** @returns the lock, open for writing @throws GIT_LOCKED when somebody else keeps it */
async function taken(lock: string, mode: number): Promise<number> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return openSync(lock, 'wx', mode)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (performance.now() > until)
        throw new WorktrainError('GIT_LOCKED', `Another git process holds ${lock}.`)
    }
    await delay(20)
  }
}
