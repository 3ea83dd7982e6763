/** One entry an API procedure. What a person can do is in this table and nowhere else. */
import type { Handlers } from '../server/index.ts'
import { type Actor, WorktrainError } from '../protocol/index.ts'
import { isLive, type SessionState } from '../sessions/state.ts'
import { configView } from './config-view.ts'
import type { Context } from './context.ts'
import { sessionsOf, sessionState, tell } from './context.ts'
import { approvals } from './session/approvals.ts'
import { checkPlan } from './session/check-plan.ts'
import { conversationOf } from './session/conversation.ts'
import { doctor } from './doctor.ts'
import type { Drive } from './session/drive.ts'
import { agentHandlers } from './agent-handlers.ts'
import { allow } from './session/guarding.ts'
import type { Hosts } from './session/hosts.ts'
import { findLeftovers, removeLeftovers } from './leftovers/leftovers.ts'
import type { Life } from './session/life.ts'
import { requireTarget, validateName } from './session/planning.ts'
import { givingNames } from './session/names.ts'
import { planSessions } from './session/plan-sessions.ts'
import { previews } from './session/preview.ts'
import type { Prompts } from './session/prompts.ts'
import { readLogs, screenOf } from './session/reading.ts'
import type { RepositoryContext } from './repositories.ts'
import { takenUpBy } from './trains/resolvers.ts'
import { restoreSnapshot } from './session/restoring.ts'
import { reviewHandlers } from './reviews/handlers.ts'
import type { Reviews } from './reviews/reviews.ts'
import type { Showing } from './seat/showing.ts'
import { riding } from './trains/riding.ts'
import { trainHandlers } from './trains/handlers.ts'
import { spotlightHandlers } from './spotlights/handlers.ts'
import type { Spotlights } from './spotlights/spotlights.ts'
import { supervisorView } from './status.ts'
import type { Trains } from './trains/trains.ts'
import { save } from './session/turns.ts'
import type { Updates } from './trains/updates.ts'
import type { Views } from './views.ts'
import { notifyHandlers } from './seat/notify-handlers.ts'
import { type WebParts, webHandlers } from './seat/web-handlers.ts'
import { workspaceOf } from './session/workspaces.ts'
import { readRef } from '../git/index.ts'

export interface Parts extends WebParts {
  hosts: Hosts
  drive: Drive
  life: Life
  prompts: Prompts
  trains: Trains
  updates: Updates
  views: Views
  reviews: Reviews
  spotlights: Spotlights
  showing: Showing
  shutdown: () => void
}

