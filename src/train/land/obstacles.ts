/**
 * What in the person's checkout a landing would overwrite, found before anything is begun. Reads only.
 *
 * Git looks for itself when it moves the files, and has the last word. This is asked first so that all
 * paths are named at once, so that waiting costs nothing but reading, and because git brings back a file
 * that the person has deleted and not committed.
 */
import {
  type Changed,
  changedPaths,
  contentOf,
  contentOnDisk,
  type Differing,
  differing,
  hiddenPaths,
  isGone,
  isNew,
  isSubmodule,
  type Place,
  type Repository,
  shownPath,
  standsAt,
} from '../../git/index.ts'
import type { Blocked } from '../../protocol/index.ts'
import { plainText } from '../checks/output.ts'
import { overwriting } from './refusal.ts'

/** What keeps the checkout from being moved from one commit to another; null: nothing that can be foreseen. */
export async function obstacles(
  repo: Repository,
  place: Place,
  old: string,
  commit: string,
): Promise<Blocked | null> {
  const [landed, status, hidden] = await Promise.all([
    changedPaths(repo, place, old, commit),
    differing(repo, place),
    hiddenPaths(repo, place),
  ])
  if (status.unmerged.length > 0) {
    const paths = status.unmerged.map(shownPath)
    const detail = `In ${place.path} conflicts are not resolved: ${plainText(paths.slice(0, 5).join(', '))}. Resolve them and \`git add\` the files, or take them back with \`git restore\`.`
    return { reason: 'mid-operation', paths, detail }
  }
  const gone = new Set(landed.filter(isGone).map((entry) => entry.path))
  const inWay = new Map<string, string>()
  const parents = new Map<string, boolean>()
  for (const entry of landed) {
    const differs = status.paths.get(entry.path)
    if (differs && isChanged(entry, differs)) inWay.set(entry.path, 'changed')
    else if (hidden.has(entry.path) && (await isEdited(repo, place, entry))) inWay.set(entry.path, HIDDEN)
    else if (isUnknown(entry, differs)) {
      const found = standsAt(place, entry.path, gone, parents)
      if (found !== null) inWay.set(found, 'untracked or ignored')
    }
  }
  return inWay.size === 0
    ? null
    : overwriting(place.path, new Set(inWay.values()), [...inWay.keys()].map(shownPath))
}

/** A change of the person's that is not the very change that lands. */
function isChanged(entry: Changed, { staged, unstaged, mode, oid }: Differing): boolean {
  const agrees = isGone(entry) ? staged === 'D' : mode === entry.newMode && oid === entry.newOid
  if (staged !== '.') return !agrees
  // Git leaves the files of a submodule alone, whatever its pointer does.
  if (unstaged === '.' || isSubmodule(entry)) return false
  return !(unstaged === 'D' && isGone(entry))
}

const HIDDEN = 'changed (and kept from `git status` by `git update-index`)'

async function isEdited(repo: Repository, place: Place, entry: Changed): Promise<boolean> {
  if (isNew(entry) || isSubmodule(entry)) return false
  const content = contentOnDisk(place, entry.path)
  if (content === undefined) return false
  const was = await contentOf(repo, place, entry.path, entry.oldMode, entry.oldOid)
  return content === null || !content.equals(was)
}

/** Would what stands at this path be no file that git knows? */
function isUnknown(entry: Changed, differs: Differing | undefined): boolean {
  return isGone(entry) ? differs?.staged === 'D' : isNew(entry) && differs === undefined
}
