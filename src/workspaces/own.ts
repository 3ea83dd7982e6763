/** Everything a session's git directory names, read without running git in it. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { exactRef, inRepository, isMerged, readRef, updateRef } from '../git/index.ts'
import { FETCH, FETCH_CONFIG, refusedGitDir } from './bring.ts'
import { baseRef, branchRef, reflogRef } from './names.ts'
import { inTrusted, prepareTrusted } from './trusted.ts'
import type { Workspace } from './workspace.ts'

export interface OwnRef {
  /** As the session calls it: `refs/heads/x`, `HEAD`, `stash@{0}`. */
  name: string
  oid: string
}

export interface OwnWork {
  refs: OwnRef[]
  /** Commits that only the reflog names, kept under refs of ours now. */
  reflog: OwnRef[]
  /** Why it could not be read; what it holds is unknown then. */
  refused: string | null
}

/** Where fetched refs of the session stand in the trusted git directory. */
const INCOMING = 'refs/session'

/** Fetches all of a session's commits into the repository's objects, and lists what names them. */
export async function collect(workspace: Workspace): Promise<OwnWork> {
  const work = workspace.kind === 'sealed' ? await collectSealed(workspace) : await collectShared(workspace)
  for (const { oid } of work.reflog) {
    const ref = reflogRef(workspace.session, oid)
    if ((await exactRef(workspace.repository, ref)) === null)
      await updateRef(workspace.repository, ref, oid, null)
  }
  return work
}

async function collectSealed(workspace: Workspace): Promise<OwnWork> {
  const refused = refusedGitDir(workspace)
  if (refused !== null) return { refs: [], reflog: [], refused }
  await prepareTrusted(workspace)
  const { gitDir } = workspace
  await inTrusted(
    workspace,
    null,
    [...FETCH, '--prune', '--', gitDir, `+refs/*:${INCOMING}/*`, '^refs/remotes/*'],
    { config: FETCH_CONFIG },
  )
  const head = await inTrusted(workspace, null, [...FETCH, '--', gitDir, '+HEAD:refs/session-head'], {
    config: FETCH_CONFIG,
    allow: [1, 128],
  })
  const { stdout } = await inTrusted(workspace, null, [
    'for-each-ref',
    '--format=%(objectname) %(refname)',
    INCOMING,
  ])
  const refs: OwnRef[] = []
  for (const line of stdout.split('\n').filter((each) => each !== '')) {
    const name = `refs${line.slice(line.indexOf(' ') + 1 + INCOMING.length)}`
    const oid = line.slice(0, line.indexOf(' '))
    // A tag that the repository has as well is no work of the session's.
    if (name.startsWith('refs/tags/') && (await exactRef(workspace.repository, name)) === oid) continue
    refs.push({ name, oid })
  }
  if (head.code === 0) {
    const oid = (await inTrusted(workspace, null, ['rev-parse', 'refs/session-head'])).stdout.trim()
    if (!refs.some((ref) => ref.oid === oid)) refs.push({ name: 'HEAD', oid })
  }
  const stashes = entriesOf(join(gitDir, 'logs/refs/stash')).toReversed()
  for (const [n, oid] of stashes.entries()) {
    if (await fetchCommit(workspace, oid)) refs.push({ name: `stash@{${n}}`, oid })
  }
  const named = new Set(refs.map((ref) => ref.oid))
  const reflog: OwnRef[] = []
  for (const oid of allEntries(join(gitDir, 'logs'))) {
    if (named.has(oid) || !(await fetchCommit(workspace, oid))) continue
    if (
      !(await isReachable(
        workspace,
        oid,
        refs.map((ref) => ref.oid),
      ))
    )
      reflog.push({ name: 'reflog', oid })
  }
  return {
    refs: refs.filter((ref) => ref.name !== 'refs/stash' || stashes.length === 0),
    reflog,
    refused: null,
  }
}

/** A linked worktree shares its refs with the repository: its own are only HEAD and HEAD's log. */
async function collectShared(workspace: Workspace): Promise<OwnWork> {
  const repo = workspace.repository
  const refs: OwnRef[] = []
  const branch = await readRef(repo, branchRef(workspace))
  if (branch !== null) refs.push({ name: branchRef(workspace), oid: branch })
  if (workspace.kind === 'existing') return { refs, reflog: [], refused: null }
  const head = readText(join(workspace.gitDir, 'HEAD')).trim()
  const detached = /^[0-9a-f]{40,64}$/.test(head) ? await readRef(repo, head) : null
  if (detached !== null && detached !== branch) refs.push({ name: 'HEAD', oid: detached })
  const reflog: OwnRef[] = []
  for (const oid of new Set(entriesOf(join(workspace.gitDir, 'logs/HEAD')))) {
    if (
      (await readRef(repo, oid)) === null ||
      (await isReachable(
        workspace,
        oid,
        refs.map((ref) => ref.oid),
      ))
    )
      continue
    reflog.push({ name: 'reflog', oid })
  }
  return { refs, reflog, refused: null }
}

/** Has the repository this commit, or can it be had from the session? Pruned ones are gone for everybody. */
async function fetchCommit(workspace: Workspace, oid: string): Promise<boolean> {
  if ((await readRef(workspace.repository, oid)) !== null) return true
  await inTrusted(workspace, null, [...FETCH, '--', workspace.gitDir, oid], {
    config: FETCH_CONFIG,
    allow: [1, 128],
  })
  return (await readRef(workspace.repository, oid)) !== null
}

/** Is a commit contained in the person's own refs (other branches, remotes, tags), the base, or `also`? */
export async function isReachable(
  workspace: Workspace,
  oid: string,
  also: readonly string[] = [],
): Promise<boolean> {
  const base = await exactRef(workspace.repository, baseRef(workspace.session))
  const { stdout } = await inRepository(workspace.repository, [
    'rev-list',
    '--max-count=1',
    oid,
    '--not',
    `--exclude=${workspace.branch}`,
    '--branches',
    '--remotes',
    '--tags',
    ...also,
    ...(base === null ? [] : [base]),
  ])
  return stdout === ''
}

/** Is the work of a commit in the target, or held by something of the person's? */
export async function isSaved(workspace: Workspace, oid: string, target: string): Promise<boolean> {
  if (await isReachable(workspace, oid)) return true
  return (await isMerged(workspace.repository, oid, target)).merged
}

function allEntries(logs: string): Set<string> {
  const found = new Set<string>()
  const walk = (directory: string) => {
    for (const entry of entriesIn(directory)) {
      const path = join(directory, entry.name)
      if (entry.isDirectory() && entry.name !== 'remotes') walk(path)
      else if (entry.isFile()) for (const oid of entriesOf(path)) found.add(oid)
    }
  }
  walk(logs)
  return found
}

function entriesIn(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}

/** New values of a reflog, oldest first. */
function entriesOf(file: string): string[] {
  return readText(file)
    .split('\n')
    .map((line) => /^[0-9a-f]{40,64} ([0-9a-f]{40,64}) /.exec(line)?.[1] ?? '')
    .filter((oid) => oid !== '' && !/^0+$/.test(oid))
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
