/**
 * What a review reads of git: trees and files, by their ids. Plumbing on objects alone, at the person's
 * repository: no work tree is looked at, and no filter, attribute or program of a repository has a part in it.
 */
import { inRepository, type Repository } from '../git/index.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { fieldsOf } from './bytes.ts'

/** A path that differs between two trees, bytes as in `bytes.ts`. */
export interface Entry {
  path: string
  /** Of a rename. */
  from: string | null
  /** Git's letter: A, D, M, R or T. */
  letter: string
  /** Per cent, of a rename. */
  similarity: number | null
  oldMode: string
  newMode: string
  oldId: string
  newId: string
}

/** The port to git. */
export interface Objects {
  /** Trees of commits. @throws GIT_FAILED when one is not there */
  trees(commits: readonly string[]): Promise<string[]>
  /** Differences of pairs of trees, renames found. */
  compare(pairs: readonly (readonly [from: string, to: string])[]): Promise<Entry[][]>
  /** Bytes of each object; null: it is not there. Also by name, such as `<tree>:<path>`. */
  sizes(names: readonly string[]): Promise<(number | null)[]>
  /** Contents, as bytes; null: not there. */
  contents(names: readonly string[]): Promise<(string | null)[]>
  /** Files of a tree or commit by their paths, as bytes; null: not there, or larger than `most` bytes. */
  files(at: string, paths: readonly string[], most: number): Promise<(string | null)[]>
}

/** Files beyond which renames are found only where nothing changed. */
const RENAME_LIMIT = 1000

export function objectsOf(repo: Repository): Objects {
  const batch = (form: string, names: readonly string[]) =>
    inRepository(repo, ['cat-file', form], {
      input: Buffer.from(names.map((name) => `${name}\n`).join(''), 'latin1'),
      raw: true,
    })
  const sizes: Objects['sizes'] = async (names) => {
    if (names.length === 0) return []
    const { bytes } = await batch('--batch-check=%(objectsize)', names)
    const answers = bytes.toString('latin1').split('\n')
    return names.map((_, at) => (/^\d+$/.test(answers[at] ?? '') ? Number(answers[at]) : null))
  }
  const contents: Objects['contents'] = async (names) => {
    if (names.length === 0) return []
    const { bytes } = await batch('--batch=%(objectsize)', names)
    const found: (string | null)[] = []
    let at = 0
    for (const _ of names) {
      const end = bytes.indexOf(0x0a, at)
      const head = bytes.toString('latin1', at, end === -1 ? undefined : end)
      const size = /^\d+$/.test(head) ? Number(head) : null
      found.push(size === null ? null : bytes.toString('latin1', end + 1, end + 1 + size))
      at = end + 1 + (size === null ? 0 : size + 1)
    }
    return found
  }
  return {
    sizes,
    contents,
    async trees(commits) {
      const { bytes } = await batch(
        '--batch-check=%(objectname) %(objecttype)',
        commits.map((commit) => `${commit}^{tree}`),
      )
      const answers = bytes.toString('latin1').split('\n')
      return commits.map((commit, at) => {
        const tree = /^([0-9a-f]{40,64}) tree$/.exec(answers[at] ?? '')?.[1]
        if (tree === undefined) throw new WorktrainError('GIT_FAILED', `The commit ${commit} is not there.`)
        return tree
      })
    },
    async compare(pairs) {
      if (pairs.length === 0) return []
      const { bytes } = await inRepository(
        repo,
        ['diff-tree', '--stdin', '-r', '-z', '--raw', '-M', `-l${RENAME_LIMIT}`, '--no-ext-diff'],
        { input: pairs.map(([from, to]) => `${from} ${to}\n`).join(''), raw: true },
      )
      return parseEntries(bytes, pairs)
    },
    async files(at, paths, most) {
      // A line feed would end the request: those are looked for in the whole list.
      const listed = paths.some((path) => path.includes('\n'))
        ? await idsIn(repo, at)
        : new Map<string, string>()
      const names = paths.map((path) =>
        path.includes('\n') ? (listed.get(path) ?? 'none') : `${at}:${path}`,
      )
      const found = await sizes(names)
      const small = names.filter((_, i) => (found[i] ?? most + 1) <= most)
      const read = new Map((await contents(small)).map((content, i) => [small[i] ?? '', content]))
      return names.map((name) => read.get(name) ?? null)
    },
  }
}

async function idsIn(repo: Repository, at: string): Promise<Map<string, string>> {
  const { bytes } = await inRepository(repo, ['ls-tree', '-r', '-z', at], { raw: true })
  const entries = fieldsOf(bytes).map((field) => /^\d+ \w+ ([0-9a-f]+)\t([^]*)$/.exec(field))
  return new Map(entries.flatMap((entry) => (entry?.[1] && entry[2] ? [[entry[2], entry[1]] as const] : [])))
}

/** @param bytes output of `git diff-tree --stdin -z --raw`: a line for each pair, then its entries */
export function parseEntries(
  bytes: Uint8Array,
  pairs: readonly (readonly [from: string, to: string])[],
): Entry[][] {
  const found: Entry[][] = []
  const fields = fieldsOf(bytes)
  for (let at = 0; at < fields.length;) {
    const lines = (fields[at] ?? '').split('\n')
    for (let more = lines.length - 1; more > 0; more -= 1) found.push([])
    const head = /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])(\d*)$/.exec(lines.at(-1) ?? '')
    if (head === null) break
    const [, oldMode = '', newMode = '', oldId = '', newId = '', letter = '', score = ''] = head
    const moved = letter === 'R'
    found.at(-1)?.push({
      path: fields[at + (moved ? 2 : 1)] ?? '',
      from: moved ? (fields[at + 1] ?? '') : null,
      letter,
      similarity: moved ? Number(score) : null,
      oldMode,
      newMode,
      oldId,
      newId,
    })
    at += moved ? 3 : 2
  }
  if (found.length !== pairs.length)
    throw new WorktrainError('GIT_FAILED', `git compared ${found.length} of ${pairs.length} pairs of trees.`)
  return found
}
