/** Whether this browser is notified by push, turned on and off; where it cannot be, why. */
import { useEffect, useState } from 'react'
import { useActing } from '../act.ts'
import { useAnswer } from '../asked.ts'
import { endPush, startPush, takesPush, whyNoPush } from '../push.ts'
import { useBoard } from '../store.ts'
import { oneLine } from '../words.ts'
import { Failed } from './failed.tsx'

interface Here {
  /** Null: it can be turned on. */
  whyNot: string | null
  takes: boolean
}

/** @param events changes with every event about notifications by push */
export function PushSwitch({ events }: { events: number }) {
  const { link } = useBoard()
  const [changes, changed] = useState(0)
  const [here, setHere] = useState<Here | null>(null)
  const { answer } = useAnswer('pushStatus', {}, `${link.state} ${events} ${changes}`)
  const acting = useActing(null)
  useEffect(() => {
    let wanted = true
    void Promise.all([whyNoPush(), takesPush()]).then(
      ([whyNot, takes]) => wanted && setHere({ whyNot, takes }),
    )
    return () => {
      wanted = false
    }
  }, [changes])
  if (here === null || answer === null) return null
  const on = here.takes && answer.here !== null
  const act = (work: () => Promise<unknown>): void =>
    acting.run(async () => {
      try {
        await work()
      } finally {
        changed(changes + 1)
      }
    })
  return (
    <section aria-labelledby="push" className="push">
      <h2 id="push">Notifications by push</h2>
      <label>
        <input
          type="checkbox"
          role="switch"
          checked={on}
          disabled={acting.busy || (here.whyNot !== null && !on)}
          onChange={() => act(on ? endPush : startPush)}
          aria-describedby="push-says"
        />{' '}
        Notify me in this browser, also while the board is closed
      </label>
      <div id="push-says">
        {here.whyNot !== null && <p>{here.whyNot}</p>}
        <p className="soft">
          Off unless you turn it on. For each message the supervisor then makes one https request to the push
          service of this browser’s vendor, which passes it on. It is encrypted for this browser: the service
          learns when there is one, and the address of this machine in the internet, not what it says. It says
          what any other notification does: which sessions wait, for what, and lines that agents may have
          written.
        </p>
      </div>
      {on && answer.here !== null && <p>Through {oneLine(answer.here.service)}.</p>}
      {answer.here !== null && answer.here.error !== '' && (
        <p className="failed">The last message failed: {oneLine(answer.here.error, 300)}</p>
      )}
      <Failed why={acting.failed} />
    </section>
  )
}
