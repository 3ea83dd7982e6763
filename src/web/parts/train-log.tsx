/** The end of what the check that runs, or the last that ran, printed. */
import { useEffect, useState } from 'react'
import type { Outputs } from '../../protocol/api.ts'
import { client } from '../connection.ts'
import { oneLine, visible } from '../words.ts'

/** A check that runs prints without an event: it is looked at this often, ms. */
const EVERY_MS = 1000

export function TrainLog({ repo, busy }: { repo: string; busy: boolean }) {
  const [log, setLog] = useState<Outputs['trainLog'] | null>(null)
  useEffect(() => {
    let wanted = true
    const look = (): void => {
      // Nothing was printed yet: there is nothing to show, and nothing wrong.
      client
        .call('trainLog', { repo })
        .then((found) => wanted && setLog(found))
        .catch(() => {})
    }
    look()
    const timer = busy ? window.setInterval(look, EVERY_MS) : 0
    return () => {
      wanted = false
      clearInterval(timer)
    }
  }, [repo, busy])
  if (log === null) return null
  return (
    <div className="train-log">
      <h2>
        {log.running ? 'Running' : 'Last check'} <code>{oneLine(log.command)}</code>
      </h2>
      <pre tabIndex={0} aria-label="Output of the check">
        {visible(log.text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')) || 'nothing printed yet'}
      </pre>
    </div>
  )
}
