/** States and sizes of sessions as words, the same in a terminal and in a browser. Pure. */
import type { SessionView, ShownIn } from '../protocol/api.ts'

/** What it is doing, in a word or two. */
export function doing(s: SessionView): string {
  if (s.question !== null) return ASKS[s.question.kind]
  if (s.takenBack !== null) return 'taken back'
  if (isStaged(s)) return STAGES[s.stage] ?? s.stage
  if (s.process.state === 'lost') return 'interrupted'
  if (s.process.state === 'exited' && s.activity.state !== 'idle') return 'ended'
  if (s.activity.state === 'idle') return atRest(s)
  return ACTIVITIES[s.activity.state] ?? s.activity.state
}

/** When that was seen: a stage is as old as it is, whatever its process did before or since. */
export function seenDoing(s: SessionView): number {
  if (s.question === null && s.takenBack !== null) return s.takenBack.at
  return s.question === null && isStaged(s) ? s.stageAt : s.activity.at
}

/** Its stage says more than what its process does. */
const isStaged = ({ stage }: SessionView): boolean => stage !== 'active' && stage !== 'handed-off'

/** What the person has not looked at since is not idle. */
function atRest({ stage, attention }: SessionView): string {
  if (stage === 'handed-off') return 'handed off'
  return attention.some(({ kind }) => kind === 'done') ? 'turn done' : 'idle'
}

/** What it waits for says more than what was seen last. */
const ASKS = { permission: 'asks for permission', question: 'asks', plan: 'has a plan' } as const

const STAGES: Record<string, string> = {
  planned: 'planned',
  waiting: 'waits',
  preparing: 'being prepared',
  'in-review': 'in review',
  'on-train': 'on the train',
  landed: 'landed',
  discarded: 'discarded',
}

const ACTIVITIES: Record<string, string> = {
  working: 'working',
  'needs-permission': 'asks for permission',
  'needs-answer': 'asks',
  'plan-ready': 'has a plan',
  'rate-limited': 'rate limited',
  failing: 'failing',
  unknown: 'unknown',
}

/** How much its work is, as it was last counted; null: nothing, or not known. */
export function sizeOf({ work }: Pick<SessionView, 'work'>): SessionView['work'] {
  return work === null || work.files === 0 ? null : work
}

/** What its agent says it has cost, dollars: in its records, else in its status line; null: nowhere. */
export function costOf({ usage }: Pick<SessionView, 'usage'>): number | null {
  return usage?.costUsd ?? usage?.told?.costUsd ?? null
}

/** What a checkout of the person's shows of a session, in a few words. */
export function lookOf({ checkout, n, behind }: ShownIn): string {
  return `${baseName(checkout)} shows snapshot ${n}${behind === 0 ? '' : ` (${behind} behind)`}`
}

/** Last part of a path. */
export function baseName(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) ?? path
}
