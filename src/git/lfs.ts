/** Git LFS: files that git knows as pointers to content kept elsewhere. */
import type { GitOptions, GitResult } from './execute.ts'

/** What a pointer stands for: the SHA-256 of the content, and its size in bytes. */
export interface Pointer {
  oid: string
  size: number
}

/** A pointer is a few lines; git-lfs itself looks no further, bytes. */
export const LARGEST_POINTER = 1024
const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n$/

/** @returns what a pointer stands for; null for anything else */
export function readPointer(content: Buffer): Pointer | null {
  if (content.length > LARGEST_POINTER) return null
  const found = POINTER.exec(content.toString('latin1'))
  return found ? { oid: found[1] ?? '', size: Number(found[2]) } : null
}

type Run = (args: readonly string[], options?: GitOptions) => Promise<GitResult>

/**
 * The pointers that commits bring.
 * @param run git where the commits are
 * @param to commit or ref; what `not` holds already is left out
 */
export async function pointersIn(run: Run, to: string, not: readonly string[]): Promise<Pointer[]> {
  const small = ['--filter=object:type=blob', `--filter=blob:limit=${LARGEST_POINTER}`]
  const range = ['--end-of-options', to, ...not.map((commit) => `^${commit}`)]
  const all = ['--objects', '--no-object-names', '--filter-provided-objects']
  const listed = await run(['rev-list', ...all, ...small, ...range])
  if (listed.stdout === '') return []
  const found = new Map<string, Pointer>()
  for (const pointer of (await readPointers(run, listed.stdout)).values()) found.set(pointer.oid, pointer)
  return [...found.values()]
}

/**
 * Which of some objects are pointers, by their names.
 * @param run git where they are
 */
export async function pointersAmong(run: Run, objects: readonly string[]): Promise<Map<string, Pointer>> {
  if (objects.length === 0) return new Map()
  const lines = (names: readonly string[]) => names.map((name) => `${name}\n`).join('')
  const format = '--batch-check=%(objectname) %(objecttype) %(objectsize)'
  const { stdout } = await run(['cat-file', format], { input: lines([...new Set(objects)]) })
  const small = stdout.split('\n').flatMap((line) => {
    const [name = '', type, size] = line.split(' ')
    return type === 'blob' && Number(size) <= LARGEST_POINTER ? [name] : []
  })
  return small.length === 0 ? new Map() : readPointers(run, lines(small))
}

/** @param names of small objects, each on a line @returns by the object's name */
async function readPointers(run: Run, names: string): Promise<Map<string, Pointer>> {
  const { bytes } = await run(['cat-file', '--batch'], { input: names, raw: true })
  const found = new Map<string, Pointer>()
  for (let at = 0; at < bytes.length;) {
    // "<oid> <type> <size>", the content, and a line feed.
    const end = bytes.indexOf('\n', at)
    const [name = '', type, size = '0'] = bytes.toString('latin1', at, end).split(' ')
    const next = end + 1 + Number(size)
    const pointer = type === 'blob' ? readPointer(bytes.subarray(end + 1, next)) : null
    if (pointer !== null) found.set(name, pointer)
    at = next + 1
  }
  return found
}
