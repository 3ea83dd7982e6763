/** What was said, turn by turn: the prompt with who gave it, what the agent said, and the tools that it used. */
import { useLayoutEffect, useRef } from 'react'
import type { RefObject } from 'react'
import type { SessionView } from '../../protocol/api.ts'
import { beginsTurn, SPEAKERS, sourceSaid } from '../../protocol/conversation-words.ts'
import type { Placed } from '../conversation.ts'
import { useConversation } from '../follow-conversation.ts'
import { useInSight } from '../in-sight.ts'
import { visible } from '../words.ts'
import { Age } from './age.tsx'
import { Failed } from './failed.tsx'
import { ToolRow } from './tool-row.tsx'

export function Conversation({ session }: { session: SessionView }) {
  const end = useRef<HTMLDivElement>(null)
  const isAtEnd = useInSight(end)
  const { held, failed, earlier, asking } = useConversation(session.id, isAtEnd)
  const list = useRef<HTMLOListElement>(null)
  const entries = held?.entries ?? []
  // What is new is at the end; whoever has gone back to read something stays there.
  useLayoutEffect(() => {
    if (isAtEnd()) end.current?.scrollIntoView({ block: 'nearest' })
  }, [entries, isAtEnd])
  const showEarlier = useStayingPut(list, earlier)
  if (held === null) return failed === null ? <p className="empty">Looking…</p> : <Failed why={failed} />
  return (
    <div className="conversation">
      <p className="soft whose">{visible(sourceSaid(held))}</p>
      {held.earlier && (
        <button type="button" className="earlier" disabled={asking} onClick={showEarlier}>
          Show what was said before
        </button>
      )}
      <ol ref={list}>
        {entries.map((entry) => (
          <Entry key={`${entry.of} ${entry.place}`} entry={entry} />
        ))}
      </ol>
      <Failed why={failed} />
      <div ref={end} className="end" />
    </div>
  )
}

function Entry({ entry }: { entry: Placed }) {
  const { from, at, text, tool } = entry
  if (from === 'tool') return <li>{tool && <ToolRow tool={tool} />}</li>
  return (
    <li className={beginsTurn(entry) ? 'words-of steers' : 'words-of'}>
      <p className="who">
        {SPEAKERS[from]}{' '}
        {at !== null && (
          <span className="soft">
            <Age at={at} /> ago
          </span>
        )}
      </p>
      <p className="words">{visible(text)}</p>
      {tool && <Answer result={tool.result} />}
    </li>
  )
}

function Answer({ result }: { result: string | undefined }) {
  return <p className="words soft">{result === undefined ? 'no answer yet' : visible(result)}</p>
}

/** Keeps what is read where it is on the screen when something is put before it. */
function useStayingPut(
  list: RefObject<HTMLOListElement | null>,
  earlier: (comes: () => void) => void,
): () => void {
  const before = useRef<number | null>(null)
  useLayoutEffect(() => {
    if (before.current === null || !list.current) return
    const top = list.current.scrollHeight - before.current
    before.current = null
    scrollerOf(list.current)?.scrollBy({ top, behavior: 'instant' })
  })
  return () =>
    earlier(() => {
      before.current = list.current?.scrollHeight ?? null
    })
}

function scrollerOf(element: Element | null): Element | null {
  for (let each = element?.parentElement ?? null; each; each = each.parentElement)
    if (each.scrollHeight > each.clientHeight && getComputedStyle(each).overflowY !== 'visible') return each
  return document.scrollingElement
}
