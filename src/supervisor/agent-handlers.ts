/** What a session asks for itself, or with a grant for others; and the grants. */
import type { AgentOutputs, Grant } from '../protocol/agent-api.ts'
import type { BoardRow, SessionView } from '../protocol/api.ts'
import { type Actor, WorktrainError } from '../protocol/index.ts'
import { validateGlob } from '../partition/index.ts'
import type { Handlers } from '../server/index.ts'
import { MESSAGES_KEPT, type SessionState } from '../sessions/state.ts'
import { type Context, sessionState, tell } from './context.ts'
import type { Drive } from './session/drive.ts'
import { planSessions } from './session/plan-sessions.ts'
import type { Repositories } from './repositories.ts'
import type { Trains } from './trains/trains.ts'
import type { Views } from './views.ts'

interface Parts {
  repositories: Repositories
  drive: Drive
  trains: Trains
  views: Views
}

export function agentHandlers(ctx: Context, parts: Parts): Pick<Handlers, keyof AgentOutputs> {
  const { repositories, drive, trains, views } = parts

  /** Runs `work` in the order of the session that asks. @throws USAGE to whoever is none */
  const asked = async <T>(actor: Actor, work: (s: SessionState) => Promise<T>): Promise<T> => {
    if (actor.kind !== 'agent')
      throw new WorktrainError('USAGE', 'Only a session asks this, for itself.', {
        hint: 'A person has commands for the same: see `worktrain --help`.',
      })
    const { session } = actor
    return ctx.inOrder(session, async () => work(await sessionState(ctx, session)))
  }

  return {
    board: (_input, actor) =>
      asked(actor, async (s) => {
        const { repository } = await repositories.byId(s.repository)
        return (await views.sessions(repository.root, false)).map((each) => rowOf(each, s.id))
      }),
    report: (claims, actor) =>
      asked(actor, async (s) => {
        await tell(ctx, s.id, 'handoff.claimed', { claims, turn: s.turns }, { actor, cause: 'report' })
        return { done: 'Noted. End your turn now: what was observed is added to it then.' }
      }),
    askPaths: ({ globs, why }, actor) =>
      asked(actor, async (s) => {
        const paths = globs.map(validateGlob)
        await tell(ctx, s.id, 'session.asked-paths', { paths, why }, { actor, cause: 'askPaths' })
        return {
          done: 'Asked. Go on with what you can do without them, or end your turn: the person decides.',
        }
      }),
    tellPerson: ({ text }, actor) =>
      asked(actor, async (s) => {
        if (s.messages.length >= MESSAGES_KEPT)
          throw new WorktrainError(
            'SESSION_WRONG_STATE',
            'Your earlier messages still wait for the person.',
            {
              hint: 'End your turn; the answer will be your next prompt.',
            },
          )
        const message = ctx.id('m')
        await tell(ctx, s.id, 'session.told-person', { message, text }, { actor, cause: 'tellPerson' })
        return {
          done: 'It waits for the person. An answer will be your next prompt: end your turn to take it.',
        }
      }),

    startOther: async (brief, actor) => {
      const s = await asked(actor, async (own) => granted(own, 'start'))
      const repo = await repositories.byId(s.repository)
      const { agent, command, model, permissionMode, headless } = s.brief
      const like = {
        agent,
        command,
        headless,
        ...(model === null ? {} : { model }),
        ...(permissionMode === null ? {} : { permissionMode }),
      }
      await refuseCrowd(views, repo.repository.root)
      const own = { checks: undefined, activeLimit: undefined, unreviewedLimit: undefined }
      const { ids } = await planSessions(ctx, repo, [{ ...brief, ...like }], own, actor)
      await drive.advance(repo)
      return rowOf(await views.session(ids[0] ?? ''), s.id)
    },
    landOther: async ({ name }, actor) => {
      const s = await asked(actor, async (own) => granted(own, 'land'))
      const repo = await repositories.byId(s.repository)
      const other = await views.find({ repo: repo.repository.root, name })
      await ctx.inOrder(other.id, () => trains.land(repo, other.id, actor))
      return rowOf(await views.session(other.id), s.id)
    },

    grant: async ({ what, revoke, ...ref }, actor) => {
      const { id } = await views.find(ref)
      return ctx.inOrder(id, async () => {
        const { grants } = await sessionState(ctx, id)
        if (grants.includes(what) === revoke)
          await tell(ctx, id, revoke ? 'grant.revoked' : 'grant.given', { what }, { actor, cause: 'grant' })
        const now = await sessionState(ctx, id)
        return { name: now.name, grants: now.grants }
      })
    },
  }
}

/** Sessions that may wait to start when another is started by a session: one in a circle would never end. */
const WAITING_MAX = 20

/** @throws SESSION_WRONG_STATE */
async function refuseCrowd(views: Views, root: string): Promise<void> {
  const all = await views.sessions(root, false)
  const waiting = all.filter(({ stage }) => stage === 'planned' || stage === 'waiting').length
  if (waiting >= WAITING_MAX)
    throw new WorktrainError('SESSION_WRONG_STATE', `${waiting} sessions wait to start already.`, {
      hint: 'Start more when these have begun.',
    })
}

/** @throws GRANT_NEEDED with what the person would type */
function granted(s: SessionState, what: Grant): SessionState {
  if (s.grants.includes(what)) return s
  throw new WorktrainError('GRANT_NEEDED', `The person has not let you ${what} sessions.`, {
    hint: `Say why you need it in a message to the person. They allow it with \`worktrain grant ${s.name} ${what}\`.`,
  })
}

function rowOf(s: SessionView, own: string): BoardRow {
  const { name, stage, branch, goal, owns, waitsFor } = s
  const merges = s.merges === null || s.merges.stale !== null ? null : s.merges.clean
  return { name, you: s.id === own, stage, activity: s.activity.state, branch, goal, owns, waitsFor, merges }
}
