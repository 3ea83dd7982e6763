/** Sessions that are started to repair an ejected change, when its own session cannot. */
import { agentFor } from '../../agents/index.ts'
import { exactRef } from '../../git/index.ts'
import { type Actor, type Resolves, WorktrainError } from '../../protocol/index.ts'
import { isOpen, type SessionState } from '../../sessions/state.ts'
import { ejectionPrompt } from '../../train/index.ts'
import type { Change } from '../../train/ports.ts'
import { type Context, self, sessionsOf, sessionState, tell } from '../context.ts'
import { bare } from '../session/brief.ts'
import { DEFAULT_AGENT, planSessions, requireAgent } from '../session/plan-sessions.ts'
import type { RepositoryContext } from '../repositories.ts'

/**
 * Names the agent that takes up a session's change if it is ejected and the session cannot. Call it within
 * the session's order.
 * @throws as {@link requireResolver}
 */
export async function takenUpBy(ctx: Context, id: string, agent: string, actor: Actor): Promise<void> {
  await requireResolver(ctx, agent)
  const s = await sessionState(ctx, id)
  if (s.resolver !== agent) await tell(ctx, id, 'session.resolver', { agent }, { actor, cause: 'land' })
}

/** The agent that is offered to the person for it; null: it is not installed. */
export function mender(ctx: Context): string | null {
  return agentFor(DEFAULT_AGENT).installed?.(ctx.env) ? DEFAULT_AGENT : null
}

/** @throws AGENT_UNKNOWN, AGENT_NOT_INSTALLED, AGENT_NOT_LOGGED_IN; USAGE for an agent that cannot be given a goal */
export async function requireResolver(ctx: Context, agent: string): Promise<void> {
  if (!agentFor(agent).resumable)
    throw new WorktrainError('USAGE', `The agent ${agent} takes no goal, so it cannot repair a change.`, {
      hint: 'Name one that does, such as `--resolve-with claude`.',
    })
  await requireAgent(ctx, { ...bare, agent })
}

/**
 * Plans a session on an ejected change: its goal is the prompt the change's own session would get, its
 * branch starts at the change's commit. Done once for each ejection, however often it is asked for.
 * @param of session of the change; null: it had none, or none that is known
 * @throws what planning a session throws
 */
export async function planResolver(
  ctx: Context,
  repo: RepositoryContext,
  change: Change,
  of: SessionState | null,
  ejections: number,
  agent: string,
): Promise<SessionState> {
  await requireResolver(ctx, agent)
  const all = await sessionsOf(ctx, repo.repository)
  const there = all.find((s) => s.resolves?.change === change.id && s.resolves.ejections === ejections)
  if (there) return there
  const resolves: Resolves = { change: change.id, session: change.session, name: change.name, ejections }
  const same = of?.brief.agent === agent ? of.brief : null
  const { ids } = await planSessions(
    ctx,
    repo,
    [
      {
        name: await freeName(repo, all, change.name),
        goal: ejectionPrompt(change, 'other'),
        agent,
        owns: [],
        avoid: of?.brief.avoid ?? [],
        after: [],
        command: [],
        base: change.head,
        checks: change.checks,
        land: true,
        ...(same?.model ? { model: same.model } : {}),
        ...(same?.permissionMode ? { permissionMode: same.permissionMode } : {}),
        ...(same?.headless ? { headless: true } : {}),
      },
    ],
    { checks: undefined, activeLimit: undefined, unreviewedLimit: undefined, resolves },
    self,
  )
  return sessionState(ctx, ids[0] ?? '')
}

/** `NAME-resolve`, with a number where that is taken as a session or as a branch. */
async function freeName(repo: RepositoryContext, all: SessionState[], name: string): Promise<string> {
  const taken = new Set(all.filter(isOpen).map((s) => s.name.toLowerCase()))
  for (let n = 1; ; n++) {
    const wanted = n === 1 ? `${name}-resolve` : `${name}-resolve-${n}`
    const branch = await exactRef(repo.repository, `refs/heads/${repo.config.branch_prefix}${wanted}`)
    if (!taken.has(wanted.toLowerCase()) && branch === null) return wanted
  }
}
