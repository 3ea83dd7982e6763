/** After every turn: bring the work in, save it, complete the handoff, look whether it still merges. */
import { setTimeout as delay } from 'node:timers/promises'
import { agentFor } from '../../agents/index.ts'
import { isAncestor, mergeTree, readRef } from '../../git/index.ts'
import { strayMatcher, toErrorBody, WorktrainError } from '../../protocol/index.ts'
import { claimsAfter, completeHandoff } from '../../sessions/handoff.ts'
import { movedNews } from '../../sessions/news.ts'
import { KEPT, newestWork, type SessionState } from '../../sessions/state.ts'
import { type Context, sessionEvent, sessionState, sessionsOf, tell, observeContext } from '../context.ts'
import { movementFor } from '../trains/news.ts'
import type { RepositoryContext } from '../repositories.ts'
import { carryApproval } from '../reviews/carried.ts'
import { takeReplies } from '../reviews/replies.ts'
import { counted } from './counted.ts'
import { workspaceOf } from './workspaces.ts'

/** Publishes the branch and snapshots the whole workspace. Call it within the session's order. */
export async function save(
  ctx: Context,
  repo: RepositoryContext,
  id: string,
  reason: string,
): Promise<SessionState> {
  let s = await sessionState(ctx, id)
  const workspace = workspaceOf(ctx, repo, s)
  if (!workspace) return s
  const cause = `save:${reason}`
  const publication = await ctx.workspaces.publish(workspace)
  if (publication.diverged && s.diverged?.theirs !== publication.diverged) {
    await tell(ctx, id, 'branch.diverged', { ours: publication.oid, theirs: publication.diverged }, { cause })
  } else if (!publication.diverged && publication.oid !== s.head) {
    await tell(ctx, id, 'branch.published', { oid: publication.oid, old: publication.old }, { cause })
  }
  const n = (s.snapshot?.n ?? 0) + 1
  const at = ctx.now()
  const snapshot = await ctx.workspaces.snapshot(workspace, {
    n,
    previousTree: s.snapshot?.tree ?? null,
    reason,
    now: at,
  })
  const { oid, tree, head, ref, missing } = snapshot
  const taken = { n: snapshot.n, oid, tree, head, ref, reason, ...(missing ? { missing } : {}) }
  // Known at once, not only when it is counted.
  if (snapshot.fresh) await tell(ctx, id, 'snapshot.taken', taken, { cause })
  await ctx.journal.append(await counted(ctx, workspace, s, { commit: oid, tree, at }, cause))
  s = await sessionState(ctx, id)
  return s
}

/** Everything that follows the end of a turn or of the process. Call it within the session's order. */
export async function turnEnded(
  ctx: Context,
  repo: RepositoryContext,
  id: string,
  reason: string,
): Promise<void> {
  const before = await sessionState(ctx, id)
  if (!before.workspace.made || before.trashed) return
  await attempt(ctx, id, 'save', () => save(ctx, repo, id, reason))
  await attempt(ctx, id, 'approval', () => carryApproval(ctx, repo, id))
  await attempt(ctx, id, 'strays', () => findStrays(ctx, repo, id))
  await attempt(ctx, id, 'usage', () => countUsage(ctx, repo.repository.root, id))
  await attempt(ctx, id, 'handoff', () => handOff(ctx, repo, id))
  await attempt(ctx, id, 'replies', () => takeReplies(ctx, repo, id))
  await attempt(ctx, id, 'prediction', () => predict(ctx, repo, id))
}

/**
 * One part must not cost the others: a failure is logged, and shown on the session where it endangers
 * work (a snapshot that could not be taken).
 */
async function attempt(ctx: Context, id: string, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    ctx.log.error(`${what} after the turn failed`, { session: id, error })
    if (what !== 'save') return
    const body = toErrorBody(error)
    const evidence = `its work could not be saved: ${body.message}`
    await tell(
      ctx,
      id,
      'activity.observed',
      { state: 'failing', source: 'supervisor', at: ctx.now(), evidence, background: 0 },
      { cause: what },
    )
    if (!(error instanceof WorktrainError)) throw error
  }
}

/** What its programs wrote outside the owned paths: the guard sees only what a tool call says plainly. */
async function findStrays(ctx: Context, repo: RepositoryContext, id: string): Promise<void> {
  const s = await sessionState(ctx, id)
  const workspace = workspaceOf(ctx, repo, s)
  if (!workspace || s.brief.owns.length === 0) return
  const strays = strayMatcher({ owns: s.brief.owns, granted: s.granted })
  const paths = (await ctx.workspaces.changes(workspace, s.base.oid))
    .map(({ path }) => path)
    .filter((path) => strays(path) && !s.strayed.includes(path))
    .slice(0, KEPT)
  if (paths.length > 0 && s.strayed.length < KEPT)
    await tell(ctx, id, 'session.strayed', { tool: 'snapshot', paths }, { cause: 'turn' })
}

