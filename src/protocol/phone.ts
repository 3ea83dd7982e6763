/**
 * What may be done from a phone: one table, by which the supervisor decides and the page shows what is barred. Pure.
 *
 * A phone is lost more easily than a machine. From it the person settles what waits; what sets up, starts, deletes
 * or lasts is done at the machine.
 */
import type { Procedure } from './api.ts'
import type { PhoneScope } from './phone-access.ts'
import type { Answer } from './session.ts'

const never = null

/** The least scope for each procedure; null: never from a phone. */
export const ON_A_PHONE: Readonly<Record<Procedure, PhoneScope | null>> = {
  hello: 'look',
  status: 'look',
  repositories: 'look',
  sessions: 'look',
  session: 'look',
  why: 'look',
  attention: 'look',
  overview: 'look',
  screen: 'look',
  logs: 'look',
  conversation: 'look',
  diff: 'look',
  review: 'look',
  comments: 'look',
  snapshots: 'look',
  train: 'look',
  trainLog: 'look',
  whyCommit: 'look',
  trash: 'look',
  usage: 'look',
  config: 'look',
  doctor: 'look',
  events: 'look',
  spotlights: 'look',
  spotlightsKept: 'look',
  pushStatus: 'look',

  answer: 'answer',
  send: 'answer',
  allow: 'answer',
  interrupt: 'answer',
  stop: 'answer',
  resume: 'answer',
  update: 'answer',
  // Whoever only looks must not keep the person from being told.
  seen: 'answer',
  dismiss: 'answer',
  showing: 'answer',
  note: 'answer',
  pin: 'answer',
  reviewSeen: 'answer',
  reviewMark: 'answer',
  comment: 'answer',
  commentReword: 'answer',
  commentRemove: 'answer',
  commentResolve: 'answer',
  reviewSend: 'answer',
  approve: 'answer',
  reject: 'answer',
  land: 'answer',
  trainPause: 'answer',
  trainResume: 'answer',
  trainEject: 'answer',
  trainRetry: 'answer',
  trainHold: 'answer',
  trainRelease: 'answer',
  trainPriority: 'answer',
  // The supervisor sends something out for it; and what is told once is not told again.
  pushKey: 'answer',
  pushStart: 'answer',
  pushEnd: 'answer',
  notifyTest: 'answer',

  // Starts something, or takes it away.
  run: never,
  plan: never,
  rename: never,
  rm: never,
  restore: never,
  snapshotRestore: never,
  undo: never,
  clean: never,
  // An address at which the machine answers itself is another machine's own on the phone.
  preview: never,
  // The person's own checkout.
  spotlight: never,
  spotlightOff: never,
  shutdown: never,
  // Settings, trust, grants: they show as well as change.
  trust: never,
  approvals: never,
  notifyStatus: never,
  grant: never,
  // Who has access.
  webOpen: never,
  webStatus: never,
  webRevoke: never,
  webClose: never,
  phoneOpen: never,
  phoneStatus: never,
  phoneRevoke: never,
  phoneClose: never,
  // Of sessions.
  board: never,
  report: never,
  askPaths: never,
  tellPerson: never,
  startOther: never,
  landOther: never,
}

/** @returns why a phone may not do this, as a sentence for the person; null: it may */
export function barredOnPhone(scope: PhoneScope, name: Procedure, input: unknown): string | null {
  const least = ON_A_PHONE[name]
  if (!least) return 'That is done at the machine, not from a phone.'
  if (least === 'answer' && scope === 'look') return 'This phone may only look.'
  const { answer, resolveWith } = (input ?? {}) as { answer?: Partial<Answer>; resolveWith?: unknown }
  if (name === 'answer' && answer?.kind === 'allow' && answer.always === true)
    return 'What is allowed for good is allowed at the machine; a phone allows once.'
  if (resolveWith !== undefined) return 'An agent is started at the machine, not from a phone.'
  return null
}
