/** A glob as a small automaton over characters, which accepts every path the glob matches. */

/** Inclusive ranges of code points. */
export type Ranges = readonly (readonly [number, number])[]

export interface Automaton {
  /** For each state its moves; `on: null` is taken without a character. State 0 is the start. */
  moves: { on: Ranges | null; to: number }[][]
  end: number
}

const SLASH = 47
const LAST = 0x10ffff
const ANY: Ranges = [[0, LAST]]
const NOT_SLASH: Ranges = [
  [0, SLASH - 1],
  [SLASH + 1, LAST],
]

/**
 * Sound, not exact: the automaton may accept more than the glob matches, never less. What is rare and
 * has surprising rules (extended globs, quantifiers, quotes, POSIX classes) counts as "anything from
 * here on".
 */
export function automatonOf(pattern: string): Automaton {
  const moves: Automaton['moves'] = [[]]
  const state = () => moves.push([]) - 1
  const move = (from: number, on: Ranges | null, to: number) => void moves[from]?.push({ on, to })

  const loop = (from: number, on: Ranges): number => {
    const next = state()
    move(from, null, next)
    move(next, on, next)
    return next
  }
  const literal = (from: number, text: string): number => {
    let at = from
    for (const char of text) {
      const code = char.codePointAt(0) ?? 0
      const next = state()
      move(at, [[code, code]], next)
      at = next
    }
    return at
  }

  /** Reads `text` from state `from`; returns the state after it. */
  const read = (text: string, from: number, nested: boolean): number => {
    let at = from
    for (let index = 0; index < text.length;) {
      const rest = text.slice(index)
      const segmentStart = index === 0 || text[index - 1] === '/'
      if (!nested && rest === '/**') {
        // Everything below, and the directory itself.
        const below = loop(literal(at, '/'), ANY)
        const next = state()
        move(at, null, next)
        move(below, null, next)
        at = next
        index += 3
      } else if (!nested && segmentStart && rest.startsWith('**/')) {
        const next = literal(loop(at, ANY), '/')
        move(at, null, next)
        at = next
        index += 3
      } else if (/^\/?\*\*/.test(rest) && (nested || rest.startsWith('**'))) {
        // Not a whole segment, or among alternatives: picomatch may drop a slash beside it.
        const taken = nested ? /^\/?\*\*\/?/.exec(rest)?.[0].length : 2
        at = loop(at, ANY)
        index += taken ?? 2
      } else if (rest.startsWith('*')) {
        at = loop(at, NOT_SLASH)
        index += 1
      } else if (rest.startsWith('?')) {
        const next = state()
        move(at, NOT_SLASH, next)
        at = next
        index += 1
      } else if (rest.startsWith('[')) {
        const set = /^\[[!^]?([^\][\\/:]+)\]/.exec(rest)
        if (!set) return loop(at, ANY)
        const next = literal(at, set[0])
        move(at, rangesOf(set[0]), next)
        at = next
        index += set[0].length
      } else if (rest.startsWith('{')) {
        const group = braces(rest)
        if (!group) return loop(at, ANY)
        const next = state()
        for (const part of group.parts) move(read(part, at, true), null, next)
        at = next
        index += group.length
      } else if (rest.startsWith('\\') && rest.length > 1) {
        const char = String.fromCodePoint(rest.codePointAt(1) ?? 0)
        at = literal(at, char)
        index += 1 + char.length
      } else {
        const char = String.fromCodePoint(rest.codePointAt(0) ?? 0)
        at = literal(at, char)
        index += char.length
      }
    }
    return at
  }

  // `**` beside `**` says nothing new.
  const glob = pattern.replace(/(?<=^|\/)\*\*(\/\*\*)+(?=$|\/)/g, '**')
  const odd = firstOdd(glob)
  const end = odd === null ? read(glob, 0, false) : loop(read(glob.slice(0, odd), 0, false), ANY)
  return { moves, end }
}

/** Where a construct begins that is not read here, or null. Alternatives belong to what is before them. */
function firstOdd(pattern: string): number | null {
  if (/[|"]|^!|\*{3}/.test(pattern)) return 0
  const at = pattern.search(/[@!*+?]?\(|[\]}][+]/)
  if (at === -1) return null
  // A brace, class or escape around it would be cut in two.
  const before = pattern.search(/[{[\\]/)
  return before === -1 ? at : Math.min(at, before)
}

/** `[a-c]` as ranges; without the slash when it is negated. */
function rangesOf(set: string): Ranges {
  const negated = set[1] === '!' || set[1] === '^'
  const chars = [...set.slice(negated ? 2 : 1, -1)].map((char) => char.codePointAt(0) ?? 0)
  // What a negated class leaves out differs from what a range leaves in: be generous.
  if (negated) return NOT_SLASH
  const ranges: [number, number][] = []
  for (let index = 0; index < chars.length; index += 1) {
    const low = chars[index] ?? 0
    const high = chars[index + 2]
    if (chars[index + 1] === 45 && high !== undefined) {
      ranges.push([low, high])
      index += 2
    } else ranges.push([low, low])
  }
  return ranges
}

/** The alternatives of `{a,b}` at the start of `text`; null when they are not plain alternatives. */
function braces(text: string): { parts: string[]; length: number } | null {
  const parts = ['']
  let depth = 0
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? ''
    if (char === '{' && (depth += 1) === 1) continue
    if (char === '}' && (depth -= 1) === 0) {
      const range = parts.length === 1
      return range ? null : { parts, length: index + 1 }
    }
    if (char === '\\') {
      parts[parts.length - 1] += char + (text[index + 1] ?? '')
      index += 1
    } else if (char === ',' && depth === 1) parts.push('')
    else parts[parts.length - 1] += char
  }
  return null
}
