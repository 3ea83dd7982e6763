/**
 * A git directory of the train's own that reads and writes the person's objects.
 *
 * It has no hooks, no drivers, no filters, no refs (so no replaced objects) and nobody's configuration: what
 * a change brings along in its attributes finds nothing to run there (facts/merge-and-partition 2,
 * facts/isolation 1.3).
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  git,
  type GitOptions,
  type GitResult,
  inRepository,
  privateGit,
  type Repository,
} from '../../git/index.ts'
import { bytesOf, fieldsOf, isPlainPath } from './paths.ts'

export interface Objects {
  gitDir: string
  /** Where each merge gets a directory of its own. */
  directory: string
}

/** What one merge has to itself: any number run at the same time. */
export interface MergeRoom {
  gitDir: string
  /** Gone when the merge is done. */
  directory: string
  /** Directory that stands for a work tree: holds the attributes that count, and nothing else. */
  attributes: string
  /** Settings of the repository by which the person's own git would merge. */
  config: readonly string[]
  /**
   * The person's checkout lies where names that differ in case, or in the form of an accent, are one file:
   * git found that out when it made the repository.
   */
  foldsNames: boolean
}

/** Makes the git directory anew: it is cheap, and then it is known to be whole. */
export async function openObjects(repo: Repository, directory: string): Promise<Objects> {
  const objects = { gitDir: join(directory, 'merge.git'), directory: join(directory, 'merges') }
  // Merges of a train that died as well.
  for (const old of [objects.gitDir, objects.directory]) rmSync(old, { recursive: true, force: true })
  const format = await inRepository(repo, ['rev-parse', '--show-object-format'])
  await initWith(repo, objects.gitDir, format.stdout.trim())
  mkdirSync(objects.directory, { recursive: true, mode: 0o700 })
  return objects
}

/** How a repository names its objects, told by the name of any of them. */
export const formatOf = (oid: string): string => (oid.length === 64 ? 'sha256' : 'sha1')

/** A bare git directory that borrows the repository's objects. @param format as {@link formatOf} */
export async function initWith(repo: Repository, gitDir: string, format: string): Promise<void> {
  await privateGit(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '--', gitDir], {
    isolated: true,
  })
  mkdirSync(join(gitDir, 'objects', 'info'), { recursive: true })
  writeFileSync(join(gitDir, 'objects', 'info', 'alternates'), `${join(repo.commonDir, 'objects')}\n`)
  // Without it git would look for the parents that a shallow clone does not have.
  const shallow = join(repo.commonDir, 'shallow')
  if (existsSync(shallow)) copyFileSync(shallow, join(gitDir, 'shallow'))
}

/**
 * Room for one merge, with the attributes of a commit laid out; taken away when `merge` is done.
 *
 * Those of the target count, as landed: neither what happens to lie in the person's checkout nor what the
 * change itself would like (`* merge=union` would resolve conflicts in silence).
 */
export async function inRoom<T>(
  repo: Repository,
  objects: Objects,
  commit: string,
  merge: (room: MergeRoom) => Promise<T>,
): Promise<T> {
  mkdirSync(objects.directory, { recursive: true, mode: 0o700 })
  const directory = mkdtempSync(join(objects.directory, 'm'))
  try {
    const attributes = join(directory, 'attributes')
    mkdirSync(attributes)
    const room = { gitDir: objects.gitDir, directory, attributes, ...(await settingsOf(repo)) }
    await layOutAttributes(repo, room, commit)
    return await merge(room)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Settings that decide how a merge comes out and can run nothing, by what they may hold. */
const MERGE_SETTINGS: readonly (readonly [RegExp, RegExp])[] = [
  [/^merge\.renormalize$/, /^(true|false)$/],
  // `true` moves files in silence: what it would move is a conflict here.
  [/^merge\.directoryrenames$/, /^(false|conflict)$/],
  [/^(merge|diff)\.renames$/, /^(true|false|copies|copy)$/],
  [/^(merge|diff)\.renamelimit$/, /^\d{1,9}$/],
  // Only with renormalize do they take part.
  [/^core\.autocrlf$/, /^(true|false|input)$/],
  [/^core\.eol$/, /^(lf|crlf|native)$/],
]

async function settingsOf(repo: Repository): Promise<Pick<MergeRoom, 'config' | 'foldsNames'>> {
  const { stdout } = await inRepository(repo, ['config', '-z', '--get-regexp', '^(merge|diff|core)\\.'], {
    allow: [1],
  })
  const settings = stdout.split('\0').map((entry) => {
    const [name = '', value = 'true'] = entry.split('\n')
    return [name, value] as const
  })
  // The last one counts.
  const isOn = (key: string) =>
    /^(true|yes|on|1)$/i.test(settings.findLast(([name]) => name === key)?.[1] ?? '')
  const fit = settings.filter(([name, value]) =>
    MERGE_SETTINGS.some(([key, values]) => key.test(name) && values.test(value)),
  )
  return {
    config: fit.map(([name, value]) => `${name}=${value}`),
    foldsNames: isOn('core.ignorecase') || isOn('core.precomposeunicode'),
  }
}

async function layOutAttributes(repo: Repository, room: MergeRoom, commit: string): Promise<void> {
  const { bytes } = await inObjects(repo, room, ['ls-tree', '-r', '-z', commit], { raw: true })
  for (const entry of fieldsOf(bytes)) {
    const [, oid, path] = /^100\d+ blob ([0-9a-f]+)\t([^]*)$/.exec(entry) ?? []
    if (oid === undefined || path === undefined) continue
    if (!/(^|\/)\.gitattributes$/.test(path) || !isPlainPath(path)) continue
    const blob = await inObjects(repo, room, ['cat-file', 'blob', oid], { raw: true })
    const top = Buffer.from(`${room.attributes}/`)
    mkdirSync(Buffer.concat([top, bytesOf(dirname(path))]), { recursive: true })
    writeFileSync(Buffer.concat([top, bytesOf(path)]), blob.bytes)
  }
}

/** Git for one merge; new objects go to the person's repository. */
export function inObjects(
  repo: Repository,
  room: MergeRoom,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  return git(args, inRoomOf(repo, room, options))
}

/** As {@link inObjects}, for what writes an index: one of this merge's own. */
export function writeInObjects(
  repo: Repository,
  room: MergeRoom,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  const env = { GIT_INDEX_FILE: join(room.directory, 'index'), ...options.env }
  return privateGit(args, inRoomOf(repo, room, { ...options, env }))
}

function inRoomOf(repo: Repository, room: MergeRoom, options: GitOptions): GitOptions {
  return {
    gitDir: room.gitDir,
    workTree: room.attributes,
    cwd: room.attributes,
    isolated: true,
    ...options,
    config: [...room.config, ...(options.config ?? [])],
    env: {
      GIT_OBJECT_DIRECTORY: join(repo.commonDir, 'objects'),
      // As it is now: the clone may have been deepened meanwhile.
      GIT_SHALLOW_FILE: join(repo.commonDir, 'shallow'),
      ...options.env,
    },
  }
}
