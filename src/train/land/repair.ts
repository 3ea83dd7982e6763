/**
 * Takes back a fast-forward that ended half-way through the person's files.
 *
 * Git writes the files first, then the index, then the branch. Ended in the middle (killed, disk full), it
 * leaves new files beside an old index; to git they are then the person's own changes, and the next try
 * would be refused for ever.
 */
import { rmSync } from 'node:fs'
import { type Repository, writeCheckout } from '../../git/index.ts'
import { CHECKOUT_LIMIT_MS, inCheckout, type Place } from './checkout.ts'
import type { Intent } from './landable.ts'
import {
  contentOf,
  contentOnDisk,
  differing,
  isGone,
  isNew,
  isSubmodule,
  type Landed,
  landedPaths,
  onDisk,
  statIfAny,
} from './obstacles.ts'

/**
 * Puts back what the landing wrote: only files whose content is that of the new commit, or a beginning of
 * it, written since the landing was begun, and files that it took away. All of it is in the two commits, so
 * nothing can be lost.
 * @param since when the landing was begun, ms
 * @returns how many paths were put back
 */
export async function takeBack(
  repo: Repository,
  place: Place,
  intent: Intent,
  since: number,
): Promise<number> {
  const staged = await inCheckout(repo, place, ['diff-index', '--cached', '--name-only', '-z', intent.old], {
    raw: true,
  })
  // Where the index is new already, only the branch is missing, and trying again finds nothing to write.
  const inIndex = new Set(staged.bytes.toString('latin1').split('\0'))
  const { paths } = await differing(repo, place)
  const back: Landed[] = []
  for (const entry of await landedPaths(repo, place, intent.old, intent.new)) {
    if (isSubmodule(entry) || inIndex.has(entry.path)) continue
    // A landing is not begun where the person has taken away a file that it changes.
    const isMissing = paths.get(entry.path)?.unstaged === 'D'
    if (isMissing || (await isWritten(repo, place, entry, since))) back.push(entry)
  }
  for (const entry of back) if (isNew(entry)) rmSync(onDisk(place, entry.path))
  const restore = back.filter((entry) => !isNew(entry)).map((entry) => `${entry.path}\0`)
  if (restore.length > 0)
    await writeCheckout(repo, place, ['checkout-index', '--force', '-z', '--stdin'], {
      input: Buffer.from(restore.join(''), 'latin1'),
      timeoutMs: CHECKOUT_LIMIT_MS,
    })
  return back.length
}

/** Does the file look as the landing left it, and not as the person did? */
async function isWritten(repo: Repository, place: Place, entry: Landed, since: number): Promise<boolean> {
  const stat = statIfAny(onDisk(place, entry.path))
  if (stat === undefined || isGone(entry) || stat.ctimeMs < since - 20) return false
  const content = contentOnDisk(place, entry.path)
  if (!content) return false
  const whole = await contentOf(repo, place, entry.path, entry.newMode, entry.newOid)
  return content.equals(whole.subarray(0, content.length))
}
