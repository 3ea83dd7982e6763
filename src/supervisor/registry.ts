/** The repositories Worktrain knows: where they are, and what of their configuration the person trusts. */
import type { Projection } from '../journal/journal.ts'
import type { Recorded } from '../protocol/index.ts'

export interface RepositoryState {
  root: string
  commonDir: string
  /** Hashes of executable configuration the person has read and trusted. */
  trusted: string[]
}

export function evolveRepository(state: RepositoryState | null, event: Recorded): RepositoryState {
  const old = state ?? { root: '', commonDir: '', trusted: [] }
  if (event.type === 'repository.registered' || event.type === 'repository.moved') {
    return { ...old, root: event.data.root, commonDir: event.data.commonDir }
  }
  if (event.type === 'repository.trusted') return { ...old, trusted: [...old.trusted, event.data.hash] }
  return old
}

export const repositoryProjection: Projection<RepositoryState> = {
  aggregate: 'repository',
  version: 1,
  evolve: evolveRepository,
}
