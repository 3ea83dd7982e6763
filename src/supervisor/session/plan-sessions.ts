/** `run`: from what the person asked for to planned sessions, all of them or none. */
import { existsSync, realpathSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { agentFor } from '../../agents/index.ts'
import { type Base, checkouts, exactRef, isBranchName, resolveBase } from '../../git/index.ts'
import { givingNames, nameAll, requireOrder } from './names.ts'
import { notesOn } from './plan-notes.ts'
import { validateGlob } from './planning.ts'
import { isWithin } from '../../platform/files.ts'
import type { BriefInput } from '../../protocol/api.ts'
import {
  type Actor,
  type Brief,
  type Draft,
  type Resolves,
  type WorkspaceKind,
  toErrorBody,
  WorktrainError,
} from '../../protocol/index.ts'
import { isOpen, type SessionState } from '../../sessions/state.ts'
import { probeRung } from '../../walls/index.ts'
import { type Context, sessionEvent, sessionsOf } from '../context.ts'
import { requireMode } from './permission-mode.ts'
import type { RepositoryContext } from '../repositories.ts'
import { probeOptions } from './workspaces.ts'

/** The agent when none is named. */
export const DEFAULT_AGENT = 'claude'

interface Defaults {
  checks: string[] | undefined
  activeLimit: number | undefined
  unreviewedLimit: number | undefined
  /** The ejected change that the session is to repair. */
  resolves?: Resolves
}

/**
 * Checks everything before anything is made: agents, names, globs, branches, directories, bases.
 * @returns ids in order, and notes for the person (overlaps, waits)
 */
export async function planSessions(
  ctx: Context,
  repo: RepositoryContext,
  inputs: BriefInput[],
  defaults: Defaults,
  actor: Actor,
): Promise<{ ids: string[]; notes: string[] }> {
  repo.requireTrust()
  // A wall that was demanded and cannot be had is told before anything is made.
  await probeRung(probeOptions(ctx, repo))
  nameAll(inputs, await sessionsOf(ctx, repo.repository))
  const baseOf = basesOf(repo)
  for (const input of inputs) await baseOf(input)
  return givingNames(ctx, repo, () => planNamed(ctx, repo, inputs, baseOf, defaults, actor))
}

async function planNamed(
  ctx: Context,
  repo: RepositoryContext,
  inputs: BriefInput[],
  baseOf: (input: BriefInput) => Promise<Base>,
  defaults: Defaults,
  actor: Actor,
): Promise<{ ids: string[]; notes: string[] }> {
  const existing = await sessionsOf(ctx, repo.repository)
  const named = nameAll(inputs, existing)
  requireOrder(named, existing)
  for (const glob of inputs.flatMap((i) => [...(i.owns ?? []), ...(i.avoid ?? [])])) validateGlob(glob)
  const agents = new Map<string, Promise<void>>()
  for (const { name, input } of named) {
    const brief = briefOf(input, defaults.checks)
    requireMode(name, brief)
    const key = JSON.stringify([brief.agent, brief.command])
    if (!agents.has(key)) agents.set(key, requireAgent(ctx, brief))
    await agents.get(key)
  }
  const drafts: Draft[] = []
  const ids: string[] = []
  const branches = new Map<string, string>()
  for (const { name, input } of named) {
    const base = await baseOf(input)
    const workspace = workspaceFor(repo, name, input)
    const branch =
      workspace.kind === 'existing'
        ? await existingBranchOf(repo, workspace.path, input.branch)
        : (input.branch ?? `${repo.config.branch_prefix}${name}`)
    const other = branches.get(branch)
    if (other !== undefined)
      throw new WorktrainError(
        'BRANCH_CHECKED_OUT',
        `${other} and ${name} cannot both have branch ${branch}.`,
        {
          hint: 'Give each session a branch of its own.',
        },
      )
    branches.set(branch, name)
    const existingBranch = await checkBranch(repo, existing, branch, input, workspace)
    const id = ctx.id('s')
    ids.push(id)
    drafts.push(
      sessionEvent(
        id,
        'session.planned',
        {
          repository: repo.repository.id,
          name,
          brief: briefOf(input, defaults.checks),
          branch,
          base,
          workspace,
          existingBranch,
          ...(defaults.activeLimit === undefined ? {} : { activeLimit: defaults.activeLimit }),
          ...(defaults.unreviewedLimit === undefined ? {} : { unreviewedLimit: defaults.unreviewedLimit }),
          ...(defaults.resolves ? { resolves: defaults.resolves } : {}),
        },
        { actor, cause: 'run' },
      ),
    )
  }
  await ctx.journal.append(drafts)
  return { ids, notes: await notesOn(repo, named, existing) }
}

/** Asks for each base once, its remote included. */
function basesOf(repo: RepositoryContext): (input: BriefInput) => Promise<Base> {
  const asked = new Map<string | null, Promise<Base>>()
  return ({ base: ref = null }) => {
    const base = asked.get(ref) ?? resolveBase(repo.repository, { ref, fetch: true, target: repo.target })
    asked.set(ref, base)
    return base
  }
}

/** @param checks of its plan; absent: of its repository */
export function briefOf(input: BriefInput, checks: string[] | undefined): Brief {
  return {
    goal: input.goal,
    owns: input.owns ?? [],
    avoid: input.avoid ?? [],
    after: input.after ?? [],
    agent: input.agent ?? (input.command?.length ? 'command' : DEFAULT_AGENT),
    command: input.command ?? [],
    model: input.model ?? null,
    permissionMode: input.permissionMode ?? null,
    headless: input.headless ?? false,
    checks: input.checks ?? checks ?? [],
    land: input.land ?? false,
  }
}

/** @throws AGENT_UNKNOWN, AGENT_NOT_INSTALLED, AGENT_NOT_LOGGED_IN */
export async function requireAgent(ctx: Context, brief: Brief): Promise<void> {
  const agent = agentFor(brief.agent)
  try {
    const installation = await agent.find(brief, ctx.env)
    if (!installation) throw new WorktrainError('AGENT_NOT_INSTALLED', `${agent.title} was not found.`)
    await agent.ready(installation, ctx.env)
  } catch (error) {
    const { code, message, hint } = toErrorBody(error)
    if (code !== 'AGENT_NOT_INSTALLED' && code !== 'AGENT_NOT_LOGGED_IN') throw error
    // What was set in a terminal since then has not reached this process.
    const restart = 'After a change of PATH or another variable: `worktrain daemon restart`.'
    throw new WorktrainError(code, message, { hint: `${hint} ${restart}`, cause: error })
  }
}

function workspaceFor(
  repo: RepositoryContext,
  name: string,
  input: BriefInput,
): { kind: WorkspaceKind; path: string } {
  if (input.existing !== undefined) {
    const path = isAbsolute(input.existing) ? input.existing : resolve(repo.repository.root, input.existing)
    if (!existsSync(path)) throw new WorktrainError('DIRECTORY_UNUSABLE', `There is no directory ${path}.`)
    return { kind: 'existing', path: realpathSync(path) }
  }
  const path = join(repo.workspacesDir, name)
  if (existsSync(path)) throw new WorktrainError('DIRECTORY_EXISTS', `The directory ${path} exists already.`)
  return { kind: input.kind ?? repo.config['workspaces.kind'], path }
}

/** The branch of the checkout that a directory of the person's lies in. @throws DIRECTORY_UNUSABLE */
async function existingBranchOf(
  repo: RepositoryContext,
  path: string,
  named: string | undefined,
): Promise<string> {
  const unusable = (why: string, hint?: string) =>
    new WorktrainError('DIRECTORY_UNUSABLE', `${path} cannot be used: ${why}.`, hint ? { hint } : {})
  const around = (await checkouts(repo.repository))
    .filter((c) => isWithin(c.path, path))
    .toSorted((a, b) => b.path.length - a.path.length)[0]
  if (!around) throw unusable(`it is not in a worktree of ${repo.repository.root}`)
  const { branch } = around
  if (branch === null) throw unusable('no branch is checked out there', 'Check out a branch there first.')
  if (named !== undefined && named !== branch)
    throw unusable(`${branch} is checked out there, not ${named}`, `Leave out --branch, or name ${branch}.`)
  if (branch === repo.target)
    throw unusable(
      `${branch} is checked out there, and that is what everything lands on`,
      'Check out another branch there first, such as with `git switch -c NAME`.',
    )
  return branch
}

/** @returns whether the branch exists and is taken over */
async function checkBranch(
  repo: RepositoryContext,
  sessions: SessionState[],
  branch: string,
  input: BriefInput,
  workspace: { kind: WorkspaceKind; path: string },
): Promise<boolean> {
  if (!(await isBranchName(branch)))
    throw new WorktrainError('BRANCH_INVALID', `"${branch}" cannot be a branch name.`)
  const holder = sessions.find((s) => isOpen(s) && s.branch === branch)
  if (holder)
    throw new WorktrainError('BRANCH_CHECKED_OUT', `Branch ${branch} belongs to session ${holder.name}.`, {
      hint: `Choose another branch, or remove that session: worktrain rm ${holder.name}`,
    })
  if (workspace.kind === 'existing') return true
  const out = (await checkouts(repo.repository)).find((c) => c.branch === branch)
  if (out) throw new WorktrainError('BRANCH_CHECKED_OUT', `Branch ${branch} is checked out at ${out.path}.`)
  const exists = (await exactRef(repo.repository, `refs/heads/${branch}`)) !== null
  if (exists && !input.existingBranch)
    throw new WorktrainError('BRANCH_EXISTS', `Branch ${branch} exists already.`)
  if (!exists && input.existingBranch)
    throw new WorktrainError('BASE_UNKNOWN', `There is no branch ${branch}.`)
  return exists
}
