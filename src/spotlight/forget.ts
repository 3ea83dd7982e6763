/** The end of what a look kept. */
import { rmSync } from 'node:fs'
import { listRefs, moveRefs } from '../git/index.ts'
import { WorktrainError } from '../protocol/index.ts'
import { refsOf } from './scene.ts'
import { type Stage, tell } from './stage.ts'

/** Of a look that is over: its checkout need not be there any more. */
type Kept = Pick<Stage, 'id' | 'repo' | 'directory' | 'onStep'>

/**
 * Takes away what was kept, by git and beside it. Repeated after a death it goes on.
 * @param but refs that stay
 * @throws JOURNAL_CONFLICT when somebody moved one of them meanwhile; then all of it stays
 */
export async function forget(kept: Kept, but: (ref: string) => boolean = () => false): Promise<void> {
  const refs = (await listRefs(kept.repo, refsOf(kept.id))).filter(({ name }) => !but(name))
  const moves = refs.map(({ name, oid }) => ({ ref: name, new: null, old: oid }))
  if (!(await moveRefs(kept.repo, moves, 'worktrain: spotlight')))
    throw new WorktrainError('JOURNAL_CONFLICT', `A ref below ${refsOf(kept.id)} was moved meanwhile.`)
  await kept.onStep('directory')
  rmSync(kept.directory, { recursive: true, force: true })
}

/** Forgets a look that is over for good. @param why a clause */
export async function forgetPast(
  stage: Kept & Pick<Stage, 'journal' | 'aggregate' | 'actor'>,
  why: string,
): Promise<void> {
  await stage.onStep('forget')
  await forget(stage)
  await stage.onStep('forgotten')
  await tell(stage, ['spotlight.forgotten', { look: stage.id, why }])
}
