/** Folds a session's events into its state. Pure; unknown events (of a newer version) change nothing. */
import type { Projection } from '../journal/journal.ts'
import type { Recorded } from '../protocol/index.ts'
import { matcherOf } from '../protocol/guard.ts'
import { BY_THE_SESSION } from './asking.ts'
import type { Folds } from './folds.ts'
import { BY_THE_PERSON } from './person.ts'
import { OF_THE_PROCESS } from './process.ts'
import { OF_PROMPTS } from './prompts.ts'
import { KEPT, type SessionState } from './state.ts'

function planned(event: Recorded & { type: 'session.planned' }): SessionState {
  const { data, at } = event
  return {
    id: event.id,
    repository: data.repository,
    name: data.name,
    brief: data.brief,
    branch: data.branch,
    existingBranch: data.existingBranch,
    base: data.base,
    createdAt: at,
    stage: 'planned',
    stageWhy: 'planned',
    stageAt: at,
    stageAsks: false,
    waitsFor: [],
    waitsBecause: null,
    activeLimit: data.activeLimit ?? null,
    unreviewedLimit: data.unreviewedLimit ?? null,
    resolves: data.resolves ?? null,
    resolver: null,
    workspace: { ...data.workspace, step: null, made: null, setup: [], failed: null, notes: [] },
    process: {
      state: 'none',
      generation: 0,
      pid: null,
      exit: null,
      why: '',
      headless: data.brief.headless,
      asked: false,
      since: at,
      everRan: false,
      prompt: null,
    },
    cell: { rung: 'none', why: 'not started yet' },
    unguarded: '',
    granted: [],
    wanted: [],
    messages: [],
    grants: [],
    claimed: null,
    activity: { state: 'unknown', source: 'supervisor', at, evidence: 'not started yet' },
    background: 0,
    questions: [],
    conversation: null,
    lastMessage: '',
    turns: 0,
    endedAt: null,
    seenAt: null,
    dismissed: [],
    queue: [],
    given: [],
    head: null,
    diverged: null,
    snapshot: null,
    work: null,
    merges: null,
    news: null,
    updating: null,
    notUpdated: null,
    commands: [],
    refusalCount: 0,
    strayed: [],
    usage: null,
    usageAt: null,
    handoff: null,
    handedOff: null,
    note: '',
    pinned: false,
    removal: { step: null, refused: [] },
    trashed: null,
    purged: false,
    hostSeq: 0,
  }
}

