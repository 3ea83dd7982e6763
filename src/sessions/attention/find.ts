/** What of a session waits for the person, each with the actions that end the wait. Pure. */
import type { AttentionAction, AttentionItem, AttentionKind } from '../../protocol/attention.ts'
import { isLive, isOpen, type SessionState } from '../state.ts'
import { Actions } from './actions.ts'
import type { AttentionFacts } from './facts.ts'
import type { Found } from './found.ts'
import { conflicts, ejection } from './merging.ts'
import { readyAs } from './ready.ts'

/** While one of these waits, the session itself stands still. */
const STANDS_STILL: ReadonlySet<AttentionKind> = new Set<AttentionKind>([
  'permission',
  'question',
  'plan',
  'dialog',
  'setup-failed',
  'interrupted',
  'failed',
  'rate-limited',
  'ejected',
  'blocked-wait',
])

/** Most urgent first: what blocks the agent, then what went wrong, then what is ready. */
export function attention(s: SessionState, facts: AttentionFacts): AttentionItem[] {
  if (!isOpen(s)) return []
  const does = new Actions(s, facts)
  const working = isLive(s) && (s.activity.state === 'working' || s.background > 0)
  const ejected = ejection(s, facts, does, working)
  const urgent = [
    ...asked(s, does),
    ...said(s, does),
    ...unconfirmed(s, facts, does),
    ...broken(s, does),
    ...unsettled(s, does),
    ...ejected,
  ]
  const mine = facts.train?.session?.id === s.id && s.stage === 'on-train' ? [facts.train] : []
  // One matter is one item.
  const told = working || (ejected.length > 0 && facts.change?.conflicts)
  const later = [...unclear(s, does), ...(told ? [] : conflicts(s, does)), ...overlaps(s, facts, does)]
  const open = urgent.length + mine.length + later.length > 0
  const item = (found: Found): AttentionItem => itemOf(s, found, facts)
  const rest = working ? [] : [...(open ? [] : finished(s, facts, does)), ...wantsPaths(s, does)]
  return [...urgent.map(item), ...mine, ...[...later, ...rest].map(item)].filter(
    ({ id }) => !s.dismissed.includes(id),
  )
}

function itemOf(s: SessionState, found: Found, facts: AttentionFacts): AttentionItem {
  const { kind, why, since, seen = since, key = `${s.process.generation}.${s.turns}`, actions } = found
  const id = `${kind}:${s.id}:${key}`
  const still = STANDS_STILL.has(kind) ? [s.name] : []
  const all = DISMISSIBLE.has(kind) ? [...actions, new Actions(s, facts).dismiss(id)] : actions
  return {
    ...{ id, kind, why, since, actions: all },
    session: { id: s.id, name: s.name },
    repository: { id: s.repository, root: facts.root },
    age: Math.max(0, facts.now - seen),
    blocks: { sessions: [...still, ...facts.heldUp], train: 0 },
    action: actions[0]?.command ?? `worktrain why ${s.name}`,
  }
}

/** What the person may want to be as it is. */
const DISMISSIBLE: ReadonlySet<AttentionKind> = new Set<AttentionKind>([
  'failed',
  'rate-limited',
  'conflict',
  'ejected',
  'diverged',
  'removal-refused',
  'overlap',
  'message',
  'unconfirmed',
  'wants-paths',
  'unknown',
])

function asked(s: SessionState, does: Actions): Found[] {
  if (s.questions.length > 0)
    return s.questions.map((q) => ({
      kind: q.kind,
      why: q.summary,
      since: q.openedAt,
      key: q.id,
      actions: does.question(q),
    }))
  // The terminal shows a dialog that no hook told of: it can only be answered there.
  const shown = isLive(s) && ['needs-permission', 'needs-answer', 'plan-ready'].includes(s.activity.state)
  if (!shown) return []
  const { evidence: why, at: since } = s.activity
  return [{ kind: 'dialog', why, since, actions: [does.attach(), does.interrupt()] }]
}

function broken(s: SessionState, does: Actions): Found[] {
  const found: Found[] = []
  const { failed } = s.workspace
  if (failed) {
    const log = does.look('e', 'what the set-up printed', 'setup-log', 'logs', '--setup')
    const actions = [does.resume(), log, does.remove('x', 'remove it', false)]
    found.push({ kind: 'setup-failed', why: failed.message, since: failed.at, key: `${failed.at}`, actions })
  }
  const { process, activity } = s
  if (process.state === 'lost') {
    const actions = [does.resume(), ...does.terminal()]
    found.push({ kind: 'interrupted', why: process.why, since: process.since, actions })
  }
  const { evidence: why, at: since } = activity
  const again = does.told('r', 'go on', 'Go on.')
  const talk = [...does.message(), ...does.terminal()]
  if (activity.state === 'rate-limited')
    found.push({
      ...{ kind: 'rate-limited', why, since },
      actions: [does.screen(), ...again, ...talk],
    })
  if (activity.state === 'failing' && s.stage !== 'landed')
    found.push({
      kind: 'failed',
      why,
      since,
      actions: isLive(s) ? [...again, ...talk] : [does.resume(), ...talk],
    })
  return found
}

