/** A session as clients see it. Pure: everything it needs is passed in. */
import type { SessionView } from '../protocol/api.ts'
import type { AttentionFacts } from './attention/facts.ts'
import { attention } from './attention/find.ts'
import { isLive, newestWork, type SessionState } from './state.ts'

export interface ViewFacts extends AttentionFacts {
  hostSocket: string | null
  /** Where main is now; null: not known. */
  main: string | null
  /** The landing of its newest change was taken back; null: it stands, or there is none. */
  takenBack: SessionView['takenBack']
  warnings: string[]
  /** From when on its files may be other ones than were counted; null: they are those, as far as is known. */
  touchedSince: number | null
}

/**
 * How long a source keeps its word, ms. Older evidence of work is shown as unknown: an agent that works
 * calls hooks and writes its session file far more often than this. Idle and asking states end only by
 * an event, so they do not age.
 */
const WORKING_PROMISE_MS = 15 * 60_000

export function view(s: SessionState, facts: ViewFacts): SessionView {
  const age = Math.max(0, facts.now - s.activity.at)
  const stale = isLive(s) && s.activity.state === 'working' && age > WORKING_PROMISE_MS
  const activity = stale
    ? {
        ...s.activity,
        state: 'unknown' as const,
        evidence: `no sign of life for ${Math.round(age / 60_000)} min; last: ${s.activity.evidence}`,
      }
    : s.activity
  return {
    id: s.id,
    name: s.name,
    repository: { id: s.repository, root: facts.root },
    goal: s.brief.goal,
    agent: s.brief.agent,
    stage: s.stage,
    stageWhy: s.stageWhy,
    stageAt: s.stageAt,
    process: {
      state: s.process.state,
      generation: s.process.generation,
      pid: s.process.pid,
      exit: s.process.exit,
      why: s.process.why,
    },
    activity,
    age,
    attention: attention(stale ? { ...s, activity } : s, facts),
    seenAt: s.seenAt,
    question: s.questions[0] ?? null,
    branch: s.branch,
    base: s.base,
    workspace: { kind: s.workspace.kind, path: s.workspace.path, made: s.workspace.made !== null },
    cell: s.cell,
    head: s.head,
    turns: s.turns,
    lastSnapshot: s.snapshot ? { n: s.snapshot.n, oid: s.snapshot.oid, at: s.snapshot.at } : null,
    waitsFor: s.waitsFor,
    owns: s.brief.owns,
    avoids: s.brief.avoid,
    granted: s.granted,
    work: counted(s, facts),
    merges: merging(s, facts.main),
    change: facts.change?.id ?? null,
    takenBack: s.stage === 'landed' ? facts.takenBack : null,
    handoff: s.handoff,
    usage: s.usage,
    note: s.note,
    pinned: s.pinned,
    queued: s.queue.length,
    lastMessage: s.lastMessage,
    conversation: s.conversation?.id ?? null,
    hostSocket: facts.hostSocket,
    createdAt: s.createdAt,
    trashedUntil: s.trashed?.until ?? null,
    refusals: s.refusalCount,
    warnings: facts.warnings,
  }
}

/** A count is made again this long after files have changed, ms; where it is not, it is no longer what there is. */
const COUNT_PROMISE_MS = 2 * 60_000

function counted({ work }: SessionState, { touchedSince, now }: ViewFacts): SessionView['work'] {
  if (work === null) return null
  const { files, added, removed, at } = work
  const old = touchedSince !== null && now - touchedSince > COUNT_PROMISE_MS
  return { files, added, removed, at, stale: old ? 'files have changed since' : null }
}

/** A prediction is about two commits: it says nothing about the ones that came after. */
function merging(s: SessionState, main: string | null): SessionView['merges'] {
  if (s.merges === null) return null
  const { clean, files, at, main: onto, head } = s.merges
  const moved = main !== null && main !== onto
  const stale = moved ? 'main has moved since' : null
  const changed = head === newestWork(s) ? null : 'the work has changed since'
  return { clean, files, at, main: onto, head, stale: stale ?? changed }
}
