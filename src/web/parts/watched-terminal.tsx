/** What stands on a live terminal, as text: on a phone, which does not type into terminals. */
import { useEffect, useState } from 'react'
import type { SessionView } from '../../protocol/api.ts'
import { useAnswer } from '../asked.ts'
import { LastScreen } from './last-screen.tsx'

const LOOK_EVERY_MS = 2000

export function WatchedTerminal({ session }: { session: SessionView }) {
  const [looks, look] = useState(0)
  const { answer: screen, failed } = useAnswer('screen', { repo: null, name: session.id }, String(looks))
  useEffect(() => {
    const clock = setInterval(() => document.hidden || look((n) => n + 1), LOOK_EVERY_MS)
    return () => clearInterval(clock)
  }, [])
  return (
    <div className="seat ended">
      {screen !== null && <LastScreen lines={screen.lines} label={`Screen of ${session.name}`} />}
      <p className="screen-note">
        {failed ??
          `Looked at every ${LOOK_EVERY_MS / 1000} s. Nothing is typed into a terminal from a phone: send a message.`}
      </p>
    </div>
  )
}
