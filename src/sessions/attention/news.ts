/** Which items the person is to be told of, and in which words. Pure. */
import type { AttentionItem } from '../../protocol/attention.ts'
import { clipped, HIDDEN, spaced } from '../../protocol/hidden.ts'
import type { PushMessage } from '../../protocol/web-api.ts'

export interface News {
  /** Items to tell of now. */
  fresh: AttentionItem[]
  /** Ids of everything that counts as told from now on. */
  told: string[]
}

/**
 * Once for each item, and never for what is before the person's eyes: that counts as told.
 * @param told ids of what they were told of before
 * @param shown is it before their eyes?
 */
export function newsOf(
  items: readonly AttentionItem[],
  told: ReadonlySet<string>,
  shown: (item: AttentionItem) => boolean,
): News {
  const unknown = items.filter(({ id }) => !told.has(id))
  return { fresh: unknown.filter((item) => !shown(item)), told: unknown.map(({ id }) => id) }
}

/** Longest line, characters: what it says was written by agents and repositories. */
const LINE_MAX = 200
/** Longest path of a repository that a message leads to, characters. */
const ROOT_MAX = 500
/** Items told by name. */
const NAMED_MAX = 4

export interface Message {
  title: string
  body: string
}

/** One message for all of them; @param items at least one, in order */
export function messageOf(items: readonly AttentionItem[]): Message {
  const [first] = items
  const rows = items.slice(0, NAMED_MAX).map((item) => plain(`${nameOf(item)}: ${item.kind}: ${item.why}`))
  const more = items.length > NAMED_MAX ? [`and ${items.length - NAMED_MAX} more`] : []
  const only = items.length === 1 && first
  return {
    title: only ? plain(`${nameOf(first)} needs you: ${first.kind}`) : `${items.length} things need you`,
    body: only ? plain(first.why) : [...rows, ...more].join('\n'),
  }
}

/** Where the person is led from it: null to all that waits. @param items as {@link messageOf} has them */
export function aboutOf(items: readonly AttentionItem[]): PushMessage['about'] {
  const [only, ...more] = items
  if (only === undefined || more.length > 0) return null
  const { session, repository } = only
  if (session) return { session: session.id }
  return repository.root.length > ROOT_MAX ? null : { train: repository.root }
}

function nameOf({ session, repository }: AttentionItem): string {
  return session?.name ?? `the train of ${repository.root.split('/').at(-1) ?? ''}`
}

/** One line without controls, and without what is read as mark-up by desktops that know some. */
function plain(text: string): string {
  const line = spaced(text.toWellFormed().replace(HIDDEN, ' '))
    .replaceAll('&', '+')
    .replaceAll('<', '(')
    .replaceAll('>', ')')
  return clipped(line, LINE_MAX)
}
