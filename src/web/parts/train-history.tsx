/** What left the train: what landed and why, what did not and why, and checks that cannot be trusted. */
import type { ChangeView, LandingView, TrainView } from '../../protocol/api.ts'
import { itemOfChange } from '../../protocol/attention.ts'
import type { CheckResult, TestReport } from '../../protocol/train.ts'
import { useActing } from '../act.ts'
import { client } from '../connection.ts'
import { useBoard } from '../store.ts'
import { notLanded } from '../train.ts'
import { age, oneLine, visible } from '../words.ts'
import { Age } from './age.tsx'
import { Barred } from './barred.tsx'
import { Failed } from './failed.tsx'
import { Go } from './go.tsx'
import { Offered } from './offered.tsx'
import { Settle } from './settle.tsx'

/** Shown before one asks for the rest. */
const SHOWN = 12

export function History({ train, repo }: { train: TrainView; repo: string }) {
  const gone = notLanded(train.changes)
  const landings = train.landings.toReversed()
  return (
    <>
      {gone.length > 0 && (
        <section aria-labelledby="not-landed">
          <h2 id="not-landed">
            Not landed <span className="count">{gone.length}</span>
          </h2>
          <ol className="queue">
            {gone.slice(-SHOWN).map((change) => (
              <Ejected key={change.id} change={change} repo={repo} />
            ))}
          </ol>
        </section>
      )}
      <section aria-labelledby="landed">
        <h2 id="landed">
          Landed <span className="count">{landings.length}</span>
        </h2>
        {landings.length === 0 && <p className="soft">Nothing yet.</p>}
        <Landings landings={landings.slice(0, SHOWN)} />
        {landings.length > SHOWN && (
          <details>
            <summary className="soft">{landings.length - SHOWN} more</summary>
            <Landings landings={landings.slice(SHOWN)} />
          </details>
        )}
      </section>
      {train.flaky.length > 0 && (
        <section aria-labelledby="flaky">
          <h2 id="flaky">Red and green on the same tree</h2>
          <ul>
            {train.flaky.map(({ command, test, times, at }) => (
              <li key={`${command} ${test}`}>
                {test === null ? <code>{oneLine(command)}</code> : oneLine(test)}{' '}
                <span className="soft">
                  {times} times, last <Age at={at} /> ago
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Landings({ landings }: { landings: readonly LandingView[] }) {
  return (
    <ol className="landings">
      {landings.map((landing) => (
        <Landed key={landing.seq} landing={landing} />
      ))}
    </ol>
  )
}

/** What landed in one line; its evidence behind it. */
function Landed({ landing }: { landing: LandingView }) {
  const { at, members, old, new: now, tree, checks, skipped, resolved, remote } = landing
  return (
    <li>
      <details>
        <summary>
          <Age at={at} /> <span className="names">{oneLine(members.map(({ name }) => name).join(', '))}</span>{' '}
          <span className="soft">
            as <code>{now.slice(0, 10)}</code>
          </span>
        </summary>
        <p className="soft">
          on <code>{old.slice(0, 10)}</code>, in <code>{tree.slice(0, 10)}</code>, the tree that was tested
        </p>
        <ul className="checks">
          {checks.map(({ command, ms, tests, build }) => (
            <li key={command} className="check-passed">
              <code>{oneLine(command)}</code> <span>passed</span>{' '}
              <span className="soft">
                {age(ms)}
                {counted(tests)}
                {build === landing.build ? '' : ', in an earlier build of the same tree'}
              </span>
            </li>
          ))}
          {skipped.map(({ command, why }) => (
            <li key={command}>
              <code>{oneLine(command)}</code> <span className="soft">skipped: {oneLine(why)}</span>
            </li>
          ))}
        </ul>
        {resolved.length > 0 && (
          <p className="soft">Conflicts resolved in {oneLine(resolved.map(({ path }) => path).join(', '))}</p>
        )}
        {remote !== null && <p className="soft">pushed to {oneLine(remote)}</p>}
      </details>
    </li>
  )
}

function Ejected({ change, repo }: { change: ChangeView; repo: string }) {
  const { attention } = useBoard()
  const { id, name, session, state, why, ejected, ejections } = change
  // What a change of nobody waits for stands at the head of the page.
  const item = session === null ? undefined : itemOfChange(attention?.items ?? [], id)
  return (
    <li>
      <div>
        <p>
          {session === null ? (
            <b>{oneLine(name)}</b>
          ) : (
            <Go to={{ page: 'session', id: session }} className="name">
              {oneLine(name)}
            </Go>
          )}{' '}
          <span className="state">
            {state}
            {ejected === null ? '' : `: ${oneLine(ejected.reason)}`}
            {ejections > 1 ? `, ${ejections} times` : ''}
          </span>
        </p>
        {!item && <p className="soft">{visible(ejected?.detail ?? why)}</p>}
        {ejected !== null && ejected.evidence.length > 0 && (
          <details>
            <summary className="soft">what speaks against it</summary>
            <ul className="checks">
              {ejected.evidence.map((run, i) => (
                <Evidence key={i} run={run} />
              ))}
            </ul>
          </details>
        )}
        {item ? <Settle item={item} keys={null} taken="" /> : <Again repo={repo} change={id} />}
      </div>
    </li>
  )
}

function Again({ repo, change }: { repo: string; change: string }) {
  const acting = useActing('trainRetry')
  return (
    <>
      <Offered>
        <div className="actions small">
          <button
            type="button"
            disabled={acting.busy}
            onClick={() => acting.run(async () => void (await client.call('trainRetry', { repo, change })))}
          >
            Put it on again
          </button>
        </div>
      </Offered>
      <Barred why={acting.barred} />
      <Failed why={acting.failed} />
    </>
  )
}

function Evidence({ run: { command, tree, exit, ms, timedOut, limit, tests, tail } }: { run: CheckResult }) {
  const how = timedOut ? 'timed out' : (limit ?? (exit === null ? 'ended by a signal' : `exit ${exit}`))
  return (
    <li className={exit === 0 ? 'check-passed' : 'check-failed'}>
      <code>{oneLine(command)}</code> <span>{exit === 0 ? 'passed' : oneLine(how)}</span>{' '}
      <span className="soft">
        {age(ms)}, on tree <code>{tree.slice(0, 10)}</code>
        {counted(tests)}
      </span>
      {exit !== 0 && tail.trim() !== '' && (
        <pre tabIndex={0} aria-label={`Output of ${command}`}>
          {visible(tail.trim())}
        </pre>
      )}
    </li>
  )
}

const counted = (tests: TestReport | undefined): string =>
  tests === undefined
    ? ''
    : tests.failed > 0
      ? `, ${tests.failed} of ${tests.passed + tests.failed} tests failed`
      : `, ${tests.passed} tests passed`
