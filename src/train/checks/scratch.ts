/** The clean directory in which one attempt's checks run, and the proof that they left it as it was. */
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type GitOptions, privateGit, type Repository } from '../../git/index.ts'
import { isChanged, type LaidOut, layOutContent } from './lfs.ts'
import { cloneOf, moduleNames } from './modules.ts'
import { formatOf, initWith } from '../merge/objects.ts'
import { bytesOf, fieldsOf, shown } from '../merge/paths.ts'

/** A laid out commit: of the repository, or of a submodule of it. */
interface Layer {
  /** Where it is below the top, with a slash at the end; empty for the top. */
  prefix: string
  work: string
  /** The train's own view of `work`: no command of a check can reach it. */
  trusted: string
  /** What stands there in place of LFS pointers. */
  contents: LaidOut[]
}

export interface Scratch {
  directory: string
  /** Where the commands run: the tree of the candidate, with a git directory of its own. */
  work: string
  trusted: string
  layers: Layer[]
  /** What of the commit could not be laid out, as sentences for the check's log. */
  notes: string[]
}

/** Submodules in submodules in submodules: nobody has more. */
const DEEPEST = 5

/**
 * Lays out a commit in a fresh directory: its files, its submodules as the person has cloned them, and the
 * content of its LFS files as the person has fetched it.
 *
 * No hook, filter or configuration of anybody's takes part, and nothing is fetched. The git directories
 * inside are copies for the commands' own use and are never looked at again: what runs there may have
 * changed them.
 * @param directory must not exist
 */
export async function makeScratch(repo: Repository, directory: string, commit: string): Promise<Scratch> {
  const [work, trusted] = [join(directory, 'work'), join(directory, 'trusted.git')]
  mkdirSync(work, { recursive: true, mode: 0o700 })
  const scratch: Scratch = { directory, work, trusted, layers: [], notes: [] }
  await layOut(scratch, { repo, commit, prefix: '', work, trusted, depth: 0 })
  return scratch
}

interface Source {
  /** Where the objects are. */
  repo: Repository
  commit: string
  prefix: string
  work: string
  trusted: string
  depth: number
}

async function layOut(scratch: Scratch, source: Source): Promise<void> {
  const { repo, commit, prefix, work, trusted } = source
  const layer: Layer = { prefix, work, trusted, contents: [] }
  await initWith(repo, trusted, formatOf(commit))
  writeFileSync(join(trusted, 'HEAD'), `${commit}\n`)
  await inLayer(layer, ['read-tree', '--reset', '-u', commit])
  scratch.layers.push(layer)
  const { bytes } = await inLayer(layer, ['ls-files', '-z', '--stage'], { raw: true })
  const entries = fieldsOf(bytes).map((entry) => /^(\d+) ([0-9a-f]+) 0\t([^]*)$/.exec(entry) ?? [])
  await layOutContents(scratch, layer, repo, entries)
  const inside = join(work, '.git')
  cpSync(trusted, inside, { recursive: true, preserveTimestamps: true })
  await privateGit(['config', '--file', join(inside, 'config'), 'core.bare', 'false'], { isolated: true })
  const links = entries.filter(([, mode]) => mode === '160000')
  if (links.length > 0) await layOutModules(scratch, source, links)
}

type Entry = readonly (string | undefined)[]

async function layOutContents(
  scratch: Scratch,
  layer: Layer,
  repo: Repository,
  entries: readonly Entry[],
): Promise<void> {
  const { work, prefix } = layer
  const files = entries.flatMap(([, mode, , path]) => (mode?.startsWith('100') && path ? [path] : []))
  const wanted = await keptByLfs(layer, files)
  const missing: string[] = []
  for (const path of wanted) {
    const file = placeOf(work, path)
    if (file === null) continue
    const laid = await layOutContent(join(repo.commonDir, 'lfs', 'objects'), path, file)
    if (laid === 'missing') missing.push(prefix + shown(path))
    else if (laid !== null) layer.contents.push(laid)
  }
  if (layer.contents.length > 0) {
    // Git knows the pointers: what stands in their place is looked at by `isChanged`.
    const input = bytesOf(layer.contents.map(({ path }) => `${path}\0`).join(''))
    await inLayer(layer, ['update-index', '--assume-unchanged', '-z', '--stdin'], { input })
  }
  if (missing.length > 0)
    scratch.notes.push(
      `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}: Git LFS pointers whose content is not on this machine, so the checks see the pointers. Run \`git lfs fetch\`.`,
    )
}

