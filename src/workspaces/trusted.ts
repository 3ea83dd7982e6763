/**
 * Looking at a workspace with a git directory of our own.
 *
 * The session may have written anything into its own: config, attributes, hooks, the index. Ours names no
 * program, reads no configuration of the person's, and writes new objects straight into the repository.
 */
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { oddRules } from '../platform/plain.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { shellQuoted } from '../protocol/shell-quote.ts'
import { type GitOptions, type GitResult, isGone, privateGit, rawEntries } from '../git/index.ts'
import { configText, readSettings, type Setting, trustedSettings } from './config.ts'
import { asPointed } from './lfs-unchanged.ts'
import { trustedDir } from './names.ts'
import { removeTree } from './tree.ts'
import type { WorkspaceSpec } from './workspace.ts'

/** No look at a workspace takes longer: what does was given a pipe for a `.gitignore`, ms. */
const LIMIT_MS = 5 * 60_000

/**
 * Makes the session's trusted git directory, if it is not there yet.
 * @param settings of the repository; read when they are needed and missing
 */
export async function prepareTrusted(spec: WorkspaceSpec, settings?: readonly Setting[]): Promise<void> {
  const { commonDir } = spec.repository
  const path = trustedDir(spec.stateDir)
  if (!existsSync(path)) {
    const aside = `${path}.new`
    await removeTree(aside)
    for (const below of ['objects/info', 'refs/heads', 'info'])
      mkdirSync(join(aside, below), { recursive: true, mode: 0o700 })
    writeFileSync(join(aside, 'HEAD'), 'ref: refs/heads/none\n')
    writeFileSync(
      join(aside, 'config'),
      configText(trustedSettings(settings ?? (await readSettings(spec.repository)))),
    )
    renameSync(aside, path)
  }
  for (const name of ['info/exclude', 'info/attributes', 'shallow']) {
    const from = join(commonDir, name)
    if (existsSync(from)) copyFileSync(from, join(path, name))
    else rmSync(join(path, name), { force: true })
  }
}

/** Git with the trusted directory, standing in the work tree. */
export function inTrusted(
  spec: WorkspaceSpec,
  top: string | null,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  return privateGit(args, {
    gitDir: trustedDir(spec.stateDir),
    ...(top === null ? { cwd: spec.stateDir } : { workTree: top, cwd: top }),
    isolated: true,
    timeoutMs: LIMIT_MS,
    ...options,
    env: {
      GIT_OBJECT_DIRECTORY: join(spec.repository.commonDir, 'objects'),
      GIT_LITERAL_PATHSPECS: '1',
      ...options.env,
    },
  })
}

/** An index with its time: who goes on with the copy need not read every file again. */
export function copyIndex(from: string, to: string): void {
  copyFileSync(from, to)
  const { atimeMs, mtimeMs } = statSync(from)
  // Never later than it was: a file changed in the same instant would look unchanged.
  utimesSync(to, atimeMs / 1000, Math.floor(mtimeMs) / 1000)
}

export interface Capture {
  /** Tree of everything that is tracked or untracked, not ignored. */
  tree: string
  /** Paths that could not be taken: see {@link LARGEST}, {@link isTakeable} and {@link UNTAKEN}. */
  missing: string[]
}

/** Git takes 10 s for each 1 GiB it has not seen; a sparse file of any size costs nothing to make, bytes. */
const LARGEST = 4 * 1024 ** 3
/** What `git update-index` says of a single path. */
const UNTAKEN = /Unable to process path|unsupported file type|BOM is |failed to encode/

export interface CaptureOptions {
  /** After which each step counts as held up, ms. */
  limitMs?: number
  /**
   * At the lowest priority and with an index of its own, so that this may end it at any moment: what is captured
   * next knows nothing of it.
   */
  until?: AbortSignal
}

/**
 * The whole working state as a tree. Leaves the workspace, its index and its HEAD untouched.
 * @param head commit whose files count as tracked
 * @throws DIRECTORY_UNUSABLE when something in the workspace makes git wait, GIT_FAILED
 */
export async function capture(
  spec: WorkspaceSpec,
  top: string,
  head: string,
  { limitMs = LIMIT_MS, until }: CaptureOptions = {},
): Promise<Capture> {
  await prepareTrusted(spec)
  const kept = join(trustedDir(spec.stateDir), 'index')
  const index = until === undefined ? kept : `${kept}.aside`
  if (until !== undefined) {
    // Nobody but us takes it: who left it was ended.
    rmSync(`${index}.lock`, { force: true })
    if (!existsSync(index) && existsSync(kept)) copyIndex(kept, index)
  }
  const once = () =>
    captureOnce(spec, top, head, {
      ...{ timeoutMs: limitMs, env: { GIT_INDEX_FILE: index } },
      ...(until === undefined ? {} : { signal: until, background: true }),
    })
  try {
    return await once()
  } catch (error) {
    if (!(error instanceof WorktrainError) || !['GIT_FAILED', 'GIT_LOCKED'].includes(error.code)) throw error
    // Nobody but us takes it: who left it was killed.
    rmSync(`${index}.lock`, { force: true })
    if (error.details?.timedOut) throw heldUp(top, error)
    // The kept index may be damaged, or name objects that gc took: one from nothing is only slower.
    if (error.code === 'GIT_FAILED') rmSync(index, { force: true })
    return once()
  }
}

