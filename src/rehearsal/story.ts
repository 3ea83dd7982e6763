/** A rehearsal as its events tell it: folded into what is shown and checked. Pure. */
import type { Recorded } from '../protocol/events.ts'
import type { ActivityState } from '../protocol/session.ts'

export interface Check {
  command: string
  tree: string
  exit: number | null
  ms: number
  tail: string
}

export interface ChangeTold {
  id: string
  name: string
  state: 'queued' | 'testing' | 'landing' | 'blocked' | 'landed' | 'ejected'
  queuedAt: number
  endedAt: number | null
  /** Tree of the last candidate it was in. */
  tree: string | null
  /** Of all candidates it was in. */
  checks: Check[]
  landed: { old: string; new: string; tree: string } | null
  /** Where main went when it landed: the commit that was tested, which may hold changes after this one. */
  tested: { commit: string; tree: string } | null
  ejected: { reason: string; detail: string; files: string[] } | null
}

export interface Refusal {
  source: 'guard' | 'kernel'
  tool: string
  target: string
  why: string
}

export interface SessionTold {
  id: string
  name: string
  goal: string
  branch: string
  /** Path of the workspace; '': none yet. */
  workspace: string
  /** planned, waiting, preparing, working, asking, handed off, on the train, landed, ejected, removed, failed */
  stage: string
  /** What it does now, in a few words. */
  doing: string
  waitedFor: string[]
  wall: string
  plannedAt: number
  startedAt: number | null
  handedOffAt: number | null
  files: string[]
  unverified: string[]
  commands: { command: string; exit: number | null }[]
  refusals: Refusal[]
  snapshots: number
  /** The train's prompt after an ejection, and what the session answered. */
  toldBack: boolean
  answer: string | null
  removed: boolean
  /** Why it cannot go on; null: it can. */
  trouble: string | null
}

export interface Story {
  sessions: SessionTold[]
  changes: ChangeTold[]
  /** Ids of the changes in each candidate, by its id. */
  builds: Record<string, string[]>
  /** When the last event happened, ms since the epoch; null: none yet. */
  at: number | null
}

export const BEGINNING: Story = { sessions: [], changes: [], builds: {}, at: null }

/** The story after one more event. */
export function tell(story: Story, event: Recorded): Story {
  const next = { ...story, at: event.at }
  if (event.type === 'session.planned') {
    return { ...next, sessions: [...story.sessions, planned(event)] }
  }
  if (event.type === 'change.queued') {
    return { ...next, changes: [...story.changes.filter((change) => change.id !== event.id), queued(event)] }
  }
  if (event.type === 'build.made') {
    const members = event.data.members.map((member) => member.change)
    next.builds = { ...story.builds, [event.id]: members }
  }
  const concerned = changesOf(next, event)
  return {
    ...next,
    sessions: story.sessions.map((session) =>
      session.id === event.id ? evolveSession(session, event) : session,
    ),
    changes: story.changes.map((change) =>
      concerned.includes(change.id) ? evolveChange(change, event) : change,
    ),
  }
}

/** Ids of the changes that an event is about: itself, or those of its candidate. */
export function changesOf(story: Story, event: Recorded): readonly string[] {
  const build = event.aggregate === 'build' ? event.id : 'build' in event.data ? event.data.build : undefined
  return event.aggregate === 'change' ? [event.id] : (story.builds[build ?? ''] ?? [])
}

/** Activities that end only when a person does something. */
const ASKING: readonly string[] = ['needs-permission', 'needs-answer', 'plan-ready'] satisfies ActivityState[]

/** Evidence as a person would say it; null: it says nothing new. What is not known is said as it is. */
export function inWords(evidence: string, workspace: string): string | null {
  const here = workspace ? evidence.replaceAll(`${workspace}/`, '') : evidence
  const [, hook = '', rest = ''] = /^(\w+)(?: (.*)|:.*)?$/s.exec(here) ?? []
  if (hook === 'PostToolUse' || here.startsWith('session file:')) return null
  if (hook === 'PreToolUse') return rest
  if (hook === 'PostToolUseFailure') return `${rest} failed`
  if (hook === 'UserPromptSubmit') return 'takes a prompt'
  if (hook === 'Stop') return 'ends its turn'
  return here.replace(/^its title says: /, '')
}

/** The latest change of a session's name. */
export function changeOf(story: Story, name: string): ChangeTold | undefined {
  return story.changes.findLast((change) => change.name === name)
}

