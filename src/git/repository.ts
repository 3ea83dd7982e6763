/** Finds the repository a directory belongs to. */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { readPlain, readPlainIfAny } from '../platform/plain.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { requirePlainEntries, requirePlainEntry } from './checkouts.ts'
import { configured } from './configured.ts'
import { git, type Repository } from './git.ts'

/**
 * File in a sealed workspace's git directory that names the repository it belongs to. Anybody may write
 * it: it counts only when that repository names the workspace back.
 */
export const BELONGS_TO = 'worktrain-repository'

/**
 * The repository of a directory: the main checkout, also from a subdirectory, a linked worktree or a
 * sealed workspace.
 * @throws REPO_NOT_FOUND, REPO_BARE, REPO_EMPTY, REPO_MOVED for a workspace of one that has gone, GIT_TOO_OLD
 */
export async function openRepository(directory: string): Promise<Repository> {
  const from = existing(directory)
  const main = mainGitDir(requirePlainGitDir(from))
  if (main === null) return asked(from)
  const repository = await known({ ...main, from })
  // Git goes on looking above what only looks like a repository.
  return repository.commonDir === main.commonDir ? repository : asked(from)
}

interface MainGitDir {
  /** A real path, as git would say it. */
  commonDir: string
  /** Another one when another directory is there instead, or it is another user's. */
  which: string
}

/** A main checkout's, of which all that is in that checkout is; null: it is no such, so git has to say whose it is. */
function mainGitDir(dotGit: string | null): MainGitDir | null {
  if (dotGit === null || !existsSync(join(dotGit, 'HEAD')) || existsSync(join(dotGit, BELONGS_TO)))
    return null
  const { dev, ino, uid, birthtimeMs } = lstatSync(dotGit)
  return { commonDir: dotGit, which: [dev, ino, uid, birthtimeMs, statSync(dirname(dotGit)).uid].join(':') }
}

/** Boards ask again and again, and for each git would run twice. */
const known = configured(
  ({ from }: MainGitDir & { from: string }) => asked(from),
  ({ which }) => which,
)

async function asked(from: string): Promise<Repository> {
  const found = await git(['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir'], {
    cwd: from,
    allow: [128],
  })
  if (found.code !== 0) {
    if (!/not a git repository/i.test(found.stderr)) {
      throw new WorktrainError('GIT_FAILED', `git refuses ${from}: ${found.stderr.trim()}`)
    }
    throw new WorktrainError('REPO_NOT_FOUND', `${from} is not in a git repository.`)
  }
  const [gitDir = '', own = ''] = found.stdout.trimEnd().split('\n')
  const commonDir = realpathSync(belongsTo(gitDir) ?? own)
  return {
    root: await mainCheckout(commonDir, realpathSync(gitDir) === commonDir ? from : null),
    commonDir,
    id: repositoryId(commonDir),
  }
}

/** Id of a repository. @param commonDir real path of its shared git directory */
export function repositoryId(commonDir: string): string {
  return `r${createHash('sha256').update(commonDir).digest('hex').slice(0, 12)}`
}

function existing(directory: string): string {
  try {
    const real = realpathSync(directory)
    return statSync(real).isDirectory() ? real : dirname(real)
  } catch (error) {
    throw new WorktrainError('REPO_NOT_FOUND', `There is no directory ${directory}.`, { cause: error })
  }
}

/**
 * Git would wait for ever where a session put a pipe.
 * @returns the git directory, where it is one itself; null: it is named in a file, by a link, or there is none
 * @throws DIRECTORY_UNUSABLE
 */
function requirePlainGitDir(from: string): string | null {
  let at = from
  while (!lstatSync(join(at, '.git'), { throwIfNoEntry: false })) {
    if (dirname(at) === at) return null
    at = dirname(at)
  }
  const dotGit = join(at, '.git')
  if (lstatSync(dotGit).isDirectory()) {
    requirePlainEntry(dotGit)
    requirePlainEntries({ commonDir: dotGit })
    return dotGit
  }
  // A link is followed by git as well; anything else but a file is told by its name.
  const pointer = lstatSync(dotGit).isSymbolicLink() ? null : readPlain(dotGit)
  const gitDir = /^gitdir: (.*)$/m.exec(pointer ?? '')?.[1]
  if (gitDir !== undefined) requirePlainEntry(resolve(at, gitDir))
  return null
}

function belongsTo(gitDir: string): string | null {
  const claimed = readPlainIfAny(join(gitDir, BELONGS_TO))?.trim()
  if (claimed === undefined) return null
  if (!existsSync(claimed)) {
    const root = basename(claimed) === '.git' ? dirname(claimed) : claimed
    throw new WorktrainError(
      'REPO_MOVED',
      `This is a workspace of the repository at ${root}, which is not there any more.`,
      { hint: `Move the repository back to ${root}.` },
    )
  }
  try {
    const entries = join(claimed, 'worktrees')
    for (const id of readdirSync(entries)) {
      if (readPlainIfAny(join(entries, id, 'gitdir'))?.trim() === realpathSync(gitDir)) return claimed
    }
  } catch {
    // Not a sealed workspace, or one nobody knows: it is a repository like any other.
  }
  return null
}

async function mainCheckout(commonDir: string, inside: string | null): Promise<string> {
  const at = { gitDir: commonDir, cwd: commonDir, allow: [128] }
  // Its top is `core.worktree`, or the current directory.
  const told = await git(['rev-parse', '--is-bare-repository', '--show-toplevel', 'HEAD^{commit}'], at)
  const [bare = '', top = '', head = ''] = told.stdout.split('\n')
  const configured = top !== '' && existsSync(top) && realpathSync(top) !== commonDir
  if (!configured && bare === 'true')
    throw new WorktrainError('REPO_BARE', `${commonDir} is a bare repository: it has no files to work on.`)
  const root = configured ? realpathSync(top) : await besides(commonDir, inside)
  if (/^[0-9a-f]{40,64}$/.test(head)) return root
  const commits = await git(['for-each-ref', '--count=1', '--format=x', 'refs/heads'], at)
  if (commits.stdout !== '') return root
  throw new WorktrainError('REPO_EMPTY', `The repository at ${root} has no commit yet.`)
}

async function besides(commonDir: string, inside: string | null): Promise<string> {
  if (basename(commonDir) === '.git') return dirname(commonDir)
  const top =
    inside === null ? null : await git(['rev-parse', '--show-toplevel'], { cwd: inside, allow: [128] })
  if (top?.code === 0) return realpathSync(top.stdout.trimEnd())
  throw new WorktrainError('REPO_NOT_FOUND', `The main checkout of ${commonDir} cannot be found from here.`, {
    hint: 'Run Worktrain in the main checkout.',
  })
}
