/** A session's work in the person's own checkout: the way there, and back. */
import { useState } from 'react'
import { lookOf } from '../../board/words.ts'
import type { EditsView, SessionView, ShownIn } from '../../protocol/api.ts'
import { type Acting, useActing } from '../act.ts'
import { client } from '../connection.ts'
import { oneLine } from '../words.ts'
import { Age } from './age.tsx'
import { Offered } from './offered.tsx'
import { Failed } from './failed.tsx'

/** What checkouts show of these sessions, with the way back; and what came of the last one. */
export function Looks({ sessions }: { sessions: readonly SessionView[] }) {
  const acting = useActing('spotlight')
  const [said, say] = useState<readonly string[]>([])
  const looks = sessions.flatMap((session) => (session.shownIn ?? []).map((look) => ({ session, look })))
  return (
    <>
      {looks.map(({ session, look }) => (
        <Look key={look.checkout} session={session} look={look} acting={acting} say={say} />
      ))}
      {said.map((line) => (
        <p key={line} className="stands" role="status">
          {oneLine(line)}
        </p>
      ))}
      <Failed why={acting.failed} />
    </>
  )
}

function Look({
  session,
  look,
  acting,
  say,
}: {
  session: SessionView
  look: ShownIn
  acting: Acting
  say: (lines: readonly string[]) => void
}) {
  const { checkout } = look
  const back = async () => {
    const { edits, notes } = await client.call('spotlightOff', { repo: session.repository.root, checkout })
    say([...notes, ...keptAs(edits)])
  }
  const again = async () => {
    const { edits, notes } = await client.call('spotlight', { repo: null, name: session.id, checkout })
    say([...notes, ...keptAs(edits)])
  }
  return (
    <p className="stands look">
      {oneLine(`${lookOf(look)} of ${session.name}`)}, for <Age at={look.since} />{' '}
      <Offered>
        <button type="button" disabled={acting.busy} onClick={() => acting.run(back)}>
          Go back
        </button>{' '}
        {look.behind > 0 && (
          <button type="button" disabled={acting.busy} onClick={() => acting.run(again)}>
            Show its newest
          </button>
        )}
      </Offered>
    </p>
  )
}

function keptAs(edits: EditsView | null): string[] {
  if (edits === null) return []
  return [`What you changed in ${edits.files.join(', ')} is kept as ${edits.commit.slice(0, 10)}.`]
}
