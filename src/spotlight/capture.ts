/** The present state of a checkout as commits: nothing of it is changed, and nothing is stashed. */
import { commitTree, onDisk, statIfAny, treeOf } from '../git/index.ts'
import type { HeadAt } from '../protocol/index.ts'
import { isReached } from './raw.ts'
import { copyIndex, headAt, indexOf, inside, readBy, type Scene, write } from './scene.ts'

export interface Captured {
  /** As of a stash: the tree is that of the files, the parents are HEAD and a commit of the index. */
  commit: string
  tree: string
  /** Tree of the index. */
  staged: string
  head: HeadAt
  /** The index, byte for byte. */
  index: string
  /** An index of our own that says what the files are. */
  files: string
}

/**
 * Tracked files as they are, and the index. What is neither tracked nor named is left out.
 * @param name of the files in the private directory
 * @param also further paths, wherever a file stands there; bytes, kept one to one in latin1
 * @throws GIT_FAILED, DISK_FULL
 */
export async function capture(
  scene: Scene,
  name: string,
  message: string,
  also: Iterable<string> = [],
): Promise<Captured> {
  const head = await headAt(scene)
  const index = inside(scene, `${name}.index`)
  const files = inside(scene, `${name}.files`)
  copyIndex(indexOf(scene), index)
  copyIndex(index, files)
  const by = { env: { GIT_INDEX_FILE: files } }
  const staged = (await write(scene, ['write-tree'], by)).stdout.trim()
  const status = ['diff-files', '--name-status', '-z', '--no-renames', '--ignore-submodules=all']
  const { bytes } = await readBy(scene, files, status, { raw: true })
  const fields = bytes.toString('latin1').split('\0')
  const gone: string[] = []
  const here = [...also].filter((path) => isFile(scene, path))
  for (let at = 0; at + 1 < fields.length; at += 2)
    (fields[at] === 'D' ? gone : here).push(fields[at + 1] ?? '')
  await updateIndex(scene, files, ['--force-remove'], gone)
  await updateIndex(scene, files, ['--add', '--remove', '--replace'], here)
  const tree = (await write(scene, ['write-tree'], by)).stdout.trim()
  const { repo, now } = scene
  const at = now()
  const of = head.branch ?? head.commit.slice(0, 10)
  const on = await commitTree(repo, {
    tree: staged,
    parents: [head.commit],
    message: `index on ${of}\n`,
    at,
  })
  const commit = await commitTree(repo, { tree, parents: [head.commit, on], message, at })
  return { commit, tree, staged, head, index, files }
}

/** Does a checkout hold nothing but the commit its HEAD is at? */
export async function isPlain(scene: Scene, { tree, staged, head }: Captured): Promise<boolean> {
  return tree === staged && tree === (await treeOf(scene.repo, head.commit))
}

/** Changes an index of our own. @param records paths, or what else `how` reads, in latin1 */
export async function updateIndex(
  scene: Scene,
  index: string,
  how: readonly string[],
  records: readonly string[],
): Promise<void> {
  if (records.length === 0) return
  const input = Buffer.from(records.map((record) => `${record}\0`).join(''), 'latin1')
  const stdin = how.includes('--index-info') ? [] : ['--stdin']
  await write(scene, ['update-index', '-z', ...how, ...stdin], { input, env: { GIT_INDEX_FILE: index } })
}

/** A file or link, reached through directories alone. */
function isFile(scene: Scene, path: string): boolean {
  const stat = isReached(scene, path) ? statIfAny(onDisk(scene.place, path)) : undefined
  return stat !== undefined && (stat.isFile() || stat.isSymbolicLink())
}
