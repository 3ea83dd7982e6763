/** What trashing and restoring share: the decision on disk, and the proof that a directory is the one that was made. */
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { moveRefs, type RefMove } from '../git/index.ts'
import { TOKEN } from './names.ts'
import { identityOf, isSameDevice } from './record.ts'
import type { Workspace } from './workspace.ts'

/** What was decided when the removal began; a repeated call goes on with it. */
export interface Removal {
  directory: string | null
  /** When it began, milliseconds since the epoch. */
  at: number
  /** Content of the session's HEAD file. */
  head: string
}

export const removalFile = (stateDir: string) => join(stateDir, 'trash.json')

/** Was a removal begun that was neither refused nor undone? */
export const hasRemovalRecord = (stateDir: string): boolean => existsSync(removalFile(stateDir))

/** @throws JOURNAL_CONFLICT when a ref was moved meanwhile; nothing was moved then */
export async function mustMove(workspace: Workspace, moves: RefMove[]): Promise<void> {
  if (await moveRefs(workspace.repository, moves, `worktrain: trash ${workspace.name}`)) return
  throw new WorktrainError(
    'JOURNAL_CONFLICT',
    `Refs of ${workspace.name} were moved by somebody else just now.`,
  )
}

/**
 * Is this the directory that was made? Device and inode are not enough: a file system gives an inode to
 * the next directory as soon as the last one is gone.
 */
export function isSame(workspace: Workspace, path: string): boolean {
  const there = identityOf(path)
  if (!there?.directory || there.ino !== workspace.ino || !isSameDevice(workspace, there.dev)) return false
  const { at, content } = proofOf(workspace)
  const mark = join(path, ...at)
  return (
    lstatSync(mark, { throwIfNoEntry: false })?.isFile() === true && readFileSync(mark, 'utf8') === content
  )
}

/** The file by which a directory shows that it is this workspace, wherever it was moved to. */
export function proofOf(workspace: Workspace): { at: string[]; content: string } {
  return workspace.kind === 'sealed'
    ? { at: ['.git', TOKEN], content: workspace.token }
    : { at: ['.git'], content: `gitdir: ${workspace.gitDir}\n` }
}
