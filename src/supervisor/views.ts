/** Answers about sessions, trains and the supervisor itself. Reads only. */
import { spokenIn } from '../agents/handoff.ts'
import { agentFor } from '../agents/index.ts'
import {
  type AttentionView,
  type ChangeView,
  type Outputs,
  type SessionView,
  type UsageView,
  type WhyView,
} from '../protocol/api.ts'
import { type Rung, WorktrainError } from '../protocol/index.ts'
import { isLive, isOpen, type SessionState } from '../sessions/state.ts'
import { overlapsOf, waitingFor } from '../sessions/attention/order.ts'
import { story } from '../protocol/story.ts'
import { reviewTime } from '../sessions/review-time.ts'
import { usageView } from '../sessions/usage.ts'
import { view } from '../sessions/view.ts'
import type { Change } from '../train/ports.ts'
import { buildProjection, changeProjection, trainProjection } from '../train/index.ts'
import { ruleFor } from './session/approvals.ts'
import { attentionView, reviewLoads, trainsThatTell } from './seat/attention.ts'
import { pick, unknown } from './session/called.ts'
import { cellOf, expectedCell } from './session/cell-view.ts'
import { allSessions, type Context, sessionState } from './context.ts'
import type { Counting } from './session/counting.ts'
import { type Facts, factsFor, NONE } from './session/facts.ts'
import type { Hosts } from './session/hosts.ts'
import { takesPrompts } from './trains/outcomes.ts'
import type { Repositories } from './repositories.ts'
import { takenBackBy, undoStory } from './trains/taken-back.ts'
import { changeFacts } from './trains/facts.ts'
import type { Trains } from './trains/trains.ts'
import { warningsOf } from './session/warnings.ts'

export class Views {
  readonly #ctx: Context
  readonly #repositories: Repositories
  readonly #hosts: Hosts
  readonly #trains: Trains
  readonly #counting: Counting

  constructor(
    ctx: Context,
    parts: { repositories: Repositories; hosts: Hosts; trains: Trains; counting: Counting },
  ) {
    this.#ctx = ctx
    this.#repositories = parts.repositories
    this.#hosts = parts.hosts
    this.#trains = parts.trains
    this.#counting = parts.counting
  }

  /**
   * By id, name or unique prefix of a name: the repository's open sessions before its removed ones.
   * @throws SESSION_UNKNOWN, NAME_AMBIGUOUS
   */
  async find(ref: { repo: string | null; name: string }): Promise<SessionState> {
    const all = await this.#scope(ref.repo)
    const open = all.filter(isOpen)
    return (
      pick(open, ref.name) ??
      pick(
        all.filter((s) => !isOpen(s) && !s.purged),
        ref.name,
      ) ??
      unknown(ref.name)
    )
  }

  async findTrashed(ref: { repo: string | null; name: string }): Promise<SessionState> {
    const all = await this.#scope(ref.repo)
    return (
      pick(
        all.filter((s) => s.trashed !== null && !s.purged),
        ref.name,
      ) ?? unknown(ref.name)
    )
  }

  /** Sessions of the directory's repository; of all when it is null. */
  async #scope(repo: string | null): Promise<SessionState[]> {
    const all = await allSessions(this.#ctx)
    if (repo === null) return all
    const { id } = await this.#repositories.identify(repo)
    return all.filter((s) => s.repository === id)
  }

  async sessions(repo: string | null, all: boolean): Promise<SessionView[]> {
    const shown = (await this.#scope(repo)).filter((s) => !s.purged && (all || isOpen(s)))
    return this.#viewsOf(shown, await this.#facts(shown, onTrain(shown)))
  }

  async #viewsOf(shown: SessionState[], facts: Facts): Promise<SessionView[]> {
    const roots = await this.#repositories.roots()
    const changes = await this.#newestChanges()
    return Promise.all(
      shown.map(async (s) =>
        this.#view(s, roots, changes, await expectedCell(this.#ctx, this.#repositories, s), facts),
      ),
    )
  }

