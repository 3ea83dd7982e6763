/** The part of a conversation that a page holds: its end, followed, and what was asked for before it. Pure. */
import type { ConversationEntry, ConversationView } from '../protocol/conversation.ts'

export type Placed = ConversationEntry & { of: string }

export interface Held extends Pick<ConversationView, 'source' | 'why' | 'earlier'> {
  /** Without a gap, oldest first. */
  entries: readonly Placed[]
}

/** Entries that are asked for at a time. */
export const PAGE = 60
/** Entries that a page which follows holds at most: what is before them can be asked for again. */
const HELD_MAX = 400
/** A tool among the newest so many may still get its result. */
const OPEN_WITHIN = 200

/** How many of the newest to ask for: also those tools of which it is not known yet what came of them. */
export function wantedOf(held: Held | null): number {
  const recent = (held?.entries ?? []).slice(-OPEN_WITHIN)
  const open = recent.findIndex(({ tool }) => tool !== undefined && tool.result === undefined)
  return Math.max(PAGE, open === -1 ? 0 : recent.length - open)
}

/**
 * @param page the newest entries
 * @param following whoever reads is at the end: what is far before it may go
 */
export function withNewest(held: Held | null, page: ConversationView, following: boolean): Held {
  const { source, why, of } = page
  const fresh = placed(page)
  const first = fresh[0]?.place ?? Infinity
  const known = held?.entries ?? []
  // Otherwise something may be missing between them.
  const meets = known.some((each) => each.of === of && each.place >= first)
  const before = meets ? known.filter((each) => each.of !== of || each.place < first) : []
  const all = [...before, ...fresh]
  const entries = following ? all.slice(-HELD_MAX) : all
  const [oldest] = entries
  const earlier =
    oldest && entries.length < all.length
      ? { of: oldest.of, place: oldest.place }
      : before.length > 0 && held
        ? held.earlier
        : page.earlier
  return { source, why, entries, earlier }
}

/** @param page what `held.earlier` led to, when it was asked for */
export function withEarlier(held: Held, asked: Held['earlier'], page: ConversationView): Held {
  // Meanwhile another conversation began, or what was before it has gone from the page.
  if (held.earlier?.of !== asked?.of || held.earlier?.place !== asked?.place) return held
  return { ...held, entries: [...placed(page), ...held.entries], earlier: page.earlier }
}

function placed({ of, entries }: ConversationView): Placed[] {
  return entries.map((entry) => ({ ...entry, of }))
}
