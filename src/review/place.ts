/** Every comment where it belongs now. */
import type { ReviewComment } from '../protocol/review.ts'
import { isChanged, reanchor } from './anchor.ts'
import { linesOf, nameOf, pathNamed, textOf } from './bytes.ts'
import { type Comment, stateOf } from './evolve.ts'
import type { Objects } from './objects.ts'

/** A larger file is not looked into, bytes. */
const FILE_MAX = 1024 * 1024

/**
 * @param now commit of the state that is shown
 * @param old commit it is compared with, for comments on lines that the work takes away
 */
export async function placeComments(
  objects: Objects,
  comments: readonly Comment[],
  { now, old }: { now: string; old: string },
): Promise<ReviewComment[]> {
  const placed = new Map<string, ReviewComment>()
  for (const side of ['new', 'old'] as const) {
    const to = side === 'new' ? now : old
    const mine = comments.filter(({ anchor }) => anchor.side === side)
    const commits = [...new Set(mine.map(({ anchor }) => anchor.commit))]
    for (const commit of commits) {
      const those = mine.filter(({ anchor }) => anchor.commit === commit)
      for (const each of await between(objects, those, commit, to)) placed.set(each.id, each)
    }
  }
  return comments.flatMap(({ id }) => placed.get(id) ?? [])
}

async function between(
  objects: Objects,
  comments: readonly Comment[],
  from: string,
  to: string,
): Promise<ReviewComment[]> {
  const paths = [...new Set(comments.map(({ anchor }) => pathNamed(anchor.path)))]
  const moved = await movedFiles(objects, paths, from, to)
  const [before, after] = [
    await objects.files(from, paths, FILE_MAX),
    await objects.files(
      to,
      paths.map((path) => moved.get(path) ?? path),
      FILE_MAX,
    ),
  ]
  return comments.map((comment) => {
    const path = pathNamed(comment.anchor.path)
    const at = paths.indexOf(path)
    const then = before[at]
    const now = textLines(after[at] ?? '')
    const line = reanchor(comment.anchor, typeof then === 'string' ? textLines(then) : null, now)
    // What was taken away stands in a commit, which nobody changes.
    const changed = comment.anchor.side === 'new' && isChanged(comment.anchor, line, now)
    return shown(comment, nameOf(moved.get(path) ?? path), line, changed)
  })
}

/** Files that have another name in the later state. */
async function movedFiles(
  objects: Objects,
  paths: readonly string[],
  from: string,
  to: string,
): Promise<Map<string, string>> {
  if (from === to) return new Map()
  // Nothing keeps a commit of main for ever: then the lines are looked for where they stood.
  const [known = null] = await objects.sizes([`${from}^{tree}`])
  if (known === null) return new Map()
  const [a = '', b = ''] = await objects.trees([from, to])
  if (a === b) return new Map()
  const [entries = []] = await objects.compare([[a, b]])
  return new Map(
    entries.flatMap(({ from: old, path }) =>
      old !== null && paths.includes(old) ? [[old, path] as const] : [],
    ),
  )
}

/** Lines of a file as people see and comment them. */
export function textLines(content: string): string[] {
  return linesOf(content).lines.map(textOf)
}

function shown(comment: Comment, path: string, line: number | null, changed: boolean): ReviewComment {
  const { id, at, anchor, text, sentAt, replies } = comment
  return {
    id,
    at,
    text,
    state: stateOf(comment),
    path,
    side: anchor.side,
    line,
    writtenAt: anchor.line,
    code: anchor.text,
    changed,
    sentAt,
    replies: replies.map(({ at: when, status, text: said }) => ({ at: when, status, text: said })),
  }
}
