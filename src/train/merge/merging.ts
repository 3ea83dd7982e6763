/** The merge itself, in memory: what git makes of two commits, and what it could not decide. */
import { inRepository, type Repository } from '../../git/index.ts'
import { WorktrainError } from '../../protocol/index.ts'
import { inObjects, type MergeRoom } from './objects.ts'
import { fieldsOf, shown } from './paths.ts'

/** One version of a path in conflict. */
export interface Stage {
  mode: string
  oid: string
}

/** A path in conflict: what the common ancestor, the target and the change have there. */
export interface Conflict {
  path: string
  base: Stage | null
  ours: Stage | null
  theirs: Stage | null
}

/** What git says while it merges: about which paths, of which kind, in which words. */
export interface MergeMessage {
  paths: string[]
  kind: string
  text: string
}

export interface Merge {
  clean: boolean
  /** With conflict markers where it is not clean. */
  tree: string
  conflicts: Conflict[]
  messages: MergeMessage[]
}

/**
 * Merges `head` into `base`.
 * @returns a sentence when git cannot merge these at all
 * @throws DISK_FULL, GIT_LOCKED
 */
export async function mergeTrees(
  repo: Repository,
  room: MergeRoom,
  base: string,
  head: string,
): Promise<Merge | string> {
  try {
    const { code, bytes } = await inObjects(
      repo,
      room,
      ['merge-tree', '--write-tree', '-z', '--messages', '--end-of-options', base, head],
      { allow: [1], raw: true },
    )
    return { clean: code === 0, ...parseMerge(bytes) }
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code !== 'GIT_FAILED') throw error
    return (await isPartial(repo, error.message))
      ? `${error.message} This is a partial clone, and the merge needs files that are not here: fetch them with \`git fetch --refetch --no-filter\`, then retry.`
      : error.message
  }
}

/** A clone with a filter lacks objects on purpose; nothing is fetched behind the person's back. */
async function isPartial(repo: Repository, said: string): Promise<boolean> {
  if (!/unable to read|missing|could not read|bad object|not a valid/i.test(said)) return false
  const { stdout } = await inRepository(repo, ['config', '--get-regexp', '^remote\\..*\\.promisor$'], {
    allow: [1],
  })
  return stdout !== ''
}

/** @param bytes output of `git merge-tree --write-tree -z --messages` */
export function parseMerge(bytes: Uint8Array): Omit<Merge, 'clean'> {
  const fields = fieldsOf(bytes)
  const tree = fields[0]?.trim() ?? ''
  const conflicts = new Map<string, Conflict>()
  let at = 1
  for (; at < fields.length && fields[at] !== ''; at += 1) {
    const [, mode = '', oid = '', stage, path = ''] =
      /^(\d+) ([0-9a-f]+) ([123])\t([^]*)$/.exec(fields[at] ?? '') ?? []
    const conflict = conflicts.get(path) ?? { path, base: null, ours: null, theirs: null }
    conflict[stage === '1' ? 'base' : stage === '2' ? 'ours' : 'theirs'] = { mode, oid }
    conflicts.set(path, conflict)
  }
  const messages: MergeMessage[] = []
  // Each message: number of paths, the paths, a stable kind, the text.
  for (at += 1; at < fields.length && fields[at] !== '';) {
    const count = Number(fields[at])
    if (!Number.isInteger(count)) break
    const paths = fields.slice(at + 1, at + 1 + count)
    const kind = fields[at + count + 1] ?? ''
    const text = shown(fields[at + count + 2] ?? '').trim()
    if (kind !== 'Auto-merging') messages.push({ paths, kind, text })
    at += count + 3
  }
  return { tree, conflicts: [...conflicts.values()], messages }
}
