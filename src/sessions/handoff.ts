/** Completes what a session claims of its work by what was observed, and marks what was not. Pure. */
import type { Handoff, HandoffClaims } from '../protocol/index.ts'

/**
 * @param claims what the agent reported; null when it reported nothing
 * @param observed files from git and commands from the agent's hooks
 */
export function completeHandoff(
  claims: HandoffClaims | null,
  observed: Handoff['observed'],
  at: number,
): Handoff {
  return { at, claims, observed, unverified: claims ? unverified(claims, observed) : [] }
}

/** A report that only answers a review says nothing against the one before. */
export function claimsAfter(before: HandoffClaims | null, now: HandoffClaims | null): HandoffClaims | null {
  if (before === null || now?.review === undefined) return now
  const { filesChanged, behaviourChanged, commandsRun, risks, followUp } = now
  const says = filesChanged.length + commandsRun.length + (behaviourChanged + risks + followUp).length > 0
  return says ? now : { ...before, review: now.review }
}

function unverified(claims: HandoffClaims, observed: Handoff['observed']): string[] {
  const found: string[] = []
  const changed = new Set(observed.files.map((f) => f.path))
  for (const path of claims.filesChanged) {
    if (!changed.has(path.replace(/^\.\//, '')))
      found.push(`it says it changed ${path}; git shows no change there`)
  }
  const claimed = new Set(claims.filesChanged.map((p) => p.replace(/^\.\//, '')))
  if (claimed.size > 0) {
    for (const path of changed)
      if (!claimed.has(path)) found.push(`it does not mention ${path}, which changed`)
  }
  for (const command of claims.commandsRun) {
    const seen = observed.commands.filter((c) => c.command.includes(command) || command.includes(c.command))
    const last = seen.at(-1)
    if (!last) found.push(`it says it ran \`${command}\`; no such command was observed`)
    else if (last.exit !== 0) {
      found.push(
        `it says it ran \`${command}\`; it was last seen with exit ${last.exit === null ? 'unknown' : last.exit}`,
      )
    }
  }
  return found
}