/** @param root of the repository */
export async function countUsage(ctx: Context, root: string, id: string): Promise<void> {
  const s = await sessionState(ctx, id)
  const usage = await agentFor(s.brief.agent).usage(observeContext(ctx, root, s))
  if (usage && JSON.stringify(usage) !== JSON.stringify(s.usage))
    await tell(ctx, id, 'usage.observed', usage, { cause: 'turn' })
}

/** A session hands off by its report; an agent that cannot report, by ending well with work done. */
async function handOff(ctx: Context, repo: RepositoryContext, id: string): Promise<void> {
  const s = await sessionState(ctx, id)
  const workspace = workspaceOf(ctx, repo, s)
  if (!workspace || s.stage === 'on-train' || s.stage === 'landed') return
  const agent = agentFor(s.brief.agent)
  const spoken = agent.handoff(s.lastMessage)
  const reported = s.claimed?.turn === s.turns - 1 ? s.claimed.claims : null
  const claims =
    spoken ?? reported ?? (await agent.report?.(observeContext(ctx, repo.repository.root, s))) ?? null
  const endedWell = s.process.state === 'exited' && s.process.exit?.code === 0 && !s.process.asked
  const finished = claims !== null || (agent.handoffRequest === '' && endedWell)
  if (!finished) return
  const changes = await ctx.workspaces.changes(workspace, s.base.oid)
  const files = changes.map(({ path, added, removed }) => ({ path, added, removed }))
  if (files.length === 0 && claims === null) return
  const handoff = completeHandoff(
    claimsAfter(s.handoff?.claims ?? null, claims),
    { files, commands: s.commands },
    ctx.now(),
  )
  const { handoff: before, handedOff } = s
  // A message belongs to its turn, whatever process came after it; a program that ends well, to its process.
  const sameTurn =
    spoken || reported
      ? handedOff?.turns === s.turns
      : handedOff?.generation === s.process.generation && handedOff.turns === s.turns
  // After a restart or an update the same turn is looked at again: it is no new handoff.
  if (before && sameTurn && JSON.stringify({ ...before, at: 0 }) === JSON.stringify({ ...handoff, at: 0 }))
    return
  // Together: a handoff without its stage would never reach the train after a crash in between.
  const why = claims ? 'it reported its handoff' : 'it ended well'
  await ctx.journal.append([
    sessionEvent(id, 'handoff.completed', handoff, { cause: 'turn' }),
    ...(s.stage === 'handed-off' || sameTurn
      ? []
      : [sessionEvent(id, 'session.stage', { stage: 'handed-off', why }, { cause: 'turn' })]),
  ])
}

/** Does main still merge with this session's last state, uncommitted work included? */
export async function predict(ctx: Context, repo: RepositoryContext, id: string): Promise<void> {
  const s = await sessionState(ctx, id)
  const ours = newestWork(s)
  const main = await readRef(repo.repository, `refs/heads/${repo.target}`)
  if (!ours || !main || s.trashed || s.stage === 'landed') return
  if (s.merges?.main === main && s.merges.head === ours) return
  const { clean, files } = await mergeTree(repo.repository, main, ours)
  const by = { cause: 'prediction' }
  const known = s.news?.main === main || !hears(s) || (await isAncestor(repo.repository, main, ours))
  const text = known ? '' : movedNews(await movementFor(ctx, repo, s, main), { clean, files })
  await ctx.journal.append([
    sessionEvent(id, 'merge.predicted', { main, head: ours, clean, files }, by),
    ...(known ? [] : [sessionEvent(id, 'session.news', { main, text }, by)]),
  ])
}

/** Can its agent be told something beside a prompt, and has it begun? */
export function hears(s: SessionState): boolean {
  return s.process.everRan && agentFor(s.brief.agent).hooks
}

/** Longer than any prediction takes, ms. */
const HELD_UP_MS = 10_000

/** After a landing: every open session learns whether it still merges. */
export async function predictAll(ctx: Context, repo: RepositoryContext): Promise<void> {
  for (const s of await sessionsOf(ctx, repo.repository)) {
    if (!s.workspace.made || s.trashed || s.stage === 'landed' || s.stage === 'discarded') continue
    const told = ctx.inOrder(s.id, () => attempt(ctx, s.id, 'prediction', () => predict(ctx, repo, s.id)))
    // A session that is held up hears of it when it can; the train and the others wait no longer for it.
    await Promise.race([told, delay(HELD_UP_MS, undefined, { ref: false })])
  }
}
