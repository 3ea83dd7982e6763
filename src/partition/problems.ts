/** What is wrong with a configuration, in the words of its file: key, line, what was meant. */
import type { z } from 'zod'
import { CHECK_KEYS } from './checks.ts'
import { didYouMean } from './suggest.ts'

/** @param known dotted names of all keys, to tell a mistyped one by */
export function problemsOf(
  issue: z.core.$ZodIssue,
  known: readonly string[],
): { key: string; what: string }[] {
  if (issue.code === 'invalid_union') {
    // What is wrong with the one that was meant; a value of another kind was not.
    const meant = issue.errors.find(
      (of) => !of.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
    )
    if (meant)
      return meant.flatMap((one) => problemsOf({ ...one, path: [...issue.path, ...one.path] }, known))
  }
  if (issue.code !== 'unrecognized_keys') return [{ key: issue.path.join('.'), what: issue.message }]
  return issue.keys.map((key) => ({
    key: [...issue.path, key].join('.'),
    what: `unknown key${didYouMean(key, keysOf(issue.path.join('.'), known))}`,
  }))
}

/** Names that may stand in a table of a file. */
function keysOf(table: string, known: readonly string[]): readonly string[] {
  if (/^checks\.\d+$/.test(table)) return CHECK_KEYS
  return known.flatMap((key) => {
    if (table === '') return [key.split('.')[0] ?? '', key]
    return key.startsWith(`${table}.`) ? [key.slice(table.length + 1)] : []
  })
}

/** `:LINE` where the key's last part is written; nothing when it is written in a way not looked for. */
export function lineOf(text: string, key: string): string {
  const last = key.split('.').findLast((part) => !/^\d+$/.test(part)) ?? ''
  const escaped = last.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  const line = text
    .split('\n')
    .findIndex((one) => new RegExp(`^\\s*(\\[.*)?([\\w."'-]+\\.)?["']?${escaped}["']?\\s*[\\].=]`).test(one))
  return line === -1 ? '' : `:${line + 1}`
}
