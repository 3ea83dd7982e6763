/** How it is set up: the configuration that applies with where it comes from, what is kept, and what this machine can wall. */
import { useState } from 'react'
import type { Outputs } from '../../protocol/api.ts'
import { useActing } from '../act.ts'
import { useAnswer } from '../asked.ts'
import { barred, client } from '../connection.ts'
import { Barred } from '../parts/barred.tsx'
import { Failed } from '../parts/failed.tsx'
import { KeptLooks } from '../parts/kept-looks.tsx'
import { Machine } from '../parts/machine.tsx'
import { NotifyTest } from '../parts/notify-test.tsx'
import { PushSwitch } from '../parts/push-switch.tsx'
import { RepositoryTitle, useRepository } from '../parts/repository-title.tsx'
import { go } from '../router.ts'
import { useBoard, useEventsOf } from '../store.ts'
import { oneLine, visible } from '../words.ts'

export function SettingsPage({ repo: wanted }: { repo: string | null }) {
  const repo = useRepository(wanted)
  const { link } = useBoard()
  const pushes = useEventsOf('push')
  const { answer: doctor, failed } = useAnswer('doctor', { repo }, `${link.state} ${pushes}`)
  return (
    <div className="settings">
      <h1>Settings</h1>
      {repo !== null && <OfRepository key={repo} repo={repo} />}
      <PushSwitch events={pushes} />
      <NotifyTest />
      <KeptLooks />
      <Failed why={failed} />
      {doctor === null ? <p className="empty">Looking…</p> : <Machine doctor={doctor} />}
    </div>
  )
}

function OfRepository({ repo }: { repo: string }) {
  const { link } = useBoard()
  const { answer: config, failed } = useAnswer('config', { repo }, link.state)
  return (
    <section aria-labelledby="config">
      <h2 id="config">
        Configuration of{' '}
        <RepositoryTitle repo={repo} choose={(root) => go({ page: 'settings', repo: root })} />
      </h2>
      <Failed why={failed} />
      {barred('trust') === null ? <Trust repo={repo} /> : <Barred why={`Trust: ${barred('trust')}`} />}
      {config !== null && <Values config={config} />}
    </section>
  )
}

type Config = Outputs['config']

/** What somebody has chosen first; what is as it always is behind one line. */
function Values({ config }: { config: Config }) {
  const { values, sources, files } = config
  // Also what would be otherwise if it were trusted, which is said beside it.
  const isDefault = (key: string): boolean => sources[key]?.startsWith('default') ?? true
  const chosen = Object.keys(values).filter((key) => !isDefault(key))
  const others = Object.keys(values).filter(isDefault)
  return (
    <>
      {chosen.length > 0 && <Table config={config} keys={chosen} />}
      <details>
        <summary className="soft">{others.length} as they are by default</summary>
        <Table config={config} keys={others} />
      </details>
      <p className="soft">
        {files.length === 0
          ? 'There is no configuration file; `worktrain init` shows what was found.'
          : `Read from ${oneLine(files.join(', '), 1000)}.`}
      </p>
    </>
  )
}

function Table({ config: { values, sources }, keys }: { config: Config; keys: string[] }) {
  return (
    <table className="values">
      <thead>
        <tr>
          <th scope="col">what</th>
          <th scope="col">value</th>
          <th scope="col">from</th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key}>
            <th scope="row">{oneLine(key)}</th>
            <td>
              <code>{visible(shownAs(values[key]))}</code>
            </td>
            <td className="soft">{oneLine(sources[key] ?? '')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const shownAs = (value: unknown): string =>
  value === null || value === undefined ? 'unset' : JSON.stringify(value)

/** Commands of a repository run only after the person trusted exactly these. */
function Trust({ repo }: { repo: string }) {
  const [asked, ask] = useState(0)
  const { answer: trust } = useAnswer('trust', { repo }, String(asked))
  const acting = useActing('trust')
  if (trust === null || trust.commands.length === 0) return null
  return (
    <div className={trust.trusted ? 'trust' : 'trust stands'}>
      <p>
        {trust.trusted
          ? 'You trust the commands of its configuration:'
          : 'Its configuration names commands that do not run before you trust them:'}
      </p>
      <ul>
        {trust.commands.map((command) => (
          <li key={command}>
            <code>{visible(command)}</code>
          </li>
        ))}
      </ul>
      {!trust.trusted && (
        <button
          type="button"
          className="main"
          disabled={acting.busy}
          onClick={() =>
            acting.run(async () => {
              await client.call('trust', { repo, yes: true })
              ask(asked + 1)
            })
          }
        >
          Trust these
        </button>
      )}
      <Failed why={acting.failed} />
    </div>
  )
}
