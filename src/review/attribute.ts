/**
 * Which turn every changed line came from. Pure.
 *
 * The states of a file are compared one after another, and each line is followed through them. An added line
 * belongs to the turn whose state first holds it, a removed one to the turn whose state first lacks it. Between
 * two states there may be several shortest ways, and the whole comparison may take another line for the same than
 * the turns did (a line that moved, one of several equal ones). Such a line belongs to the last turn that changed
 * the file: there its place came about. So every added and every removed line has exactly one turn.
 */
import { diffLines, type Edit } from './diff.ts'

/** A file in one state. */
export interface Version {
  /** Null: it does not exist there. */
  lines: readonly string[] | null
  /** Turn whose state this is; null: main's own, or where the comparison begins. */
  turn: number | null
}

export interface Attribution {
  /** Of each new line that the edits add, from 0. */
  added: ReadonlyMap<number, number | null>
  /** Of each old line that they remove, from 0. */
  removed: ReadonlyMap<number, number | null>
}

interface Followed {
  /** For each line of the last state: the index of the state that brought it; null: the first had it. */
  origins: (number | null)[]
  /** For each line of the first state that the last lacks: the index of the state that lost it. */
  fates: Map<number, number>
  /** The last turn that changed anything. */
  last: number | null
}

/** @param versions the first state, those between, the last */
function follow(versions: readonly Version[]): Followed {
  /** Index in the first state, or that of the state that brought the line. */
  let lines: { first: number | null; state: number | null }[] = (versions[0]?.lines ?? []).map(
    (_, first) => ({
      first,
      state: null,
    }),
  )
  const fates = new Map<number, number>()
  let last: number | null = null
  for (let state = 1; state < versions.length; state += 1) {
    const [from, to] = [versions[state - 1]?.lines ?? [], versions[state]?.lines ?? []]
    const edits = from === to ? [] : diffLines(from, to)
    if (edits.length === 0) continue
    const next: typeof lines = []
    let at = 0
    for (const { a, aEnd, b, bEnd } of edits) {
      for (const line of lines.slice(at, a)) next.push(line)
      for (const { first } of lines.slice(a, aEnd)) if (first !== null) fates.set(first, state)
      for (let line = b; line < bEnd; line += 1) next.push({ first: null, state })
      at = aEnd
    }
    for (const line of lines.slice(at)) next.push(line)
    lines = next
    last = versions[state]?.turn ?? last
  }
  return { origins: lines.map(({ state }) => state), fates, last }
}

/**
 * @param edits from the old side to the new one
 * @param back states that lead to the new side, which is the last
 * @param forth states that lead away from the old side, which is the first; several ways: where a line is lost on
 *   the first step of one, the next is asked
 */
export function attribute(
  edits: readonly Edit[],
  back: readonly Version[],
  forth: readonly (readonly Version[])[],
): Attribution {
  const behind = follow(back)
  const ahead = forth.map((versions) => (versions === back ? behind : follow(versions)))
  const added = new Map<number, number | null>()
  const removed = new Map<number, number | null>()
  const ofAdded = (line: number) => {
    const state = behind.origins[line]
    return typeof state === 'number' ? (back[state]?.turn ?? null) : behind.last
  }
  const ofRemoved = (line: number) => {
    for (const [way, { fates, last }] of ahead.entries()) {
      const state = fates.get(line)
      const more = way < ahead.length - 1
      if (state === undefined && !more) return last
      if (state !== undefined && (state > 1 || !more)) return forth[way]?.[state]?.turn ?? null
    }
    return null
  }
  for (const { a, aEnd, b, bEnd } of edits) {
    for (let line = b; line < bEnd; line += 1) added.set(line, ofAdded(line))
    for (let line = a; line < aEnd; line += 1) removed.set(line, ofRemoved(line))
  }
  return { added, removed }
}
