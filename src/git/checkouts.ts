/** Every checkout git knows: the main one and the worktrees. */
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { inRepository, type Repository } from './git.ts'

export interface Checkout {
  path: string
  head: string | null
  /** Short branch name; null when detached or bare. */
  branch: string | null
  bare: boolean
  /** Reason of the lock ('' when none was given); null when not locked. */
  locked: string | null
  /** Why git would prune it; null when it would not. */
  prunable: string | null
}

/** `git worktree list`, the main checkout first. */
export async function checkouts(repo: Repository): Promise<Checkout[]> {
  requirePlainEntries(repo)
  const { stdout } = await inRepository(repo, ['worktree', 'list', '--porcelain', '-z'])
  return parseCheckouts(stdout)
}

/**
 * A worktree may write its own entry, and git in the repository reads it: a pipe there would hold up every
 * command that looks at worktrees, for ever.
 * @throws DIRECTORY_UNUSABLE
 */
export function requirePlainEntries(repo: Pick<Repository, 'commonDir'>): void {
  const redirected = join(repo.commonDir, 'commondir')
  if (lstatSync(redirected, { throwIfNoEntry: false }))
    throw new WorktrainError(
      'DIRECTORY_UNUSABLE',
      `${redirected} leads git in the main checkout to another configuration, whose programs it would run.`,
      { hint: `A session in a linked workspace put it there. Remove it: rm -r ${redirected}` },
    )
  const entries = join(repo.commonDir, 'worktrees')
  if (!existsSync(entries)) return
  for (const id of readdirSync(entries)) requirePlainEntry(join(entries, id))
}

/** The same of one entry, or of any git directory. @throws DIRECTORY_UNUSABLE */
export function requirePlainEntry(gitDir: string): void {
  for (const name of ['HEAD', 'config', 'gitdir', 'commondir', 'locked', 'config.worktree']) {
    const file = join(gitDir, name)
    const stat = lstatSync(file, { throwIfNoEntry: false })
    if (stat === undefined || stat.isFile() || stat.isSymbolicLink()) continue
    throw new WorktrainError('DIRECTORY_UNUSABLE', `${file} is not a file: git would wait for it for ever.`, {
      hint: `A session put it there. Remove it: rm -r ${file}`,
    })
  }
}

/** @param text output of `git worktree list --porcelain -z` */
function parseCheckouts(text: string): Checkout[] {
  return text
    .split('\0\0')
    .filter((block) => block !== '')
    .map((block) => {
      const fields = new Map(
        block.split('\0').map((line) => {
          const space = line.indexOf(' ')
          return space === -1
            ? ([line, ''] as const)
            : ([line.slice(0, space), line.slice(space + 1)] as const)
        }),
      )
      return {
        path: fields.get('worktree') ?? '',
        head: fields.get('HEAD') ?? null,
        branch: fields.get('branch')?.replace(/^refs\/heads\//, '') ?? null,
        bare: fields.has('bare'),
        locked: fields.get('locked') ?? null,
        prunable: fields.get('prunable') ?? null,
      }
    })
}