  /** Of removed sessions too: what they used is used. */
  async usage(repo: string | null, asked: Pick<UsageView, 'by' | 'since'>): Promise<UsageView> {
    return usageView(await this.#scope(repo), asked, this.#ctx.now())
  }

  /**
   * What a board shows of the directory's repository; of all of them when it is null.
   * @param wanted ids of sessions; null: of all
   */
  async overview(repo: string | null, wanted: readonly string[] | null): Promise<Outputs['overview']> {
    const head = await this.#ctx.journal.head()
    const open = (await this.#scope(repo)).filter(isOpen)
    const within = repo === null ? null : (await this.#repositories.identify(repo)).id
    const trains = await this.#ctx.journal.list(trainProjection)
    const telling = trainsThatTell(await this.#changes(), trains, within)
    const facts = await this.#facts(open, [...onTrain(open), ...telling])
    const views = await this.#viewsOf(open, facts)
    const items = views.flatMap((s) => s.attention)
    const reviews = await reviewLoads(this.#ctx, this.#repositories, open, facts.reviewed)
    const attention = attentionView(items, facts.trains.values(), reviews, this.#ctx.now())
    return { head, attention, sessions: views.filter(({ id }) => wanted?.includes(id) ?? true) }
  }

  /** What waits for the person in the directory's repository; in all of them when it is null. */
  async attention(repo: string | null): Promise<AttentionView> {
    return (await this.overview(repo, [])).attention
  }

  async session(id: string): Promise<SessionView> {
    const [s, roots, changes] = await Promise.all([
      sessionState(this.#ctx, id),
      this.#repositories.roots(),
      this.#newestChanges(),
    ])
    const facts = await this.#facts([s], onTrain([s]))
    return this.#view(s, roots, changes, await expectedCell(this.#ctx, this.#repositories, s), facts)
  }

  #facts(shown: readonly SessionState[], repositories: string[]): Promise<Facts> {
    const parts = { repositories: this.#repositories, trains: this.#trains }
    return factsFor(this.#ctx, parts, shown, repositories)
  }

  async trash(repo: string | null): Promise<SessionView[]> {
    const roots = await this.#repositories.roots()
    const scope = await this.#scope(repo)
    return scope
      .filter((s) => s.trashed && !s.purged)
      .map((s) => this.#view(s, roots, new Map(), s.cell, NONE))
  }

  async why(id: string): Promise<WhyView> {
    const change = (await this.#newestChanges()).get(id)
    const events = await this.#ctx.journal.read({ aggregate: 'session', id })
    const ofChange = change ? await this.#ctx.journal.read({ aggregate: 'change', id: change.id }) : []
    const ofReview = await this.#ctx.journal.read({ aggregate: 'review', id })
    const all = [...events, ...ofReview, ...ofChange].sort((a, b) => a.seq - b.seq)
    const session = await this.session(id)
    const waits = await this.attention(null)
    const mine = waits.items.findIndex((item) => item.session?.id === id)
    return {
      session,
      place: waits.places[mine] ?? null,
      review: reviewTime(all),
      story: [...story(all), ...(await undoStory(this.#ctx, session.takenBack))].sort(
        (a, b) => a.seq - b.seq,
      ),
      refusals: events.flatMap((event) =>
        event.type === 'refusal.recorded' ? [{ ...event.data, at: event.at }] : [],
      ),
      cell: cellOf(this.#ctx.paths.sessionState(id), session.workspace.kind),
    }
  }

  async change(session: string, id: string): Promise<ChangeView> {
    const s = await sessionState(this.#ctx, session)
    const train = await this.#trains.of(await this.#repositories.byId(s.repository))
    const found = (await train.view()).changes.find((c) => c.id === id)
    if (!found) throw new WorktrainError('INTERNAL', `The change ${id} is not on the train.`)
    return found
  }

  /** Log of the last check that ran for the session's newest change. */
  async checkLog(session: string): Promise<string | null> {
    const change = (await this.#newestChanges()).get(session)
    if (!change) return null
    if (change.ejected?.log) return change.ejected.log
    const builds = (await this.#ctx.journal.list(buildProjection)).map((row) => row.state)
    const of = builds.filter((build) => build.members.some((member) => member.change === change.id))
    const newest = of.at(-1)
    return newest?.begun?.log ?? newest?.results.at(-1)?.log ?? null
  }

  async #changes(): Promise<Change[]> {
    return (await this.#ctx.journal.list<Change>(changeProjection)).map((row) => row.state)
  }

  async #newestChanges(): Promise<Map<string, Change>> {
    const newest = new Map<string, Change>()
    for (const change of await this.#changes()) {
      if (!change.session) continue
      const other = newest.get(change.session)
      if (!other || other.queuedAt <= change.queuedAt) newest.set(change.session, change)
    }
    return newest
  }

  #view(
    s: SessionState,
    roots: Map<string, string>,
    changes: Map<string, Change>,
    cell: { rung: Rung; why: string },
    facts: Facts,
  ): SessionView {
    const train = facts.trains.get(s.repository)
    const where = s.stage === 'on-train' ? train?.where.get(s.id) : undefined
    const change = changes.get(s.id)
    const always = s.questions[0] ? ruleFor(s, s.questions[0]) : null
    const seen = view(
      { ...s, cell, stageWhy: where || s.stageWhy, lastMessage: spokenIn(s.lastMessage) },
      {
        now: this.#ctx.now(),
        root: roots.get(s.repository) ?? '',
        change: changeFacts(change),
        train: train?.item ?? null,
        mender: facts.mender,
        heldUp: waitingFor(s, facts.all, facts.reviewed),
        overlaps: overlapsOf(s, facts.all),
        reviewed: facts.reviewed.get(s.id)?.rejected === null,
        rejected: facts.reviewed.get(s.id)?.rejected ?? null,
        uncommitted: facts.reviewed.get(s.id)?.uncommitted ?? false,
        takesPrompts: isOpen(s) && takesPrompts(s),
        tellsPrompts: agentFor(s.brief.agent).hooks && s.unguarded === '',
        always,
        repairedBy: facts.repairing.get(change?.id ?? '') ?? null,
        takenBack: change ? takenBackBy(facts.undone.get(change.id)) : null,
        main: facts.tips.get(s.repository) ?? null,
        touchedSince: this.#counting.since(s),
        hostSocket: isLive(s) ? this.#hosts.socketOf(s.id) : null,
        warnings: warningsOf(s, cell, isLive(s) && this.#hosts.isOutdated(s.id)),
      },
    )
    const looks = facts.shown.get(s.id)?.map((look) => ({
      ...look,
      behind: Math.max(0, (s.snapshot?.n ?? 0) - look.n),
    }))
    return { ...seen, ...(always === null ? {} : { always }), ...(looks ? { shownIn: looks } : {}) }
  }
}

/** Repositories with a session on the train. */
function onTrain(sessions: readonly SessionState[]): string[] {
  return sessions.filter((s) => s.stage === 'on-train').map((s) => s.repository)
}
