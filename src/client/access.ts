/** Whose word a client speaks with. */
import { readToken } from '../platform/access.ts'

/** In the environment of a session: its own token. */
export const TOKEN_VARIABLE = 'WORKTRAIN_TOKEN'

/** A session's own token inside it, the person's everywhere else. Null: no supervisor ran here yet. */
export function tokenOf(env: Record<string, string | undefined>, path: string): string | null {
  return env[TOKEN_VARIABLE] || readToken(path)
}
