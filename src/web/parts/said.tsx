/** What the person should know of what they have just done, such as that what they started overlaps. */
import { oneLine } from '../words.ts'

export function Said({ lines }: { lines: readonly string[] }) {
  return (
    <div className="said" role="status">
      {lines.map((line) => (
        <p key={line}>{oneLine(line)}</p>
      ))}
    </div>
  )
}
