/** Where a checkout goes back to: what it held, on its branch, also where that has gone on meanwhile. */
import {
  type Changed,
  changedPaths,
  checkouts,
  commitTree,
  exactRef,
  hiddenPaths,
  inCheckout,
  isAncestor,
  isGone,
  isSubmodule,
  NONE,
  parentsOf,
  readRef,
  shownPath,
  standsAt,
} from '../git/index.ts'
import type { HeadAt } from '../protocol/index.ts'
import { updateIndex } from './capture.ts'
import { copyIndex, inside, keepCommit, readBy, type Scene, write } from './scene.ts'
import type { SpotlightState } from './state.ts'

export interface Destination {
  /** What the files are to be. */
  commit: string
  /** The index that belongs to it. */
  index: string
  head: HeadAt
  /** Why HEAD does not go back onto its branch; null: it does, or was on none. */
  apart: string | null
  /** Paths at which it is not what was kept, but what the branch has now; bytes, kept one to one in latin1. */
  newer: ReadonlySet<string>
}

/**
 * The person's changes ride along where their branch has moved forward without touching what they changed, as with
 * a landing in a dirty checkout. Else HEAD goes to the commit it was at: nothing of theirs is merged unasked.
 */
export async function destinationOf(scene: Scene, state: SpotlightState): Promise<Destination> {
  const { repo, place } = scene
  const { branch, commit } = state.head
  const kept = { commit: state.kept, index: inside(scene, 'kept.index'), newer: new Set<string>() }
  const apart = (why: string): Destination => ({ ...kept, head: { branch: null, commit }, apart: why })
  if (branch === null) return { ...kept, head: state.head, apart: null }
  const elsewhere = (await checkouts(repo)).find((one) => one.branch === branch && one.path !== place.path)
  if (elsewhere) return apart(`${branch} is checked out in ${elsewhere.path} now`)
  const tip = await exactRef(repo, `refs/heads/${branch}`)
  if (tip === null) return apart(`the branch ${branch} is gone`)
  if (tip === commit) return { ...kept, head: state.head, apart: null }
  if (!(await isAncestor(repo, commit, tip))) return apart(`${branch} was moved to a commit without yours`)
  const moved = await changedPaths(repo, place, commit, tip)
  const clash = await clashOf(scene, state, moved)
  if (clash !== null) return apart(`${branch} has moved on, and what you changed is in its way: ${clash}`)
  return onTop(scene, { branch, commit: tip }, moved)
}

/** The kept state with what the branch has brought since. */
async function onTop(scene: Scene, head: HeadAt, moved: readonly Changed[]): Promise<Destination> {
  const index = inside(scene, 'onto.index')
  const files = inside(scene, 'onto.files')
  copyIndex(inside(scene, 'kept.index'), index)
  copyIndex(inside(scene, 'kept.files'), files)
  const records = moved.map(({ path, newMode, newOid }) => indexRecord(path, newMode, newOid))
  const trees: string[] = []
  for (const each of [index, files]) {
    await updateIndex(scene, each, ['--replace', '--index-info'], records)
    trees.push((await write(scene, ['write-tree'], { env: { GIT_INDEX_FILE: each } })).stdout.trim())
  }
  const [staged = '', tree = ''] = trees
  const { repo } = scene
  const at = scene.now()
  const message = `worktrain: spotlight, back on ${head.branch ?? head.commit}\n`
  const on = await commitTree(repo, { tree: staged, parents: [head.commit], message, at })
  const commit = await commitTree(repo, { tree, parents: [head.commit, on], message, at })
  await keepCommit(scene, 'onto', commit)
  return { commit, index, head, apart: null, newer: new Set(moved.map(({ path }) => path)) }
}

/** A path at which what the person changed, or has untracked, and what the branch brought meet; null: there is none. */
async function clashOf(
  scene: Scene,
  { head, kept }: SpotlightState,
  moved: readonly Changed[],
): Promise<string | null> {
  const { repo, place } = scene
  const staged = (await readRef(repo, `${kept}^2`)) ?? head.commit
  const own = [
    ...(await changedPaths(repo, place, head.commit, staged)),
    ...(await changedPaths(repo, place, staged, kept)),
  ].map(({ path }) => path)
  own.push(...(await hiddenPaths(repo, place, inside(scene, 'kept.index'))))
  const theirs = new Set(moved.map(({ path }) => path))
  for (const path of own) {
    if (theirs.has(path) || parentsOf(path).some((each) => theirs.has(each))) return shownPath(path)
    for (const other of theirs) if (parentsOf(other).includes(path)) return shownPath(path)
  }
  // As at a landing: its pointer moves, its files do not.
  const submodule = moved.find((entry) => isSubmodule(entry) && entry.oldMode !== entry.newMode)
  if (submodule) return shownPath(submodule.path)
  const { bytes } = await inCheckout(repo, place, ['ls-files', '-z'], { raw: true })
  const tracked = new Set(bytes.toString('latin1').split('\0'))
  const parents = new Map<string, boolean>()
  // What the branch brings where an untracked file stands.
  for (const entry of moved) {
    if (isGone(entry) || tracked.has(entry.path)) continue
    const found = standsAt(place, entry.path, tracked, parents)
    if (found !== null) return shownPath(found)
  }
  return null
}

/** A line for `update-index --index-info`. */
export function indexRecord(path: string, mode: string, oid: string): string {
  return `${mode === NONE ? '0' : mode} ${oid}\t${path}`
}

/** Paths of a commit; bytes, kept one to one in latin1. */
export async function trackedIn(scene: Scene, commit: string): Promise<Set<string>> {
  const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]
  const { bytes } = await readBy(scene, inside(scene, 'kept.index'), args, { raw: true })
  return new Set(bytes.toString('latin1').split('\0').filter(Boolean))
}
