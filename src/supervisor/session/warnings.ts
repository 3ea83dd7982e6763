/** What the person should know of a session beside its state. Pure. */
import type { Rung } from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'

/** Paths that one warning names. */
const NAMED = 5

/**
 * @param cell the wall that the session has, or will get
 * @param outdated its host was seen not to know what this version asks
 */
export function warningsOf(s: SessionState, cell: { rung: Rung; why: string }, outdated: boolean): string[] {
  const strayed = s.strayed.slice(0, NAMED).join(', ')
  return [
    ...(cell.rung === 'hooks' ? [`its wall is advisory only: ${cell.why}`] : []),
    ...(s.unguarded !== '' ? [s.unguarded] : []),
    ...(outdated ? [outdatedHost(s)] : []),
    ...s.workspace.notes,
    ...(strayed === '' ? [] : [`it wrote outside what it owns: ${strayed}`]),
    ...(s.notUpdated ? [`not updated to main ${s.notUpdated.to.slice(0, 10)}: ${s.notUpdated.why}`] : []),
    ...(s.snapshot?.missing ?? []).map((what) => `its snapshot does not hold ${what}`),
  ]
}

/** What waits for it is given as soon as its process has ended, where the conversation can go on. */
function outdatedHost({ name, queue }: SessionState): string {
  const waits = queue.length > 0 ? ', and what was said to it waits' : ''
  return `its host is of an earlier version of Worktrain${waits}: worktrain stop ${name}; worktrain resume ${name}`
}
