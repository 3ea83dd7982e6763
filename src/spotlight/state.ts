/** What the journal knows of a spotlight: what a checkout held, what it shows, and a move that is under way. Pure. */
import type { Projection } from '../journal/journal.ts'
import type { EventMap, HeadAt, Recorded, ShownWork } from '../protocol/index.ts'

/** A look that is over, or was not begun in the end, of which something is kept still. */
export interface PastLook {
  look: string
  checkout: string
  head: HeadAt
  /** Empty: what its ref names, if there is one. */
  kept: string
  /** Of the session that was shown; empty: nothing ever was. */
  name: string
  edits: string[]
  /** When it was kept, and until when it is, ms since the epoch. */
  since: number
  until: number
}

/** The newest look in one checkout, and what is kept of those before. */
export interface SpotlightState {
  /** Of the look: names its refs and its directory. */
  look: string
  /** When what the checkout held was kept, ms since the epoch. */
  since: number
  repository: string
  checkout: string
  /** Where HEAD stood, and goes back to. */
  head: HeadAt
  /** Commit of what the checkout held: parents are HEAD and the index, as of a stash. */
  kept: string
  shown: (ShownWork & { at: number }) | null
  /** A move that is not known to be done. */
  moving: (EventMap['spotlight.moving'] & { at: number }) | null
  /** Commits that moves of this spotlight led from and to: where HEAD is at one of them, nobody else put it. */
  marks: string[]
  /** Commits with what the person changed while they looked, oldest first. */
  edits: string[]
  ended: boolean
  /** Looks that are over, this one too once it is, oldest first. */
  past: PastLook[]
}

/** Where the end of a look does not say how long what it kept is kept, as it did not always. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000

const NOTHING: SpotlightState = {
  look: '',
  since: 0,
  repository: '',
  checkout: '',
  head: { branch: null, commit: '' },
  kept: '',
  shown: null,
  moving: null,
  marks: [],
  edits: [],
  ended: true,
  past: [],
}

export const spotlightProjection: Projection<SpotlightState> = {
  aggregate: 'spotlight',
  version: 3,
  evolve(state: SpotlightState | null, event: Recorded): SpotlightState {
    const old = state ?? NOTHING
    switch (event.type) {
      case 'spotlight.begun': {
        const { repository, ...look } = event.data
        const begun = { ...look, kept: '', name: '', edits: [], since: event.at }
        return { ...old, repository, past: [...old.past, begun] }
      }
      case 'spotlight.kept': {
        const past = old.past.filter(({ look }) => look !== event.data.look)
        return { ...NOTHING, ...event.data, since: event.at, ended: false, past }
      }
      case 'spotlight.moving':
        return {
          ...old,
          moving: { ...event.data, at: event.at },
          marks: [...old.marks, event.data.from, event.data.to],
        }
      case 'spotlight.shown': {
        const work = old.moving?.shown ?? old.shown
        return { ...old, shown: work && { ...work, at: event.at }, moving: null }
      }
      case 'spotlight.edited':
        return { ...old, edits: [...old.edits, event.data.commit] }
      case 'spotlight.ended':
        return { ...old, moving: null, ended: true, past: [...old.past, pastOf(old, event)] }
      case 'spotlight.forgotten':
        return { ...old, past: old.past.filter(({ look }) => look !== event.data.look) }
      default:
        return old
    }
  },
}

/** Name of the session that is shown, or is about to be; null: none is. */
export function lookedAt({ shown, moving }: Pick<SpotlightState, 'shown' | 'moving'>): string | null {
  return shown?.name ?? moving?.shown?.name ?? null
}

function pastOf(
  { look, checkout, head, kept, edits, since, shown, moving }: SpotlightState,
  { at, data }: Pick<Recorded, 'at'> & { data: EventMap['spotlight.ended'] },
): PastLook {
  const name = lookedAt({ shown, moving }) ?? ''
  return { look, checkout, head, kept, name, edits, since, until: data.until ?? at + KEEP_MS }
}

/**
 * How far the last move came, told by HEAD alone: a move writes it first and last.
 * @param descends does HEAD hold what is shown?
 */
export function standing(
  { head: origin, shown, moving, marks }: Pick<SpotlightState, 'head' | 'shown' | 'moving' | 'marks'>,
  head: HeadAt,
  descends: boolean,
): 'shown' | 'arrived' | 'not-begun' | 'half-way' | 'elsewhere' {
  if (moving === null) return head.branch === null && shown !== null && descends ? 'shown' : 'elsewhere'
  const end = moving.head ?? { branch: null, commit: moving.to }
  if (isAt(head, end)) return 'arrived'
  if (head.branch === null && marks.includes(head.commit)) return 'half-way'
  return shown === null && moving.shown !== null && isAt(head, origin) ? 'not-begun' : 'elsewhere'
}

function isAt(head: HeadAt, other: HeadAt): boolean {
  // On its branch, wherever that has moved since.
  return head.branch === other.branch && (head.branch !== null || head.commit === other.commit)
}
