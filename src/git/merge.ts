/** Merging without a checkout, and the proof that a branch is in another. */
import { inRepository, type Repository } from './git.ts'
import { remembered } from './remembered.ts'

export interface MergeResult {
  clean: boolean
  /** Tree of the merge; holds conflict markers when not clean. */
  tree: string
  /** Paths in conflict. */
  files: string[]
  /** What git says about them. */
  messages: string[]
}

/**
 * Merges two commits in memory.
 *
 * Attributes are read from the main checkout, where git looks for them.
 * @throws GIT_FAILED, also for histories without a common commit
 */
export async function mergeTree(repo: Repository, ours: string, theirs: string): Promise<MergeResult> {
  const { code, stdout } = await inRepository(
    repo,
    ['merge-tree', '--write-tree', '-z', '--messages', '--end-of-options', ours, theirs],
    { allow: [1] },
  )
  return { clean: code === 0, ...parseMergeTree(stdout) }
}

/** Files that differ between two commits or trees. */
export async function changedFiles(repo: Repository, old: string, now: string): Promise<string[]> {
  const { stdout } = await inRepository(repo, [
    ...['diff-tree', '-r', '-z', '--no-renames', '--name-only', '--end-of-options', old, now],
  ])
  return stdout.split('\0').filter((name) => name !== '')
}

/** @param text output of `git merge-tree --write-tree -z --messages` */
export function parseMergeTree(text: string): { tree: string; files: string[]; messages: string[] } {
  const fields = text.split('\0')
  const tree = fields[0]?.trim() ?? ''
  const files = new Set<string>()
  let at = 1
  for (; at < fields.length && fields[at] !== ''; at += 1)
    files.add((fields[at] ?? '').replace(/^[^\t]*\t/, ''))
  const messages: string[] = []
  // Each message: number of paths, the paths, a stable type, the text.
  for (at += 1; at < fields.length && fields[at] !== '';) {
    const paths = Number(fields[at])
    if (!Number.isInteger(paths)) break
    const message = fields[at + paths + 2]?.trim()
    if (message && !message.startsWith('Auto-merging')) messages.push(message)
    at += paths + 3
  }
  return { tree, files: [...files], messages }
}

export async function isAncestor(repo: Repository, ancestor: string, of: string): Promise<boolean> {
  const { code } = await inRepository(
    repo,
    ['merge-base', '--is-ancestor', '--end-of-options', ancestor, of],
    { allow: [1] },
  )
  return code === 0
}

/** The best common ancestor, or null. */
export async function mergeBase(repo: Repository, a: string, b: string): Promise<string | null> {
  const { code, stdout } = await inRepository(repo, ['merge-base', '--end-of-options', a, b], { allow: [1] })
  return code === 0 ? (stdout.split('\n')[0] ?? null) : null
}

/** The tree of a commit. @throws GIT_FAILED when there is no such commit */
export const treeOf = remembered(async (repo, commit: string) => {
  const args = ['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`]
  return (await inRepository(repo, args)).stdout.trim()
})

/** How many commits `one` has that `other` has not, and the other way round. */
export const apart = remembered(async (repo, one: string, other: string) => {
  const args = ['rev-list', '--left-right', '--count', '--end-of-options', `${one}...${other}`]
  const [ahead = 0, behind = 0] = (await inRepository(repo, args)).stdout.trim().split(/\s+/).map(Number)
  return { ahead, behind }
})

/** Author and committer of commits that Worktrain itself makes. */
export const WORKTRAIN_IDENTITY = { name: 'Worktrain', email: 'worktrain@localhost' }

/**
 * Makes a commit object; the same input gives the same id, so a step repeated after a crash changes nothing.
 * @param options.at milliseconds since the epoch
 */
export async function commitTree(
  repo: Repository,
  options: {
    tree: string
    parents: readonly string[]
    message: string
    at: number
    author?: { name: string; email: string }
  },
): Promise<string> {
  const author = options.author ?? WORKTRAIN_IDENTITY
  const date = `@${Math.floor(options.at / 1000)} +0000`
  const { stdout } = await inRepository(
    repo,
    ['commit-tree', '--no-gpg-sign', ...options.parents.flatMap((parent) => ['-p', parent]), options.tree],
    {
      input: options.message,
      env: {
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: WORKTRAIN_IDENTITY.name,
        GIT_COMMITTER_EMAIL: WORKTRAIN_IDENTITY.email,
        GIT_COMMITTER_DATE: date,
      },
    },
  )
  return stdout.trim()
}

export type Merged = { merged: true; how: 'ancestor' | 'squash' | 'rebase' } | { merged: false; how: null }

const NOT_MERGED: Merged = { merged: false, how: null }
/** Commits of the target that are looked at for a squash that was changed again later. */
const SQUASH_SEARCH = 100

/**
 * Is the work of a commit in the target, as itself, squashed or rebased?
 *
 * `ancestor`: the commit itself. `squash`: merging it would add nothing, now or right after a commit of
 * the target that touched the same files. `rebase`: each of its commits has a twin there with the same patch.
 */
export async function isMerged(repo: Repository, commit: string, target: string): Promise<Merged> {
  if (await isAncestor(repo, commit, target)) return { merged: true, how: 'ancestor' }
  const base = await mergeBase(repo, commit, target)
  if (base === null) return NOT_MERGED
  if (await addsNothing(repo, target, commit)) return { merged: true, how: 'squash' }
  if (await allPicked(repo, commit, target)) return { merged: true, how: 'rebase' }
  const changed = await inRepository(
    repo,
    ['diff-tree', '-r', '-z', '--no-renames', '--name-only', '--end-of-options', base, commit],
    { raw: true },
  )
  // As literal paths: a file may be called ":(top)*".
  const history = await inRepository(
    repo,
    ['rev-list', '--first-parent', `--max-count=${SQUASH_SEARCH}`, '--stdin'],
    {
      input: Buffer.concat([Buffer.from(`${target}\n^${base}\n--\n`), newlines(changed.bytes)]),
      env: { GIT_LITERAL_PATHSPECS: '1' },
    },
  )
  for (const then of history.stdout.split('\n').filter((line) => line !== '' && line !== target)) {
    if (await addsNothing(repo, then, commit)) return { merged: true, how: 'squash' }
  }
  return NOT_MERGED
}

/** `--stdin` takes a path a line: names with a line feed in them are left out, which only narrows the search. */
function newlines(zeroed: Buffer): Buffer {
  const names = zeroed
    .toString('latin1')
    .split('\0')
    .filter((name) => name !== '' && !name.includes('\n'))
  return Buffer.from(names.map((name) => `${name}\n`).join(''), 'latin1')
}

async function addsNothing(repo: Repository, target: string, commit: string): Promise<boolean> {
  const merge = await mergeTree(repo, target, commit)
  return merge.clean && merge.tree === (await treeOf(repo, target))
}

async function allPicked(repo: Repository, commit: string, target: string): Promise<boolean> {
  // A merge commit has no patch of its own to compare, yet may hold work (a resolved conflict).
  const merges = await inRepository(repo, [
    'rev-list',
    '--merges',
    '--max-count=1',
    '--end-of-options',
    commit,
    `^${target}`,
  ])
  if (merges.stdout !== '') return false
  const { stdout } = await inRepository(repo, ['cherry', '--', target, commit])
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.length > 0 && lines.every((line) => line.startsWith('- '))
}
