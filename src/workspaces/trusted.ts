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
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { type GitOptions, type GitResult, privateGit } from '../git/index.ts'
import { configText, readSettings, type Setting, trustedSettings } from './config.ts'
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

export interface Capture {
  /** Tree of everything that is tracked or untracked, not ignored. */
  tree: string
  /** Paths that could not be taken: repositories inside the workspace, files that cannot be read. */
  missing: string[]
}

/**
 * The whole working state as a tree. Leaves the workspace, its index and its HEAD untouched.
 * @param head commit whose files count as tracked
 */
export async function capture(spec: WorkspaceSpec, top: string, head: string): Promise<Capture> {
  await prepareTrusted(spec)
  try {
    return await captureOnce(spec, top, head)
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code !== 'GIT_FAILED') throw error
    // The kept index may be damaged, or name objects that gc took: one from nothing is only slower.
    for (const name of ['index', 'index.lock']) rmSync(join(trustedDir(spec.stateDir), name), { force: true })
    return captureOnce(spec, top, head)
  }
}

async function captureOnce(spec: WorkspaceSpec, top: string, head: string): Promise<Capture> {
  // `-m` keeps what the index knows of unchanged files, and takes submodules from the commit.
  await inTrusted(spec, top, ['read-tree', '-m', head])
  const status = await inTrusted(
    spec,
    top,
    ['diff-files', '--name-status', '-z', '--no-renames', '--ignore-submodules=all'],
    { raw: true },
  )
  const others = await inTrusted(spec, top, ['ls-files', '-z', '--others', '--exclude-standard'], {
    raw: true,
  })
  const gone: string[] = []
  const here: string[] = []
  const missing: string[] = []
  const fields = split(status.bytes)
  for (let at = 0; at + 1 < fields.length; at += 2)
    (fields[at] === 'D' ? gone : here).push(fields[at + 1] ?? '')
  for (const name of split(others.bytes)) {
    // A directory here is a repository of its own: git would look into it with its own configuration.
    if (name.endsWith('/')) missing.push(decode(name))
    else here.push(name)
  }
  // Git only warns of a directory that it may not list.
  for (const [, name = ''] of others.stderr.matchAll(/could not open directory '(.*)': /g)) missing.push(name)
  const readable = here.filter((name) => {
    if (isReadable(top, name)) return true
    missing.push(decode(name))
    return false
  })
  if (gone.length > 0)
    await inTrusted(spec, top, ['update-index', '-z', '--force-remove', '--stdin'], { input: join0(gone) })
  if (readable.length > 0) {
    await inTrusted(spec, top, ['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], {
      input: join0(readable),
    })
  }
  const { stdout } = await inTrusted(spec, top, ['write-tree'])
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

function isReadable(top: string, name: string): boolean {
  const path = Buffer.concat([Buffer.from(`${top}/`), Buffer.from(name, 'latin1')])
  try {
    const stat = lstatSync(path)
    if (stat.isFile()) accessSync(path, constants.R_OK)
    return true
  } catch (error) {
    // Gone since it was listed: git takes it out.
    return (error as NodeJS.ErrnoException).code !== 'EACCES'
  }
}
