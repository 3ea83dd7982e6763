/** What of a train waits for the person. Pure. */
import type { AttentionAction, AttentionItem, AttentionKind } from '../../protocol/attention.ts'
import type { ChangeView, TrainView } from '../../protocol/api.ts'
import { shellQuoted } from '../../protocol/shell-quote.ts'
import { retries } from './retry.ts'

/** Of a train as it is shown. */
export type Stopped = Pick<TrainView, 'paused' | 'stoppedAt' | 'stuck' | 'changes' | 'main' | 'target'>

/**
 * Why the train stands still, as an item of the first session that waits on it; null: it moves, or it has
 * nothing to do and was not stopped.
 */
export function trainItem(
  train: Stopped,
  repository: AttentionItem['repository'],
  now: number,
): AttentionItem | null {
  const waiting = train.changes
    .filter((change) => change.position !== null)
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0))
  const reason = train.paused ?? train.stuck
  const kind = kindOf(train)
  if (reason === null || (waiting.length === 0 && kind !== 'train-red')) return null
  const first = waiting.find(({ session }) => session !== null)
  const since = train.stoppedAt ?? waiting[0]?.queuedAt ?? now
  const actions = actionsOf(train, kind, waiting[0], repository.root)
  return {
    id: `${kind}:${repository.id}:${since}`,
    kind,
    session: first?.session ? { id: first.session, name: first.name } : null,
    repository,
    why: reason,
    since,
    age: Math.max(0, now - since),
    blocks: { sessions: [], train: waiting.length },
    action: actions[0]?.command ?? 'worktrain train',
    actions,
  }
}

function kindOf(train: Stopped): AttentionKind {
  if (train.paused !== null) return train.main.green === false ? 'train-red' : 'train-paused'
  return train.changes.some(({ state }) => state === 'blocked') ? 'train-blocked' : 'train-waiting'
}

function actionsOf(
  train: Stopped,
  kind: AttentionKind,
  first: ChangeView | undefined,
  repo: string,
): AttentionAction[] {
  const look: AttentionAction = {
    ...{ key: 'v', label: 'the train', needs: null, command: 'worktrain train' },
    does: { show: 'train', repo, session: null },
  }
  if (train.paused !== null) {
    const resume: AttentionAction = {
      key: 'r',
      label: kind === 'train-red' ? 'test main again' : 'let it go on',
      needs: null,
      does: { call: 'trainResume', input: { repo } },
      command: 'worktrain train resume',
    }
    return [resume, look]
  }
  if (first === undefined) return [look]
  const why = 'held until you release it'
  const hold: AttentionAction = {
    key: 'h',
    label: `hold ${first.name} back, and let the others pass`,
    needs: null,
    does: { call: 'trainHold', input: { repo, change: first.id, why } },
    command: `worktrain train hold ${shellQuoted(first.name)}`,
  }
  return [look, hold]
}

/**
 * Ejected changes that belong to no session, such as the taking back of a landing.
 * @param repaired those that a session is at work on
 * @param mender agent that can be started to mend them; null: it is not installed
 */
export function orphaned(
  changes: readonly ChangeView[],
  repository: AttentionItem['repository'],
  repaired: ReadonlySet<string>,
  mender: string | null,
  now: number,
): AttentionItem[] {
  const found = changes.filter(
    ({ id, state, session, ejected }) =>
      state === 'ejected' && session === null && ejected?.reason !== 'person' && !repaired.has(id),
  )
  return found.map(({ id, name, why, queuedAt, ejections, ejected }) => {
    const { again, mended } = retries(repository.root, { id, name }, mender)
    // The same commit fails on the same target again: first somebody mends it.
    const actions = ejected?.reason === 'error' ? [again, ...mended] : [...mended, again]
    return {
      id: `ejected:${id}:${ejections}`,
      kind: 'ejected',
      session: null,
      repository,
      why: `${name}: ${why}`,
      since: queuedAt,
      age: Math.max(0, now - queuedAt),
      blocks: { sessions: [], train: 0 },
      action: (actions[0] ?? again).command,
      actions,
    }
  })
}
