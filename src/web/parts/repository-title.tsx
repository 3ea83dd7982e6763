/** The repository that a page is about; where there are several, to be chosen. */
import { baseName } from '../../board/words.ts'
import { namesOf } from '../../protocol/repository-names.ts'
import { useBoard } from '../store.ts'
import { oneLine } from '../words.ts'

export function RepositoryTitle({ repo, choose }: { repo: string; choose: (root: string) => void }) {
  const { repositories } = useBoard()
  if (repositories.length < 2) return oneLine(baseName(repo))
  const names = namesOf(repositories.map(({ root }) => root))
  return (
    <select aria-label="Repository" value={repo} onChange={(event) => choose(event.target.value)}>
      {repositories.map(({ id, root }) => (
        <option key={id} value={root}>
          {oneLine(names.get(root) ?? root)}
        </option>
      ))}
    </select>
  )
}

/** The one that was asked for, else that of the newest session; null: none is known. */
export function useRepository(wanted: string | null): string | null {
  const { repositories, sessions } = useBoard()
  return wanted ?? sessions?.at(-1)?.repository.root ?? repositories.at(-1)?.root ?? null
}
