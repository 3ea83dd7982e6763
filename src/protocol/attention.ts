/** What waits for the person, and what ends each wait: as data, so that every client settles it alike. */
import type { Answer } from './session.ts'

/** A client says this often what it has before the person's eyes, ms. */
export const SHOWING_EVERY_MS = 10_000
/** And is believed for so long: one that died hides nothing longer, ms. */
export const SHOWING_HOLDS_MS = 30_000

export type AttentionKind =
  | 'permission'
  | 'question'
  /** A session says something to the person, and takes an answer. */
  | 'message'
  | 'plan'
  /** A dialog in the terminal that no hook told of. */
  | 'dialog'
  | 'setup-failed'
  | 'interrupted'
  | 'failed'
  | 'rate-limited'
  | 'conflict'
  | 'ejected'
  | 'diverged'
  | 'removal-refused'
  | 'blocked-wait'
  /** It wrote what another session owns. */
  | 'overlap'
  /** Handed off: to be reviewed. */
  | 'ready'
  /** A turn has ended, and the person has not looked since. */
  | 'done'
  | 'wants-paths'
  /** It was given a prompt, and nothing says that it has taken it up. */
  | 'unconfirmed'
  | 'unknown'
  /** The target itself fails its checks. */
  | 'train-red'
  /** The person's own checkout is in the way of a landing. */
  | 'train-blocked'
  | 'train-paused'
  | 'train-waiting'

export interface AttentionItem {
  /** The same for as long as the same thing waits. */
  id: string
  kind: AttentionKind
  /** Null: of the train alone. */
  session: { id: string; name: string } | null
  repository: { id: string; root: string }
  /** One sentence, of words that agents and repositories may have written. */
  why: string
  /** From when on it waits, ms since the epoch. */
  since: number
  /** How old the evidence was when the list was made, ms. */
  age: number
  blocks: {
    /** Names of the sessions that stand still for it, its own among them. */
    sessions: string[]
    /** Changes on the train that stand still for it. */
    train: number
  }
  /** The command line that is most likely to settle it: that of the first action. */
  action: string
  /** Most likely first. */
  actions: AttentionAction[]
}

/** One way to settle an item, or to look closer at it. */
export interface AttentionAction {
  /** One character, its own among those of the item. */
  key: string
  label: string
  /** What the person has to say for it; null: nothing. See {@link completed}. */
  needs: AttentionNeed | null
  does: AttentionCall | AttentionLook
  /** What a person would type; words to be given stand in capitals. */
  command: string
}

export interface AttentionNeed {
  /** `choices`: a list of labels for each of the session's questions. */
  what: 'text' | 'choices'
  ask: string
  /** Nothing said is an answer too. */
  optional: boolean
  /** Where in the input of the call it goes. */
  into: readonly string[]
}

interface OfSession {
  repo: null
  /** Id of the session. */
  name: string
}
interface OfChange {
  repo: string
  change: string
}

/** Inputs of the procedures that settle something. `api.ts` holds them to its own table. */
export interface AttentionInputs {
  answer: OfSession & { question: string; answer: Answer }
  send: OfSession & { text: string }
  resume: OfSession & { text?: string }
  interrupt: OfSession
  update: OfSession
  /** `approved`: nothing else than what was approved. */
  land: OfSession & { approved: boolean; resolveWith?: string }
  /** As it was last looked at, else as it is. */
  approve: OfSession & { land: boolean }
  allow: OfSession & { globs: string[] }
  rm: OfSession & { discard: boolean }
  seen: OfSession & { how: 'dismissed' }
  dismiss: OfSession & { item: string }
  trainRetry: OfChange & { resolveWith?: string }
  trainHold: OfChange & { why: string }
  trainResume: { repo: string }
}
export type AttentionProcedure = keyof AttentionInputs

export type AttentionCall = {
  [P in AttentionProcedure]: { call: P; input: AttentionInputs[P] }
}[AttentionProcedure]

/** Nothing is settled by it: the client shows this. */
export interface AttentionLook {
  show: 'terminal' | 'screen' | 'review' | 'diff' | 'setup-log' | 'checks-log' | 'why' | 'train'
  /** Root of the repository. */
  repo: string
  /** Id of the session; null: of the train. */
  session: string | null
}

/** What waits, as words: of which kind it is, and why. */
export function waitsAs({ kind, why }: Pick<AttentionItem, 'kind' | 'why'>): string {
  return `${kind.replaceAll('-', ' ')}: ${why}`
}

/** The item of an ejected change; absent: it does not wait for the person. */
export function itemOfChange(items: readonly AttentionItem[], change: string): AttentionItem | undefined {
  return items.find(({ actions }) =>
    actions.some(({ does }) => 'call' in does && does.call === 'trainRetry' && does.input.change === change),
  )
}

/** How many sessions and changes an item holds up. */
export function heldUpBy({ blocks }: Pick<AttentionItem, 'blocks'>): number {
  return blocks.sessions.length + blocks.train
}

/** The call of an action with what the person said in its place. */
export function completed(
  call: AttentionCall,
  need: AttentionNeed,
  said: string | string[][],
): AttentionCall {
  return { call: call.call, input: placed(call.input, need.into, said) } as AttentionCall
}

function placed(value: unknown, [first, ...rest]: readonly string[], said: unknown): unknown {
  if (first === undefined) return said
  if (Array.isArray(value))
    return value.map((each, i) => (String(i) === first ? placed(each, rest, said) : each))
  const object = value as Record<string, unknown>
  return { ...object, [first]: placed(object[first], rest, said) }
}

/** The list, and how the review limit stands. */
export interface AttentionView {
  /** In the order in which they should be settled. */
  items: AttentionItem[]
  /** For each item, by its place: why it stands there, as a sentence. */
  places: string[]
  reviews: ReviewLoad[]
}

/** Work of one repository that waits unreviewed, against its limit. */
export interface ReviewLoad {
  repository: { id: string; root: string }
  limit: number
  /** Names of sessions that have handed off and are not reviewed. */
  unreviewed: string[]
  /** Names of sessions that do not start because of it. */
  held: string[]
}
