/** The columns of the table, how each is run, and what a session there is told. */
import { gapsOf, linkedHoles, probeRung } from '../../../src/walls/index.ts'
import { claude } from '../../fixtures/claude.ts'
import { directStage } from './direct.ts'
import type { Column } from './gaps.ts'
import { VECTORS } from './index.ts'
import { attackFromSession } from './session.ts'
import type { Result } from './table.ts'
import type { Vector } from './vector.ts'

const env = { PATH: process.env.PATH }

/** Every column; the first two are where everything must come through. */
export const COLUMNS: readonly Column[] = [
  { by: 'direct', rung: 'none', kind: 'linked' },
  { by: 'session', rung: 'none', kind: 'linked' },
  ...(['hooks', 'landlock', 'bubblewrap'] as const).flatMap((rung) =>
    (['sealed', 'linked'] as const).flatMap((kind) => [
      // Hooks hear an agent's tool calls; to a process they are nothing.
      ...(rung === 'hooks' ? [] : [{ by: 'direct', rung, kind } as const]),
      { by: 'session', rung, kind } as const,
    ]),
  ),
]

/** Why this column cannot be run here; empty: it can. */
export async function whyNot({ by, rung }: Column): Promise<string> {
  if (process.platform !== 'linux') return 'the attacks are written for Linux'
  if (by === 'session' && !claude) return 'Claude Code is not installed, and not in the cache'
  if (rung === 'none') return ''
  try {
    await probeRung({ env: { ...env, WORKTRAIN_WALLS: rung } })
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

/** The attacks that can be tried in this column. */
export function vectorsFor({ by, rung }: Column): Vector[] {
  return VECTORS.filter(
    ({ only, impossible, product }) =>
      !impossible && only !== (by === 'direct' ? 'session' : 'direct') && !(product && rung === 'none'),
  )
}

/** Tries all of them. @throws when the column cannot be set up */
export async function attack(column: Column): Promise<Result[]> {
  if (column.by === 'session') return attackFromSession(column, vectorsFor(column))
  const stage = await directStage(column.kind)
  try {
    const results: Result[] = []
    for (const vector of vectorsFor(column))
      results.push({ ...(await stage.strike(vector, column.rung)), column })
    return results
  } finally {
    await stage.close()
  }
}

/** What a session of this rung and kind is told that its walls leave open. */
export async function told({ rung, kind }: Pick<Column, 'rung' | 'kind'>): Promise<string[]> {
  if (rung === 'hooks') return gapsOf(rung)
  if (kind === 'sealed') return gapsOf(rung).filter((each) => !each.startsWith('in a linked workspace'))
  // Of Landlock it says more than is true: nothing new can be made directly in `.git` there.
  const holes = linkedHoles().filter((each) => rung !== 'landlock' || !each.includes('.git/commondir'))
  return [...gapsOf(rung), ...holes]
}
