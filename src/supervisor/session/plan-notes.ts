/** What the person should know of sessions that are about to start: what overlaps, and what they do not see. */
import { inRepository } from '../../git/index.ts'
import type { BriefInput, Outputs } from '../../protocol/api.ts'
import { isOpen, type SessionState } from '../../sessions/state.ts'
import type { RepositoryContext } from '../repositories.ts'
import { overlaps, trackedFiles } from './planning.ts'

/** Paths of an overlap that are named. */
const NAMED = 3

/** Each a sentence. */
export async function notesOn(
  repo: RepositoryContext,
  named: readonly { name: string; input: BriefInput }[],
  existing: readonly SessionState[],
): Promise<string[]> {
  const found = await overlapsOf(repo, named, existing)
  return [
    ...found.map(({ a, b, paths, globs }) => {
      const where = paths.length > 0 ? paths.slice(0, NAMED) : globs
      return `${a} and ${b} both own ${where.join(', ')}`
    }),
    ...(await dirtNote(repo)),
  ]
}

/**
 * Overlap is found before it starts: among the new sessions, and with those at work. None where one waits for the other.
 * @param shared areas that have one owner at a time
 */
export async function overlapsOf(
  repo: RepositoryContext,
  named: readonly { name: string; input: BriefInput }[],
  existing: readonly SessionState[],
  shared: readonly string[] = [],
): Promise<Outputs['plan']['overlaps']> {
  const fresh = named.map(({ name, input: { owns = [], after = [] } }) => ({ name, owns, after }))
  const names = new Set(fresh.map(({ name }) => name))
  const live = existing
    .filter((s) => isOpen(s) && s.stage !== 'landed' && !names.has(s.name))
    .map(({ name, brief: { owns, after } }) => ({ name, owns, after }))
  const found = overlaps([...live, ...fresh], await trackedFiles(repo.repository), shared)
  return found.filter(({ a, b }) => names.has(a) || names.has(b))
}

/** A person may expect what is in front of them to be in the workspaces as well. */
async function dirtNote(repo: RepositoryContext): Promise<string[]> {
  const { root } = repo.repository
  const { stdout } = await inRepository(
    repo.repository,
    ['status', '--porcelain', '-z', '--untracked-files=no'],
    { workTree: root },
  )
  const changes = stdout.split('\0').filter((line) => line !== '').length
  return changes === 0
    ? []
    : [`your checkout has ${changes} uncommitted changes; sessions start from the commit, without them`]
}
