/** Small facts of a session, each with a title that says it in full. */
import type { SessionView } from '../../protocol/api.ts'
import { groupOf } from '../../board/groups.ts'
import { costOf, doing, seenDoing, sizeOf } from '../../board/words.ts'
import { oneLine } from '../words.ts'
import { Age } from './age.tsx'

/** What it does, by whose word, and how old that word is. */
export function Doing({ session }: { session: SessionView }) {
  const { activity } = session
  return (
    <span className={`doing ${groupOf(session)}`} title={`${activity.source}: ${oneLine(activity.evidence)}`}>
      <i aria-hidden="true" className="dot" />
      {doing(session)} <Age at={seenDoing(session)} />
    </span>
  )
}

/** Lines added and removed, as last counted. */
export function Size({ session }: { session: SessionView }) {
  const size = sizeOf(session)
  if (size === null) return <span className="size" />
  const files = `${size.files} ${size.files === 1 ? 'file' : 'files'}`
  const when = `counted at ${new Date(size.at).toLocaleTimeString()}`
  return (
    <span className="size" title={[files, when, size.stale].filter(Boolean).join('; ')}>
      <ins>+{size.added}</ins> <del>−{size.removed}</del>
      {size.stale !== null && ' earlier'}
    </span>
  )
}

/** Whether it still merges with main. */
export function Merges({ session: { merges, stage } }: { session: SessionView }) {
  if (merges === null || stage === 'landed') return <span className="merges" />
  // What it was about has changed: no longer a claim.
  if (merges.stale !== null)
    return (
      <span className="merges" title={merges.stale}>
        {merges.clean ? 'merged' : 'conflicted'} earlier
      </span>
    )
  if (merges.clean)
    return (
      <span className="merges clean" title="merges with main">
        merges
      </span>
    )
  return (
    <span className="merges conflict" title={merges.files.map((file) => oneLine(file)).join('\n')}>
      conflicts in {merges.files.length}
    </span>
  )
}

/** What its agent says it has cost; nothing where it says nothing. */
export function Cost({ session }: { session: SessionView }) {
  const usd = costOf(session)
  return (
    <span className="cost" {...(usd === null ? {} : { title: 'as its agent reports it' })}>
      {usd === null ? '' : `$${usd.toFixed(2)}`}
    </span>
  )
}

/** The one sentence that says most: where it stands on the train, why it waits, or what it said last. */
export function LastWord({ session }: { session: SessionView }) {
  const where = ['waiting', 'on-train', 'planned', 'preparing'].includes(session.stage)
  const text = where ? session.stageWhy : session.lastMessage || (session.goal.split('\n')[0] ?? '')
  return (
    <span className="last" title={oneLine(text, 1000)}>
      {session.note !== '' && <span className="note">{oneLine(session.note)} · </span>}
      {oneLine(text)}
    </span>
  )
}
