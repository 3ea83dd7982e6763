/** Which commit a session starts from, and which branch the train serves. */
import { WorktrainError } from '../protocol/errors.ts'
import { fetchRefs } from './broker.ts'
import { inRepository, type Repository } from './git.ts'
import { isAncestor } from './merge.ts'
import { exactRef, exactRefs, readRef, symbolicRef } from './refs.ts'
import { isUnreachable, remoteNames } from './remote.ts'

export interface Base {
  oid: string
  /** Full name of the ref it was taken from, or the revision as it was given. */
  ref: string
  /** A sentence for the person: what was chosen and why. */
  chosen: string
}

/** How long a remote may take to answer before its last known state is used, in milliseconds. */
const FETCH_LIMIT_MS = 15_000

/**
 * The commit a session starts from.
 *
 * A named one as it is. Without a name: the target branch, newest of the remote's and the local one;
 * local commits that were never pushed are never left out.
 * @param options.fetch ask the remote first
 * @param options.target the train's branch, when the caller knows it
 * @throws BASE_UNKNOWN, TARGET_UNKNOWN
 */
export async function resolveBase(
  repo: Repository,
  options: { ref: string | null; fetch: boolean; target?: string; fetchLimitMs?: number },
): Promise<Base> {
  const limit = options.fetchLimitMs ?? FETCH_LIMIT_MS
  if (options.ref !== null) return namedBase(repo, options.ref, options.fetch, limit)
  const remote = await remoteOf(repo)
  const branch = options.target ?? (await defaultBranch(repo, remote))
  const answered = options.fetch && remote !== null ? await fetchBranch(repo, remote, branch, limit) : null
  const ref = `refs/remotes/${remote}/${branch}`
  const found = await exactRefs(repo, [`refs/heads/${branch}`, ref])
  const local = found.get(`refs/heads/${branch}`) ?? null
  if (remote === null)
    return local === null ? headBase(repo, branch) : localBase(branch, local, 'there is no remote')
  const theirs = found.get(ref) ?? null
  const age =
    answered === true
      ? 'fetched now'
      : answered === false
        ? `${remote} did not answer: as last seen`
        : 'as last fetched'
  if (theirs === null) {
    return local === null
      ? headBase(repo, branch)
      : localBase(branch, local, `${remote} has no branch ${branch} that is known here`)
  }
  if (local === null || local === theirs || (await isAncestor(repo, local, theirs))) {
    return { oid: theirs, ref, chosen: `${remote}/${branch} at ${theirs.slice(0, 10)} (${age}).` }
  }
  const { stdout } = await inRepository(repo, [
    'rev-list',
    '--left-right',
    '--count',
    '--end-of-options',
    `${local}...${theirs}`,
  ])
  const [ahead = '0', behind = '0'] = stdout.trim().split(/\s+/)
  const why = behind === '0' ? '' : `, and lacks ${behind} of ${remote}/${branch}`
  return localBase(branch, local, `it has ${count(ahead)} that ${remote}/${branch} (${age}) has not${why}`)
}

function count(commits: string): string {
  return commits === '1' ? '1 commit' : `${commits} commits`
}

function localBase(branch: string, oid: string, why: string): Base {
  return { oid, ref: `refs/heads/${branch}`, chosen: `Local ${branch} at ${oid.slice(0, 10)}: ${why}.` }
}

async function headBase(repo: Repository, branch: string): Promise<Base> {
  const oid = await readRef(repo, 'HEAD')
  if (oid === null) throw new WorktrainError('TARGET_UNKNOWN', `The branch ${branch} has no commit.`)
  return {
    oid,
    ref: 'HEAD',
    chosen: `HEAD of ${repo.root} at ${oid.slice(0, 10)}: there is no branch ${branch} here.`,
  }
}

async function namedBase(repo: Repository, name: string, fetch: boolean, limit: number): Promise<Base> {
  let age = ''
  const remote = fetch ? await remoteNamed(repo, name) : null
  if (remote !== null) {
    const answered = await fetchBranch(repo, remote, name.slice(remote.length + 1), limit)
    age = answered ? ', fetched now' : `; ${remote} did not answer: as last seen`
  }
  const oid = await readRef(repo, name)
  if (oid === null)
    throw new WorktrainError(
      'BASE_UNKNOWN',
      `There is no branch, tag or commit called "${name}" in ${repo.root}.`,
    )
  const full = await inRepository(repo, ['rev-parse', '--symbolic-full-name', '--end-of-options', name], {
    allow: [128],
  })
  const ref = full.stdout.split('\n').find((line) => line.startsWith('refs/') || line === 'HEAD') ?? name
  return { oid, ref, chosen: `${name} at ${oid.slice(0, 10)}, as named${age}.` }
}

async function remoteNamed(repo: Repository, name: string): Promise<string | null> {
  return (await remoteNames(repo)).find((remote) => name.startsWith(`${remote}/`)) ?? null
}

/** The remote a session's work goes to in the end: `origin`, else the only one, else none. */
export async function remoteOf(repo: Repository): Promise<string | null> {
  const names = await remoteNames(repo)
  if (names.includes('origin')) return 'origin'
  return names.length === 1 ? (names[0] ?? null) : null
}

async function fetchBranch(
  repo: Repository,
  remote: string,
  branch: string,
  timeoutMs: number,
): Promise<boolean> {
  try {
    const spec = `+refs/heads/${branch}:refs/remotes/${remote}/${branch}`
    await fetchRefs(repo, remote, [spec], { timeoutMs, retries: 3 })
    return true
  } catch (error) {
    // A remote that cannot be reached must not keep a session from starting: the answer says so.
    if (isUnreachable(error)) return false
    throw error
  }
}

/**
 * The branch changes land on: the configured one, else the remote's default branch, else the one checked
 * out in the main checkout, else `main` or `master`.
 * @param checkedOut the branch that counts as checked out there; undefined: the one that is
 * @throws TARGET_UNKNOWN
 */
export async function targetBranch(
  repo: Repository,
  configured?: string,
  checkedOut?: string | null,
): Promise<string> {
  if (configured !== undefined) {
    if ((await exactRef(repo, `refs/heads/${configured}`)) !== null) return configured
    throw new WorktrainError('TARGET_UNKNOWN', `There is no branch ${configured} in ${repo.root}.`)
  }
  return defaultBranch(repo, await remoteOf(repo), checkedOut)
}

async function defaultBranch(
  repo: Repository,
  remote: string | null,
  instead?: string | null,
): Promise<string> {
  const theirs = `refs/remotes/${remote}/`
  const [head, checkedOut] = [
    remote === null ? null : await symbolicRef(repo, `${theirs}HEAD`),
    instead === undefined ? await symbolicRef(repo, 'HEAD') : instead && `refs/heads/${instead}`,
  ]
  const candidates = [
    head?.startsWith(theirs) ? head.slice(theirs.length) : null,
    checkedOut?.startsWith('refs/heads/') ? checkedOut.slice('refs/heads/'.length) : null,
    'main',
    'master',
  ]
  for (const name of candidates)
    if (name !== null && (await exactRef(repo, `refs/heads/${name}`)) !== null) return name
  throw new WorktrainError(
    'TARGET_UNKNOWN',
    `No branch is checked out in ${repo.root}, and there is no main or master.`,
  )
}
