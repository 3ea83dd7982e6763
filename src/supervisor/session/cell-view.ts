/** The cell of a session's newest process, as it was built. */
import { join } from 'node:path'
import { readJson } from '../../platform/files.ts'
import type { SessionView, WhyView } from '../../protocol/api.ts'
import type { Rung } from '../../protocol/index.ts'
import type { CellSpec } from '../../walls/cell.ts'
import { costsOf, gapsOf, linkedHoles } from '../../walls/index.ts'

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
