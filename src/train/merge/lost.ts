/**
 * The guard against a wrong merge within a file: what landed lately must still be there (G5).
 *
 * Lines are counted, not placed. A clean three-way merge takes no line out of the target that the change did
 * not take out of what it grew from, wherever either side has moved it meanwhile: so a candidate that holds
 * fewer copies of a landed line than the target does, and not because the change removed that many, is wrong.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '../../git/index.ts'
import { diffTrees, treesIfThere } from './diffs.ts'
import type { Outcome, Sides } from './foreign.ts'
import { inObjects, type MergeRoom } from './objects.ts'
import { type PatchLine, patchLines } from './patch.ts'

/** A landing: the target before and after it. */
export interface Landing {
  old: string
  new: string
}

/** A line that landed and that the candidate does not hold. */
export interface LostLine {
  path: string
  line: string
  /** Commit that brought it. */
  landed: string
}

/** Bytes of a diff beyond which lines are not counted: such a diff rewrites the tree. */
const LARGEST_DIFF = 16 * 1024 * 1024
/** Bytes of paths that are named to git; with more it compares everything. */
const NAMED_PATHS = 32 * 1024

/**
 * @param merge.settled paths whose conflict was resolved: what is missing there was decided
 * @returns a sentence instead when there was too much to count
 */
export async function lostLines(
  repo: Repository,
  room: MergeRoom,
  merge: {
    sides: Sides
    tree: string
    outcome: Outcome
    recent: readonly Landing[]
    settled: ReadonlySet<string>
  },
): Promise<LostLine[] | string> {
  const { sides, tree, outcome, recent, settled } = merge
  // Where a file is the target's or the change's own, nothing else can be missing.
  if (outcome.mixed.size === 0 || recent.length === 0) return []
  const ends = recent.flatMap((landing) => [landing.old, landing.new])
  const trees = await treesIfThere(repo, room, ends)
  // One that the person took off the target again may be gone altogether.
  const known = recent.flatMap((landing, at) => {
    const [from, to] = [trees[2 * at], trees[2 * at + 1]]
    return from && to ? [{ landing, from, to }] : []
  })
  const pairs = known.map(({ from, to }) => [from, to] as const)
  const landed = new Map<string, string>()
  const shared = new Set<string>()
  for (const [at, touched] of (await diffTrees(repo, room, pairs)).entries()) {
    const paths = [...touched.keys()].filter((path) => outcome.mixed.has(path))
    const [from, to] = pairs[at] ?? ['', '']
    if (paths.length === 0) continue
    const lines = await diff(repo, room, from, to, paths)
    if (typeof lines === 'string') return lines
    for (const { sign, line } of lines)
      if (sign === '+' && line.trim() !== '') landed.set(line, known[at]?.landing.new ?? '')
    for (const path of paths) shared.add(path)
  }
  if (landed.size === 0) return []
  const gone = await diff(repo, room, sides.base, tree, [...shared])
  if (typeof gone === 'string') return gone
  if (!gone.some(({ sign, line }) => sign === '-' && landed.has(line))) return []
  const own = []
  for (const from of sides.bases) own.push(await diff(repo, room, from, sides.head))
  return count(landed, await diff(repo, room, sides.base, tree), own, settled)
}

/** Pure: what of `landed` is fewer in the candidate than the change itself accounts for. */
function count(
  landed: ReadonlyMap<string, string>,
  candidate: PatchLine[] | string,
  own: readonly (PatchLine[] | string)[],
  settled: ReadonlySet<string>,
): LostLine[] | string {
  if (typeof candidate === 'string') return candidate
  const missing = new Map<string, number>()
  const add = (line: string, by: number) => missing.set(line, (missing.get(line) ?? 0) + by)
  for (const { sign, line, path } of candidate) {
    if (!landed.has(line)) continue
    if (sign === '+') add(line, -1)
    else if (!settled.has(path)) add(line, 1)
  }
  for (const lines of own) {
    if (typeof lines === 'string') return lines
    for (const { sign, line } of lines) if (sign === '-' && landed.has(line)) add(line, -1)
  }
  return candidate.flatMap(({ sign, line, path }) => {
    const left = missing.get(line) ?? 0
    if (sign !== '-' || left <= 0 || settled.has(path)) return []
    missing.set(line, left - 1)
    return [{ path, line, landed: landed.get(line) ?? '' }]
  })
}

/** Lines that differ between two trees; binary files and those over 4 MB are left out. */
async function diff(
  repo: Repository,
  room: MergeRoom,
  from: string,
  to: string,
  paths: readonly string[] = [],
): Promise<PatchLine[] | string> {
  // No attribute may call a text binary: they are read from a directory without any.
  const bare = join(room.directory, 'bare')
  mkdirSync(bare, { recursive: true })
  // As the merge compares; another way of pairing lines would find other ones removed.
  const args = ['diff-tree', '-r', '-p', '-U0', '--histogram', '--no-renames', '--no-color']
  const plain = ['--no-ext-diff', '--no-textconv', '--no-indent-heuristic', '--full-index']
  const named = paths.join('').length < NAMED_PATHS && paths.every((path) => /^[\u0020-\u007e]+$/.test(path))
  const { stdout } = await inObjects(
    repo,
    room,
    [...args, ...plain, '--submodule=short', from, to, ...(named ? ['--', ...paths] : [])],
    {
      workTree: bare,
      cwd: bare,
      config: ['core.bigFileThreshold=4m'],
      env: { GIT_LITERAL_PATHSPECS: '1' },
    },
  )
  if (stdout.length > LARGEST_DIFF)
    return `The diff from ${from.slice(0, 10)} to ${to.slice(0, 10)} is larger than ${LARGEST_DIFF / 1024 / 1024} MB: whether it takes back lines that landed lately was not looked at.`
  return patchLines(stdout)
}