/** Paths to which the attributes give the filter `lfs`. */
async function keptByLfs(layer: Layer, files: readonly string[]): Promise<string[]> {
  if (!files.some((path) => /(^|\/)\.gitattributes$/.test(path))) return []
  const { bytes } = await inLayer(layer, ['check-attr', '--cached', '--stdin', '-z', 'filter'], {
    input: bytesOf(files.map((path) => `${path}\0`).join('')),
    raw: true,
  })
  const fields = fieldsOf(bytes)
  const found: string[] = []
  for (let at = 0; at + 2 < fields.length; at += 3) if (fields[at + 2] === 'lfs') found.push(fields[at] ?? '')
  return found
}

async function layOutModules(scratch: Scratch, source: Source, links: readonly Entry[]): Promise<void> {
  const { repo, prefix, work, trusted, depth } = source
  const names = await moduleNames(trusted, source.commit)
  for (const [, , commit = '', link = ''] of links) {
    const path = shown(link)
    const name = names.get(path)
    const target = placeOf(work, link)
    const gitDir =
      name === undefined || target === null || depth >= DEEPEST
        ? null
        : await cloneOf(repo.commonDir, depth === 0 ? repo.root : null, name, path, commit)
    if (gitDir === null) {
      scratch.notes.push(
        `The submodule ${prefix}${path} is empty here: ${commit.slice(0, 10)} is not on this machine. Run \`git submodule update --init --recursive\` in your checkout.`,
      )
      continue
    }
    await layOut(scratch, {
      repo: { root: gitDir, commonDir: gitDir, id: repo.id },
      commit,
      prefix: `${prefix}${path}/`,
      work: join(work, path),
      trusted: join(dirname(scratch.trusted), `trusted-${scratch.layers.length}.git`),
      depth: depth + 1,
    })
  }
}

/** A path of the tree, where it lies in the work tree; null when links or the file system lead elsewhere. */
function placeOf(work: string, path: string): Buffer | null {
  const file = Buffer.concat([Buffer.from(`${work}/`), bytesOf(path)])
  const parent = Buffer.from(dirname(file.toString('latin1')), 'latin1')
  const here = lstatSync(file, { throwIfNoEntry: false })
  if (!here?.isFile() && !here?.isDirectory()) return null
  const expected = Buffer.concat([Buffer.from(realpathSync(work)), parent.subarray(Buffer.byteLength(work))])
  return Buffer.from(realpathSync(parent, 'buffer')).equals(expected) ? file : null
}

/** Tracked files that are no longer as in the commit. */
export async function dirtiedFiles(scratch: Scratch): Promise<string[]> {
  const dirtied: string[] = []
  for (const layer of scratch.layers) {
    const args = ['diff', '--name-only', '-z', '--no-ext-diff', '--no-textconv', '--no-renames']
    const { bytes } = await inLayer(layer, [...args, '--ignore-submodules=all'], { raw: true })
    dirtied.push(...fieldsOf(bytes).flatMap((path) => (path === '' ? [] : [layer.prefix + shown(path)])))
    for (const content of layer.contents)
      if (await isChanged(content)) dirtied.push(layer.prefix + shown(content.path))
  }
  return dirtied
}

function inLayer(layer: Layer, args: readonly string[], options: GitOptions = {}) {
  const { trusted, work } = layer
  return privateGit(args, { gitDir: trusted, workTree: work, cwd: work, isolated: true, ...options })
}

/** Removes an attempt's directory, also when a check left directories that may not be written. */
export function removeScratch(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    openUp(directory)
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

function openUp(directory: string): void {
  if (!lstatSync(directory).isDirectory()) return
  chmodSync(directory, 0o700)
  for (const name of readdirSync(directory)) openUp(join(directory, name))
}
