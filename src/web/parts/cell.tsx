/** The walls of a session: what its newest process may write and see, what they do not stop, what they refused. */
import type { SessionView, WhyView } from '../../protocol/api.ts'
import { rungTitle } from '../../protocol/session.ts'
import { useAnswer } from '../asked.ts'
import { oneLine, visible } from '../words.ts'
import { Age } from './age.tsx'
import { Failed } from './failed.tsx'

/** Paths of one kind that are shown before one asks for the rest. */
const PATHS_SHOWN = 6

export function Cell({ session }: { session: SessionView }) {
  const state = `${session.process.generation} ${session.refusals}`
  const { answer: why, failed } = useAnswer('why', { repo: null, name: session.id }, state)
  if (why === null) return <Failed why={failed} />
  const { cell, refusals } = why
  return (
    <div className="cell">
      {cell === null ? (
        <p className="soft">It has no cell before its process has started.</p>
      ) : (
        <Walls cell={cell} />
      )}
      <Refused refusals={refusals} />
    </div>
  )
}

function Walls({ cell }: { cell: NonNullable<WhyView['cell']> }) {
  const { rung, why, writable, shown, hidden, gaps, costs } = cell
  return (
    <>
      <h2>Walls</h2>
      <p>
        {rungTitle(rung)}
        {why === '' ? '' : `: ${visible(why)}`}
      </p>
      <Paths of="It may write" paths={writable} />
      <Paths of="but not" paths={cell.protected} />
      <Paths of="It does not see" paths={hidden} />
      <Paths of="and yet sees" paths={shown} />
      <Notes of="They do not stop" notes={gaps} />
      <Notes of="What does not work because of them" notes={costs} />
    </>
  )
}

function Paths({ of, paths }: { of: string; paths: readonly string[] }) {
  if (paths.length === 0) return null
  const items = (some: readonly string[]) => (
    <ul>
      {some.map((path) => (
        <li key={path}>
          <code>{visible(path)}</code>
        </li>
      ))}
    </ul>
  )
  return (
    <section>
      <h2>{of}</h2>
      {items(paths.slice(0, PATHS_SHOWN))}
      {paths.length > PATHS_SHOWN && (
        <details>
          <summary className="soft">{paths.length - PATHS_SHOWN} more</summary>
          {items(paths.slice(PATHS_SHOWN))}
        </details>
      )}
    </section>
  )
}

function Notes({ of, notes }: { of: string; notes: readonly string[] }) {
  if (notes.length === 0) return null
  return (
    <section>
      <h2>{of}</h2>
      <ul>
        {notes.map((note) => (
          <li key={note}>{visible(note)}</li>
        ))}
      </ul>
    </section>
  )
}

function Refused({ refusals }: Pick<WhyView, 'refusals'>) {
  return (
    <section>
      <h2>
        Refused <span className="count">{refusals.length}</span>
      </h2>
      {refusals.length === 0 && <p className="soft">Nothing was refused that could be seen.</p>}
      <ul className="refused">
        {refusals.toReversed().map(({ at, source, tool, target, why, instead }) => (
          <li key={`${at} ${tool} ${target}`}>
            <Age at={at} />
            <span>
              {oneLine(tool)} <code>{oneLine(target)}</code>: {visible(why)}
              {instead === '' ? '' : ` Instead: ${visible(instead)}`}
            </span>
            <span className="soft">{source}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
