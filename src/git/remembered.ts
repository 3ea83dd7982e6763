/** What git says of commits that are named in full never changes: it is asked once. */
import type { Repository } from './git.ts'
import { OID } from './refs.ts'

const FULL = new RegExp(`^${OID}$`)
/** Answers kept to each question; the oldest go first. */
const KEPT = 4096

/**
 * @param ask about these commits
 * @returns the same, of which answers about full object ids are kept; what was refused is asked again
 */
export function remembered<Commits extends string[], Answer>(
  ask: (repo: Repository, ...commits: Commits) => Promise<Answer>,
): typeof ask {
  const kept = new Map<string, Answer>()
  return async (repo, ...commits) => {
    const key = commits.join(' ')
    const known = kept.get(key)
    if (known !== undefined) return known
    const answer = await ask(repo, ...commits)
    if (commits.every((name) => FULL.test(name))) kept.set(key, answer)
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break
      kept.delete(oldest)
    }
    return answer
  }
}
