/**
 * A git directory of the train's own that reads and writes the person's objects.
 *
 * It has no hooks, no drivers, no filters and nobody's configuration: what a change brings along in its
 * attributes finds nothing to run there (facts/merge-and-partition 2, facts/isolation 1.3).
 */
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  git,
  type GitOptions,
  type GitResult,
  inRepository,
  privateGit,
  type Repository,
} from '../git/index.ts'

export interface Objects {
  gitDir: string
  /** Directory that stands for a work tree: holds the attributes that count, and nothing else. */
  attributes: string
}

/** Makes the git directory anew: it is cheap, and then it is known to be whole. */
export async function openObjects(repo: Repository, directory: string): Promise<Objects> {
  const objects = { gitDir: join(directory, 'merge.git'), attributes: join(directory, 'merge') }
  rmSync(objects.gitDir, { recursive: true, force: true })
  await initWith(repo, objects.gitDir)
  return objects
}

/** A bare git directory that borrows the repository's objects. */
export async function initWith(repo: Repository, gitDir: string): Promise<void> {
  const format = await inRepository(repo, ['rev-parse', '--show-object-format'])
  await privateGit(
    ['init', '--quiet', '--bare', '--template=', `--object-format=${format.stdout.trim()}`, '--', gitDir],
    { isolated: true },
  )
  mkdirSync(join(gitDir, 'objects', 'info'), { recursive: true })
  writeFileSync(join(gitDir, 'objects', 'info', 'alternates'), `${join(repo.commonDir, 'objects')}\n`)
  // Without it git would look for the parents that a shallow clone does not have.
  const shallow = join(repo.commonDir, 'shallow')
  if (existsSync(shallow)) copyFileSync(shallow, join(gitDir, 'shallow'))
}

/**
 * Lays out the `.gitattributes` of a commit, where git looks for them when it merges.
 *
 * Those of the target count, as landed: neither what happens to lie in the person's checkout nor what the
 * change itself would like (`* merge=union` would resolve conflicts in silence).
 */
export async function layOutAttributes(repo: Repository, objects: Objects, commit: string): Promise<void> {
  rmSync(objects.attributes, { recursive: true, force: true })
  mkdirSync(objects.attributes, { recursive: true })
  const { stdout } = await inRepository(repo, ['ls-tree', '-r', '-z', '--name-only', commit])
  for (const path of stdout.split('\0').filter((name) => /(^|\/)\.gitattributes$/.test(name))) {
    const blob = await inRepository(repo, ['cat-file', 'blob', `${commit}:${path}`], {
      raw: true,
      allow: [128],
    })
    if (blob.code !== 0) continue
    const file = join(objects.attributes, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, blob.bytes)
  }
}

/** Git in that directory; new objects go to the person's repository. */
export function inObjects(
  repo: Repository,
  objects: Objects,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  return git(args, {
    gitDir: objects.gitDir,
    workTree: objects.attributes,
    cwd: objects.attributes,
    isolated: true,
    ...options,
    env: { GIT_OBJECT_DIRECTORY: join(repo.commonDir, 'objects'), ...options.env },
  })
}