export function handlersFor(ctx: Context, parts: Parts): Handlers {
  const { repositories, hosts, drive, life, prompts, trains, updates, views, spotlights } = parts

  const preview = previews(ctx)

  /** Runs `work` in the session's order and answers with the session as it is then. */
  const onSession = async <T>(
    ref: { repo: string | null; name: string },
    work: (repo: RepositoryContext, s: SessionState) => Promise<T>,
  ): Promise<{ id: string; result: T }> => {
    const s = await views.find(ref)
    const repo = await repositories.byId(s.repository)
    return {
      id: s.id,
      result: await ctx.inOrder(s.id, async () => work(repo, await sessionState(ctx, s.id))),
    }
  }
  const thenView = async (
    ref: { repo: string | null; name: string },
    work: (repo: RepositoryContext, s: SessionState) => Promise<unknown>,
  ) => views.session((await onSession(ref, work)).id)

  /** Stops a session outside its order: the end is taken in from the host within it. */
  const stop = async (ref: { repo: string | null; name: string }, actor: Actor) => {
    const s = await views.find(ref)
    await life.stop(s.id, actor)
    await hosts.settled(s.id)
    return s.id
  }

  return {
    hello: async () => supervisorView(ctx),
    status: async () => supervisorView(ctx),
    shutdown: async () => {
      parts.shutdown()
      return { pid: process.pid }
    },

    ...webHandlers(parts),
    ...notifyHandlers(ctx, parts.push),

    run: async (input, actor) => {
      const repo = await repositories.open(input.repo)
      requireTarget(repo, input.target)
      const { ids, notes } = await planSessions(
        ctx,
        repo,
        input.sessions,
        {
          checks: input.checks,
          activeLimit: input.limits?.active,
          unreviewedLimit: input.limits?.unreviewed,
        },
        actor,
      )
      await drive.advance(repo)
      return { sessions: await Promise.all(ids.map((id) => views.session(id))), notes }
    },
    plan: async ({ repo, text, file }) => {
      const context = await repositories.open(repo)
      return checkPlan(context, text, file, await sessionsOf(ctx, context.repository))
    },

    sessions: async ({ repo, all }) => views.sessions(repo, all),
    session: async (ref) => views.session((await views.find(ref)).id),
    why: async (ref, actor) => {
      const why = await views.why((await views.find(ref)).id)
      // How the person reviews, and what else waits for them, is for their own eyes.
      return actor.kind === 'agent' ? { ...why, review: null, place: null } : why
    },
    attention: async ({ repo }) => views.attention(repo),
    overview: async ({ repo, sessions }) => views.overview(repo, sessions),
    usage: async ({ repo, ...asked }) => views.usage(repo, asked),
    seen: async ({ how, ...ref }, actor) =>
      thenView(ref, (_repo, s) => tell(ctx, s.id, 'session.seen', { how }, { actor, cause: 'seen' })),
    dismiss: async ({ item, ...ref }, actor) =>
      thenView(ref, (_repo, s) =>
        tell(ctx, s.id, 'session.dismissed', { item }, { actor, cause: 'dismiss' }),
      ),
    showing: async ({ client, ...shown }) => {
      parts.showing.says(client, shown, ctx.now())
      return {}
    },
    preview: async (ref) => preview(await views.find(ref)),
    screen: async (ref) => screenOf(ctx, hosts, await views.find(ref)),
    logs: async ({ what, bytes, ...ref }) => {
      const s = await views.find(ref)
      return readLogs(ctx, s, what, bytes, await views.checkLog(s.id))
    },
    conversation: async ({ limit, before, ...ref }) => {
      const s = await views.find(ref)
      return conversationOf(ctx, (await repositories.byId(s.repository)).repository.root, s, {
        limit,
        before,
      })
    },
    events: async ({ after, limit, session }) =>
      ctx.journal.read({ after, limit, ...(session ? { id: session } : {}) }),

    send: async ({ text, ...ref }, actor) =>
      thenView(ref, async (repo, s) => {
        await prompts.send(repo, s.id, text, 'person', actor)
      }),
    answer: async ({ question, answer, ...ref }, actor) =>
      thenView(ref, (_repo, s) => prompts.answer(s.id, question, answer, actor)),
    interrupt: async (ref) => thenView(ref, (_repo, s) => prompts.interrupt(s.id)),
    note: async ({ note, ...ref }, actor) =>
      thenView(ref, (_repo, s) => tell(ctx, s.id, 'session.noted', { note }, { actor, cause: 'note' })),
    pin: async ({ pinned, ...ref }, actor) =>
      thenView(ref, (_repo, s) => tell(ctx, s.id, 'session.pinned', { pinned }, { actor, cause: 'pin' })),
    allow: async ({ globs, ...ref }, actor) =>
      thenView(ref, (repo, s) => allow(ctx, repo, hosts, s.id, globs, actor)),
    rename: async ({ to, ...ref }, actor) =>
      thenView(ref, (repo, s) =>
        givingNames(ctx, repo, async () => {
          validateName(to)
          const other = (await sessionsOf(ctx, repo.repository)).find(
            (o) => o.id !== s.id && o.name === to && !o.trashed && o.stage !== 'discarded',
          )
          if (other) throw new WorktrainError('NAME_TAKEN', `There is a session called ${to} already.`)
          await tell(ctx, s.id, 'session.renamed', { name: to }, { actor, cause: 'rename' })
        }),
      ),

    diff: async ({ stat, against, paths, ...ref }) =>
      (
        await onSession(ref, async (repo, s) => {
          const workspace = workspaceOf(ctx, repo, s)
          if (!workspace) throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no workspace yet.`)
          await save(ctx, repo, s.id, 'before the diff')
          const main = against === 'main' ? await readRef(repo.repository, `refs/heads/${repo.target}`) : null
          const from = main ?? s.base.oid
          const files = await ctx.workspaces.changes(workspace, from)
          const text = await ctx.workspaces.diff(workspace, from, { stat, paths })
          return {
            text,
            files: files.map(({ path, status, added, removed }) => ({ path, status, added, removed })),
          }
        })
      ).result,

    ...agentHandlers(ctx, parts),
    ...reviewHandlers(onSession, {
      reviews: parts.reviews,
      views,
      restore: (repo, s, n, actor) => restoreSnapshot(ctx, repo, updates, s, n, actor),
    }),

    land: async ({ resolveWith, priority, approved, ...ref }, actor) => {
      const { result, id } = await onSession(ref, async (repo, s) => {
        if (resolveWith !== undefined) await takenUpBy(ctx, s.id, resolveWith, actor)
        const already = s.stage === 'on-train'
        const options = {
          ...(priority === undefined ? {} : { priority }),
          ...(approved ? { onlyTree: await parts.reviews.approvedTree(s) } : {}),
        }
        const change = already
          ? await riding(ctx, repo, await trains.of(repo), s, actor, options)
          : await trains.land(repo, s.id, actor, options)
        return { already: already || change.state === 'landed', change: change.id }
      })
      return { ...(await views.change(id, result.change)), already: result.already }
    },
    ...trainHandlers(ctx, repositories, trains, views),
    ...spotlightHandlers(ctx, repositories, spotlights, views),

    stop: async (ref, actor) => views.session(await stop(ref, actor)),
    resume: async ({ text, ...ref }, actor) =>
      thenView(ref, (repo, s) => life.resume(repo, s.id, text, actor)),
    update: async ({ rebase, ...ref }, actor) => {
      const how = rebase ? 'rebase' : 'merge'
      const { id, result } = await onSession(ref, (repo, s) => updates.update(repo, s.id, how, actor))
      return { session: await views.session(id), ...result }
    },
    rm: async ({ discard, dryRun, ...ref }, actor) => {
      const s = await views.find(ref)
      if (isLive(s) && !dryRun) {
        const busy = s.activity.state === 'working' || s.background > 0 || s.questions.length > 0
        if (busy)
          throw new WorktrainError(
            'SESSION_BUSY',
            `${s.name} is ${s.activity.state}: ${s.activity.evidence}.`,
          )
        await life.stop(s.id, actor)
        await hosts.settled(s.id)
      }
      const { id, result } = await onSession(ref, (repo, state) =>
        life.remove(repo, state.id, { discard, dryRun }, actor),
      )
      if (result.removed) {
        const repo = await repositories.byId(s.repository)
        await trains.forget(repo, s.id, actor)
        await drive.advance(repo)
      }
      return { session: await views.session(id), ...result }
    },
    trash: async ({ repo }) => views.trash(repo),
    restore: async ({ repo, name }, actor) => {
      const s = await views.findTrashed({ repo, name })
      const context = await repositories.byId(s.repository)
      await ctx.inOrder(s.id, () => givingNames(ctx, context, () => life.restore(context, s.id, actor)))
      return views.session(s.id)
    },

    approvals: async ({ repo, name, accept, forget }, actor) => {
      const of = name === null ? null : await views.find({ repo, name })
      const context = of ? await repositories.byId(of.repository) : await repositories.open(repo)
      return approvals(ctx, context, of, { accept, forget }, actor)
    },
    config: async ({ repo }) => configView(await repositories.open(repo)),
    trust: async ({ repo, yes }, actor) => {
      const context = await repositories.open(repo)
      const { hash, commands } = context.loaded.executable
      if (yes && !context.loaded.trusted) await repositories.trust(context, actor)
      return { commands, hash, trusted: yes || context.loaded.trusted }
    },
    doctor: async ({ repo }) =>
      doctor(
        ctx,
        repo ? await repositories.open(repo) : null,
        await findLeftovers(ctx, parts),
        parts.phones.view(),
        parts.push.views(),
      ),
    clean: async ({ repo, ids }, actor) => {
      if (repo) await repositories.open(repo)
      return removeLeftovers(ctx, parts, ids, actor)
    },
  }
}
