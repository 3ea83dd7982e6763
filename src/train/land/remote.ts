/**
 * The target at a remote. Local and remote branch are two values: each has its own compare-and-swap, and
 * the remote's moves first.
 */
import {
  askRemote,
  exactRef,
  exactRefs,
  apart,
  fetchRefs,
  isAncestor,
  isUnreachable,
  remoteNames,
  remoteOf,
  type Repository,
} from '../../git/index.ts'
import { gitWords } from './refusal.ts'

/** The same branch at a remote. */
export interface RemoteView {
  /** Of the remote. */
  name: string
  commit: string
  /** Commits the local branch has and the remote's has not. */
  ahead: number
  /** The other way round. */
  behind: number
}

/** What is known of the target at the remote. */
export interface Seen {
  /** Of the remote. */
  name: string
  /** Its commit is here; null: the remote has no such branch. */
  commit: string | null
  /** Why it is only what was last seen; null: it was asked. */
  stale: string | null
}

/** How long a remote is waited for, ms, and how long its answer counts. */
export interface RemoteLimits {
  ask: number
  fetch: number
  push: number
  every: number
}

/** Asking takes a second; fetching and pushing carry objects, and a remote's hooks may test. */
export const REMOTE_LIMITS: RemoteLimits = { ask: 15_000, fetch: 120_000, push: 300_000, every: 60_000 }

export interface Remote {
  /** @param maxAgeMs an answer that is not older will do; 0: ask */
  look(name: string, target: string, maxAgeMs: number): Promise<Seen>
  /** What was seen is known to be out of date. */
  forget(): void
}

/** Where a fetch keeps what it saw of a remote's branch. */
const trackingRef = (remote: string, target: string): string => `refs/remotes/${remote}/${target}`

export function createRemote(repo: Repository, now: () => number, limits: RemoteLimits): Remote {
  let last: { key: string; at: number; seen: Seen } | null = null

  async function ask(name: string, target: string): Promise<Seen> {
    const ref = trackingRef(name, target)
    const stale = async (why: string): Promise<Seen> => ({
      name,
      commit: await exactRef(repo, ref),
      stale: why,
    })
    if (!(await remoteNames(repo)).includes(name))
      return stale(`There is no remote ${name}: see \`git remote\`, or change train.push.`)
    try {
      const commit = await askRemote(repo, name, target, limits.ask)
      if (commit !== null && commit !== (await exactRef(repo, ref)))
        await fetchRefs(repo, name, [`+refs/heads/${target}:${ref}`], { timeoutMs: limits.fetch, retries: 3 })
      // What came is what counts: it may have moved in between.
      return { name, commit: commit && (await exactRef(repo, ref)), stale: null }
    } catch (error) {
      if (!isUnreachable(error)) throw error
      return stale(`${name} does not answer: ${gitWords(error.message)}`)
    }
  }

  return {
    async look(name, target, maxAgeMs) {
      const key = `${name} ${target}`
      if (last?.key === key && now() - last.at < maxAgeMs) return last.seen
      const seen = await ask(name, target)
      last = { key, at: now(), seen }
      return seen
    },
    forget() {
      last = null
    },
  }
}

/**
 * Which of the two is further, and so is built on.
 * @returns null: each has commits that the other has not
 */
export async function further(repo: Repository, local: string, remote: string): Promise<string | null> {
  if (local === remote || (await isAncestor(repo, remote, local))) return local
  return (await isAncestor(repo, local, remote)) ? remote : null
}

/** Why nothing is built while the two have diverged, and what to do. */
export async function diverged(repo: Repository, target: string, seen: Seen): Promise<string> {
  const view = await viewRemote(repo, target, seen.name)
  const theirs = `${seen.name}/${target}`
  const counts = view
    ? `${target} has ${commits(view.ahead)} that ${theirs} has not, and lacks ${commits(view.behind)} of it`
    : `neither holds the other`
  return `${target} and ${theirs} (${seen.commit?.slice(0, 10)}) have diverged: ${counts}. Where ${target} is checked out, run \`git rebase ${theirs}\` or \`git merge ${theirs}\`; then it goes on.`
}

function commits(count: number): string {
  return count === 1 ? '1 commit' : `${count} commits`
}

/**
 * The target at a remote as last fetched, without asking; null when there is no remote or it has no such branch.
 * @param remote name; null: the repository's own (`origin`, or the only one)
 */
export async function viewRemote(
  repo: Repository,
  target: string,
  remote: string | null,
): Promise<RemoteView | null> {
  const name = remote ?? (await remoteOf(repo))
  if (name === null) return null
  const [here, there] = [`refs/heads/${target}`, trackingRef(name, target)]
  const found = await exactRefs(repo, [here, there])
  const local = found.get(here)
  const commit = found.get(there)
  if (local === undefined || commit === undefined) return null
  return { name, commit, ...(await apart(repo, local, commit)) }
}
