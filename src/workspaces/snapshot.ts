/** Snapshots, and what changed: all seen through the trusted git directory. */
import { WorktrainError } from '../protocol/errors.ts'
import { commitTree, exactRef, listRefs, readRef, treeOf, updateRef } from '../git/index.ts'
import { bringInIfPossible } from './bring.ts'
import { topOf } from './linked.ts'
import { snapshotPrefix } from './names.ts'
import { capture, inTrusted } from './trusted.ts'
import type { FileChange, Present, Size, Snapshot, Workspace } from './workspace.ts'

/**
 * A commit of the whole working state under a hidden ref; its parent is the session's branch.
 * @param options.now milliseconds since the epoch: the commit's date
 */
export async function takeSnapshot(
  workspace: Workspace,
  options: { n: number; previousTree: string | null; reason: string; now: number },
): Promise<Snapshot> {
  const { repository: repo, session } = workspace
  const { head } = await bringInIfPossible(workspace)
  const { tree, missing } = await capture(workspace, await topOf(workspace), head)
  const rest = { tree, head, ...(missing.length === 0 ? {} : { missing }) }
  if (tree === options.previousTree) {
    const last = await lastSnapshot(workspace)
    if (last !== null && (await treeOf(repo, last.oid)) === tree) return { ...last, ...rest, fresh: false }
  }
  const oid = await commitTree(repo, {
    tree,
    parents: [head],
    message: `worktrain: snapshot ${options.n} of ${workspace.name}\n\n${options.reason}\n`,
    at: options.now,
  })
  const ref = `${snapshotPrefix(session)}/${options.n}`
  const old = await exactRef(repo, ref)
  // There already: the same step, repeated after a crash.
  if (old !== oid && !(await updateRef(repo, ref, oid, old, 'worktrain: snapshot'))) {
    throw new WorktrainError(
      'JOURNAL_CONFLICT',
      `Snapshot ${options.n} of ${workspace.name} was taken twice at once.`,
    )
  }
  return { n: options.n, oid, ref, ...rest, fresh: true }
}

async function lastSnapshot(workspace: Workspace): Promise<{ n: number; oid: string; ref: string } | null> {
  const refs = await listRefs(workspace.repository, snapshotPrefix(workspace.session))
  const all = refs.map(({ name, oid }) => ({
    n: Number(name.slice(name.lastIndexOf('/') + 1)),
    oid,
    ref: name,
  }))
  return all.toSorted((a, b) => b.n - a.n)[0] ?? null
}

/** No step of a look aside may take longer: it can be made again, ms. */
const ASIDE_LIMIT_MS = 20_000

/**
 * The working state as a commit that no ref holds, made at the lowest priority.
 * @param until ends it at any moment
 * @returns null: it was ended
 * @throws as {@link takeSnapshot}
 */
export async function lookAside(
  workspace: Workspace,
  until: AbortSignal,
  options: { previousTree: string | null; now: number },
): Promise<Present | null> {
  try {
    until.throwIfAborted()
    const { head } = await bringInIfPossible(workspace)
    until.throwIfAborted()
    const { tree } = await capture(workspace, await topOf(workspace), head, {
      limitMs: ASIDE_LIMIT_MS,
      until,
    })
    if (tree === options.previousTree) return { tree, commit: null }
    const message = `worktrain: ${workspace.name} at work\n`
    const commit = await commitTree(workspace.repository, { tree, parents: [head], message, at: options.now })
    return { tree, commit }
  } catch (error) {
    if (until.aborted) return null
    throw error
  }
}

/** How much differs between two trees or commits. */
export async function sizeBetween(workspace: Workspace, from: string, to: string): Promise<Size> {
  const files = await changesBetween(workspace, null, from, to)
  const sum = (side: 'added' | 'removed') => files.reduce((total, file) => total + (file[side] ?? 0), 0)
  return { files: files.length, added: sum('added'), removed: sum('removed') }
}

const STATUS: Record<string, FileChange['status']> = {
  A: 'added',
  C: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'type-changed',
}
const DIFF = ['diff-tree', '-r', '-M', '--no-ext-diff', '--no-textconv', '--submodule=short'] as const

/** Changed files of the working state against a commit, uncommitted ones included. */
export async function changes(workspace: Workspace, from: string): Promise<FileChange[]> {
  const { top, base, tree } = await both(workspace, from)
  return changesBetween(workspace, top, base, tree)
}

/** Changed files between two trees or commits. */
export async function changesBetween(
  workspace: Workspace,
  top: string | null,
  from: string,
  to: string,
): Promise<FileChange[]> {
  const { stdout } = await inTrusted(workspace, top, [...DIFF, '-z', '--raw', '--numstat', from, to])
  return parseChanges(stdout)
}

/** @param text output of `git diff-tree -z --raw --numstat` */
export function parseChanges(text: string): FileChange[] {
  const fields = text.split('\0')
  const found = new Map<string, FileChange>()
  let at = 0
  while (fields[at]?.startsWith(':')) {
    const letter = fields[at]?.split(' ')[4]?.[0] ?? 'M'
    const moved = letter === 'R' || letter === 'C'
    const from = moved ? (fields[at + 1] ?? null) : null
    const path = fields[at + (moved ? 2 : 1)] ?? ''
    found.set(path, { path, status: STATUS[letter] ?? 'modified', from, added: null, removed: null })
    at += moved ? 3 : 2
  }
  while (at < fields.length && fields[at] !== '') {
    const [added = '', removed = '', name = ''] = (fields[at] ?? '').split('\t')
    const path = name === '' ? (fields[at + 2] ?? '') : name
    const change = found.get(path)
    // "-" for binary files.
    if (change && added !== '-') Object.assign(change, { added: Number(added), removed: Number(removed) })
    at += name === '' ? 3 : 1
  }
  return [...found.values()]
}

/** Unified diff (or its summary) of the working state against a commit. */
export async function diff(
  workspace: Workspace,
  from: string,
  options: { stat: boolean; paths: string[] },
): Promise<string> {
  const { top, base, tree } = await both(workspace, from)
  const form = [options.stat ? '--stat' : '-p', '--color=never']
  const { stdout } = await inTrusted(workspace, top, [...DIFF, ...form, base, tree, '--', ...options.paths], {
    env: { GIT_LITERAL_PATHSPECS: '0' },
  })
  return stdout
}

async function both(
  workspace: Workspace,
  from: string,
): Promise<{ top: string; base: string; tree: string }> {
  const base = await readRef(workspace.repository, from)
  if (base === null)
    throw new WorktrainError('BASE_UNKNOWN', `There is no commit "${from}" in ${workspace.repository.root}.`)
  const { head } = await bringInIfPossible(workspace)
  const top = await topOf(workspace)
  const { tree } = await capture(workspace, top, head)
  return { top, base, tree }
}
