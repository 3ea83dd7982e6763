/** Two states of the work, file by file: what differs, and which turn it came from. */
import { createHash } from 'node:crypto'
import type { ReviewFile } from '../protocol/review.ts'
import { attribute, type Version } from './attribute.ts'
import { isBinary, type Lines, linesOf, nameOf } from './bytes.ts'
import { diffLines } from './diff.ts'
import { attributeDirectories, foldedBecause, generatedBy } from './fold.ts'
import { hunksOf } from './hunks.ts'
import type { Entry, Objects } from './objects.ts'
import { type Chains, chainsOf, GITLINK, type State, SUBMODULE } from './chains.ts'

export interface Comparison {
  /** Trees. */
  from: string
  to: string
  /** What came about between them, in order; `to` may be the last. */
  states: readonly State[]
  /** Index of the first state that holds `from` already: after an update, main's lines are not the turns'. */
  since: number
  /** Names of files: only these, and in full, folded ones too; empty: all. */
  paths: readonly string[]
  /** Unchanged lines around a change. */
  context: number
}

/** A larger file is not compared, bytes. */
const FILE_MAX = 1024 * 1024
/** Of all that is read for one answer, bytes. */
const READ_MAX = 48 * 1024 * 1024
/** Changed lines of a file, and of one that was asked for by name. */
const LINES_MAX = 2000
const NAMED_LINES_MAX = 50_000
/** Changed lines of one answer, and files. */
const ALL_LINES_MAX = 20_000
const FILES_MAX = 3000

const CHANGE_DIGITS = 32

const SYMLINK = '120000'
const NOTHING = '000000'

const STATUS: Record<string, ReviewFile['status']> = {
  A: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'type-changed',
}

/** @returns files by path; `omitted` says what was left out of all of them together */
export async function compareStates(
  objects: Objects,
  { from, to, states, since, paths, context }: Comparison,
): Promise<{ files: ReviewFile[]; omitted: string[] }> {
  const trees = [from, ...states.map(({ tree }) => tree), to]
  const pairs = [[from, to] as const, ...trees.slice(1).map((tree, i) => [trees[i] ?? from, tree] as const)]
  const beyond = since > 0 ? [[from, states[since]?.tree ?? to] as const] : []
  const [whole = [], ...rest] = await objects.compare([...pairs, ...beyond])
  const steps = rest.slice(0, pairs.length - 1)
  const asked = whole
    .filter(({ path }) => paths.length === 0 || paths.includes(nameOf(path)))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const entries = asked.slice(0, FILES_MAX)
  const isGenerated = await generatedIn(objects, from, entries)
  const chains = entries.map((entry) => chainsOf(entry, steps, states, since, rest[pairs.length - 1] ?? null))
  const read = await reader(objects, entries, chains)
  const files: ReviewFile[] = []
  let room = paths.length > 0 ? Number.POSITIVE_INFINITY : ALL_LINES_MAX
  for (const [i, entry] of entries.entries()) {
    const chain = chains[i]
    if (!chain) continue
    const most = Math.min(room, paths.length > 0 ? NAMED_LINES_MAX : LINES_MAX)
    const file = fileOf(entry, chain, read, { isGenerated, open: paths.length > 0, context, most })
    room -= file.hunks.reduce((sum, { lines }) => sum + lines.filter(({ kind }) => kind !== 'same').length, 0)
    files.push(file)
  }
  const left = asked.length - entries.length
  return { files, omitted: left > 0 ? [`${left} more files are not listed; name them to see them`] : [] }
}

async function generatedIn(
  objects: Objects,
  tree: string,
  entries: readonly Entry[],
): Promise<(path: string) => boolean> {
  // A line feed would end the request.
  const directories = attributeDirectories(entries.map(({ path }) => path)).filter((d) => !d.includes('\n'))
  const names = directories.map((directory) => `${tree}:${directory}.gitattributes`)
  const sizes = await objects.sizes(names)
  const small = names.filter((_, i) => (sizes[i] ?? FILE_MAX) < FILE_MAX)
  const contents = await objects.contents(small)
  return generatedBy(
    small.flatMap((name, i) => {
      const content = contents[i]
      const directory = name.slice(tree.length + 1, -'.gitattributes'.length)
      return typeof content === 'string' ? [{ directory, content }] : []
    }),
  )
}

interface Read {
  /** Null: too large, or beyond what one answer reads. */
  lines: (id: string | null) => Lines | null
  content: (id: string) => string | null
  size: (id: string) => number | null
}

