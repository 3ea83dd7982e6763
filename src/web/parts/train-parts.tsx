/** The parts of a train: a change in the queue, a build under test, a landing. */
import type { BuildView, ChangeView, CheckView } from '../../protocol/api.ts'
import { useActing } from '../act.ts'
import { client } from '../connection.ts'
import { age, oneLine } from '../words.ts'
import { Age } from './age.tsx'
import { Failed } from './failed.tsx'
import { Go } from './go.tsx'
import { Offered } from './offered.tsx'

export function Queued({ change, repo }: { change: ChangeView; repo: string }) {
  const acting = useActing('trainHold')
  const of = { repo, change: change.id }
  const act = (name: 'trainEject' | 'trainRetry' | 'trainHold' | 'trainRelease') =>
    acting.run(async () => void (await client.call(name, of)))
  return (
    <li>
      <span className="position">{change.position}</span>
      <div>
        <p>
          {change.session === null ? (
            <b>{oneLine(change.name)}</b>
          ) : (
            <Go to={{ page: 'session', id: change.session }} className="name">
              {oneLine(change.name)}
            </Go>
          )}{' '}
          <span className={`state ${change.state}`}>{change.state}</span>{' '}
          {change.expected !== null && (
            <span className="soft">expected in {age(change.expected - Date.now())}</span>
          )}
        </p>
        <p className="soft">{oneLine(change.why)}</p>
        <Offered>
          <div className="actions small">
            {change.state === 'held' ? (
              <button type="button" disabled={acting.busy} onClick={() => act('trainRelease')}>
                Release
              </button>
            ) : (
              <button type="button" disabled={acting.busy} onClick={() => act('trainHold')}>
                Hold
              </button>
            )}
            <button type="button" disabled={acting.busy} onClick={() => act('trainEject')}>
              Take off
            </button>
          </div>
        </Offered>
        <Failed why={acting.failed} />
      </div>
    </li>
  )
}

export function Build({ build }: { build: BuildView }) {
  return (
    <div className="build">
      <p>
        {oneLine(build.what)}{' '}
        <span className="soft">
          for <Age at={build.startedAt} />
          {build.expected !== null && `, expected in ${age(build.expected - Date.now())}`}
        </span>
      </p>
      <ul className="checks">
        {build.checks.map((check) => (
          <Check key={check.command} check={check} />
        ))}
      </ul>
    </div>
  )
}

function Check({ check }: { check: CheckView }) {
  return (
    <li className={`check-${check.state}`}>
      <code>{oneLine(check.command)}</code> <span>{check.state}</span>{' '}
      {check.ms > 0 && <span className="soft">{age(check.ms)}</span>}
      {check.note !== '' && <span className="soft"> {oneLine(check.note)}</span>}
    </li>
  )
}
