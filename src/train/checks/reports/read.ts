/** Reads the file a check wrote its test results to: it may have put anything in its place. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { readPlain } from '../../../platform/plain.ts'
import { WorktrainError } from '../../../protocol/index.ts'

/** Tells a file from what was there before, also when it was written over. Null: there is none. */
export function markOf(work: string, path: string): string | null {
  const stat = lstatSync(join(work, path), { bigint: true, throwIfNoEntry: false })
  return stat ? `${stat.ino} ${stat.size} ${stat.ctimeNs}` : null
}

/**
 * @param path relative to `work`
 * @param before its mark before the check ran: what is still the same says nothing about this check
 * @returns the text, or why there is none, as the end of a sentence
 */
export function readReport(
  work: string,
  path: string,
  before: string | null,
): { text: string } | { why: string } {
  try {
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth++) {
      const stat = lstatSync(join(work, ...parts.slice(0, depth)), { throwIfNoEntry: false })
      if (stat && !stat.isDirectory()) return { why: 'it is not in a directory' }
    }
    const text = readPlain(join(work, path))
    if (text === null) return { why: 'it was not written' }
    return markOf(work, path) === before ? { why: 'it was not written anew' } : { text }
  } catch (error) {
    if (error instanceof WorktrainError) return { why: 'it is not a file, or too large' }
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    return { why: code }
  }
}
