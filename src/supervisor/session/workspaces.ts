/** A session's workspace and cell, from its state. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SESSION_MARKER } from '../../platform/end.ts'
import { brokerDir } from '../../git/index.ts'
import { run } from '../../platform/run.ts'
import type { SessionState } from '../../sessions/state.ts'
import type { CellLaunch, CellSpec } from '../../walls/cell.ts'
import { buildCell, linkedGit, type ProbeOptions } from '../../walls/index.ts'
import type { LineInCell, RunInCell, Workspace, WorkspaceSpec } from '../../workspaces/workspace.ts'
import type { Context } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'

export function specOf(ctx: Context, repo: RepositoryContext, s: SessionState): WorkspaceSpec {
  return {
    session: s.id,
    name: s.name,
    repository: repo.repository,
    kind: s.workspace.kind,
    path: s.workspace.path,
    branch: s.branch,
    existingBranch: s.existingBranch,
    baseOid: s.base.oid,
    target: repo.target,
    stateDir: ctx.paths.sessionState(s.id),
    lineInCell: lineInCell(ctx, repo, s),
    include: () => repo.own.text('.worktreeinclude'),
  }
}

/** Null until it is made. */
export function workspaceOf(ctx: Context, repo: RepositoryContext, s: SessionState): Workspace | null {
  const made = s.workspace.made
  return made ? { ...specOf(ctx, repo, s), ...made, path: s.workspace.path } : null
}

/** The session's private temp: /tmp inside the cell. */
export const tempDirOf = (ctx: Context, id: string): string => join(ctx.paths.sessionState(id), 'tmp')

/**
 * What a session may reach. Everything of Worktrain's own and of the other sessions is hidden by its
 * parent directory, so that sessions made later are hidden too.
 */
export function cellSpec(
  ctx: Context,
  repo: RepositoryContext,
  options: {
    session: string
    workspace: string
    tempDir: string
    writable: string[]
    readable: string[]
    protect: string[]
    contested?: string[]
    hidden?: string[]
    /** Where it may speak to the supervisor: an agent, nobody else. */
    door?: string
  },
): CellSpec {
  return {
    session: options.session,
    workspace: options.workspace,
    tempDir: options.tempDir,
    home: ctx.env.HOME ?? '/',
    writable: [...options.writable, ...repo.config['cell.writable']],
    // Its objects are borrowed from the repository, which may itself lie under something hidden (/tmp).
    readable: [
      ...[repo.repository.root, repo.repository.commonDir],
      ...options.readable,
      ...repo.config['cell.readable'].filter((path) => existsSync(path)),
    ],
    ...(options.door === undefined ? {} : { door: options.door }),
    protect: options.protect,
    contested: options.contested ?? [],
    hidden: [
      ...[ctx.paths.state, ctx.paths.run, repo.workspacesDir],
      ...repo.config['cell.hidden'],
      ...(options.hidden ?? []),
    ],
    network: true,
  }
}

/** How the rung of a repository's sessions is found; of any without one. */
export function probeOptions(ctx: Context, repo: RepositoryContext | null): ProbeOptions {
  const rung = repo?.config['cell.rung'] ?? 'auto'
  return { env: ctx.env, cacheDir: ctx.paths.cache, now: ctx.now, rung }
}

/** What the kind of workspace needs besides itself: a linked one shares the repository's git directory. */
export function gitPaths(
  repo: RepositoryContext,
  s: SessionState,
): { writable: string[]; protect: string[]; contested: string[]; hidden: string[] } {
  const made = s.workspace.made
  const linked = made !== null && s.workspace.kind !== 'sealed' && made.gitDir !== join(made.path, '.git')
  // Who can open the mutex to read can hold it, and with it everybody who works on this repository. A linked
  // workspace cannot be spared that: beside something hidden Landlock shows no new packed-refs.
  if (!linked) return { writable: [], protect: [], contested: [], hidden: [brokerDir(repo.repository)] }
  return { ...linkedGit(repo.repository.commonDir, made.gitDir, s.branch), hidden: [] }
}

/** The few variables a command in a cell gets besides what the cell sets: enough to find programs and a home. */
export function commandEnv(ctx: Context, extra: Record<string, string> = {}): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ']) {
    const value = ctx.env[name]
    if (value !== undefined) kept[name] = value
  }
  return { ...kept, ...extra }
}

/** The cell of a session for a command beside its agent. */
function cellBeside(
  ctx: Context,
  repo: RepositoryContext,
  s: SessionState,
  argv: string[],
  cwd: string,
): Promise<CellLaunch> {
  const spec = cellSpec(ctx, repo, {
    session: s.id,
    workspace: s.workspace.path,
    tempDir: tempDirOf(ctx, s.id),
    readable: [],
    ...gitPaths(repo, s),
  })
  return buildCell(spec, { ...probeOptions(ctx, repo), argv, cwd })
}

/** Runs commands in the cell of a session, beside its agent (set-up, merges). */
export function runInCell(ctx: Context, repo: RepositoryContext, s: SessionState): RunInCell {
  return async ({ argv, cwd, env, onOutput, timeoutMs }) => {
    const cell = await cellBeside(ctx, repo, s, argv, cwd)
    const [program = '', ...args] = cell.argv
    const { code, ...ended } = await run(program, args, {
      cwd,
      env: { ...commandEnv(ctx, { [SESSION_MARKER]: s.id }), ...cell.env, ...env },
      ...(onOutput ? { onOutput } : {}),
      ...(timeoutMs ? { timeoutMs } : {}),
    })
    return { exit: code, ...ended }
  }
}

/** Without the mark of the session: what is begun here ends with who began it, also while the session is ended. */
export function lineInCell(ctx: Context, repo: RepositoryContext, s: SessionState): LineInCell {
  return async ({ argv, env }) => {
    const cell = await cellBeside(ctx, repo, s, argv, s.workspace.path)
    const { PATH } = commandEnv(ctx)
    const variables = { ...(PATH === undefined ? {} : { PATH }), ...cell.env, ...env }
    return [
      'env',
      '-i',
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      ...cell.argv,
    ]
  }
}
