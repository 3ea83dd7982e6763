/** Reading refs. They are moved by `broker.ts`. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { readPlain, readPlainIfAny } from '../platform/plain.ts'
import { git, inRepository, type Repository } from './git.ts'

/** The object a ref (or any revision) names, peeled to a commit; null when there is none. */
export async function readRef(repo: Repository, ref: string): Promise<string | null> {
  const { code, stdout } = await inRepository(
    repo,
    ['rev-parse', '--quiet', '--verify', '--end-of-options', `${ref}^{commit}`],
    { allow: [1, 128] },
  )
  return code === 0 ? stdout.trim() : null
}

export interface Ref {
  name: string
  oid: string
}

/** Refs below a prefix such as `refs/worktrain/trash/x`, sorted by name. */
export async function listRefs(repo: Repository, prefix: string): Promise<Ref[]> {
  const { stdout } = await inRepository(repo, [
    'for-each-ref',
    '--format=%(objectname) %(refname)',
    '--',
    prefix,
  ])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ oid: line.slice(0, line.indexOf(' ')), name: line.slice(line.indexOf(' ') + 1) }))
}

/**
 * The object a ref of exactly this name holds, unpeeled; null when there is none.
 *
 * Read from git's own files, in git's order: a landing asks where main is a dozen times. Git replaces them
 * by renaming, so they are whole. Git itself is asked where refs are kept otherwise, and for odd names.
 */
export async function exactRef(repo: Repository, ref: string): Promise<string | null> {
  const read = refInFiles(repo, ref)
  if (read !== undefined) return read
  const { code, stdout } = await inRepository(repo, ['show-ref', '--verify', '--hash', '--', ref], {
    allow: [1, 128],
  })
  return code === 0 ? stdout.trim() : null
}

/** The ref that a symbolic one leads to; null when it is not symbolic, or there is none. Read as {@link exactRef}. */
export async function symbolicRef(repo: Repository, ref: string): Promise<string | null> {
  if (inFiles(repo, ref))
    return /^ref: (.*)\n$/.exec(readPlainIfAny(join(repo.commonDir, ref)) ?? '')?.[1] ?? null
  const { code, stdout } = await inRepository(repo, ['symbolic-ref', '--quiet', ref], { allow: [1, 128] })
  return code === 0 ? stdout.trim() : null
}

/** An object's full name, as the source of a regular expression. */
export const OID = '([0-9a-f]{40}|[0-9a-f]{64})'

/** As {@link exactRef}; undefined: not told by files. */
function refInFiles(repo: Repository, ref: string): string | null | undefined {
  if (!inFiles(repo, ref)) return undefined
  try {
    const loose = readPlain(join(repo.commonDir, ref))
    // Anything else is symbolic, or broken.
    if (loose !== null) return new RegExp(`^${OID}\\n$`).exec(loose)?.[1]
    const packed = readPlain(join(repo.commonDir, 'packed-refs')) ?? ''
    const at = packed.indexOf(` ${ref}\n`)
    if (at === -1) return null
    const line = packed.slice(packed.lastIndexOf('\n', at) + 1, at)
    return new RegExp(`^${OID}$`).exec(line)?.[1]
  } catch {
    // Such as a directory of that name, or a file too large to be read here: git says what it is.
    return undefined
  }
}

/** Is a ref kept in a file by its name, or in packed-refs? Not for odd names, which git looks at first. */
function inFiles(repo: Repository, ref: string): boolean {
  if (!/^(HEAD|refs(\/[\w@+-][\w.@+-]*)+)$/.test(ref)) return false
  // Where refs are kept otherwise the name is taken by a file, so that no git writes refs into it.
  const heads = join(repo.commonDir, 'refs', 'heads')
  return lstatSync(heads, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** The objects several refs of exactly these names hold; those that do not exist are left out. */
export async function exactRefs(repo: Repository, names: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const wanted = new Set<string>()
  for (const name of names) {
    const read = refInFiles(repo, name)
    if (read === undefined) wanted.add(name)
    else if (read !== null) found.set(name, read)
  }
  if (wanted.size === 0) return found
  const format = '--format=%(objectname) %(refname)'
  const { stdout } = await inRepository(repo, ['for-each-ref', format, '--', ...wanted])
  for (const line of stdout.split('\n')) {
    const name = line.slice(line.indexOf(' ') + 1)
    // A pattern also matches what stands below it.
    if (wanted.has(name)) found.set(name, line.slice(0, line.indexOf(' ')))
  }
  return found
}

/** Is this a name git accepts for a branch? */
export async function isBranchName(name: string): Promise<boolean> {
  if (name.startsWith('-') || name === 'HEAD') return false
  // What every name of ours looks like; no rule of git's is against it.
  if (/^[a-zA-Z0-9_-]+(\/[a-zA-Z0-9_-]+)*$/.test(name)) return true
  const { code } = await git(['check-ref-format', `refs/heads/${name}`], { allow: [1] })
  return code === 0
}
