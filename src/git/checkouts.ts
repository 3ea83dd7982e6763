/** Every checkout git knows: the main one and the worktrees. */
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
  const { stdout } = await inRepository(repo, ['worktree', 'list', '--porcelain', '-z'])
  return parseCheckouts(stdout)
}

/** @param text output of `git worktree list --porcelain -z` */
export function parseCheckouts(text: string): Checkout[] {
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
