/** What of a session waits for the person, each with the command that ends the wait. Pure. */
import { isLive, isOpen, type SessionState } from './state.ts'
import { shellQuoted } from '../protocol/shell-quote.ts'

export interface Attention {
  kind:
    | 'permission'
    | 'question'
    | 'plan'
    | 'setup-failed'
    | 'interrupted'
    | 'failed'
    | 'rate-limited'
    | 'conflict'
    | 'ejected'
    | 'train-waiting'
    | 'diverged'
    | 'removal-refused'
    | 'blocked-wait'
    | 'ready'
    | 'done'
    | 'wants-paths'
    | 'unknown'
  why: string
  /** A command line that settles it. */
  action: string
  since: number
}

export interface TrainFacts {
  /** State of the session's newest change, and why, if it has one. */
  change: { state: string; why: string; at: number } | null
  /** Session that is at work on repairing the newest change. */
  repairedBy?: string | null
  /** Why the train does not move, told on the first of those that wait for it; null: it moves, or another tells. */
  stuck?: { why: string; action: string; since: number } | null
}

/** Most urgent first: what blocks the agent, then what went wrong, then what is ready. */
export function attention(s: SessionState, train: TrainFacts): Attention[] {
  if (!isOpen(s)) return []
  const found: Attention[] = []
  const n = s.name
  for (const q of s.questions) {
    const kind = q.kind === 'permission' ? 'permission' : q.kind === 'plan' ? 'plan' : 'question'
    const action = q.kind === 'question' ? `worktrain answer ${n} 1` : `worktrain answer ${n} allow`
    found.push({ kind, why: q.summary, action, since: q.openedAt })
  }
  // The terminal shows a dialog that no hook told of: it can only be answered there.
  if (
    found.length === 0 &&
    isLive(s) &&
    ['needs-permission', 'needs-answer', 'plan-ready'].includes(s.activity.state)
  ) {
    found.push({
      kind: 'question',
      why: s.activity.evidence,
      action: `worktrain attach ${n}`,
      since: s.activity.at,
    })
  }
  if (s.workspace.failed) {
    found.push({
      kind: 'setup-failed',
      why: s.workspace.failed.message,
      action: `worktrain resume ${n}`,
      since: s.workspace.failed.at,
    })
  }
  if (s.process.state === 'lost') {
    found.push({
      kind: 'interrupted',
      why: s.process.why,
      action: `worktrain resume ${n}`,
      since: s.process.since,
    })
  }
  if (s.activity.state === 'rate-limited') {
    found.push({
      kind: 'rate-limited',
      why: s.activity.evidence,
      action: `worktrain peek ${n}`,
      since: s.activity.at,
    })
  }
  if (s.activity.state === 'failing' && s.stage !== 'landed') {
    const action = isLive(s) ? `worktrain attach ${n}` : `worktrain logs ${n}`
    found.push({ kind: 'failed', why: s.activity.evidence, action, since: s.activity.at })
  }
  if (s.diverged) {
    found.push({
      kind: 'diverged',
      why: `branch ${s.branch} was moved outside the session; both commits are kept`,
      action: `worktrain why ${n}`,
      since: s.activity.at,
    })
  }
  if (s.removal.refused.length > 0) {
    found.push({
      kind: 'removal-refused',
      why: s.removal.refused.join('; '),
      action: `worktrain why ${n}`,
      since: s.activity.at,
    })
  }
  if (s.stage === 'waiting' && s.stageWhy.includes('will not land')) {
    found.push({ kind: 'blocked-wait', why: s.stageWhy, action: `worktrain rm ${n}`, since: s.createdAt })
  }
  const working = isLive(s) && (s.activity.state === 'working' || s.background > 0)
  const ejected = ejection(s, train, working)
  if (ejected) found.push(ejected)
  if (train.stuck && s.stage === 'on-train') found.push({ kind: 'train-waiting', ...train.stuck })
  if (s.stage === 'active' && s.activity.state === 'unknown' && isLive(s)) {
    found.push({
      kind: 'unknown',
      why: `nothing is known since: ${s.activity.evidence}`,
      action: `worktrain peek ${n}`,
      since: s.activity.at,
    })
  }
  if (!working && s.merges && !s.merges.clean && (s.stage === 'active' || s.stage === 'handed-off')) {
    const why = `no longer merges with main: ${s.merges.files.join(', ')}`
    found.push({ kind: 'conflict', why, action: `worktrain update ${n}`, since: s.merges.at })
  }
  if (found.length === 0 && !working) {
    if (s.stage === 'handed-off') {
      found.push({
        kind: 'ready',
        // The reason when `--land` could not put it on the train.
        why: s.stageWhy.startsWith('handed off') ? s.stageWhy : 'handed off',
        action: `worktrain diff ${n}; worktrain land ${n}`,
        since: s.handoff?.at ?? s.activity.at,
      })
    } else if (s.stage === 'active' && s.activity.state === 'idle') {
      found.push({
        kind: 'done',
        why: s.activity.evidence,
        action: `worktrain diff ${n}`,
        since: s.activity.at,
      })
    }
  }
  if (!working && s.wanted.length > 0 && (s.stage === 'active' || s.stage === 'handed-off'))
    found.push(wantsPaths(s))
  return found
}

/** An ejected change waits for the person unless somebody is at it, or is about to be. */
function ejection(s: SessionState, train: TrainFacts, working: boolean): Attention | null {
  const { change } = train
  if (working || change?.state !== 'ejected' || s.stage === 'landed' || train.repairedBy) return null
  const { name: n, stageWhy: why, stageAction } = s
  if (stageAction !== null) return { kind: 'ejected', why, action: stageAction, since: change.at }
  const told = isLive(s) && s.queue.some(({ from }) => from === 'train')
  if (told || s.stage === 'handed-off') return null
  return { kind: 'ejected', why: change.why, action: `worktrain why ${n}`, since: change.at }
}

/** Paths that one line names. */
const NAMED_MAX = 3

/** Last, and one for all: it did what it could without them, and only the person knows whether it may. */
function wantsPaths({ name, wanted }: SessionState): Attention {
  const newest = wanted.slice(-NAMED_MAX).map(({ path }) => path)
  const more = wanted.length > newest.length ? ` and ${wanted.length - newest.length} more` : ''
  return {
    kind: 'wants-paths',
    why: `was refused ${newest.join(', ')}${more}, outside what it owns`,
    action: `worktrain allow ${name} ${newest.map(shellWord).join(' ')}`,
    since: wanted.at(-1)?.at ?? 0,
  }
}

/** A path that the agent chose, as a word that a shell takes for nothing else. */
function shellWord(path: string): string {
  const word = path.startsWith('-') ? `./${path}` : path
  return shellQuoted(word)
}
