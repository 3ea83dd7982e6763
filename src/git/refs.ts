/** Refs, moved only by compare-and-swap. */
import { WorktrainError } from '../protocol/errors.ts'
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

/** One move of a transaction. `old: null`: the ref must not exist; `new: null`: it is deleted. */
export interface RefMove {
  ref: string
  new: string | null
  old: string | null
}

/**
 * Moves refs all together or not at all.
 * @param why text for the reflog
 * @returns false when a ref was not where `old` says: nothing was moved
 * @throws GIT_FAILED, DISK_FULL
 */
export async function moveRefs(repo: Repository, moves: readonly RefMove[], why: string): Promise<boolean> {
  const lines = moves.flatMap((move) => {
    if (move.new !== null)
      return ['option no-deref', `update ${move.ref}\0${move.new}\0${move.old ?? zero(move.new)}`]
    return move.old === null ? [] : ['option no-deref', `delete ${move.ref}\0${move.old}`]
  })
  if (lines.length === 0) return true
  try {
    await inRepository(repo, ['update-ref', '-m', why, '-z', '--stdin'], {
      input: `start\0${lines.join('\0')}\0prepare\0commit\0`,
    })
    return true
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code !== 'GIT_FAILED') throw error
    for (const move of moves) if ((await exactRef(repo, move.ref)) !== move.old) return false
    throw error
  }
}

/** The object a ref of exactly this name holds, unpeeled; null when there is none. */
export async function exactRef(repo: Repository, ref: string): Promise<string | null> {
  const { code, stdout } = await inRepository(repo, ['show-ref', '--verify', '--hash', '--', ref], {
    allow: [1, 128],
  })
  return code === 0 ? stdout.trim() : null
}

/** The objects several refs of exactly these names hold; those that do not exist are left out. */
export async function exactRefs(repo: Repository, names: readonly string[]): Promise<Map<string, string>> {
  if (names.length === 0) return new Map()
  const wanted = new Set(names)
  const { stdout } = await inRepository(repo, [
    'for-each-ref',
    '--format=%(objectname) %(refname)',
    '--',
    ...names,
  ])
  const found = new Map<string, string>()
  for (const line of stdout.split('\n')) {
    const name = line.slice(line.indexOf(' ') + 1)
    // A pattern also matches what stands below it.
    if (wanted.has(name)) found.set(name, line.slice(0, line.indexOf(' ')))
  }
  return found
}

/** The all-zero id that stands for "no object", as long as `oid` is (SHA-1 or SHA-256). */
function zero(oid: string): string {
  return '0'.repeat(oid.length)
}

/**
 * Moves one ref, if it is where it is expected to be.
 * @param old what it must hold now; null: it must not exist
 */
export function updateRef(
  repo: Repository,
  ref: string,
  oid: string,
  old: string | null,
  why = 'worktrain',
): Promise<boolean> {
  return moveRefs(repo, [{ ref, new: oid, old }], why)
}

/** Deletes one ref, if it holds `old`. False when it holds something else; true when it is gone already. */
export async function deleteRef(repo: Repository, ref: string, old: string): Promise<boolean> {
  if ((await exactRef(repo, ref)) === null) return true
  return moveRefs(repo, [{ ref, new: null, old }], 'worktrain')
}

/** Is this a name git accepts for a branch? */
export async function isBranchName(name: string): Promise<boolean> {
  if (name.startsWith('-') || name === 'HEAD') return false
  const { code } = await git(['check-ref-format', `refs/heads/${name}`], { allow: [1] })
  return code === 0
}
