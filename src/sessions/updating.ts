/** May main be brought into a session's branch now, without anybody asking for it? Pure. */
import { isLive, isOpen, type SessionState } from './state.ts'

/**
 * Only between two turns, only what still merges, and never what is on the train or the person's own
 * directory.
 * @param main commit of the target
 */
export function mayUpdate(s: SessionState, main: string): boolean {
  if (!isOpen(s) || !s.workspace.made || s.workspace.failed || s.workspace.kind === 'existing') return false
  if (s.stage !== 'active' && s.stage !== 'handed-off') return false
  // One that a crash cut off is finished first.
  if (s.updating !== null) return false
  // Looked at already, and nothing has moved since.
  if (s.notUpdated?.to === main && s.merges?.main === main && s.merges.at <= s.notUpdated.at) return false
  if (s.merges === null || s.merges.main !== main || !s.merges.clean || s.diverged !== null) return false
  return isBetweenTurns(s)
}

/** Is it known to do nothing? A process that ended without a word may have left others at work. */
function isBetweenTurns(s: SessionState): boolean {
  const quiet = s.queue.length === 0 && s.questions.length === 0 && s.background === 0
  if (!isLive(s)) return quiet && s.process.state === 'exited'
  return quiet && s.process.state === 'running' && s.activity.state === 'idle'
}
