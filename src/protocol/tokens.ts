/** Tokens, added up. Pure. */
import type { Tokens } from './session.ts'

/** What an agent counts of a request; `requests` counts the requests themselves. */
export const TOKEN_KINDS = ['input', 'output', 'cacheRead', 'cacheWrite'] as const

/** A sum of which nothing is known yet. */
export const noTokens = (): Tokens => ({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0, requests: 0 })

/** Adds to a sum in place. */
export function addTokens(sum: Tokens, more: Tokens): void {
  for (const kind of TOKEN_KINDS) sum[kind] += more[kind]
  sum.requests += more.requests
}
