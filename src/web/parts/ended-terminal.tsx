/** What stood on a terminal whose process has ended, as text. */
import { useEffect, useState } from 'react'
import type { HostScreen } from '../../protocol/host.ts'
import type { SessionView } from '../../protocol/api.ts'
import { client, sentenceOf } from '../connection.ts'
import { LastScreen } from './last-screen.tsx'

export function EndedTerminal({ session }: { session: SessionView }) {
  const [screen, setScreen] = useState<HostScreen | null>(null)
  const [failed, setFailed] = useState('')
  useEffect(() => {
    let wanted = true
    client
      .call('screen', { repo: null, name: session.id })
      .then((found) => wanted && setScreen(found))
      .catch((error: unknown) => wanted && setFailed(sentenceOf(error)))
    return () => {
      wanted = false
    }
  }, [session.id, session.process.generation, session.process.state])
  const { exit } = session.process
  const how =
    exit === null
      ? session.process.state === 'none'
        ? 'It has not started yet.'
        : 'Its process has ended.'
      : `Its process has ended${exit.signal ? ` by ${exit.signal}` : ` with exit ${exit.code}`}.`
  return (
    <div className="seat ended">
      {screen !== null && <LastScreen lines={screen.lines} label={`Last screen of ${session.name}`} />}
      <p className="screen-note">
        {how} {screen === null && session.process.state !== 'none' ? failed : ''}
      </p>
    </div>
  )
}
