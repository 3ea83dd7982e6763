/**
 * Takes back a fast-forward that ended half-way through the person's files.
 *
 * Git writes the files first, then the index, then the branch. Ended in between (killed, disk full), it leaves new
 * files beside an old index, or both beside an old branch; to git they are then the person's own changes. The next
 * try would be refused for ever, or the person would commit what was not to land.
 */
import { rmSync } from 'node:fs'
import {
  type Changed,
  changedPaths,
  contentOf,
  contentOnDisk,
  differing,
  inCheckout,
  isGone,
  isNew,
  isSubmodule,
  onDisk,
  type Place,
  RAW,
  rawEntries,
  type Repository,
  statIfAny,
  writeCheckout,
} from '../../git/index.ts'
import { CHECKOUT_LIMIT_MS } from './checkout.ts'
import type { Intent } from './landable.ts'

/**
 * Puts back what the landing wrote: only files whose content is that of the new commit, or a beginning of
 * it, written since the landing was begun, and files that it took away. All of it is in the two commits, so
 * nothing can be lost.
 * @param since when the landing was begun, ms
 * @param theirs paths that the person had staged before: some may be as the landing makes them
 * @returns how many paths were put back
 */
export async function takeBack(
  repo: Repository,
  place: Place,
  intent: Intent,
  since: number,
  theirs: ReadonlySet<string>,
): Promise<number> {
  const staged = await stagedPaths(repo, place, intent.old)
  const uncommitted = await stagedPaths(repo, place, 'HEAD')
  const { paths } = await differing(repo, place)
  const back: Changed[] = []
  const unstage: Changed[] = []
  for (const entry of await changedPaths(repo, place, intent.old, intent.new)) {
    const inIndex = staged.get(entry.path)
    // What stands in the index and in no commit, as the landing writes it; somebody may have committed it.
    const isOurs =
      !theirs.has(entry.path) && isSame(inIndex, entry) && isSame(uncommitted.get(entry.path), entry)
    if (isOurs) unstage.push(entry)
    if (isSubmodule(entry) || (inIndex && !isOurs)) continue
    // A landing is not begun where the person has taken away a file that it changes.
    const isMissing = isOurs
      ? isGone(entry) && statIfAny(onDisk(place, entry.path)) === undefined
      : paths.get(entry.path)?.unstaged === 'D'
    if (isMissing || (await isWritten(repo, place, entry, since))) back.push(entry)
  }
  await writeCheckoutOf(repo, place, ['update-index', '-z', '--index-info'], unstage.map(asItWas))
  for (const entry of back) if (isNew(entry)) rmSync(onDisk(place, entry.path))
  const restore = back.filter((entry) => !isNew(entry)).map(({ path }) => path)
  await writeCheckoutOf(repo, place, ['checkout-index', '--force', '-z', '--stdin'], restore)
  return new Set([...back, ...unstage]).size
}

/** By path, how the index differs from a commit. */
export async function stagedPaths(
  repo: Repository,
  place: Place,
  commit: string,
): Promise<Map<string, Changed>> {
  const args = ['diff-index', '--cached', '--no-renames', ...RAW, commit]
  const { bytes } = await inCheckout(repo, place, args, { raw: true })
  return new Map(rawEntries(bytes).map((entry) => [entry.path, entry]))
}

function isSame(a: Changed | undefined, b: Changed): boolean {
  return (
    a !== undefined &&
    a.oldMode === b.oldMode &&
    a.newMode === b.newMode &&
    a.oldOid === b.oldOid &&
    a.newOid === b.newOid
  )
}

/** A line for `update-index --index-info`. */
function asItWas({ path, oldMode, oldOid }: Changed): string {
  return `${isNew({ oldMode }) ? '0' : oldMode} ${oldOid}\t${path}`
}

/** @param records paths in them are bytes, kept one to one in latin1 */
async function writeCheckoutOf(
  repo: Repository,
  place: Place,
  args: readonly string[],
  records: readonly string[],
): Promise<void> {
  if (records.length === 0) return
  const input = Buffer.from(records.map((record) => `${record}\0`).join(''), 'latin1')
  await writeCheckout(repo, place, args, { input, timeoutMs: CHECKOUT_LIMIT_MS })
}

/** Does the file look as the landing left it, and not as the person did? */
async function isWritten(repo: Repository, place: Place, entry: Changed, since: number): Promise<boolean> {
  const stat = statIfAny(onDisk(place, entry.path))
  if (stat === undefined || isGone(entry) || stat.ctimeMs < since - 20) return false
  const content = contentOnDisk(place, entry.path)
  if (!content) return false
  const whole = await contentOf(repo, place, entry.path, entry.newMode, entry.newOid)
  return content.equals(whole.subarray(0, content.length))
}
