/** Commands that a session ran, each with its exit code. */
import type { ReviewView } from '../../protocol/review.ts'
import { visible } from '../words.ts'

export function Commands({ commands }: Pick<ReviewView, 'commands'>) {
  return (
    <ol className="commands">
      {commands.map(({ command, exit }, i) => (
        <li key={i}>
          <span className={exit === 0 ? 'exit good' : exit === null ? 'exit' : 'exit bad'}>
            {exit ?? '?'}
          </span>
          <code>{visible(command)}</code>
        </li>
      ))}
    </ol>
  )
}
