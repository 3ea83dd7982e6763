/** What a host record means for the journal. Pure. */
import type { Meaning } from '../../agents/agent.ts'
import type { Activity, Draft, HostRecord } from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'
import { sessionEvent } from '../context.ts'

/** Something to do once the events are stored. */
export type Effect = 'turn-ended' | 'process-ended' | 'files-touched'

/** Characters of a prompt that are kept of what the agent was seen to take up. */
const PROMPT_MAX = 4000

export interface Outcome {
  drafts: Draft[]
  effects: Effect[]
}

/**
 * Drafts for one record, the acknowledgement included: all of them are appended in one transaction, so
 * that a record is journalled exactly once even if the supervisor dies before it tells the host.
 * @param meanings what the session's agent makes of the record
 */
export function outcomeOf(record: HostRecord, meanings: Meaning[], state: SessionState): Outcome {
  const cause = `record:${record.seq}`
  const drafts: Draft[] = []
  const effects: Effect[] = []
  const add: (...args: Parameters<typeof sessionEvent>) => void = (...args) =>
    drafts.push(sessionEvent(...args))
  const id = state.id
  // A late report of an old process says nothing about the present one.
  const current = record.generation === state.process.generation

  if (record.kind === 'started')
    add(id, 'process.started', { generation: record.generation, pid: record.pid }, { cause })
  if (record.kind === 'prompted') drafts.push(...typed(state, record.prompt, record.at, cause))
  if (record.kind === 'told')
    add(id, 'session.told', { main: record.main, how: `in the answer to ${record.how}` }, { cause })
  if (record.kind === 'refusal') {
    const { source = 'guard', tool, target, why, instead, wanted } = record
    add(
      id,
      'refusal.recorded',
      { source, tool, target, why, instead, ...(wanted ? { wanted } : {}) },
      { cause },
    )
  }
  const strayed =
    record.kind === 'hook' ? (record.outsideOwned ?? []).filter((path) => !state.strayed.includes(path)) : []
  if (record.kind === 'hook' && strayed.length > 0) {
    const tool = String(record.body['tool_name'])
    add(id, 'session.strayed', { tool, paths: strayed }, { cause })
  }
  if (record.kind === 'question' && current)
    add(id, 'question.opened', { question: record.question }, { cause })
  if (record.kind === 'question-closed' && state.questions.some((q) => q.id === record.id)) {
    const by = record.by === 'outside' ? 'person' : record.by
    // `outside` was journalled by whoever answered, with the answer; this one only makes sure.
    add(
      id,
      'question.settled',
      { id: record.id, by, answer: record.by === 'terminal' ? 'in the terminal' : record.by },
      { cause },
    )
  }

  let activity = state.activity
  // Other tools and subagents go on while a dialog is open: it is still the person who is waited for.
  const asking = state.questions.some((q) => record.kind !== 'question-closed' || record.id !== q.id)
  for (const meaning of current ? meanings : []) {
    if (asking && meaning.kind === 'activity' && meaning.activity.state === 'working') continue
    if (
      meaning.kind === 'activity' &&
      differs(activity, meaning.activity, state.background, meaning.background)
    ) {
      activity = meaning.activity
      add(id, 'activity.observed', { ...meaning.activity, background: meaning.background }, { cause })
    }
    if (meaning.kind === 'prompt-seen')
      add(
        id,
        'prompt.seen',
        { text: meaning.text.slice(0, PROMPT_MAX), ...(meaning.itself ? { itself: true } : {}) },
        { cause },
      )
    if (meaning.kind === 'turn-finished') {
      add(
        id,
        'turn.finished',
        { lastMessage: meaning.lastMessage, background: meaning.background },
        { cause },
      )
      if (meaning.background === 0) effects.push('turn-ended')
    }
    if (meaning.kind === 'conversation' && meaning.id !== state.conversation?.id) {
      add(id, 'conversation.changed', { id: meaning.id, transcript: meaning.transcript }, { cause })
    }
    if (meaning.kind === 'files-touched') effects.push('files-touched')
    if (meaning.kind === 'command')
      add(id, 'command.observed', { command: meaning.command, exit: meaning.exit }, { cause })
  }

  if (record.kind === 'exit') {
    const { generation, code, signal } = record
    add(id, 'process.exited', { generation, code, signal, asked: state.process.asked }, { cause })
    if (current) effects.push('process-ended')
  }
  add(id, 'host.acknowledged', { seq: record.seq }, { cause })
  return { drafts, effects }
}

