/**
 * What a person has allowed for good in a repository: kept in the journal, out of every session's reach, and
 * given to its later sessions.
 *
 * By itself nothing becomes one but an "always" that was answered through Worktrain. What stands in files
 * that a session can write is shown, and taken over on the person's word alone.
 */
import { agentFor } from '../../agents/index.ts'
import {
  type Actor,
  type Approval,
  type Approvals,
  type Draft,
  type Question,
  WorktrainError,
} from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'
import { allSessions, type Context, observeContext, tell } from '../context.ts'
import { repositoryProjection } from '../registry.ts'
import type { RepositoryContext } from '../repositories.ts'

/** What "always" allows in the repository; null: only in this session. */
export function ruleFor(s: SessionState, question: Question): string | null {
  return agentFor(s.brief.agent).approvals?.ruleOf(question) ?? null
}

/** Rules that a session gets at its start. */
export async function rulesFor(ctx: Context, s: SessionState): Promise<string[]> {
  const kept = await approvalsOf(ctx, s.repository)
  return kept.filter(({ agent }) => agent === s.brief.agent).map(({ rule }) => rule)
}

export function approval(
  s: SessionState,
  rule: string,
  how: Approval['how'],
  actor: Actor,
  cause: string,
): Draft {
  const data = { agent: s.brief.agent, rule, session: s.name, how }
  return { aggregate: 'repository', id: s.repository, type: 'repository.approved', data, actor, cause }
}

async function approvalsOf(ctx: Context, repository: string): Promise<Approval[]> {
  return (await ctx.journal.get(repositoryProjection, repository))?.state.approvals ?? []
}

async function leftBehind(ctx: Context, root: string, s: SessionState): Promise<string[]> {
  const found = (await agentFor(s.brief.agent).approvals?.leftBehind(observeContext(ctx, root, s))) ?? []
  const known = await rulesFor(ctx, s)
  return found.filter((rule) => !known.includes(rule))
}

/** When a process has ended: tells once what it leaves that the person may want to keep. */
export async function tellLeftBehind(ctx: Context, root: string, s: SessionState): Promise<void> {
  const rules = await leftBehind(ctx, root, s)
  if (rules.length === 0) return
  const events = await ctx.journal.read({ aggregate: 'session', id: s.id })
  const told = events.findLast((event) => event.type === 'approvals.found')
  if (told?.type === 'approvals.found' && told.data.rules.join('\n') === rules.join('\n')) return
  await tell(ctx, s.id, 'approvals.found', { rules }, { cause: 'process ended' })
}

/**
 * Shows what is allowed and what could be, after taking over and forgetting what the person says.
 * @param of the session whose files are looked at; null: all of the repository
 * @throws APPROVAL_UNKNOWN for a rule that no session left, or that is not kept
 */
export async function approvals(
  ctx: Context,
  repo: RepositoryContext,
  of: SessionState | null,
  change: { accept: string[]; forget: string[] },
  actor: Actor,
): Promise<Approvals> {
  const { id, root } = repo.repository
  const sessions = of
    ? [of]
    : (await allSessions(ctx)).filter((s) => s.repository === id && !s.purged && !s.trashed)
  const look = async () => {
    const found = sessions.map(async (s) =>
      (await leftBehind(ctx, root, s)).map((rule) => ({ rule, agent: s.brief.agent, session: s.name, s })),
    )
    return (await Promise.all(found)).flat()
  }
  const offered = await look()
  const kept = await approvalsOf(ctx, id)
  const drafts: Draft[] = change.accept.map((rule) => {
    const offer = offered.find((each) => each.rule === rule)
    if (!offer) throw unknown(rule, 'No session of this repository left', offered)
    return approval(offer.s, rule, 'accepted', actor, 'approvals')
  })
  for (const rule of change.forget) {
    const matching = kept.filter((each) => each.rule === rule)
    if (matching.length === 0) throw unknown(rule, 'This repository does not keep', kept)
    for (const { agent } of matching) {
      const type = 'repository.forgot-approval'
      drafts.push({ aggregate: 'repository', id, type, data: { agent, rule }, actor, cause: 'approvals' })
    }
  }
  if (drafts.length > 0) await ctx.journal.append(drafts)
  const now = drafts.length > 0 ? await look() : offered
  return {
    kept: await approvalsOf(ctx, id),
    offered: now.map(({ rule, agent, session }) => ({ rule, agent, session })),
  }
}

function unknown(rule: string, why: string, known: { rule: string }[]): WorktrainError {
  const rules = [...new Set(known.map((each) => each.rule))]
  return new WorktrainError('APPROVAL_UNKNOWN', `${why} the rule ${rule}.`, {
    details: { known: rules },
  })
}
