/** What a person sees of a session's work. */
import { mergeBase, mergeTree, readRef, type Repository } from '../../git/index.ts'
import { WorktrainError } from '../../protocol/index.ts'
import type { Parsed } from '../../protocol/api.ts'
import type { ReviewView, SnapshotView } from '../../protocol/review.ts'
import {
  type Approved,
  AGAINST,
  compareStates,
  type History,
  nameOf,
  type Objects,
  objectsOf,
  placeComments,
  type ReviewState,
  type Span,
  spanOfTurns,
  spanSince,
  turnsOf,
  wholeSpan,
} from '../../review/index.ts'
import type { SessionState } from '../../sessions/state.ts'
import type { Context } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'
import { reviewOf } from './events.ts'

type Asked = Pick<Parsed<'review'>, 'against' | 'turns' | 'paths' | 'context'>

/** The newest saved state of the work. @throws SESSION_WRONG_STATE before there is one */
export function newest(s: SessionState): NonNullable<SessionState['snapshot']> {
  if (s.snapshot) return s.snapshot
  throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no saved work yet.`, {
    hint: `See \`worktrain why ${s.name}\`.`,
  })
}

export async function historyOf(ctx: Context, s: SessionState): Promise<History> {
  const events = await ctx.journal.read({ aggregate: 'session', id: s.id })
  const bases = events.flatMap((event) =>
    event.type === 'session.admitted' || event.type === 'session.planned' ? [event.data.base.oid] : [],
  )
  return { started: bases.at(-1) ?? s.base.oid, base: s.base.oid, turns: turnsOf(events) }
}

export async function snapshotsOf(ctx: Context, s: SessionState): Promise<SnapshotView[]> {
  const events = await ctx.journal.read({ aggregate: 'session', id: s.id })
  const turns = turnsOf(events)
  return events.flatMap(({ at, type, data }) => {
    if (type !== 'snapshot.taken') return []
    const turn = turns.find(({ snapshot }) => (snapshot?.n ?? 0) >= data.n)?.n ?? null
    return [{ n: data.n, commit: data.oid, at, reason: data.reason, turn, missing: data.missing ?? [] }]
  })
}

interface Chosen {
  span: Span
  why: string
  /** The tree that is compared, where it is not that of a commit of the session's. */
  tree?: string
}