/**
 * What follows once its host has typed a prompt, as whoever asked for it learns or the next supervisor by the host's
 * record: whichever comes second changes nothing.
 */
export function typed(state: SessionState, prompt: string, at: number, cause: string): Draft[] {
  const given = state.queue.find((each) => each.prompt === prompt)
  if (!given) return []
  const { text, from } = given
  const evidence = 'a prompt was given to it'
  return [
    sessionEvent(state.id, 'prompt.sent', { prompt, text, from }, { cause }),
    sessionEvent(
      state.id,
      'activity.observed',
      { state: 'working', source: 'host', at, evidence, background: 0 },
      { cause },
    ),
  ]
}

/** A new observation is worth an event when it says something new. */
export function differs(old: Activity, next: Activity, oldBackground: number, background: number): boolean {
  return old.state !== next.state || old.evidence !== next.evidence || oldBackground !== background
}

/** By then a prompt that was given has been taken up, or has been lost, ms. */
const PROMPT_TAKEN_MS = 30_000

/**
 * Has the terminal swallowed what was typed? Its agent's own file calls it idle all the time since before, and no
 * hook has told of a prompt in all that time. Nothing newer will come that ends what is taken for work.
 */
export function leftIdle(state: SessionState, seen: Activity, now: number): boolean {
  const { activity, given } = state
  if (activity.source !== 'host' || activity.state !== 'working' || given.length === 0) return false
  if (seen.source !== 'file' || seen.state !== 'idle' || seen.at > activity.at) return false
  return now - activity.at >= PROMPT_TAKEN_MS
}

/** A dialog is on the screen this long after its hook, ms: before, the file may not tell of it yet. */
const DIALOG_SHOWN_MS = 300
/** By then the file would tell of a dialog, also on a machine that is busy, ms. */
const DIALOG_TOLD_MS = 5000

/**
 * Questions that no longer stand on the screen, by the agent's own file: its status changes as a dialog opens and
 * as it closes, and is newer than the question. A yes to a long command, a no and Esc are told by no hook.
 * Of one that was answered as soon as it stood there the last word is that early, and stays it.
 * @returns ids
 */
export function offScreen(state: SessionState, seen: Activity, now: number): string[] {
  if (seen.source !== 'file' || state.process.headless) return []
  if (seen.state !== 'working' && seen.state !== 'idle') return []
  const closed = ({ openedAt }: { openedAt: number }): boolean =>
    seen.at > openedAt + (now > openedAt + DIALOG_TOLD_MS ? 0 : DIALOG_SHOWN_MS)
  return state.questions.filter(closed).map(({ id }) => id)
}

/**
 * Does a look at the agent's own file say something the hooks did not? Hooks are exact; the file is the
 * only witness of an interrupt (Esc fires no hook). It counts only when it is newer, and never ends a turn
 * whose subagents still run.
 */
export function believesFile(state: SessionState, seen: Activity): boolean {
  if (seen.at <= state.activity.at || seen.state === state.activity.state) return false
  if (seen.state === 'idle') {
    // After a failed request the file says idle within 0.1 s: the failure is the news.
    if (state.activity.state === 'rate-limited' || state.activity.state === 'failing') return false
    // It also says idle between a start, or a prompt just typed, and the moment that is taken up.
    if (state.activity.source === 'host' && seen.at - state.activity.at < PROMPT_TAKEN_MS) return false
  }
  if (state.background > 0 && seen.state === 'idle') return false
  // A question known by hook is more exact than the file's word for the same dialog.
  if (state.questions.length > 0 && seen.state !== 'idle' && seen.state !== 'working') return false
  return true
}
