/** What this machine can do, as doctor says: walls, agents, programs, what crashes left. */
import type { DoctorView } from '../../protocol/api.ts'
import { oneLine, visible } from '../words.ts'

export function Machine({
  doctor: { walls, rungs, agents, git, node, paths, network, pushed, leftovers },
}: {
  doctor: DoctorView
}) {
  return (
    <>
      <section aria-labelledby="walls">
        <h2 id="walls">Walls</h2>
        <ul className="checks-list">
          {walls.map(({ wall, rung, ok, why, gaps, costs, enable }) => (
            <Checked
              key={wall}
              ok={ok}
              name={wall}
              value={rung}
              notes={[why, ...gaps.map((gap) => `gap: ${gap}`), ...costs.map((cost) => `costs: ${cost}`)]}
              enable={ok ? '' : enable}
            />
          ))}
        </ul>
        <h2>How files and processes can be walled here, best first</h2>
        <ul className="checks-list">
          {rungs.map(({ rung, state, why, enable }) => (
            <Checked
              key={rung}
              ok={state !== 'missing'}
              name={rung}
              value={state}
              notes={[why]}
              enable={enable}
            />
          ))}
        </ul>
      </section>
      <section aria-labelledby="agents">
        <h2 id="agents">Agents and programs</h2>
        <ul className="checks-list">
          {agents.map(({ name, title, installed, version, ready }) => (
            <Checked
              key={name}
              ok={installed !== null}
              name={title}
              value={[version, ready].filter(Boolean).join(', ')}
              notes={[installed ?? '']}
            />
          ))}
          <Checked ok={git.ok} name="git" value={git.version} />
          <Checked ok name="node" value={node} />
        </ul>
      </section>
      <section aria-labelledby="network">
        <h2 id="network">Who can reach the board</h2>
        <ul className="checks-list">
          {network === null ? (
            <Checked ok name="network" value="open to this machine alone" />
          ) : (
            <Checked
              ok={false}
              name="network"
              value={`open at ${network.url}`}
              notes={[
                network.phones.length === 0
                  ? 'No phone has access.'
                  : `Phones with access: ${network.phones.map(({ name, scope }) => `${name} (${scope})`).join(', ')}.`,
                'To end it, at the machine: worktrain phone --stop',
              ]}
            />
          )}
          {pushed.map(({ who, service, since, error }) => (
            <Checked
              key={`${since} ${who} ${service}`}
              ok={error === ''}
              name="push"
              value={`through ${service}`}
              notes={[`For ${who}.`, error && `The last message failed: ${error}`]}
            />
          ))}
        </ul>
      </section>
      <section aria-labelledby="paths">
        <h2 id="paths">Where things are</h2>
        <dl className="paths">
          {Object.entries(paths).map(([name, path]) => (
            <div key={name}>
              <dt>{oneLine(name)}</dt>
              <dd>
                <code>{visible(path)}</code>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <section aria-labelledby="left">
        <h2 id="left">Left by crashes</h2>
        {leftovers.length === 0 ? (
          <p className="soft">Nothing.</p>
        ) : (
          <>
            <ul className="checks-list">
              {leftovers.map(({ id, kind, what, why }) => (
                <Checked key={id} ok={false} name={kind} value={what} notes={[why]} />
              ))}
            </ul>
            <p className="soft">
              To remove them: <code>worktrain doctor --clean</code>
            </p>
          </>
        )}
      </section>
    </>
  )
}

/** More than this are closed at first. */
const NOTES_SHOWN = 2

const noteText = (note: string) => (
  <p key={note} className="soft">
    {visible(note)}
  </p>
)

/** @param enable what would make it better; empty: nothing */
function Checked({
  ok,
  name,
  value,
  notes = [],
  enable = '',
}: {
  ok: boolean
  name: string
  value: string
  notes?: string[]
  enable?: string
}) {
  const said = notes.filter((note) => note !== '')
  return (
    <li>
      <span className={ok ? 'good' : 'warn'} aria-label={ok ? 'fine' : 'wanting'}>
        {ok ? '✓' : '!'}
      </span>
      <b>{oneLine(name)}</b>
      <span>{oneLine(value)}</span>
      {said.length > NOTES_SHOWN ? (
        <details>
          <summary className="soft">{said.length} things to know of it</summary>
          {said.map(noteText)}
        </details>
      ) : (
        said.map(noteText)
      )}
      {enable !== '' && (
        <p>
          to have it: <code>{visible(enable)}</code>
        </p>
      )}
    </li>
  )
}
