/** The states a file went through, also under other names. Pure. */
import type { Entry } from './objects.ts'

/** A state of the whole work. */
export interface State {
  tree: string
  /** The turn whose work it holds; null: none, such as main's own. */
  turn: number | null
}

/** A file in one state. @see Version of attribute.ts */
export interface Link {
  /** Of its content; null: it does not exist there. */
  id: string | null
  turn: number | null
}

export interface Chains {
  /** States that lead to the new side. */
  back: Link[]
  /** Ways that lead away from the old side. */
  forth: Link[][]
  /** Every content named in them. */
  ids: string[]
  /** Turns, ascending, in which it changed at all; in which its name or mode did. */
  touched: number[]
  reshaped: number[]
}

export const SUBMODULE = '160000'
/** Before the id of a commit of another repository: there is no such object here. */
export const GITLINK = 'commit '

/** @param steps entries between each state and the next: from the old side to the first state, and so on */
export function chainsOf(
  entry: Entry,
  steps: readonly (readonly Entry[])[],
  states: readonly State[],
  since: number,
  shortcut: readonly Entry[] | null,
): Chains {
  const turns = [...states.map(({ turn }) => turn), null]
  const touches: Touch[] = []
  const note = (turn: number | null | undefined, change: Entry) => {
    if (typeof turn === 'number') touches.push({ turn, reshaped: change.from !== null || isReshaped(change) })
  }
  const back = backwards(entry, steps, turns, note)
  const long = forwards(entry, steps, turns, note)
  const forth =
    since > 0 && shortcut !== null
      ? [forwards(entry, [shortcut, ...steps.slice(since + 1)], turns.slice(since)), long]
      : [long]
  const same = forth.map((way) => (sameLinks(way, back) ? back : way))
  const ids = [...back, ...same.flat()].flatMap(({ id }) =>
    id === null || id.startsWith(GITLINK) ? [] : [id],
  )
  return {
    back,
    forth: same,
    ids: [...new Set(ids)],
    touched: ascending(touches),
    reshaped: ascending(touches.filter(({ reshaped }) => reshaped)),
  }
}

interface Touch {
  turn: number
  reshaped: boolean
}
type Note = (turn: number | null | undefined, change: Entry) => void

const isReshaped = ({ letter, oldMode, newMode }: Entry) =>
  (letter === 'M' || letter === 'R') && oldMode !== newMode
const ascending = (touches: readonly Touch[]) =>
  [...new Set(touches.map(({ turn }) => turn))].sort((a, b) => a - b)

function sameLinks(a: readonly Link[], b: readonly Link[]): boolean {
  return a.length === b.length && a.every(({ id, turn }, i) => id === b[i]?.id && turn === b[i]?.turn)
}

const content = (mode: string, id: string) =>
  /^0+$/.test(id) ? null : mode === SUBMODULE ? `${GITLINK}${id}` : id

function backwards(
  entry: Entry,
  steps: readonly (readonly Entry[])[],
  turns: readonly (number | null)[],
  note: Note,
): Link[] {
  const links: Link[] = []
  let path: string | null = entry.letter === 'D' ? null : entry.path
  let id = content(entry.newMode, entry.newId)
  for (let step = steps.length - 1; step >= 0; step -= 1) {
    links.unshift({ id: path === null ? null : id, turn: turns[step] ?? null })
    const here: string | null = path
    const change =
      here === null ? undefined : steps[step]?.find((each) => each.path === here && each.letter !== 'D')
    if (change === undefined) continue
    note(turns[step], change)
    path = change.letter === 'A' ? null : (change.from ?? change.path)
    id = content(change.oldMode, change.oldId)
  }
  return [{ id: path === null ? null : id, turn: null }, ...links]
}

function forwards(
  entry: Entry,
  steps: readonly (readonly Entry[])[],
  turns: readonly (number | null)[],
  note: Note = () => {},
): Link[] {
  let path: string | null = entry.letter === 'A' ? null : (entry.from ?? entry.path)
  let id = content(entry.oldMode, entry.oldId)
  const links: Link[] = [{ id: path === null ? null : id, turn: null }]
  for (const [step, entries] of steps.entries()) {
    const here: string | null = path
    const change =
      here === null
        ? undefined
        : entries.find((each) => each.letter !== 'A' && (each.from ?? each.path) === here)
    if (change) {
      note(turns[step], change)
      path = change.letter === 'D' ? null : change.path
      id = content(change.newMode, change.newId)
    }
    links.push({ id: path === null ? null : id, turn: turns[step] ?? null })
  }
  return links
}
