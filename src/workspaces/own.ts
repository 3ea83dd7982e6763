/** Everything a session's git directory names, read without running git in it. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { exactRef, exactRefs, inRepository, isMerged, listRefs, moveRefs, readRef } from '../git/index.ts'
import { refusedGitDir, writeKnown } from './bring.ts'
import { fetchFromSession, fetchIfThere } from './fetch.ts'
import { baseRef, branchRef, reflogRef, trustedDir } from './names.ts'
import { readPlainIfAny } from '../platform/plain.ts'
import { removeTree } from './tree.ts'
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
  const names = work.reflog.map(({ oid }) => reflogRef(workspace.session, oid))
  const there = await exactRefs(workspace.repository, names)
  const moves = work.reflog
    .map(({ oid }) => ({ ref: reflogRef(workspace.session, oid), new: oid, old: null }))
    .filter(({ ref }) => !there.has(ref))
  await moveRefs(workspace.repository, moves, 'worktrain: keep what only a reflog names')
  return work
}

async function collectSealed(workspace: Workspace): Promise<OwnWork> {
  const refused = refusedGitDir(workspace)
  if (refused !== null) return { refs: [], reflog: [], refused }
  await prepareTrusted(workspace)
  const { gitDir } = workspace
  await writeKnown(workspace)
  // A name that became a directory of names could not be fetched over the old one.
  await removeTree(join(trustedDir(workspace.stateDir), INCOMING))
  await fetchFromSession(workspace, [`+refs/*:${INCOMING}/*`, '^refs/remotes/*'])
  const hasHead = await fetchIfThere(workspace, ['+HEAD:refs/session-head'])
  const { stdout } = await inTrusted(workspace, null, [
    'for-each-ref',
    '--format=%(objectname) %(refname)',
    INCOMING,
  ])
  const tags = new Map((await listRefs(workspace.repository, 'refs/tags')).map((ref) => [ref.name, ref.oid]))
  const refs: OwnRef[] = []
  for (const line of stdout.split('\n').filter((each) => each !== '')) {
    const name = `refs${line.slice(line.indexOf(' ') + 1 + INCOMING.length)}`
    const oid = line.slice(0, line.indexOf(' '))
    // A tag that the repository has as well is no work of the session's.
    if (tags.get(name) === oid) continue
    refs.push({ name, oid })
  }
  if (hasHead) {
    const oid = (await inTrusted(workspace, null, ['rev-parse', 'refs/session-head'])).stdout.trim()
    if (!refs.some((ref) => ref.oid === oid)) refs.push({ name: 'HEAD', oid })
  }
  const stashes = entriesOf(join(gitDir, 'logs/refs/stash')).toReversed()
  const logged = [...allEntries(join(gitDir, 'logs'))]
  const aside = autostashes(gitDir)
  const had = await fetchCommits(workspace, [...new Set([...stashes, ...aside, ...logged])])
  for (const [n, oid] of stashes.entries()) if (had.has(oid)) refs.push({ name: `stash@{${n}}`, oid })
  for (const oid of aside) if (had.has(oid)) refs.push({ name: 'stash@{autostash}', oid })
  const reflog = await onlyLogged(
    workspace,
    logged.filter((oid) => had.has(oid)),
    refs,
  )
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
  // refs/worktree, refs/bisect and refs/rewritten are the worktree's own, and die with it.
  for (const name of namesIn(join(workspace.gitDir, 'refs'), 'refs')) {
    const oid = await readRef(repo, readText(join(workspace.gitDir, name)).trim() || 'none')
    if (oid !== null) refs.push({ name, oid })
  }
  for (const oid of autostashes(workspace.gitDir))
    if ((await readRef(repo, oid)) !== null) refs.push({ name: 'stash@{autostash}', oid })
  const logged = [...new Set(entriesOf(join(workspace.gitDir, 'logs/HEAD')))]
  const had = await present(workspace, logged)
  return {
    refs,
    reflog: await onlyLogged(
      workspace,
      logged.filter((oid) => had.has(oid)),
      refs,
    ),
    refused: null,
  }
}

/** Commits of a reflog that nothing else names. */
async function onlyLogged(workspace: Workspace, logged: string[], refs: OwnRef[]): Promise<OwnRef[]> {
  if (logged.length === 0) return []
  const unreachable = new Set(
    await unreachableFrom(
      workspace,
      logged,
      refs.map((ref) => ref.oid),
    ),
  )
  return logged.filter((oid) => unreachable.has(oid)).map((oid) => ({ name: 'reflog', oid }))
}

/** Which of these commits the repository has. */
async function present(workspace: Workspace, oids: string[]): Promise<Set<string>> {
  if (oids.length === 0) return new Set()
  const { stdout } = await inRepository(
    workspace.repository,
    ['cat-file', '--batch-check=%(objectname) %(objecttype)'],
    {
      input: `${oids.join('\n')}\n`,
    },
  )
  return new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' commit'))
      .map((line) => line.slice(0, line.indexOf(' '))),
  )
}

/** Which of these commits can be had, from the repository or the session. Pruned ones are gone for everybody. */
async function fetchCommits(workspace: Workspace, oids: string[]): Promise<Set<string>> {
  const had = await present(workspace, oids)
  const wanted = oids.filter((oid) => !had.has(oid))
  if (wanted.length === 0) return had
  // One that was pruned spoils the fetch of all.
  if (!(await fetchIfThere(workspace, wanted))) for (const oid of wanted) await fetchIfThere(workspace, [oid])
  return present(workspace, oids)
}

/** Is a commit contained in the person's own refs (other branches, remotes, tags) or the base? */
async function isReachable(workspace: Workspace, oid: string): Promise<boolean> {
  return (await unreachableFrom(workspace, [oid], [])).length === 0
}

/** Commits that `oids` contain and the person's own refs, the base and `also` do not. */
async function unreachableFrom(workspace: Workspace, oids: string[], also: string[]): Promise<string[]> {
  const base = await exactRef(workspace.repository, baseRef(workspace.session))
  const excluded = [...also, ...(base === null ? [] : [base])].map((oid) => `^${oid}`)
  const { stdout } = await inRepository(
    workspace.repository,
    ['rev-list', '--stdin', '--not', `--exclude=${workspace.branch}`, '--branches', '--remotes', '--tags'],
    { input: `${[...oids, ...excluded].join('\n')}\n` },
  )
  return stdout.split('\n').filter((line) => line !== '')
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

/** What a rebase or merge that was not finished has put aside of uncommitted work: no ref and no log names it. */
function autostashes(gitDir: string): string[] {
  return ['rebase-merge/autostash', 'rebase-apply/autostash', 'MERGE_AUTOSTASH']
    .map((name) => readText(join(gitDir, name)).trim())
    .filter((oid) => /^[0-9a-f]{40,64}$/.test(oid))
}

/** Regular files below a directory, as paths that begin with `prefix`. */
function namesIn(directory: string, prefix: string): string[] {
  return entriesIn(directory).flatMap((entry) => {
    const name = `${prefix}/${entry.name}`
    if (entry.isDirectory()) return namesIn(join(directory, entry.name), name)
    return entry.isFile() ? [name] : []
  })
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

/** What is no file, or too large for one of git's, names nothing. */
function readText(file: string): string {
  return readPlainIfAny(file) ?? ''
}