function unsettled(s: SessionState, does: Actions): Found[] {
  const found: Found[] = []
  const why = does.look('y', 'how it came about', 'why', 'why')
  if (s.diverged)
    found.push({
      kind: 'diverged',
      why: `branch ${s.branch} was moved outside the session; both commits are kept`,
      since: s.activity.at,
      key: s.diverged.theirs,
      actions: [why, ...does.message()],
    })
  if (s.removal.refused.length > 0)
    found.push({
      kind: 'removal-refused',
      why: s.removal.refused.join('; '),
      since: s.activity.at,
      actions: [why, does.land(), does.remove('x', 'remove it all the same, into the trash', true)],
    })
  if (s.stage === 'waiting' && s.waitsBecause === 'discarded')
    found.push({
      ...{ kind: 'blocked-wait', why: s.stageWhy, since: s.createdAt },
      actions: [does.remove('x', 'remove it', false), why],
    })
  return found
}

function unclear(s: SessionState, does: Actions): Found[] {
  if (s.stage !== 'active' || s.activity.state !== 'unknown' || !isLive(s)) return []
  const { evidence, at } = s.activity
  return [
    {
      kind: 'unknown',
      why: `nothing is known since: ${evidence}`,
      since: at,
      key: `${at}`,
      actions: [does.screen(), does.interrupt(), does.attach()],
    },
  ]
}

function overlaps(s: SessionState, { overlaps: found }: AttentionFacts, does: Actions): Found[] {
  return found.map(({ with: other, paths }) => ({
    kind: 'overlap',
    why: `wrote ${named(paths)}, which ${other} owns`,
    since: s.activity.at,
    key: `${other}.${paths.length}`,
    actions: [
      does.allow('a', paths.slice(-NAMED_MAX)),
      ...does.message(),
      does.look('d', 'its diff', 'diff', 'diff'),
    ],
  }))
}

/** Came to rest, and the person has not looked since; what they have seen is idle. */
function finished(s: SessionState, facts: AttentionFacts, does: Actions): Found[] {
  if (s.stage === 'handed-off')
    return [
      {
        kind: 'ready',
        why: readyAs(s, facts),
        since: s.handoff?.at ?? s.activity.at,
        actions: handedOff(facts, does),
      },
    ]
  const unseen = s.endedAt !== null && s.endedAt > (s.seenAt ?? 0)
  if (s.stage !== 'active' || s.activity.state !== 'idle' || !unseen) return []
  const actions = [does.review(), does.seen(), ...does.message(), does.land(), ...does.terminal()]
  // What it said stands beside it; of a program there is no more than how it ended.
  const why = s.lastMessage === '' ? s.activity.evidence : 'a turn has ended'
  return [{ kind: 'done', why, since: s.endedAt ?? s.activity.at, actions }]
}

/** What was decided on the work says what comes next. */
function handedOff(facts: AttentionFacts, does: Actions): AttentionAction[] {
  const { reviewed, rejected } = facts
  const back = does.message('hand it back with a message')
  if (reviewed && facts.uncommitted)
    return [
      ...does.told('C', 'have it committed', 'Commit your work.'),
      does.review(),
      ...back,
      ...does.terminal(),
    ]
  if (reviewed) return [does.landApproved(), does.review(), ...back, ...does.terminal()]
  if (rejected === null) return [does.review(), ...does.approve(), ...back, does.land(), ...does.terminal()]
  return [
    ...does.moreWords(),
    does.review('look at it again'),
    does.remove('x', 'remove it, into the trash', true),
    ...does.approve(' after all'),
    ...does.terminal(),
  ]
}

/** Paths that one line names. */
const NAMED_MAX = 3

function named(paths: readonly string[]): string {
  const shown = paths.slice(-NAMED_MAX)
  return shown.join(', ') + (paths.length > shown.length ? ` and ${paths.length - shown.length} more` : '')
}

/** What the session itself says: it may go on meanwhile, and an answer is its next prompt. */
function said(s: SessionState, does: Actions): Found[] {
  return s.messages.map(({ id, text, at }) => ({
    kind: 'message',
    why: text,
    since: at,
    key: id,
    actions: [...does.message('answer'), ...does.terminal()],
  }))
}

/** Characters of a prompt that one line tells. */
const PROMPT_TOLD = 120

/** A prompt that was given before the process ended, or that left the terminal idle: the person says it again or not. */
function unconfirmed(s: SessionState, { tellsPrompts }: AttentionFacts, does: Actions): Found[] {
  if (!tellsPrompts) return []
  const rests = (since: number): boolean =>
    !isLive(s) || (s.activity.state === 'idle' && s.activity.at > since)
  return s.given
    .filter(({ at }) => rests(at))
    .map(({ prompt, text, at }) => ({
      kind: 'unconfirmed',
      why: `not known whether this has arrived: ${text.slice(0, PROMPT_TOLD)}`,
      since: at,
      key: prompt,
      actions: [...does.told('r', 'send it again', text), ...does.terminal()],
    }))
}

/** Last, and one for all: it did what it could without them, and only the person knows whether it may. */
function wantsPaths(s: SessionState, does: Actions): Found[] {
  const paths = s.wanted.map(({ path }) => path)
  if (paths.length === 0 || (s.stage !== 'active' && s.stage !== 'handed-off')) return []
  const since = s.wanted.at(-1)?.at ?? 0
  const asked = s.wanted.findLast((each) => each.asked !== undefined)?.asked
  const why =
    asked === undefined
      ? `was refused ${named(paths)}, outside what it owns`
      : `asks for ${named(paths)}, outside what it owns: ${asked}`
  const actions = [does.allow('a', paths.slice(-NAMED_MAX)), ...does.message()]
  return [{ kind: 'wants-paths', why, since, key: `${since}`, actions }]
}
