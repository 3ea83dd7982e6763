/** Sessions' work in the person's own checkouts: who is shown where, and the way there and back. */
import { type Place, placeAt } from '../../git/index.ts'
import { type Actor, toErrorBody, WorktrainError } from '../../protocol/index.ts'
import { wayBack } from '../../protocol/spotlight-off.ts'
import { namedFiles } from '../../protocol/file-names.ts'
import type { EditsView, Outputs, SpotlightView } from '../../protocol/api.ts'
import { sessionProjection } from '../../sessions/evolve.ts'
import {
  begin,
  change,
  type Edits,
  goBack,
  leave,
  lookedAt,
  orTakenBack,
  settle,
  spotlightProjection,
  type Stage,
  standingOf,
  stateOf,
} from '../../spotlight/index.ts'
import { type Context, self, sessionState } from '../context.ts'
import type { Prompts } from '../session/prompts.ts'
import type { Repositories, RepositoryContext } from '../repositories.ts'
import { save } from '../session/turns.ts'
import { directoryOf, inRepositoryOrder, keepMs } from './kept.ts'
import { idOf, type Look, notShown, ownPlace, placeOf, realpathIfAny, shownElsewhere } from './places.ts'

export class Spotlights {
  readonly #ctx: Context
  readonly #repositories: Repositories
  readonly #prompts: Prompts

  constructor(ctx: Context, parts: { repositories: Repositories; prompts: Prompts }) {
    this.#ctx = ctx
    this.#repositories = parts.repositories
    this.#prompts = parts.prompts
  }

