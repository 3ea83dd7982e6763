/** Proves that the person is told: by each way that is on, with what came of it. */
import { useState } from 'react'
import type { ChannelView } from '../../protocol/api.ts'
import { useActing } from '../act.ts'
import { client, phone } from '../connection.ts'
import { oneLine } from '../words.ts'
import { Barred } from './barred.tsx'
import { Failed } from './failed.tsx'

const CHANNELS: Record<ChannelView['channel'], string> = {
  desktop: 'desktop',
  command: 'your command',
  push: 'push',
}

export function NotifyTest() {
  const [came, setCame] = useState<readonly ChannelView[] | null>(null)
  const acting = useActing('notifyTest')
  const test = (): void =>
    acting.run(async () => {
      setCame(null)
      setCame(await client.call('notifyTest', {}))
    })
  return (
    <section aria-labelledby="told" className="told">
      <h2 id="told">How you are told</h2>
      <p>
        <button type="button" disabled={acting.busy} onClick={test}>
          Send a test
        </button>{' '}
        <span className="soft">
          {phone() === null
            ? 'By every way that is on: the desktop, your command, every browser that takes push.'
            : 'By push, to this phone alone.'}
        </span>
      </p>
      <div role="status">
        {came?.length === 0 && <p>Nothing was sent: push is off here.</p>}
        {came !== null && came.length > 0 && (
          <ul className="checks-list">
            {came.map((each) => (
              <Channel key={`${each.channel} ${each.name}`} {...each} />
            ))}
          </ul>
        )}
      </div>
      <Barred why={acting.barred} />
      <Failed why={acting.failed} />
    </section>
  )
}

const MARKS: Record<ChannelView['state'], { sign: string; look: string; said: string }> = {
  told: { sign: '✓', look: 'good', said: 'told' },
  failed: { sign: '!', look: 'warn', said: 'failed' },
  on: { sign: '·', look: 'soft', said: 'on' },
  off: { sign: '–', look: 'soft', said: 'off' },
}

function Channel({ channel, name, state, said, todo }: ChannelView) {
  const { sign, look, said: word } = MARKS[state]
  return (
    <li>
      <span className={look} aria-hidden="true">
        {sign}
      </span>
      <b>{CHANNELS[channel]}</b>
      <span>
        {word}
        {name === '' ? '' : `: ${oneLine(name)}`}
      </span>
      {[said, todo].map(
        (note) =>
          note !== '' && (
            <p key={note} className="soft">
              {oneLine(note, 500)}
            </p>
          ),
      )}
    </li>
  )
}