/** Everything that is needed in two git processes. The files themselves first, then how they came about. */
async function reader(objects: Objects, entries: readonly Entry[], chains: readonly Chains[]): Promise<Read> {
  const sides = entries.flatMap(({ oldMode, newMode, oldId, newId }) => [
    ...(oldMode === NOTHING || oldMode === SUBMODULE ? [] : [oldId]),
    ...(newMode === NOTHING || newMode === SUBMODULE ? [] : [newId]),
  ])
  const between = chains.flatMap(({ ids }) => ids)
  const ids = [...new Set([...sides, ...between])]
  const found = await objects.sizes(ids)
  const sizes = new Map(ids.map((id, i) => [id, found[i] ?? null]))
  let room = READ_MAX
  const wanted = ids.filter((id) => {
    const size = sizes.get(id)
    if (typeof size !== 'number' || size > FILE_MAX || size > room) return false
    room -= size
    return true
  })
  const contents = await objects.contents(wanted)
  const kept = new Map(wanted.map((id, i) => [id, contents[i] ?? null]))
  const split = new Map<string, Lines | null>()
  const lines = (id: string | null): Lines | null => {
    if (id === null) return { lines: [], open: false }
    if (id.startsWith(GITLINK)) return { lines: [`Subproject ${id}`], open: false }
    const known = split.get(id)
    if (known !== undefined) return known
    const content = kept.get(id) ?? null
    const fresh = content === null ? null : linesOf(content)
    split.set(id, fresh)
    return fresh
  }
  return { lines, content: (id) => kept.get(id) ?? null, size: (id) => sizes.get(id) ?? null }
}

interface How {
  isGenerated: (path: string) => boolean
  /** Show it although it is folded. */
  open: boolean
  context: number
  most: number
}

function fileOf(entry: Entry, chains: Chains, read: Read, how: How): ReviewFile {
  const { path, from, letter, similarity, oldMode, newMode, oldId, newId } = entry
  const side = (mode: string, id: string) => (mode === NOTHING ? null : { mode, id })
  const [old, now] = [side(oldMode, oldId), side(newMode, newId)]
  const mode = now?.mode ?? oldMode
  const size = (of: { mode: string; id: string } | null) =>
    of === null || of.mode === SUBMODULE ? null : read.size(of.id)
  const base: ReviewFile = {
    path: nameOf(path),
    from: from === null ? null : nameOf(from),
    status: STATUS[letter] ?? 'modified',
    similarity,
    oldMode: old?.mode ?? null,
    newMode: now?.mode ?? null,
    kind: mode === SUBMODULE ? 'submodule' : mode === SYMLINK ? 'symlink' : 'text',
    added: null,
    removed: null,
    oldSize: size(old),
    newSize: size(now),
    folded: null,
    omitted: null,
    hunks: [],
    turns: [],
    change: changeOf(entry),
  }
  const linesAt = (of: { mode: string; id: string } | null): Lines | null => {
    const lines = read.lines(of?.mode === SUBMODULE ? `${GITLINK}${of.id}` : (of?.id ?? null))
    // The target of a link has no line feed, and needs none.
    return lines && of?.mode === SYMLINK ? { ...lines, open: false } : lines
  }
  const binary = [old, now].some((of) => of && of.mode !== SUBMODULE && isBinary(read.content(of.id) ?? ''))
  const [before, after] = [linesAt(old), linesAt(now)]
  const looked = old ? before : after
  const folded = foldedBecause(
    path,
    how.isGenerated,
    looked ? { lines: looked.lines, size: (old ? base.oldSize : base.newSize) ?? 0 } : null,
  )
  if (binary) return { ...base, kind: 'binary', folded, turns: chains.touched }
  if (!before || !after)
    return {
      ...base,
      folded,
      omitted: 'too large to be compared here; `worktrain diff` shows it',
      turns: chains.touched,
    }
  const edits = diffLines(withEnd(before), withEnd(after))
  const versions = (ids: readonly { id: string | null; turn: number | null }[]): Version[] =>
    ids.map(({ id, turn }) => {
      const lines = read.lines(id)
      return { lines: id === null || !lines ? null : withEnd(lines), turn }
    })
  const of = attribute(edits, versions(chains.back), chains.forth.map(versions))
  const added = edits.reduce((sum, { b, bEnd }) => sum + bEnd - b, 0)
  const removed = edits.reduce((sum, { a, aEnd }) => sum + aEnd - a, 0)
  const turns = [...of.added.values(), ...of.removed.values()].filter((turn) => turn !== null)
  const counted = {
    ...base,
    added,
    removed,
    folded,
    turns: [...new Set([...turns, ...chains.reshaped])].sort((a, b) => a - b),
  }
  if (folded !== null && !how.open) return counted
  const { hunks, left } = hunksOf({ old: before, now: after, edits, of }, how.context, how.most)
  const omitted = left > 0 ? `${left} more changed lines; name the file to see them` : null
  return { ...counted, hunks, omitted }
}

/** Names and both contents, not what is drawn of them: an answer may leave lines out. */
function changeOf({ path, from, oldMode, newMode, oldId, newId }: Entry): string {
  const all = JSON.stringify([path, from, oldMode, newMode, oldId, newId])
  return createHash('sha256').update(all).digest('hex').slice(0, CHANGE_DIGITS)
}

/** A line that lost its line feed is another line. */
function withEnd({ lines, open }: Lines): readonly string[] {
  return open ? [...lines.slice(0, -1), `${lines.at(-1) ?? ''}\0`] : lines
}
