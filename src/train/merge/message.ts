/** The commit message of a landing. Pure. */
import { plainText } from '../checks/output.ts'

/** Trailers by which a landing can be traced back; nobody else may claim them. */
const OURS = /^worktrain-[a-z-]+\s*:/i
const TRAILER = /^[A-Za-z0-9][A-Za-z0-9-]*: \S/

/** @param change its `message` is title and body; both may be empty */
export function landingMessage(
  change: { id: string; name: string; session: string | null; message: string },
  tree: string,
): string {
  const text = plainText(change.message)
    .split('\n')
    .filter((line) => !OURS.test(line.trim()))
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
  const message = text === '' ? `Land ${change.name}` : text
  const last = message.split('\n\n').at(-1) ?? ''
  const joins = message.includes('\n\n') && last.split('\n').every((line) => TRAILER.test(line))
  const trailers = [
    ...(change.session === null ? [] : [`Worktrain-Session: ${change.session}`]),
    `Worktrain-Change: ${change.id}`,
    `Worktrain-Tree: ${tree}`,
  ]
  return `${message}${joins ? '\n' : '\n\n'}${trailers.join('\n')}\n`
}
