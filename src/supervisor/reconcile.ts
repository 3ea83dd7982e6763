/** At start: make journal, processes, disk and git agree again, and finish or undo what was half done. */
import { existsSync } from 'node:fs'
import { toErrorBody } from '../protocol/index.ts'
import { isLive, type SessionState } from '../sessions/state.ts'
import { changeProjection, isActive } from '../train/index.ts'
import type { Change } from '../train/ports.ts'
import { hasRemovalRecord } from '../workspaces/removed.ts'
import { allSessions, type Context, self, sessionState, tell } from './context.ts'
import type { Drive } from './session/drive.ts'
import { tellGuard } from './session/guarding.ts'
import type { Hosts } from './session/hosts.ts'
import { launch } from './session/launch.ts'
import type { Life } from './session/life.ts'
import type { Others } from './trains/others.ts'
import type { Prompts } from './session/prompts.ts'
import { landIfAsked } from './trains/reentry.ts'
import type { Repositories, RepositoryContext } from './repositories.ts'
import type { Trains } from './trains/trains.ts'
import { turnEnded } from './session/turns.ts'
import type { Updates } from './trains/updates.ts'

export interface Reconciled {
  adopted: string[]
  lost: string[]
  finished: string[]
  rolledBack: string[]
}

export async function reconcile(
  ctx: Context,
  parts: {
    repositories: Repositories
    hosts: Hosts
    drive: Drive
    life: Life
    trains: Trains
    prompts: Prompts
    updates: Updates
    others: Others
  },
): Promise<Reconciled> {
  const result: Reconciled = { adopted: [], lost: [], finished: [], rolledBack: [] }
  const sessions = (await allSessions(ctx)).filter((s) => !s.purged)
  // Hosts first, for all of them: agents wait for nobody, but their records do.
  for (const s of sessions.filter(isLive)) {
    try {
      const adopted = await ctx.inOrder(s.id, () => adopt(ctx, parts, s))
      ;(adopted ? result.adopted : result.lost).push(s.id)
    } catch (error) {
      // What one session left must not keep the supervisor from all the others.
      ctx.log.error('a session could not be settled', { session: s.id, error })
    }
  }
  const repositories = new Map<string, RepositoryContext>()
  for (const id of new Set([...sessions.map((s) => s.repository), ...(await withChanges(ctx))])) {
    try {
      repositories.set(id, await parts.repositories.byId(id))
    } catch (error) {
      // The repository has gone or moved: its sessions stay as they are, and commands say why.
      ctx.log.warn('a repository cannot be opened', { repository: id, error: toErrorBody(error).message })
    }
  }
  for (const s of sessions) {
    const repo = repositories.get(s.repository)
    if (repo) await ctx.inOrder(s.id, () => finish(ctx, parts, repo, s.id, result))
  }
  for (const repo of repositories.values()) {
    await parts.trains.of(repo)
    for (const s of sessions)
      if (s.repository === repo.repository.id) await landIfAsked(ctx, parts.trains, repo, s.id)
    await parts.drive.advance(repo)
    parts.others.moved(repo)
  }
  return result
}

/** Repositories whose train has to go on, be it with changes of nobody: ids. */
async function withChanges(ctx: Context): Promise<string[]> {
  const changes = (await ctx.journal.list<Change>(changeProjection)).map((row) => row.state)
  const unsettled = (change: Change) =>
    change.state === 'ejected' && change.session === null && change.returned === null
  return changes.filter((one) => isActive(one) || unsettled(one)).map((one) => one.repository)
}

/** @returns false when its host is gone, and what it left has been taken in */
async function adopt(
  ctx: Context,
  { hosts, updates }: { hosts: Hosts; updates: Updates },
  s: SessionState,
): Promise<boolean> {
  if (!(await hosts.adopt(s.id, s.process.generation))) {
    await hosts.settle(s.id)
    return false
  }
  await tellGuard(ctx, hosts, s.id)
  await updates.letGo(s.id)
  return true
}

/** What an earlier supervisor had begun with this session. */
async function finish(
  ctx: Context,
  parts: { life: Life; prompts: Prompts; hosts: Hosts; updates: Updates },
  repo: RepositoryContext,
  id: string,
  result: Reconciled,
): Promise<void> {
  const s = await sessionState(ctx, id)
  try {
    // A journal from a backup may know nothing of a removal that its record on disk tells.
    const removing = s.removal.step !== null || hasRemovalRecord(ctx.paths.sessionState(id))
    if (removing && s.workspace.made && !s.trashed) {
      // Refused now, it is a session like any other.
      const done = await parts.life.finishRemoval(repo, id, self)
      if (Array.isArray(done)) {
        result.finished.push(id)
        return
      }
    }
    if (s.stage === 'preparing' && !s.workspace.made && s.workspace.step !== null) result.rolledBack.push(id)
    if (await missingWorkspace(ctx, s)) return
    await parts.updates.finish(repo, id)
    // A turn may have ended without its work having been saved.
    const working = isLive(s) && s.activity.state === 'working'
    if (s.workspace.made && !s.trashed && !working && s.stage !== 'landed')
      await turnEnded(ctx, repo, id, 'restart')
    // Its start was journalled and nothing had started: begin again. Whatever ran is the person's to resume.
    const now = await sessionState(ctx, id)
    if (now.process.state === 'lost' && now.process.pid === null) {
      await launch(ctx, repo, parts.hosts, id, now.process.prompt)
      result.finished.push(id)
    }
    await parts.prompts.deliver(repo, id)
  } catch (error) {
    ctx.log.error('a session could not be reconciled', { session: id, error })
  }
}

/** The journal says there is a workspace and the disk says there is not: say so, recreate nothing. */
async function missingWorkspace(ctx: Context, s: SessionState): Promise<boolean> {
  if (!s.workspace.made || s.trashed || existsSync(s.workspace.path)) return false
  if (s.workspace.failed?.code === 'DIRECTORY_UNUSABLE') return true
  const message = `its workspace ${s.workspace.path} is gone; its commits and snapshots are kept under refs/worktrain/`
  await tell(
    ctx,
    s.id,
    'workspace.failed',
    { code: 'DIRECTORY_UNUSABLE', message, step: null },
    { cause: 'reconcile' },
  )
  return true
}
