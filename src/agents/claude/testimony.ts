/**
 * What the transcript says of the conversation: the witness of last resort, for a process that keeps no
 * session file. It is written asynchronously, so it is late rather than wrong (facts/claude-code 4.2).
 */
import type { Activity } from '../../protocol/index.ts'
import { asObject, asText, objectFrom, textOf } from './files.ts'
import { linesBefore } from './transcript.ts'

/** Enough for the last few lines; a longer last line tells nothing. */
const TAIL = 256 * 1024

/** @returns what its last line of the main conversation says, with that line's own time; null: nothing */
export async function activityFromTranscript(path: string): Promise<Activity | null> {
  const lines = (await linesBefore(path, TAIL)).lines.map(({ text }) => objectFrom(text))
  const last = lines.findLast(
    (line) =>
      line !== null && (line.type === 'user' || line.type === 'assistant') && line.isSidechain !== true,
  )
  const at = Date.parse(asText(last?.timestamp))
  if (!last || Number.isNaN(at)) return null
  const message = asObject(last.message)
  const says = (state: Activity['state'], what: string): Activity => ({
    state,
    source: 'transcript',
    at,
    evidence: `transcript: ${what}`,
  })
  if (last.type === 'user' && textOf(message?.content).startsWith('[Request interrupted by user')) {
    return says('idle', 'the request was interrupted')
  }
  if (last.type === 'assistant' && asText(message?.stop_reason) === 'end_turn')
    return says('idle', 'the answer ended')
  return says('working', last.type === 'user' ? 'it was told something' : 'it uses a tool')
}
