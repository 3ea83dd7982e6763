/** What the person should know of what they have just done, such as that what they started overlaps. */
import { useLate } from '../late.ts'
import { oneLine } from '../words.ts'
import { Failed } from './failed.tsx'

export function Said({ lines }: { lines: readonly string[] }) {
  const late = useLate()
  return (
    <div className="said" role="status">
      <Failed why={late} />
      {lines.map((line) => (
        <p key={line}>{oneLine(line)}</p>
      ))}
    </div>
  )
}
