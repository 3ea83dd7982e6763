/** What an agent says of review comments in its handoff, read back from whatever came. Pure. */
import type { ReviewReply } from '../protocol/index.ts'

/** More than a review ever has. */
const REPLIES_MAX = 500
/** Characters of one reply. */
const REPLY_MAX = 4000

/** Is this key of a handoff, lower case and letters only, the list of replies? */
export function isReview(word: string): boolean {
  return word === 'review' || word === 'reviewcomments' || word === 'comments'
}

/** @param value what YAML made of it: a list of maps, a map by comment; or, where it was no YAML, its lines */
export function repliesOf(value: unknown): ReviewReply[] {
  const items =
    typeof value === 'string'
      ? ofLines(value)
      : Array.isArray(value)
        ? value.flatMap(ofItem)
        : isMap(value)
          ? Object.entries(value).flatMap(([comment, said]) =>
              ofItem(isMap(said) ? { comment, ...said } : { [comment]: said }),
            )
          : []
  return items.slice(0, REPLIES_MAX)
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function ofItem(item: unknown): ReviewReply[] {
  if (typeof item === 'string') return ofLines(item)
  if (!isMap(item)) return []
  const fields = new Map(Object.entries(item).map(([name, said]) => [name.toLowerCase(), inWords(said)]))
  const id = fields.get('comment') ?? fields.get('id')
  if (id !== undefined)
    return reply(id, fields.get('status') ?? '', fields.get('reply') ?? fields.get('text') ?? '')
  // `c1: done, renamed it`
  return Object.entries(item).flatMap(([name, said]) => reply(name, '', inWords(said)))
}

/** `- comment: c1`, then `status: …` and `reply: …`; or `c1: done, …`. */
function ofLines(text: string): ReviewReply[] {
  const items: Record<string, string>[] = []
  for (const line of text.split('\n')) {
    const [, name = '', said = ''] = /^\s*(?:[-*]\s+)?([A-Za-z]+\d*)\s*:\s*(.*)$/.exec(line) ?? []
    const word = name.toLowerCase()
    const last = items.at(-1)
    if (word === 'comment' || word === 'id' || /^c\d+$/.test(word)) items.push({ [word]: said })
    else if (last && (word === 'status' || word === 'reply')) last[word] = said
  }
  return items.flatMap(ofItem)
}

function reply(id: string, status: string, text: string): ReviewReply[] {
  const comment = /\bc\d+\b/i.exec(id)?.[0].toLowerCase()
  if (comment === undefined) return []
  const [, first = '', rest = ''] = /^\W*(\w+)\W*([^]*)$/.exec(text) ?? []
  const said = statusOf(status) ?? statusOf(first)
  const words = statusOf(status) === null && statusOf(first) !== null ? rest : text
  return [{ comment, status: said ?? 'question', reply: words.trim().slice(0, REPLY_MAX) }]
}

/** Nothing counts as done that is not said to be. */
function statusOf(word: string): ReviewReply['status'] | null {
  if (/^(?:done|fixed|resolved|addressed|changed|yes)$/i.test(word.trim())) return 'done'
  if (/^(?:declined|rejected|wontfix|won't fix|disagree|no)$/i.test(word.trim())) return 'declined'
  if (/^(?:question|asked|unclear|open)$/i.test(word.trim())) return 'question'
  return null
}

function inWords(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
