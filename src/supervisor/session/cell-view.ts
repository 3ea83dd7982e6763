/** The cell of a session: of its newest process as it was built, and before there is one the wall that it will get. */
import { join } from 'node:path'
import { readJson } from '../../platform/files.ts'
import type { SessionView, WhyView } from '../../protocol/api.ts'
import { type Rung, WorktrainError } from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'
import type { CellSpec } from '../../walls/cell.ts'
import { costsOf, gapsOf, linkedHoles, probeRung } from '../../walls/index.ts'
import type { Context } from '../context.ts'
import type { Repositories } from '../repositories.ts'
import { probeOptions } from './workspaces.ts'

/** @param stateDir of the session @returns null before there is one */
export function cellOf(stateDir: string, kind: SessionView['workspace']['kind']): WhyView['cell'] {
  const cell = readJson<{ rung: Rung; why: string; spec: CellSpec }>(join(stateDir, 'cell.json'))
  if (!cell) return null
  const { rung, why, spec } = cell
  return {
    rung,
    why,
    writable: [spec.workspace, spec.tempDir, ...spec.writable],
    protected: spec.protect,
    hidden: spec.hidden,
    shown: spec.readable,
    gaps: [...gapsOf(rung), ...(kind === 'linked' ? linkedHoles() : [])],
    costs: costsOf(rung),
  }
}

/** The wall of its newest process; of a session which has not started yet the one that it will get. */
export async function expectedCell(
  ctx: Context,
  repositories: Repositories,
  s: SessionState,
): Promise<SessionView['cell']> {
  if (s.process.generation > 0) return s.cell
  try {
    const { rung, why } = await probeRung(probeOptions(ctx, await repositories.byId(s.repository)))
    return { rung, why }
  } catch (error) {
    // It will not start so, and says it then: a list must not fail for it.
    if (!(error instanceof WorktrainError)) throw error
    return { rung: 'none', why: error.message }
  }
}
