/** A line of code in pieces: the colours of its syntax, and the words that changed. Pure. */

/** From one UTF-16 offset to another, of one kind. */
export interface Span {
  from: number
  to: number
  /** What it is in the language, such as `keyword`. */
  kind: string
}

export interface Piece {
  text: string
  kind: string
  /** It differs from the line it replaces. */
  word: boolean
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'" }

/**
 * The spans of each line of highlighted code. What is read is text, elements `span` with a class, and entities,
 * which is all that the highlighter writes; none of it becomes an element of the page.
 * @param html code, as highlighted
 */
export function spansOf(html: string): Span[][] {
  const lines: Span[][] = [[]]
  const open: string[] = []
  let at = 0
  for (const [, tag, entity, plain] of html.matchAll(
    /<(\/span|span class="[^"]*")>|&(\w+|#x27);|([^<&]+)/g,
  )) {
    if (tag !== undefined) {
      if (tag === '/span') open.pop()
      else open.push(/hljs-([a-z]+)/.exec(tag)?.[1] ?? '')
      continue
    }
    const text = entity === undefined ? (plain ?? '') : (ENTITIES[entity] ?? '')
    const kind = open.findLast((each) => each !== '') ?? ''
    for (const [i, part] of text.split('\n').entries()) {
      if (i > 0) {
        lines.push([])
        at = 0
      }
      const last = lines.at(-1)?.at(-1)
      // An entity breaks no word.
      if (last?.to === at && last.kind === kind) last.to += part.length
      else if (kind !== '' && part !== '') lines.at(-1)?.push({ from: at, to: at + part.length, kind })
      at += part.length
    }
  }
  return lines
}

/**
 * @param spans in order, not overlapping
 * @param words offsets of what differs, in order
 */
export function piecesOf(
  text: string,
  spans: readonly Span[],
  words: readonly (readonly [number, number])[],
): Piece[] {
  const cuts = new Set([0, text.length])
  for (const { from, to } of spans) cuts.add(from).add(to)
  for (const [from, to] of words) cuts.add(from).add(to)
  const sorted = [...cuts].filter((cut) => cut <= text.length).toSorted((a, b) => a - b)
  return sorted.slice(1).map((to, i) => {
    const from = sorted[i] ?? 0
    return {
      text: text.slice(from, to),
      kind: spans.find((span) => span.from <= from && span.to >= to)?.kind ?? '',
      word: words.some((word) => word[0] <= from && word[1] >= to),
    }
  })
}
