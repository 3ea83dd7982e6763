/** What waits because work did not get into the target, or could not. Pure. */
import { isLive, type SessionState } from '../state.ts'
import type { Actions } from './actions.ts'
import type { AttentionFacts } from './facts.ts'
import type { Found } from './found.ts'

/** An ejected change waits for the person unless somebody is at it, or is about to be. */
export function ejection(s: SessionState, facts: AttentionFacts, does: Actions, working: boolean): Found[] {
  const { change, repairedBy } = facts
  if (working || change?.state !== 'ejected' || s.stage === 'landed' || repairedBy) return []
  const told = isLive(s) && s.queue.some(({ from }) => from === 'train')
  const persons = s.stageAction !== null
  // Still on the train: who can take it is being found out, and is told in a moment.
  if (!persons && (told || s.stage === 'handed-off' || s.stage === 'on-train')) return []
  const log = change.checked
    ? [does.look('e', 'what the checks printed', 'checks-log', 'logs', '--checks')]
    : []
  const again = [does.retry(change.id), does.resolve(change.id)]
  return [
    {
      kind: 'ejected',
      why: persons ? s.stageWhy : change.why,
      since: change.at,
      key: `${change.id}.${change.at}.${s.turns}`,
      actions: [
        // The same commit conflicts again until somebody has merged.
        ...(change.conflicts ? again.toReversed() : again),
        ...does.message(),
        ...log,
        ...does.terminal(),
      ],
      action: s.stageAction ?? `worktrain why ${s.name}`,
    },
  ]
}

/** A branch that no longer merges, before it is tried. */
export function conflicts(s: SessionState, does: Actions): Found[] {
  if (!s.merges || s.merges.clean || (s.stage !== 'active' && s.stage !== 'handed-off')) return []
  const { files, main, since, at } = s.merges
  const text =
    `Your branch conflicts with main in ${files.join(', ')}. Run \`git merge ${main}\`, resolve the ` +
    'conflicts so that both sides keep what they are for, run the tests, and commit.'
  const why = `no longer merges with main: ${files.join(', ')}`
  const actions = [...does.told('M', 'have it merge main', text), does.update(), ...does.message()]
  return [{ kind: 'conflict', why, since, seen: at, actions, action: `worktrain update ${s.name}` }]
}
