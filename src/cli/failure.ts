/** How an error reaches the person, or the program, that ran the command. */
import { aboutSession, ERRORS, toErrorBody, withHint, WorktrainError } from '../protocol/errors.ts'
import type { ErrorBody } from '../protocol/errors.ts'
import type { Command } from './command.ts'
import type { Look } from '../terminal/look.ts'
import { lines, wrap } from '../terminal/text.ts'

/**
 * The error as whoever typed this command may go on from it: its own help instead of the whole program's, and the
 * session that was named instead of NAME.
 * @param args as the command got them
 */
export function inPlace(error: unknown, { name, completes }: Command, [first]: readonly unknown[]): unknown {
  if (!(error instanceof WorktrainError)) return error
  const typed = Array.isArray(first) && first.length === 1 ? (first[0] as unknown) : first
  const session =
    completes === 'sessions' && typeof typed === 'string' && /^[\w.-]+$/.test(typed) ? typed : null
  const own = error.hint === ERRORS.USAGE.hint ? withHint(`See \`worktrain ${name} --help\`.`, error) : error
  return session === null ? own : aboutSession(session, own)
}

/** Exit code of an error: of its code in the table; what is not ours failed. */
export function exitCodeOf(error: unknown): number {
  return error instanceof WorktrainError ? error.exit : 1
}

/** `--json`: the error as the API gives it. */
export function failureJson(error: unknown): string {
  return JSON.stringify({ error: toErrorBody(error) }, null, 2)
}

/**
 * Message, then what to do. A message of many lines (the output of git, say) keeps them.
 * @param debug the error's stack is wanted too (WORKTRAIN_DEBUG)
 */
export function failureText(error: unknown, look: Look, debug = false): string {
  const body: ErrorBody = toErrorBody(error)
  const hint = wrap(body.hint, look.width - 2).map((line) => look.paint('dim', `  ${line}`))
  // The code stands on the first line: the others are often output of another program.
  const [first = '', ...more] = lines(body.message).split('\n')
  const title = `${look.paint('red', 'worktrain:')} ${first} ${look.paint('dim', `(${body.code})`)}`
  const said = [title, ...more, ...hint]
  if (debug && error instanceof Error && error.stack) said.push(look.paint('dim', lines(error.stack)))
  return said.join('\n')
}
