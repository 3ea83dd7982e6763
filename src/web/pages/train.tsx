/** The train of a repository: what is tested on top of what, what waits, what landed and why. */
import type { TrainView } from '../../protocol/api.ts'
import { useActing } from '../act.ts'
import { client, looksOnly } from '../connection.ts'
import { Barred } from '../parts/barred.tsx'
import { Failed } from '../parts/failed.tsx'
import { RepositoryTitle, useRepository } from '../parts/repository-title.tsx'
import { Settle } from '../parts/settle.tsx'
import { TrainLog } from '../parts/train-log.tsx'
import { History } from '../parts/train-history.tsx'
import { Build, Queued } from '../parts/train-parts.tsx'
import { go } from '../router.ts'
import { useBoard } from '../store.ts'
import { useTrain } from '../train.ts'
import { oneLine } from '../words.ts'

export function TrainPage({ repo: wanted }: { repo: string | null }) {
  const { link, attention } = useBoard()
  const repo = useRepository(wanted)
  const { train, failed, set } = useTrain(repo, link.state === 'live')
  const acting = useActing('trainPause')
  if (repo === null) return <p className="empty">No repository is known here yet.</p>
  const steer = (name: 'trainPause' | 'trainResume') =>
    acting.run(async () => set(await client.call(name, { repo })))
  // Of the train alone: what a session of it waits for stands on that session's page.
  const items = attention?.items.filter(
    ({ session, repository }) => session === null && repository.root === repo,
  )
  const waiting = train?.changes.filter(({ position }) => position !== null) ?? []
  return (
    <div className="train">
      <header className="session-head">
        <h1>
          Train of <RepositoryTitle repo={repo} choose={(root) => go({ page: 'train', repo: root })} />
        </h1>
        {train && <Main train={train} />}
        {train && !looksOnly() && (
          <div className="actions">
            {train.paused === null ? (
              <button type="button" disabled={acting.busy} onClick={() => steer('trainPause')}>
                Pause
              </button>
            ) : (
              <button
                type="button"
                className="main"
                disabled={acting.busy}
                onClick={() => steer('trainResume')}
              >
                Go on
              </button>
            )}
          </div>
        )}
      </header>
      <Barred why={acting.barred} />
      <Failed why={failed ?? acting.failed} />
      <div className="ask">
        {items?.map((item, i) => (
          <Settle key={item.id} item={item} keys={i === 0} taken="" />
        ))}
      </div>
      {train?.paused && <p className="stands">Paused: {oneLine(train.paused)}</p>}
      {train?.stuck && train.stuck !== train.paused && <p className="stands">{oneLine(train.stuck)}</p>}
      {train?.note ? <p className="soft">{oneLine(train.note)}</p> : null}
      {train && (
        <div className="train-parts">
          <section aria-labelledby="queue">
            <h2 id="queue">
              Queue <span className="count">{waiting.length}</span>
            </h2>
            {waiting.length === 0 && <p className="soft">Nothing is on the train.</p>}
            <ol className="queue">
              {waiting.map((change) => (
                <Queued key={change.id} change={change} repo={repo} />
              ))}
            </ol>
            {train.builds.length > 0 && <h2>In testing</h2>}
            {train.builds.map((build) => (
              <Build key={build.id} build={build} />
            ))}
            {hasPrinted(train) && <TrainLog repo={repo} busy={train.builds.length > 0} />}
          </section>
          <div className="history">
            <History train={train} repo={repo} />
          </div>
        </div>
      )}
    </div>
  )
}

/** Is there a check whose output could be asked for? */
function hasPrinted({ builds, changes }: TrainView): boolean {
  return [...builds, ...changes].some(({ checks }) => checks.some(({ log }) => log))
}

function Main({ train: { target, main, remote } }: { train: TrainView }) {
  const colour = main.green === null ? 'not tested' : main.green ? 'green' : 'red'
  return (
    <span className={`main-is ${main.green === false ? 'red' : ''}`}>
      {oneLine(target)} <code>{main.commit?.slice(0, 10) ?? 'no commit'}</code> {colour}
      {remote !== null && (remote.ahead > 0 || remote.behind > 0) && (
        <span title={`as last seen, against ${oneLine(remote.name)}/${oneLine(target)}`}>
          {` (${apart(remote).join(', ')})`}
        </span>
      )}
    </span>
  )
}

/** How many commits only one of the two has. */
function apart({ name, ahead, behind }: NonNullable<TrainView['remote']>): string[] {
  return [
    ...(ahead > 0 ? [`${ahead} not at ${oneLine(name)}`] : []),
    ...(behind > 0 ? [`${behind} only at ${oneLine(name)}`] : []),
  ]
}
