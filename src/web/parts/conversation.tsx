/** What was said: prompts with who gave them, what the agent asked and answered, and the commands in between. */
import { useLayoutEffect, useMemo, useRef } from 'react'
import type { SessionView } from '../../protocol/api.ts'
import { conversationOf, type Said } from '../conversation.ts'
import { useSessionEvents } from '../session-events.ts'
import { visible } from '../words.ts'
import { Age } from './age.tsx'
import { Commands } from './commands.tsx'

const SPEAKERS: Record<Extract<Said, { is: 'words' }>['who'], string> = {
  brief: 'brief',
  person: 'you',
  train: 'train',
  supervisor: 'Worktrain',
  terminal: 'you, in its terminal',
  itself: 'agent, to itself',
  agent: 'agent',
  asks: 'agent asks',
}

export function Conversation({ session }: { session: SessionView }) {
  const { events, failed } = useSessionEvents(session.id)
  const said = useMemo(() => conversationOf(events ?? []), [events])
  const end = useRef<HTMLLIElement>(null)
  // What is new is at the end.
  useLayoutEffect(() => {
    // What it returns, in newer browsers, is no clean-up.
    end.current?.scrollIntoView({ block: 'nearest' })
  }, [said.length])
  if (events === null) return failed === null ? null : <p className="failed">{failed}</p>
  if (said.length === 0) return <p className="empty">Nothing was said that could be seen from outside.</p>
  return (
    <ol className="conversation">
      {said.map((one, i) => (
        <li key={one.seq} ref={i === said.length - 1 ? end : null} className={speaker(one)}>
          <p className="who">
            {one.is === 'words' ? SPEAKERS[one.who] : 'ran'}{' '}
            <span className="soft">
              <Age at={one.at} /> ago
            </span>
          </p>
          {one.is === 'words' ? (
            <p className="words">{visible(one.text)}</p>
          ) : (
            <Commands commands={one.commands} />
          )}
        </li>
      ))}
    </ol>
  )
}

/** Who steers it stands out from what it does. */
function speaker(one: Said): string {
  if (one.is === 'ran') return 'ran'
  return one.who === 'agent' || one.who === 'asks' ? 'of-agent' : 'steers'
}
