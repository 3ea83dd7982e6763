/** What a session's guard is told: at its start, and when the person allows it more. */
import { realpathSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import type { LaunchPlan } from '../../agents/agent.ts'
import { validateGlob } from '../../partition/index.ts'
import { HOST_SPEC } from '../../platform/access.ts'
import { readJson, writeFileDurably } from '../../platform/files.ts'
import {
  type Actor,
  type GuardPolicy,
  type HostSpec,
  type KernelWall,
  WorktrainError,
} from '../../protocol/index.ts'
import { isLive, isOpen, type SessionState } from '../../sessions/state.ts'
import type { CellLaunch, CellSpec } from '../../walls/cell.ts'
import { HIDDEN_CREDENTIALS } from '../../walls/index.ts'
import { type Context, sessionState, tell } from '../context.ts'
import type { Hosts } from './hosts.ts'
import type { RepositoryContext } from '../repositories.ts'

/** How each rung's refusal of a write reads: a read-only mount, a rule set, a profile. */
const SAYS: Record<CellLaunch['rung'], KernelWall['says'] | null> = {
  bubblewrap: ['EROFS', 'EXDEV'],
  landlock: ['EACCES', 'EXDEV'],
  'sandbox-exec': ['EPERM'],
  hooks: null,
  none: null,
}

/** The policy of a process that is about to start. */
export function guardPolicy(
  ctx: Context,
  repo: RepositoryContext,
  s: SessionState,
  { plan, cell, spec }: { plan: LaunchPlan; cell: CellLaunch; spec: CellSpec },
): GuardPolicy {
  const says = SAYS[cell.rung]
  const { HOME: home } = ctx.env
  const keys = (home ? HIDDEN_CREDENTIALS.map(({ path }) => join(home, path)) : []).filter(
    (path) => !spec.readable.includes(path),
  )
  return {
    workspace: s.workspace.path,
    writable: [
      ...(plan.toolWritable ?? plan.writable),
      ...repo.config['cell.writable'].map(realPathOf),
      cell.temp,
    ],
    protect: [
      repo.repository.root,
      repo.repository.commonDir,
      repo.workspacesDir,
      ctx.paths.state,
      ctx.paths.run,
      ...(home ? [home] : []),
    ],
    avoid: s.brief.avoid,
    owns: s.brief.owns,
    granted: s.granted,
    strays: repo.config.owns,
    branch: s.branch,
    repositoryRoot: repo.repository.root,
    ...(home ? { home } : {}),
    kernel: says ? { hidden: [...spec.hidden, ...keys], says } : null,
  }
}

/**
 * The person allows a session further paths: journalled first, then told to its live guard.
 * @param paths globs relative to the repository, or absolute paths in the repository or the workspace
 * @throws GLOB_INVALID, SESSION_WRONG_STATE
 */
export async function allow(
  ctx: Context,
  repo: RepositoryContext,
  hosts: Hosts,
  id: string,
  paths: string[],
  actor: Actor,
): Promise<void> {
  const s = await sessionState(ctx, id)
  if (!isOpen(s)) throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has been removed.`)
  const roots = [s.workspace.path, repo.repository.root]
  const globs = paths.map((path) => validateGlob(relativeTo(roots, path)))
  const fresh = globs.filter((glob) => !s.granted.includes(glob))
  if (fresh.length > 0) await tell(ctx, id, 'session.granted', { globs: fresh }, { actor, cause: 'allow' })
  await tellGuard(ctx, hosts, id)
}

/**
 * Brings what the person allowed to the guard of a live session; safe to repeat. After a crash between the
 * journal and the host this makes them agree.
 */
export async function tellGuard(ctx: Context, hosts: Hosts, id: string): Promise<void> {
  const s = await sessionState(ctx, id)
  const file = join(ctx.paths.sessionState(id), HOST_SPEC)
  const spec = isLive(s) && hosts.isConnected(id) ? readJson<HostSpec>(file) : null
  if (!spec?.guard || spec.generation !== s.process.generation) return
  if (JSON.stringify(spec.guard.granted) === JSON.stringify(s.granted)) return
  const policy = { ...spec.guard, granted: s.granted }
  await hosts.request(id, { op: 'guard', policy })
  writeFileDurably(file, JSON.stringify({ ...spec, guard: policy }))
}

function relativeTo(roots: string[], path: string): string {
  if (!isAbsolute(path)) return path
  for (const root of roots) {
    const below = relative(root, path)
    if (below !== '' && !below.startsWith('..')) return below
  }
  return path
}

/** Of a path that may not exist: then as it is. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
