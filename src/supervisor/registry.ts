/** The repositories Worktrain knows: where they are, and what of their configuration the person trusts. */
import type { Projection } from '../journal/journal.ts'
import type { Approval, Recorded } from '../protocol/index.ts'

export interface RepositoryState {
  root: string
  commonDir: string
  /** Hashes of executable configuration the person has read and trusted. */
  trusted: string[]
  approvals: Approval[]
}

export function evolveRepository(state: RepositoryState | null, event: Recorded): RepositoryState {
  const old = state ?? { root: '', commonDir: '', trusted: [], approvals: [] }
  if (event.type === 'repository.registered' || event.type === 'repository.moved') {
    return { ...old, root: event.data.root, commonDir: event.data.commonDir }
  }
  if (event.type === 'repository.trusted') return { ...old, trusted: [...old.trusted, event.data.hash] }
  if (event.type === 'repository.approved' || event.type === 'repository.forgot-approval') {
    const { agent, rule } = event.data
    const others = old.approvals.filter((each) => each.agent !== agent || each.rule !== rule)
    if (event.type === 'repository.forgot-approval') return { ...old, approvals: others }
    return { ...old, approvals: [...others, { ...event.data, at: event.at }] }
  }
  return old
}

export const repositoryProjection: Projection<RepositoryState> = {
  aggregate: 'repository',
  version: 2,
  evolve: evolveRepository,
}
