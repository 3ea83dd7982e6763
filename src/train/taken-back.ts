/** Which landings were taken back by a later one, and stay so. Pure. */
import type { Change } from './ports.ts'

/**
 * An undo that was itself taken back counts no more: what it took back is there again.
 * @param changes all of one or more repositories
 * @returns by id of a landed change, the landed undo that stands against it
 */
export function takenBack(changes: readonly Change[]): Map<string, Change> {
  const landed = changes.filter((change) => change.landed !== null)
  const byCommit = new Map(landed.map((change) => [change.landed?.commit, change]))
  const found = new Map<string, Change>()
  // Newest first: whether an undo stands is known before what it took back is looked at.
  const undos = landed.filter(({ undoes }) => undoes !== null).sort((a, b) => b.place - a.place)
  for (const undo of undos) {
    if (found.has(undo.id)) continue
    for (const change of landed)
      if (change.place < undo.place && !found.has(change.id) && covers(undo, change, byCommit))
        found.set(change.id, undo)
  }
  return found
}

/** A landing of several is known by its last commit; the others of it by their names. */
function covers(
  { undoes, repository }: Change,
  change: Change,
  byCommit: ReadonlyMap<string | undefined, Change>,
): boolean {
  if (undoes === null || change.repository !== repository || change.landed === null) return false
  if (undoes.commit === change.landed.commit) return true
  const last = byCommit.get(undoes.commit)?.landed
  return (
    undoes.names.includes(change.name) && change.landed.build !== null && change.landed.build === last?.build
  )
}
