/** Keeps the place of a session's conversations, in the person's own directory, to conversations. */
import { lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { personDirectory, projectName } from './files.ts'

/**
 * Takes away what the session's processes may have left among the conversations that is no conversation:
 * the person's own Claude Code appends to a transcript through a link (seen with 2.1.329), and a pipe
 * would hold it for ever. An empty place goes as a whole. No process of the session may run.
 */
export function sweepConversations(env: Record<string, string | undefined>, workspace: string): void {
  const name = projectName(workspace)
  const kept = name === null ? null : join(personDirectory(env), 'projects', name)
  if (kept !== null && lstatSync(kept, { throwIfNoEntry: false })?.isDirectory()) {
    sweep(kept)
    if (readdirSync(kept).length === 0) rmdirSync(kept)
  }
}

/** By hand: a recursive `readdir` of Node follows links to directories. */
function sweep(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) sweep(path)
    else if (!entry.isFile()) rmSync(path, { force: true })
  }
}
