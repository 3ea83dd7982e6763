/**
 * Takes back a fast-forward that ended half-way through the person's files.
 *
 * Git writes the files first, then the index, then the branch. Ended in the middle (killed, disk full), it
 * leaves new files beside an old index; to git they are then the person's own changes, and the next try
 * would be refused for ever.
 */
import { lstatSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Repository, writeCheckout } from '../git/index.ts'
import { inCheckout, type Place } from './checkout.ts'
import type { Intent } from './landing.ts'

/**
 * Puts back what the landing wrote: only files whose content is that of the new commit, or a beginning of
 * it, written since the landing was intended. All of it is in the new commit, so nothing can be lost.
 * @returns the paths put back
 */
export async function takeBack(repo: Repository, place: Place, intent: Intent): Promise<string[]> {
  const since = intent.at ?? 0
  const entries = await changedEntries(repo, place, intent)
  const ours: { path: string; isNew: boolean }[] = []
  for (const entry of entries) {
    const file = join(place.path, entry.path)
    const stat = lstatSync(file, { throwIfNoEntry: false })
    if (!stat || stat.ctimeMs < since - 20) continue
    const content = stat.isSymbolicLink()
      ? Buffer.from(readlinkSync(file))
      : stat.isFile()
        ? readFileSync(file)
        : null
    if (content === null) continue
    const whole = await contentOf(repo, place, intent.new, entry.path)
    if (content.equals(whole.subarray(0, content.length))) ours.push(entry)
  }
  if (ours.length === 0) return []
  const staged = await inCheckout(repo, place, ['diff-index', '--cached', '--name-only', '-z', intent.old])
  const inIndex = new Set(staged.stdout.split('\0'))
  // The index is new already: then only the branch is missing, and trying again finds nothing to write.
  const back = ours.filter((entry) => !inIndex.has(entry.path))
  for (const entry of back) if (entry.isNew) rmSync(join(place.path, entry.path))
  const restore = back.filter((entry) => !entry.isNew).map((entry) => `${entry.path}\0`)
  if (restore.length > 0)
    await writeCheckout(repo, place, ['checkout-index', '--force', '-z', '--stdin'], {
      input: restore.join(''),
    })
  return back.map((entry) => entry.path)
}

/** Files that the new commit adds or changes; submodules stay out of it. */
async function changedEntries(
  repo: Repository,
  place: Place,
  intent: Intent,
): Promise<{ path: string; isNew: boolean }[]> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--diff-filter=AMT', '--raw', intent.old, intent.new]
  const { stdout } = await inCheckout(repo, place, args)
  const fields = stdout.split('\0')
  const entries: { path: string; isNew: boolean }[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [before = '', after = ''] = (fields[at] ?? '').slice(1).split(' ')
    if (after === '160000' || before === '160000') continue
    entries.push({ path: fields[at + 1] ?? '', isNew: before === '000000' })
  }
  return entries
}

/** The content git would write to the file: with the line endings and filters of this checkout. */
async function contentOf(repo: Repository, place: Place, commit: string, path: string): Promise<Buffer> {
  const { bytes } = await inCheckout(repo, place, ['cat-file', '--filters', `${commit}:${path}`], {
    raw: true,
  })
  return bytes
}