function planned({ id, at, data }: Recorded & { type: 'session.planned' }): SessionTold {
  return {
    id,
    name: data.name,
    goal: data.brief.goal,
    branch: data.branch,
    workspace: data.workspace.path,
    stage: 'planned',
    doing: '',
    waitedFor: data.brief.after,
    wall: '',
    plannedAt: at,
    startedAt: null,
    handedOffAt: null,
    files: [],
    unverified: [],
    commands: [],
    refusals: [],
    snapshots: 0,
    toldBack: false,
    answer: null,
    removed: false,
    trouble: null,
  }
}

function queued({ id, at, data }: Recorded & { type: 'change.queued' }): ChangeTold {
  return {
    id,
    name: data.name,
    state: 'queued',
    queuedAt: at,
    endedAt: null,
    tree: null,
    checks: [],
    landed: null,
    tested: null,
    ejected: null,
  }
}

function evolveSession(session: SessionTold, event: Recorded): SessionTold {
  switch (event.type) {
    case 'session.waiting':
      return { ...session, stage: 'waiting', doing: event.data.why }
    case 'session.admitted':
      return { ...session, stage: 'preparing', doing: `from ${event.data.base.oid.slice(0, 7)}` }
    case 'workspace.step':
      return { ...session, stage: 'preparing', doing: event.data.step }
    case 'workspace.failed':
      return { ...session, stage: 'failed', doing: event.data.message, trouble: event.data.message }
    case 'process.launching':
      return { ...session, stage: 'working', doing: 'starts', wall: event.data.rung }
    case 'process.started':
      return { ...session, startedAt: session.startedAt ?? event.at }
    case 'process.lost':
      return {
        ...session,
        stage: 'failed',
        doing: event.data.why,
        trouble: `its process was lost: ${event.data.why}`,
      }
    case 'process.exited':
      if (event.data.code === 0 || event.data.asked) return session
      return {
        ...session,
        stage: 'failed',
        trouble: `its process ended with ${event.data.signal ?? `exit ${event.data.code}`}`,
      }
    case 'activity.observed': {
      const { state, evidence } = event.data
      const doing = inWords(evidence, session.workspace) ?? session.doing
      if (ASKING.includes(state)) return { ...session, doing, trouble: `it asks for the person: ${evidence}` }
      return { ...session, doing, trouble: state === 'failing' ? evidence : null }
    }
    case 'command.observed':
      return { ...session, commands: [...session.commands, event.data] }
    case 'refusal.recorded':
      return { ...session, refusals: [...session.refusals, event.data] }
    case 'snapshot.taken':
      return { ...session, snapshots: session.snapshots + 1 }
    case 'prompt.sent':
      return event.data.from === 'train' ? { ...session, toldBack: true, doing: 'is told why' } : session
    case 'turn.finished':
      return session.toldBack ? { ...session, answer: event.data.lastMessage } : session
    case 'handoff.completed':
      return {
        ...session,
        handedOffAt: session.handedOffAt ?? event.at,
        files: event.data.observed.files.map((file) => file.path),
        unverified: event.data.unverified,
      }
    case 'session.stage':
      return { ...session, stage: event.data.stage.replace('-', ' '), doing: event.data.why }
    case 'removal.trashed':
      return { ...session, stage: 'removed', doing: '', removed: true }
    default:
      return session
  }
}

function evolveChange(change: ChangeTold, event: Recorded): ChangeTold {
  switch (event.type) {
    case 'build.made':
      return { ...change, tree: event.data.tree }
    case 'check.started':
      return { ...change, state: 'testing' }
    case 'check.finished': {
      const { command, tree, exit, ms, tail } = event.data
      return { ...change, checks: [...change.checks, { command, tree, exit, ms, tail }] }
    }
    case 'landing.intended':
      return { ...change, state: 'landing' }
    case 'landing.blocked':
      return { ...change, state: 'blocked' }
    case 'build.ended':
      return change.endedAt === null ? { ...change, state: 'queued' } : change
    case 'train.landed':
      return { ...change, tested: { commit: event.data.new, tree: event.data.tree } }
    case 'change.landed':
      return { ...change, state: 'landed', landed: event.data, endedAt: event.at }
    case 'change.ejected': {
      const { reason, detail, files } = event.data
      return { ...change, state: 'ejected', ejected: { reason, detail, files }, endedAt: event.at }
    }
    default:
      return change
  }
}