/** One entry an event: what it changes. */
const folds: Folds = {
  'session.waiting': (_s, d) => ({
    stage: 'waiting',
    stageWhy: d.why,
    waitsFor: d.for,
    waitsBecause: d.because ?? null,
  }),
  'session.admitted': (_s, d) => ({
    stage: 'preparing',
    stageWhy: 'making its workspace',
    waitsFor: [],
    waitsBecause: null,
    base: d.base,
  }),
  ...OF_THE_PROCESS,
  'activity.observed': (s, d, at) => ({
    activity: { state: d.state, source: d.source, at: d.at, evidence: d.evidence },
    background: d.background,
    // Started without anything to do it comes to rest without having done anything.
    ...(d.state === 'idle' && s.activity.state !== 'idle' && s.activity.source !== 'supervisor'
      ? { endedAt: at }
      : {}),
  }),
  ...OF_PROMPTS,
  'question.opened': (s, d) => ({
    questions: [...s.questions.filter((q) => q.id !== d.question.id), d.question],
  }),
  'question.settled': (s, d, at) => {
    const questions = s.questions.filter((q) => q.id !== d.id)
    // The hook that follows tells what it does now; until then the answer itself is the evidence.
    const activity = {
      state: 'working' as const,
      source: 'host' as const,
      at,
      evidence: `answered: ${d.answer}`,
    }
    const asking = s.activity.state.startsWith('needs') || s.activity.state === 'plan-ready'
    // Closed in the terminal: by Yes or by Esc, which only what follows can tell.
    return questions.length === 0 && asking && d.by === 'person' ? { questions, activity } : { questions }
  },
  'turn.finished': (s, d, at) => ({
    ...(d.background === 0 ? { endedAt: at } : {}),
    lastMessage: d.lastMessage,
    background: d.background,
    turns: s.turns + 1,
    // What a whole further turn did without is no longer wanted.
    ...(d.background === 0
      ? { wanted: s.wanted.flatMap((path) => (path.settled ? [] : [{ ...path, settled: true }])) }
      : {}),
  }),
  'conversation.changed': (_s, d) => ({ conversation: { id: d.id, transcript: d.transcript } }),
  'command.observed': (s, d) => ({
    commands: [...s.commands, { command: d.command, exit: d.exit }].slice(-KEPT),
  }),
  ...BY_THE_SESSION,
  'session.granted': (s, d) => {
    const granted = [...new Set([...s.granted, ...d.globs])]
    const covers = matcherOf(granted)
    return {
      granted,
      wanted: s.wanted.filter(({ path }) => !covers(path)),
      strayed: s.strayed.filter((path) => !covers(path)),
    }
  },
  'session.strayed': (s, d) => ({ strayed: [...new Set([...s.strayed, ...d.paths])].slice(0, KEPT) }),
  'snapshot.taken': (_s, d, at) => ({ snapshot: { ...d, at, missing: d.missing ?? [] } }),
  'work.counted': (_s, d) => ({ work: d }),
  'branch.published': (_s, d) => ({ head: d.oid, diverged: null }),
  'branch.diverged': (_s, d) => ({ diverged: d }),
  'usage.observed': (_s, d, at) => ({ usage: d, usageAt: at }),
  'handoff.completed': (s, d) => ({
    handoff: d,
    handedOff: { generation: s.process.generation, turns: s.turns },
  }),
  'merge.predicted': (s, d, at) => ({
    merges: { ...d, at, since: s.merges && s.merges.clean === d.clean ? s.merges.since : at },
  }),
  'session.updating': (_s, d) => ({ updating: { to: d.to, how: d.how } }),
  'session.updated': (s, d, at) => ({
    updating: null,
    notUpdated: d.result === 'refused' ? { to: d.to, why: d.why ?? '', at } : null,
    // From now on the session's own work is what it has beyond that main.
    ...(d.to !== s.base.oid && (d.result === 'merged' || d.result === 'rebased')
      ? { merges: null, work: null, base: { ...s.base, oid: d.to } }
      : {}),
  }),
  'session.news': (_s, d) => ({ news: { main: d.main, text: d.text, told: false } }),
  'session.told': (s, d) => (s.news?.main === d.main ? { news: { ...s.news, told: true } } : {}),
  'session.resolver': (_s, d) => ({ resolver: d.agent }),
  ...BY_THE_PERSON,
  'session.stage': (s, d) => ({
    ...{ stage: d.stage, stageWhy: d.why, stageAsks: d.asks === true || d.action !== undefined },
    // What stood in the way of a removal does no longer: it lands.
    removal: d.stage === 'on-train' || d.stage === 'landed' ? { ...s.removal, refused: [] } : s.removal,
  }),
  'session.stopping': (s) => ({ process: { ...s.process, asked: true } }),
  'removal.step': (_s, d) => ({ removal: { step: d.step, refused: [] } }),
  'removal.refused': (_s, d) => ({ removal: { step: null, refused: d.reasons } }),
  'removal.trashed': (s, d) => ({
    trashed: d,
    removal: { step: null, refused: [] },
    ...(s.stage === 'landed' ? {} : { stage: 'discarded' as const, stageWhy: 'moved to the trash' }),
  }),
  'removal.restored': (s, d) => ({
    trashed: null,
    removal: { step: null, refused: [] },
    workspace: { ...s.workspace, path: d.path },
    ...(s.stage === 'discarded' ? { stage: 'active' as const, stageWhy: 'restored from the trash' } : {}),
  }),
  'removal.purged': () => ({ purged: true }),
  'host.acknowledged': (_s, d) => ({ hostSeq: d.seq }),
}

export function evolve(state: SessionState | null, event: Recorded): SessionState {
  if (event.type === 'session.planned') return planned(event)
  if (state === null) throw new Error(`event ${event.type} before session.planned`)
  const fold = folds[event.type] as
    | ((s: SessionState, d: unknown, at: number) => Partial<SessionState>)
    | undefined
  if (!fold) return state
  const next = { ...state, ...fold(state, event.data, event.at) }
  return next.stage === state.stage ? next : { ...next, stageAt: event.at }
}

export const sessionProjection: Projection<SessionState> = { aggregate: 'session', version: 14, evolve }
