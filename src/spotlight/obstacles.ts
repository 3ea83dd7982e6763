/** Why a checkout must not be moved now, found before anything is changed. Reads only. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Changed,
  contentOf,
  contentOnDisk,
  hiddenPaths,
  hindrance,
  inCheckout,
  isGone,
  isNew,
  isSubmodule,
  onDisk,
  parentsOf,
  type Place,
  type Repository,
  requirePlainEntries,
  shownPath,
  standsAt,
  statIfAny,
  wasSubmodule,
} from '../git/index.ts'
import { WorktrainError } from '../protocol/index.ts'

/** Paths named in a sentence, and those told beside it. */
const NAMED = 10
const TOLD = 500
/** Of git's own words, characters. */
const SAID = 2000

/** What git says when it refuses, at a length that can be shown. */
export const gitWords = (stderr: string): string => stderr.trim().slice(0, SAID)

export function unsafe(what: string, hint: string, paths: readonly string[] = []): WorktrainError {
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : ''
  const named = paths.length === 0 ? '' : `: ${paths.slice(0, NAMED).join(', ')}${more}`
  return new WorktrainError('CHECKOUT_UNSAFE', `${what}${named}.`, {
    hint: `Nothing was changed. ${hint}`,
    details: { paths: paths.slice(0, TOLD) },
  })
}

/** What of the checkout itself forbids it, whatever is to be shown. @throws CHECKOUT_UNSAFE, DIRECTORY_UNUSABLE */
export async function refuseUnready(repo: Repository, place: Place): Promise<void> {
  requirePlainEntries(repo)
  const blocked = hindrance(place)
  if (blocked)
    throw new WorktrainError('CHECKOUT_UNSAFE', blocked.detail, { details: { paths: blocked.paths } })
  const look = (args: string[]) => inCheckout(repo, place, args, { allow: [1], raw: true })
  const { bytes: unmerged } = await look(['ls-files', '--unmerged', '-z'])
  if (unmerged.length > 0) {
    const paths = new Set(
      unmerged
        .toString('utf8')
        .split('\0')
        .filter(Boolean)
        .map((line) => line.split('\t')[1] ?? ''),
    )
    throw unsafe(`In ${place.path} conflicts are not resolved`, 'Resolve them and `git add` the files.', [
      ...paths,
    ])
  }
  const sparse = await look(['config', '--get', '--type=bool', 'core.sparseCheckout'])
  if (sparse.stdout.trim() === 'true')
    throw unsafe(
      `${place.path} is a sparse checkout`,
      'Use another checkout, or `git sparse-checkout disable`.',
    )
  if ((await look(['rev-parse', '--shared-index-path'])).stdout.trim() !== '')
    throw unsafe(
      `The index of ${place.path} is split in two files`,
      'Join it: `git update-index --no-split-index`.',
    )
  if (!existsSync(join(place.gitDir, 'index')))
    throw unsafe(`${place.path} has no index`, 'Make one: `git reset`.')
}

/**
 * What of the person's stands in the way of a move between two trees.
 * @param tracked paths that the first tree holds
 * @throws CHECKOUT_UNSAFE with all of it at once
 */
export async function refuseInTheWay(
  repo: Repository,
  place: Place,
  changed: readonly Changed[],
  tracked: ReadonlySet<string>,
): Promise<void> {
  const mixed = modulesInTheWay(place, changed)
  if (mixed.length > 0)
    throw unsafe(
      `In ${place.path} there would be files where a submodule is checked out now, among those of the submodule`,
      'Submodules are left as they are. Look at it without your checkout: `worktrain review NAME` shows the change, `worktrain preview NAME` what runs. Or take the submodule out of the way, when nothing in it is unsaved: `git submodule deinit PATH`.',
      mixed,
    )
  const gone = new Set(changed.filter(isGone).map(({ path }) => path))
  const parents = new Map<string, boolean>()
  const inWay = new Set<string>()
  for (const entry of changed.filter(isNew)) {
    const { path } = entry
    // Of a submodule git makes the directory, and leaves one that is there as it is.
    if (isSubmodule(entry) && statIfAny(onDisk(place, path))?.isDirectory()) continue
    const found = standsAt(place, path, gone, parents) ?? below(place, path, tracked)
    if (found !== null) inWay.add(shownPath(found))
  }
  if (inWay.size > 0)
    throw unsafe(
      `In ${place.path} untracked or ignored files of yours are in the way`,
      'Move them, or commit them; nothing of yours is overwritten.',
      [...inWay],
    )
  const edited = await hiddenEdits(repo, place, changed)
  if (edited.length > 0)
    throw unsafe(
      `In ${place.path} git is told not to look at files (\`git update-index --assume-unchanged\` or --skip-worktree) that are changed or would be`,
      'Let git see them: `git update-index --no-assume-unchanged --no-skip-worktree FILE`.',
      edited,
    )
}

/** Submodules that become files, or directories of files, while something stands in them. */
function modulesInTheWay(place: Place, changed: readonly Changed[]): string[] {
  const files = changed.filter((entry) => !isGone(entry) && !isSubmodule(entry))
  const parents = new Set(files.flatMap(({ path }) => parentsOf(path)))
  return changed
    .filter(wasSubmodule)
    .filter((entry) => !isGone(entry) || parents.has(entry.path))
    .filter(({ path }) => isOccupied(place, path))
    .map(({ path }) => shownPath(path))
}

function isOccupied(place: Place, path: string): boolean {
  const file = onDisk(place, path)
  return statIfAny(file)?.isDirectory() === true && readdirSync(file).length > 0
}

/** A file below a directory that is to become a file, and that the move does not take away; null: none. */
function below(place: Place, path: string, tracked: ReadonlySet<string>): string | null {
  if (!statIfAny(onDisk(place, path))?.isDirectory()) return null
  for (const entry of readdirSync(onDisk(place, path), { withFileTypes: true, encoding: 'buffer' })) {
    const each = `${path}/${entry.name.toString('latin1')}`
    if (entry.isDirectory()) {
      const found = below(place, each, tracked)
      if (found !== null) return found
    } else if (!tracked.has(each)) return each
  }
  return null
}

/** Files that git is told not to look at: what the person did to them would be seen by nobody. */
async function hiddenEdits(repo: Repository, place: Place, changed: readonly Changed[]): Promise<string[]> {
  const hidden = await hiddenPaths(repo, place)
  if (hidden.size === 0) return []
  const touched = new Set(changed.map(({ path }) => path))
  const { bytes } = await inCheckout(repo, place, ['ls-files', '--stage', '-z'], { raw: true })
  const found: string[] = []
  for (const record of bytes.toString('latin1').split('\0')) {
    const [, mode = '', oid = '', path = ''] = /^(\d+) ([0-9a-f]+) \d\t(.*)$/s.exec(record) ?? []
    if (!hidden.has(path)) continue
    const content = contentOnDisk(place, path)
    const same = !touched.has(path) && content?.equals(await contentOf(repo, place, path, mode, oid))
    if (!same) found.push(shownPath(path))
  }
  return found
}