  /** @param repository id; null: of all */
  async views(repository: string | null): Promise<SpotlightView[]> {
    const active = await this.#active()
    return Promise.all(
      active
        .filter((state) => repository === null || state.repository === repository)
        .map((state) => this.#view(state)),
    )
  }

  /**
   * @param checkout directory; null: the main checkout
   * @throws CHECKOUT_UNSAFE, SESSION_WRONG_STATE, DIRECTORY_UNUSABLE, GIT_FAILED
   */
  async show(
    repo: RepositoryContext,
    session: string,
    checkout: string | null,
    actor: Actor,
  ): Promise<Outputs['spotlight']> {
    const ctx = this.#ctx
    const saved = await ctx.inOrder(session, async () => {
      const s = await sessionState(ctx, session)
      if (!s.workspace.made || s.trashed)
        throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} is ${s.stage} and has no live workspace.`)
      return save(ctx, repo, session, 'to be shown')
    })
    if (saved.snapshot === null)
      throw new WorktrainError('SESSION_WRONG_STATE', `The work of ${saved.name} could not be saved.`)
    const { n, oid, missing = [] } = saved.snapshot
    const work = { session, name: saved.name, n, commit: oid }
    const absent =
      missing.length === 0 ? [] : [`Not in its snapshot, and so not here: ${missing.join(', ')}.`]
    return this.#inOrder(repo, async () => {
      const place = await ownPlace(ctx, repo.repository, checkout)
      const before = await this.#settled(repo, place, actor)
      if (before?.shown?.commit === oid)
        return { spotlight: await this.#view(before), edits: null, notes: ['It is shown already.'] }
      const stage = this.#stage(repo, place, actor, before?.look ?? ctx.id('look'))
      const { edits, notes } = await orTakenBack(
        stage,
        async () => (before ? change(stage, before, work) : begin(stage, repo.repository.id, work)),
        (back, error) => {
          throw notShown(place, back, error)
        },
      )
      const spotlight = await this.#view({ ...(await stateOf(stage)), id: stage.aggregate })
      return { spotlight, edits: edits && viewOf(edits), notes: [...absent, ...notes] }
    })
  }

  /** @param how.toSession what was changed meanwhile goes to the session @throws as {@link show} */
  async off(
    repo: RepositoryContext,
    checkout: string | null,
    how: { leave: boolean; toSession: boolean },
    actor: Actor,
  ): Promise<Outputs['spotlightOff']> {
    return this.#inOrder(repo, async () => {
      const path = checkout === null ? repo.repository.root : (realpathIfAny(checkout) ?? checkout)
      const place = placeAt(repo.repository, path)
      const active = await this.#active()
      const state = active.find((one) => (place === null ? one.checkout === path : one.id === idOf(place)))
      if (!state) return { ended: null, edits: null, notes: shownElsewhere(repo.repository, active) }
      const name = lookedAt(state) ?? ''
      if (how.leave && place === null) {
        const until = this.#ctx.now() + keepMs(repo)
        const gone = { how: 'left', head: state.head, why: 'the checkout is gone', until } as const
        await this.#ctx.journal.append([
          {
            aggregate: 'spotlight',
            id: state.id,
            type: 'spotlight.ended',
            data: gone,
            actor,
            cause: 'leave',
          },
        ])
        return {
          ended: { checkout: path, session: name, head: state.head, how: 'left', until },
          edits: null,
          notes: [],
        }
      }
      const stage = this.#stage(repo, place ?? placeOf(repo.repository, state), actor, state.look)
      if (how.leave) {
        const { head } = await leave(stage)
        const notes = [`What you had there is kept: git stash apply --index ${state.kept}`]
        const until = await untilOf(stage)
        return { ended: { checkout: path, session: name, head, how: 'left', until }, edits: null, notes }
      }
      const settled = await settle(stage, state)
      const failures: unknown[] = []
      const back =
        settled ??
        (await orTakenBack(
          stage,
          async () => goBack(stage, await stateOf(stage)),
          (taken, error) => {
            failures.push(error)
            return taken
          },
        ))
      const edits = back.edits && viewOf(back.edits)
      const direct = settled === null && failures.length === 0
      const kept = direct
        ? []
        : (await stateOf(stage)).edits.map((commit) => `What you changed is kept as ${commit}.`)
      const failed = failures.map(
        (error) => `It was put back in spite of this: ${toErrorBody(error).message}`,
      )
      const notes = [...failed, ...back.notes, ...kept]
      if (how.toSession && edits !== null && state.shown !== null) {
        const refused = await this.#handOver(repo, state.shown, edits.commit, edits.files, actor)
        edits.sent = refused === null
        if (refused !== null) notes.push(`They did not go to ${name}: ${refused}`)
      }
      const until = await untilOf(stage)
      return { ended: { checkout: path, session: name, head: back.head, how: back.how, until }, edits, notes }
    })
  }

  /** What a supervisor before had begun. */
  async recover(): Promise<void> {
    const { log } = this.#ctx
    for (const state of await this.#active()) {
      if (state.moving === null) continue
      try {
        const repo = await this.#repositories.byId(state.repository)
        const stage = this.#stage(repo, placeOf(repo.repository, state), self, state.look)
        const became = await this.#inOrder(repo, () => settle(stage, state))
        log.info('a spotlight was interrupted', { checkout: state.checkout, became: became?.how ?? 'shown' })
      } catch (error) {
        // The next command about it tries again, and says why not.
        log.error('a spotlight could not be settled', { checkout: state.checkout, error })
      }
    }
  }

  /** The spotlight of a checkout, when what was begun with it is done; null: there is none. */
  async #settled(repo: RepositoryContext, place: Place, actor: Actor): Promise<Look | null> {
    const state = (await this.#active()).find(({ id }) => id === idOf(place))
    if (!state) return null
    const stage = this.#stage(repo, place, actor, state.look)
    return (await settle(stage, state)) === null ? { ...(await stateOf(stage)), id: state.id } : null
  }

  async #handOver(
    repo: RepositoryContext,
    shown: { session: string; n: number; commit: string },
    commit: string,
    files: readonly string[],
    actor: Actor,
  ): Promise<string | null> {
    const ctx = this.#ctx
    const text = [
      `I looked at your work (snapshot ${shown.n}) in a checkout of my own, and changed it there: ${namedFiles(files, 10)}.`,
      `Take my changes over, and go on from them: git diff ${shown.commit} ${commit} | git apply --3way`,
    ].join('\n')
    try {
      await ctx.inOrder(shown.session, () => this.#prompts.send(repo, shown.session, text, 'person', actor))
      return null
    } catch (error) {
      return toErrorBody(error).message
    }
  }

  async #view(state: Look): Promise<SpotlightView> {
    const { look: id, repository, head, kept } = state
    const roots = await this.#repositories.roots()
    const root = roots.get(repository) ?? ''
    const s = state.shown && (await this.#ctx.journal.get(sessionProjection, state.shown.session))?.state
    const shown = state.shown && {
      session: state.shown.session,
      name: s?.name ?? state.shown.name,
      n: state.shown.n,
      commit: state.shown.commit,
      since: state.shown.at,
      behind: Math.max(0, (s?.snapshot?.n ?? 0) - state.shown.n),
    }
    const at = await this.#whereabouts(state)
    return { id, ...at, repository: { id: repository, root }, shown, head, kept }
  }

  async #whereabouts(state: Look): Promise<Pick<SpotlightView, 'checkout' | 'odd'>> {
    let { checkout } = state
    try {
      const repo = await this.#repositories.byId(state.repository)
      const place = placeOf(repo.repository, state)
      checkout = place.path
      const standing = await standingOf(this.#stage(repo, place, self, state.look), state)
      if (standing === 'shown') return { checkout, odd: null }
      const off = wayBack(checkout, repo.repository.root)
      const odd =
        standing === 'elsewhere'
          ? 'the checkout was moved by hand'
          : `a move of it was interrupted; \`${off}\` puts it right`
      return { checkout, odd }
    } catch (error) {
      return { checkout, odd: toErrorBody(error).message }
    }
  }

  /** @returns each with its id in the journal */
  async #active(): Promise<Look[]> {
    const all = await this.#ctx.journal.list(spotlightProjection)
    return all.filter(({ state }) => !state.ended).map(({ id, state }) => ({ ...state, id }))
  }

  #inOrder<T>(repo: RepositoryContext, work: () => Promise<T>): Promise<T> {
    return inRepositoryOrder(this.#ctx, repo.repository.id, work)
  }

  #stage(repo: RepositoryContext, place: Place, actor: Actor, id: string): Stage {
    const { now, journal } = this.#ctx
    const directory = directoryOf(this.#ctx, id)
    const at = { id, repo: repo.repository, place, directory, now, onStep: () => {} }
    return { ...at, aggregate: idOf(place), journal, actor, keepMs: keepMs(repo) }
  }
}

/** How long what a look that is over has kept is kept; null: nothing is. */
async function untilOf(stage: Stage): Promise<number | null> {
  return (await stateOf(stage)).past.find(({ look }) => look === stage.id)?.until ?? null
}

const viewOf = ({ commit, files }: Edits): EditsView => ({ commit, files, sent: false })
