/** What waits because work did not get into the target, or could not. Pure. */
import { isLive, type SessionState } from '../state.ts'
import type { Actions } from './actions.ts'
import type { AttentionFacts } from './facts.ts'
import type { Found } from './found.ts'
import { retries } from './retry.ts'

/** An ejected change waits for the person unless somebody is at it, or is about to be. */
export function ejection(s: SessionState, facts: AttentionFacts, does: Actions, working: boolean): Found[] {
  const { change, repairedBy } = facts
  if (working || change?.state !== 'ejected' || s.stage === 'landed' || repairedBy) return []
  const told = isLive(s) && s.queue.some(({ from }) => from === 'train')
  const persons = s.stageAsks
  // Still on the train: who can take it is being found out, and is told in a moment.
  if (!persons && (told || s.stage === 'handed-off' || s.stage === 'on-train')) return []
  const log = change.checked
    ? [does.look('e', 'what the checks printed', 'checks-log', 'logs', '--checks')]
    : []
  // The same commit fails on the same main again: first somebody mends it.
  const message = does.message()
  const { again, mended } = retries(facts.root, { id: change.id, name: s.name }, facts.mender)
  const mend = [...(change.conflicts ? does.mergeMain(change.conflicts) : message), ...mended]
  return [
    {
      kind: 'ejected',
      why: persons ? s.stageWhy.replace(/^ejected from the train: /, '') : change.why,
      since: change.at,
      key: `${change.id}.${change.at}.${s.turns}`,
      actions: [
        ...(change.mayPass ? [again, ...mend] : [...mend, again]),
        ...(change.conflicts ? message : []),
        ...log,
        ...does.terminal(),
      ],
    },
  ]
}

/** A branch that no longer merges, before it is tried. */
export function conflicts(s: SessionState, does: Actions): Found[] {
  if (!s.merges || s.merges.clean || (s.stage !== 'active' && s.stage !== 'handed-off')) return []
  const { files, main, since, at } = s.merges
  const own = does.mergeMain({ main, files })
  const actions = [...(own.length > 0 ? own : does.landResolved()), does.update(), ...does.message()]
  return [
    {
      kind: 'conflict',
      why: `no longer merges with main: ${files.join(', ')}`,
      since,
      seen: at,
      actions,
    },
  ]
}
