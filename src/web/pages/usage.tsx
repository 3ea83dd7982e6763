/** Tokens, money and limits, as the agents report them; nothing is estimated. */
import { useEffect, useState } from 'react'
import type { Tokens } from '../../protocol/session.ts'
import type { UsageRow, UsageView } from '../../protocol/usage.ts'
import { useAnswer } from '../asked.ts'
import { Age } from '../parts/age.tsx'
import { Failed } from '../parts/failed.tsx'
import { useBoard } from '../store.ts'
import { oneLine } from '../words.ts'

const BY = ['session', 'model', 'day'] as const
/** Agents report all the time: asked for anew at most this often, ms. */
const FRESH_MS = 10_000

export function UsagePage() {
  const [by, setBy] = useState<UsageView['by']>('session')
  const [since, setSince] = useState('')
  const { seq } = useBoard()
  const input = { repo: null, by, since: since === '' ? null : since }
  const [asked, setAsked] = useState({ seq, at: Date.now() })
  useEffect(() => {
    if (seq === asked.seq) return undefined
    const again = (): void => setAsked({ seq, at: Date.now() })
    const timer = window.setTimeout(again, Math.max(0, asked.at + FRESH_MS - Date.now()))
    return () => window.clearTimeout(timer)
  }, [seq, asked])
  const { answer: usage, failed } = useAnswer('usage', input, String(asked.seq))
  return (
    <div className="usage">
      <header className="session-head">
        <h1>Usage</h1>
        <label>
          By{' '}
          <select value={by} onChange={(event) => setBy(event.target.value as UsageView['by'])}>
            {BY.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label>
          Since <input type="date" value={since} onChange={(event) => setSince(event.target.value)} />
        </label>
      </header>
      <Failed why={failed} />
      {usage === null ? <p className="empty">Looking…</p> : <Reported usage={usage} />}
    </div>
  )
}

function Reported({ usage: { by, rows, total, windows, undated, unreported } }: { usage: UsageView }) {
  return (
    <>
      {windows.length > 0 && (
        <ul className="windows">
          {windows.map((window) => (
            <Limit key={`${window.agent} ${window.name}`} window={window} />
          ))}
        </ul>
      )}
      {rows.length === 0 ? (
        <p className="empty">No agent has reported anything yet.</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={`Usage by ${by}`}>
          <table className="figures">
            <thead>
              <tr>
                {[by, 'cost', 'input', 'output', 'cache read', 'cache write', 'requests', 'read'].map(
                  (head) => (
                    <th key={head} scope="col">
                      {head}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.key} row={row} />
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">total</th>
                <td>{total.costUsd === null ? '' : dollars(total.costUsd)}</td>
                <Figures of={total} />
                <td />
              </tr>
            </tfoot>
          </table>
        </div>
      )}
      {undated > 0 && (
        <p className="soft">{undated.toLocaleString()} tokens are not dated, and not in this.</p>
      )}
      {unreported.length > 0 && (
        <p className="soft">Their agent reports nothing: {oneLine(unreported.join(', '), 1000)}.</p>
      )}
    </>
  )
}

function Row({ row }: { row: UsageRow }) {
  return (
    <tr>
      <th scope="row">{oneLine(row.label) || 'not dated'}</th>
      <td title={row.cost === null ? undefined : `as its ${row.cost.source} says`}>
        {row.cost === null ? '' : dollars(row.cost.usd)}
      </td>
      <Figures of={row} />
      <td className="soft">
        <Age at={row.at} /> ago
      </td>
    </tr>
  )
}

function Figures({ of }: { of: Tokens }) {
  const figures = [of.input, of.output, of.cacheRead, of.cacheWrite, of.requests]
  return figures.map((figure, i) => <td key={i}>{figure.toLocaleString()}</td>)
}

/** A limit of an account, how much of it is used, and who says so. */
function Limit({ window }: { window: UsageView['windows'][number] }) {
  const { agent, name, usedPercent, resetsAt, over, session, source, at } = window
  return (
    <li>
      <span>
        <b>{oneLine(agent)}</b> {oneLine(name.replaceAll('_', ' '))}
      </span>
      {over ? (
        <span className="soft">began anew since; how much is used is unknown</span>
      ) : (
        <>
          <meter min={0} max={100} high={80} value={usedPercent} aria-label={`used of ${oneLine(name)}`} />
          <span>
            {Math.round(usedPercent)} % used
            {resetsAt !== null && `, begins anew ${new Date(resetsAt).toLocaleString()}`}
          </span>
        </>
      )}
      <span className="soft">
        {source} of {oneLine(session)}, <Age at={at} /> ago
      </span>
    </li>
  )
}

const dollars = (usd: number): string => `$${usd.toFixed(2)}`
