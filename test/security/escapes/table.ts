/** The table of attacks and what became of them, for people. */
import { table } from '../../../bench/measure.ts'
import { knownGap, type Column } from './gaps.ts'
import type { Outcome, Struck } from './direct.ts'

export interface Result extends Struck {
  column: Column
}

const LETTER: Record<Outcome, string> = { escaped: 'E', blocked: 'b', contained: 'c' }
const RUNGS: Record<string, string> = {
  none: 'none',
  hooks: 'hooks',
  landlock: 'Landlock',
  bubblewrap: 'cell',
  'sandbox-exec': 'sandbox',
}

/** Results that are not what is known: a wall that gave way, or a gap that is closed but still listed. */
export function surprises(results: readonly Result[]): string[] {
  return results.flatMap(({ vector, column, outcome, out }) => {
    const gap = knownGap(vector, column)
    const told = out.trim().slice(0, 300)
    const where = `${vector.id} ${vector.name}: ${column.by}, ${column.rung}, ${column.kind}`
    if (outcome === 'escaped' && gap === null) return [`${where}: came through\n    ${told}`]
    if (outcome !== 'escaped' && gap !== null)
      return [`${where}: was stopped, though listed as open (${gap})\n    ${told}`]
    return []
  })
}

/** One row an attack; a column for each wall and kind of workspace, `direct/session` where they differ. */
export function render(results: readonly Result[]): string {
  const columns = [...new Set(results.map(({ column }) => titleOf(column)))]
  const vectors = [...new Set(results.map(({ vector }) => vector))]
  const rows = vectors.map((vector) => [
    `${vector.id.padEnd(4)}${vector.name}`,
    ...columns.map((title) => {
      const here = results.filter((r) => r.vector === vector && titleOf(r.column) === title)
      const letters = (['direct', 'session'] as const).map((by) => {
        const result = here.find((r) => r.column.by === by)
        return result ? LETTER[result.outcome] : ''
      })
      return [...new Set(letters.filter(Boolean))].join('/') || '-'
    }),
  ])
  return table([['', ...columns], ...rows])
}

const titleOf = ({ rung, kind }: Column): string =>
  rung === 'none' ? 'none' : `${RUNGS[rung] ?? rung} ${kind === 'sealed' ? 's' : 'l'}`

export const LEGEND = `E came through, b blocked, c contained (it happened, but only in the session's own place), - not tried.
s sealed workspace, l linked workspace; x/y: a process of the cell / the agent's tools in a real session.`