async function choose(
  repo: RepositoryContext,
  s: SessionState,
  review: ReviewState,
  history: History,
  { against, turns }: Asked,
): Promise<Chosen> {
  const { oid } = newest(s)
  const whole = (why: string): Chosen => ({ span: wholeSpan(history, s.base.oid, oid), why })
  if (turns) {
    const span = spanOfTurns(history, turns.first, turns.last)
    if (span !== null)
      return {
        span,
        why: turns.first === turns.last ? `turn ${turns.first}` : `turns ${turns.first} to ${turns.last}`,
      }
    const known = history.turns.length
    throw new WorktrainError('SESSION_WRONG_STATE', `Nothing was changed in the turns asked for.`, {
      hint: `${s.name} has ${known} turn${known === 1 ? '' : 's'}: \`worktrain review ${s.name} --by-turn\`.`,
    })
  }
  if (against === 'base') return whole(AGAINST.base)
  if (against === 'main') return againstMain(repo, history, oid)
  const since = against === 'seen' ? review.seen : review.approved
  if (since)
    return {
      span: spanSince(history, { n: since.snapshot, commit: since.commit }, oid),
      why: AGAINST[against],
    }
  if (against === 'seen') return whole('you have not looked at it yet: this is everything')
  throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has not been approved, or was rejected since.`, {
    hint: `worktrain review ${s.name}`,
  })
}

/** What landing it would change; where it conflicts, what it changed since it and main parted. */
async function againstMain(repo: RepositoryContext, history: History, oid: string): Promise<Chosen> {
  const { repository, target } = repo
  const main = await readRef(repository, `refs/heads/${target}`)
  if (main === null) throw new WorktrainError('TARGET_UNKNOWN', `There is no branch ${target}.`)
  const merged = await mergeTree(repository, main, oid)
  if (merged.clean) return { span: wholeSpan(history, main, oid), why: AGAINST.main, tree: merged.tree }
  const parted = (await mergeBase(repository, main, oid)) ?? history.base
  const why = `where it left ${target}: it conflicts with it as it is now in ${merged.files
    .slice(0, 5)
    .map((file) => JSON.stringify(file))
    .join(', ')}`
  return { span: wholeSpan(history, parted, oid), why }
}

/** @throws SESSION_WRONG_STATE where there is nothing to compare */
export async function reviewView(
  ctx: Context,
  repo: RepositoryContext,
  s: SessionState,
  asked: Asked,
): Promise<ReviewView> {
  const snapshot = newest(s)
  const review = await reviewOf(ctx, s.id)
  const history = await historyOf(ctx, s)
  const objects = objectsOf(repo.repository)
  const { span, why, tree } = await choose(repo, s, review, history, asked)
  const trees = await objects.trees([span.from, span.to, ...span.stops.map(({ commit }) => commit)])
  const [from = '', to = '', ...between] = trees
  const { files, omitted } = await compareStates(objects, {
    from,
    to: tree ?? to,
    states: span.stops.map(({ turn }, i) => ({ tree: between[i] ?? to, turn })),
    since: span.since,
    paths: asked.paths,
    context: asked.context,
  })
  const shown = asked.turns ? span.to : snapshot.oid
  const marked = new Set(review.marks)
  const stop = history.turns.find((turn) => turn.snapshot?.commit === shown)?.snapshot ?? null
  return {
    session: { id: s.id, name: s.name, stage: s.stage, goal: s.brief.goal },
    from: { against: asked.turns ? 'turns' : asked.against, commit: span.from, why },
    to: {
      commit: shown,
      snapshot: stop?.n ?? snapshot.n,
      at: stop?.at ?? snapshot.at,
    },
    uncommitted: await uncommitted(objects, repo.repository, s),
    turns: [...history.turns],
    files,
    totals: {
      files: files.length,
      added: files.reduce((sum, file) => sum + (file.added ?? 0), 0),
      removed: files.reduce((sum, file) => sum + (file.removed ?? 0), 0),
      folded: files.filter(({ folded }) => folded !== null).length,
    },
    omitted: [...omitted, ...snapshot.missing.map((what) => `the snapshot does not hold ${what}`)],
    marks: files.map(({ change }) => change).filter((change) => marked.has(change)),
    comments: await placeComments(objects, review.comments, { now: tree ?? shown, old: span.from }),
    seen: review.seen && {
      commit: review.seen.commit,
      snapshot: review.seen.snapshot,
      at: review.seen.at,
      current: review.seen.commit === snapshot.oid,
    },
    approval: approvalOf(review, snapshot.tree),
    rejected: review.rejected && {
      reason: review.rejected.reason,
      at: review.rejected.at,
      current: review.rejected.commit === snapshot.oid,
      told: review.rejected.told,
    },
    handoff: s.handoff,
    commands: s.commands,
    differs: s.handoff?.unverified ?? [],
  }
}

function approvalOf({ approved }: ReviewState, tree: string): ReviewView['approval'] {
  if (approved === null) return null
  const { commit, head, at, by } = approved
  const current = approved.tree === tree
  return { commit, head, at, by, current, why: current ? whyCurrent(approved) : whyNot(approved) }
}

/** Not of what is there: a session at work may have changed it since. */
function whyCurrent({ main }: Approved): string {
  if (main === null) return 'the newest snapshot is what was approved'
  return `the newest snapshot is what was approved, merged with main at ${main.slice(0, 10)}`
}

/** Files that one line names. */
const NAMED_MAX = 3

function whyNot({ outdated }: Approved): string {
  if (outdated === null) return 'it has changed since it was approved'
  const { main, conflicts, files } = outdated
  const more = files.length > NAMED_MAX ? ` and ${files.length - NAMED_MAX} more` : ''
  const where = `${files.slice(0, NAMED_MAX).join(', ')}${more}`
  const brought = `main was brought in at ${main.slice(0, 10)}`
  return conflicts
    ? `${brought}, and what was approved conflicts with it in ${where}`
    : `${brought}, and what is there is more than that and what was approved: ${where}`
}

async function uncommitted(objects: Objects, repo: Repository, s: SessionState): Promise<string[]> {
  const head = s.head === null ? null : await readRef(repo, s.head)
  if (head === null || s.snapshot === null) return []
  const [branch = '', work = ''] = await objects.trees([head, s.snapshot.oid])
  const [entries = []] = branch === work ? [] : await objects.compare([[branch, work]])
  return entries.map(({ path }) => nameOf(path))
}
