/** A landing that also moves the target at a remote: what to build on, from where to land, and the push. */
import {
  exactRef,
  type GitOptions,
  inRepository,
  isAncestor,
  isUnreachable,
  pointersIn,
  pushBranch,
  type Repository,
  uploadContent,
} from '../../git/index.ts'
import type { Blocked } from '../../protocol/index.ts'
import { MARKER } from './flight.ts'
import type { Head, Intent, Landable, Outcome, Way } from './landable.ts'
import { gitWords } from './refusal.ts'
import {
  createRemote,
  diverged,
  further,
  type RemoteLimits,
  type RemoteView,
  type Seen,
  viewRemote,
} from './remote.ts'

/** From where a candidate lands. `published`: the remote holds it already. */
export type Start = { kind: 'start'; remote?: NonNullable<Intent['remote']>; published: boolean }

export interface Publishing {
  head(target: string, options?: { fresh?: boolean }): Promise<Head>
  view(target: string): Promise<RemoteView | null>
  /** @param main where the local target is; it does not hold the candidate */
  start(landable: Landable, main: string): Promise<Start | Exclude<Way, { kind: 'open' }>>
  /** Moves the remote as the intent says; null: it holds the candidate now. */
  publish(intent: Intent): Promise<Outcome | null>
  /** The local target went elsewhere. Blocked when the remote holds the landing: then it is no other landing's turn. */
  stranded(intent: Intent): Promise<Outcome | null>
}

/** @param remote name of the remote that is moved; null: none is */
export function createPublishing(
  repo: Repository,
  now: () => number,
  remote: () => Promise<string | null>,
  limits: RemoteLimits,
): Publishing {
  const seen = createRemote(repo, now, limits)
  const holds = async (tip: string | null, commit: string) =>
    tip !== null && (tip === commit || (await isAncestor(repo, commit, tip)))

  return {
    async head(target, { fresh = false } = {}) {
      const local = await exactRef(repo, `refs/heads/${target}`)
      if (local === null) return { commit: null, why: `There is no branch ${target} to land on.` }
      const name = await remote()
      if (name === null) return { commit: local, why: null }
      const there = await seen.look(name, target, fresh ? 0 : limits.every)
      if (there.commit === null) return { commit: local, why: there.stale }
      const tip = await further(repo, local, there.commit)
      return tip === null
        ? { commit: null, why: await diverged(repo, target, there) }
        : { commit: tip, why: there.stale && `${there.stale} ${target} is taken as it was last seen there.` }
    },

    view: async (target) => viewRemote(repo, target, await remote()),

    async start({ target, from, commit }, main) {
      const name = await remote()
      if (name === null)
        return from.includes(main) ? { kind: 'start', published: false } : { kind: 'moved', to: main }
      const there = await seen.look(name, target, limits.every)
      if (there.stale !== null) return blockedBy(there.stale)
      const old = there.commit
      if (await holds(old, commit))
        return (await holds(commit, main))
          ? { kind: 'start', remote: { name, old }, published: true }
          : blockedBy(await onlyThere(target, there))
      const tip = old === null ? main : await further(repo, main, old)
      if (tip !== null && from.includes(tip))
        return { kind: 'start', remote: { name, old }, published: false }
      return { kind: 'moved', to: tip ?? `${main}, and ${name} to ${old}` }
    },

    async publish(intent) {
      const { target, new: commit, remote: at, build } = intent
      if (at === undefined || (await holds(at.old, commit))) return null
      const { name, old } = at
      let said: string | null
      try {
        const refused = await contentFirst(intent, at)
        if (refused !== null) return blockedBy(refused)
        const push = { remote: name, branch: target, new: commit, old }
        const env = { [MARKER]: build }
        said = await pushBranch(repo, push, { env, timeoutMs: limits.push })
      } catch (error) {
        if (!isUnreachable(error)) throw error
        said = error.message
      }
      seen.forget()
      if (said === null) return null
      // Its words may be about a push that arrived, or that another one was before.
      const there = await seen.look(name, target, 0)
      if (there.stale === null && (await holds(there.commit, commit))) return null
      if (there.stale === null && there.commit !== old)
        return { kind: 'moved', to: there.commit ?? 'nothing' }
      return blockedBy(`${name} does not take it: ${gitWords(said)}`)
    },

    async stranded({ target, new: commit, remote: at }) {
      if (at === undefined) return null
      const there = await seen.look(at.name, target, 0)
      if (!(await holds(there.commit, commit))) return null
      return blockedBy(await onlyThere(target, there))
    },
  }

  /** Git pushes pointers alone: whoever fetched them would have no files. @returns why it cannot be pushed */
  async function contentFirst(
    { new: commit, old: here, target, build }: Intent,
    { name, old }: NonNullable<Intent['remote']>,
  ): Promise<string | null> {
    const run = (args: readonly string[], options?: GitOptions) => inRepository(repo, args, options)
    const pointers = await pointersIn(run, commit, old === null ? [] : [old])
    if (pointers.length === 0) return null
    const config = ['diff-tree', '-r', '--name-only', old ?? here, commit, '--', '.lfsconfig']
    if ((await run(config)).stdout !== '')
      return `It changes .lfsconfig, which says where Git LFS files are sent, and brings such files. When it is right, push it yourself: git push ${name} ${commit}:refs/heads/${target}`
    const options = { env: { [MARKER]: build }, timeoutMs: limits.push }
    const oids = pointers.map(({ oid }) => oid)
    const said = await uploadContent(repo, name, oids, options)
    return said === null ? null : `Git LFS files could not be sent to ${name}: ${gitWords(said)}`
  }

  async function onlyThere(target: string, there: Seen): Promise<string> {
    return `It has landed at ${there.name}, and meanwhile ${target} got commits here. ${await diverged(repo, target, there)}`
  }
}

/** Says of what keeps the local target back that the remote's has moved. */
export function halfLanded(blocked: Blocked, { target, remote }: Intent): Blocked {
  const also = `${remote?.name}/${target} has it already: yours follows.`
  return blocked.detail.endsWith(also) ? blocked : { ...blocked, detail: `${blocked.detail} ${also}` }
}

function blockedBy(detail: string): Extract<Outcome, { kind: 'blocked' }> {
  return { kind: 'blocked', blocked: { reason: 'remote', paths: [], detail } }
}
