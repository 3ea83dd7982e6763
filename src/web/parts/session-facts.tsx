/** What there is to know of a session beside its work. */
import type { ReactNode } from 'react'
import { costOf } from '../../board/words.ts'
import type { SessionView } from '../../protocol/api.ts'
import { rungTitle } from '../../protocol/session.ts'
import { oneLine, visible } from '../words.ts'
import { Age } from './age.tsx'

export function SessionFacts({ session: s }: { session: SessionView }) {
  const usage = s.usage ? Object.entries(s.usage.byModel) : []
  const cost = costOf(s)
  return (
    <section className="facts">
      <h2>Brief</h2>
      <p className="goal" tabIndex={0}>
        {visible(s.goal)}
      </p>
      {s.warnings.map((warning) => (
        <p key={warning} className="warning">
          {visible(warning)}
        </p>
      ))}
      <dl>
        <Fact name="stage">{`${s.stage}${s.stageWhy === '' ? '' : `: ${oneLine(s.stageWhy)}`}`}</Fact>
        <Fact name="known by">
          {s.activity.source}, <Age at={s.activity.at} /> ago: {oneLine(s.activity.evidence)}
        </Fact>
        <Fact name="agent">{oneLine(s.agent)}</Fact>
        <Fact name="branch">{oneLine(s.branch)}</Fact>
        <Fact name="base">{`${s.base.oid.slice(0, 10)} ${oneLine(s.base.ref)}`}</Fact>
        <Fact name="walls">{rungTitle(s.cell.rung)}</Fact>
        {s.owns.length > 0 && <Fact name="owns">{s.owns.map((glob) => oneLine(glob)).join(', ')}</Fact>}
        {s.waitsFor.length > 0 && (
          <Fact name="after">{s.waitsFor.map((name) => oneLine(name)).join(', ')}</Fact>
        )}
        {s.refusals > 0 && <Fact name="refused">{`${s.refusals} times, see its story`}</Fact>}
        {s.lastSnapshot && (
          <Fact name="snapshot">
            {`no. ${s.lastSnapshot.n}, `}
            <Age at={s.lastSnapshot.at} /> ago
          </Fact>
        )}
        {usage.map(([model, { input, output }]) => (
          <Fact key={model} name={oneLine(model)}>
            {`${(input / 1000).toFixed(1)} k in, ${(output / 1000).toFixed(1)} k out`}
          </Fact>
        ))}
        {cost !== null && <Fact name="cost">{`$${cost.toFixed(2)}`}</Fact>}
        <Fact name="workspace">
          <code>{oneLine(s.workspace.path)}</code>
        </Fact>
      </dl>
      {s.handoff?.claims && (
        <>
          <h2>Handoff</h2>
          <p>{visible(s.handoff.claims.behaviourChanged)}</p>
          {s.handoff.unverified.map((claim) => (
            <p key={claim} className="warning">
              {visible(claim)}
            </p>
          ))}
        </>
      )}
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
