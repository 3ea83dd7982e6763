/** What is known to come through where: the same gaps that `doctor` and each session show. */
import type { Rung } from '../../../src/protocol/index.ts'
import type { Vector } from './vector.ts'

export type Kind = 'sealed' | 'linked'

export interface Column {
  /** `direct`: a process of the session; `session`: the agent's tools in a real session. */
  by: 'direct' | 'session'
  rung: Rung
  kind: Kind
}

/** Name of a gap -> what the sentence about it says, in `gapsOf` or of a linked workspace. */
export const GAPS: Record<string, RegExp> = {
  network: /local TCP ports|network is the host's/,
  'path sockets': /unix sockets/,
  'home read': /can be read/,
  attributes: /chmod|mode.*time|attributes/i,
  daemons: /daemon|outlive/,
  names: /names|listed/,
  priority: /priorit/,
  'shared memory': /shared memory/,
  keyring: /keyring/,
  disk: /device/,
  'linked stash': /stash/,
  'linked objects': /objects/,
  'linked packed': /packed/,
  'linked commondir': /commondir/,
}

/** Through which gap the attack is known to come in this column; null: it must be stopped. */
export function knownGap(vector: Vector, column: Column): string | null {
  if (column.rung === 'none') return 'nothing is walled'
  if (column.rung === 'hooks') return column.by === 'session' && vector.plain ? null : 'hooks'
  const words = [column.by, column.rung, column.kind]
  for (const [where, gap] of Object.entries(vector.open ?? {}))
    if (where.split(' ').every((word) => (words as string[]).includes(word))) return gap
  return null
}