function heldUp(top: string, cause: WorktrainError): WorktrainError {
  const odd = oddRules(top)
  if (odd === null) return cause
  return new WorktrainError('DIRECTORY_UNUSABLE', `${odd} is not a file, and git waits for it.`, {
    hint: `Remove it: rm ${shellQuoted(odd)}`,
    cause,
  })
}

async function captureOnce(
  spec: WorkspaceSpec,
  top: string,
  head: string,
  how: GitOptions,
): Promise<Capture> {
  const look = async (args: string[], options: GitOptions = {}) => {
    how.signal?.throwIfAborted()
    return inTrusted(spec, top, args, { ...options, ...how })
  }
  // `-m` keeps what the index knows of unchanged files, and takes submodules from the commit; `-i`: also where a file
  // that was taken before it was committed has changed again, which would make it fail otherwise.
  await look(['read-tree', '-m', '-i', head])
  const status = await look(
    ['diff-files', '--raw', '--no-abbrev', '-z', '--no-renames', '--ignore-submodules=all'],
    { raw: true },
  )
  const others = await look(['ls-files', '-z', '--others', '--exclude-standard'], { raw: true })
  const missing: string[] = []
  const entries = rawEntries(status.bytes)
  const gone = entries.filter(isGone).map(({ path }) => path)
  const stored = await asPointed(spec, top, entries, look)
  const here = entries.filter((entry) => !isGone(entry) && !stored.has(entry.path)).map(({ path }) => path)
  for (const name of split(others.bytes)) {
    // A directory here is a repository of its own: git would look into it with its own configuration.
    if (name.endsWith('/')) missing.push(decode(name))
    else here.push(name)
  }
  // Git only warns of a directory that it may not list.
  for (const [, name = ''] of others.stderr.matchAll(/could not open directory '(.*)': /g)) missing.push(name)
  const room = { left: LARGEST }
  const takeable = here.filter((name) => {
    if (isTakeable(top, name, room)) return true
    missing.push(decode(name))
    return false
  })
  if (gone.length > 0) await look(['update-index', '-z', '--force-remove', '--stdin'], { input: join0(gone) })
  /** One file that git does not take must not cost all the others. */
  const take = async (names: string[]): Promise<void> => {
    if (names.length === 0) return
    const add = ['update-index', '-z', '--add', '--remove', '--replace', '--stdin']
    try {
      const { stderr } = await look(add, { input: join0(names) })
      // Names that are `.git` to another file system: left out with a word, and exit code 0.
      for (const [, name = ''] of stderr.matchAll(/^Ignoring path (.*)$/gm)) missing.push(name)
    } catch (error) {
      if (!(error instanceof WorktrainError) || !UNTAKEN.test(error.message)) throw error
      const [only = ''] = names
      const half = names.length >> 1
      if (half === 0) missing.push(decode(only))
      else for (const part of [names.slice(0, half), names.slice(half)]) await take(part)
    }
  }
  await take(takeable)
  const { stdout } = await look(['write-tree'])
  return { tree: stdout.trim(), missing }
}

/** Names are bytes: kept one to one in a string. */
function split(bytes: Buffer): string[] {
  const names = bytes.toString('latin1').split('\0')
  names.pop()
  return names
}

function join0(names: string[]): Buffer {
  return Buffer.from(`${names.join('\0')}\0`, 'latin1')
}

function decode(name: string): string {
  return Buffer.from(name, 'latin1').toString()
}

/** Neither a pipe in place of a tracked file, nor unreadable, nor more than there is room for. */
function isTakeable(top: string, name: string, room: { left: number }): boolean {
  const path = Buffer.concat([Buffer.from(`${top}/`), Buffer.from(name, 'latin1')])
  try {
    const stat = lstatSync(path)
    if (!stat.isFile()) return stat.isSymbolicLink() || stat.isDirectory()
    accessSync(path, constants.R_OK)
    if (stat.size > room.left) return false
    room.left -= stat.size
    return true
  } catch (error) {
    // Gone since it was listed: git takes it out.
    return (error as NodeJS.ErrnoException).code !== 'EACCES'
  }
}
