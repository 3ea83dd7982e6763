/** A plan file: what of it may run side by side, what must wait, and all of it started at once. */
import { useState } from 'react'
import type { Outputs } from '../../protocol/api.ts'
import { requestOf } from '../../protocol/plan.ts'
import { useActing } from '../act.ts'
import { client } from '../connection.ts'
import { useKept } from '../kept.ts'
import { go } from '../router.ts'
import { oneLine } from '../words.ts'
import { Failed } from './failed.tsx'

/** Paths of an overlap that are named. */
const NAMED = 5

const EXAMPLE = `sessions:
  - name: kamal
    goal: Move the deployment to Kamal.
    owns: [config/deploy.yml]
  - name: report
    goal: Report sales by channel.
    owns: ["app/reports/**"]
    after: [kamal]
`

export function PlanForm({ repo }: { repo: string }) {
  const [text, setText] = useKept('plan', '')
  const [plan, setPlan] = useState<{ repo: string; of: string; found: Outputs['plan'] } | null>(null)
  const acting = useActing('run')
  // What was found belongs to the text that was read, and to where it was compared.
  const found = plan?.of === text && plan.repo === repo ? plan.found : null
  const look = (): void =>
    acting.run(async () =>
      setPlan({ repo, of: text, found: await client.call('plan', { repo, text, file: 'plan.yaml' }) }),
    )
  const start = (): void => {
    if (found === null) return look()
    acting.run(async (left) => {
      const { notes } = await client.call('run', requestOf(repo, found))
      setText('')
      if (!left()) go({ page: 'board' }, { said: notes })
    })
  }
  return (
    <form
      className="plan-form"
      onSubmit={(event) => {
        event.preventDefault()
        start()
      }}
    >
      <textarea
        autoFocus
        rows={16}
        className="code"
        aria-label="Plan file"
        placeholder={EXAMPLE}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) start()
        }}
      />
      <Failed why={acting.failed} />
      {found !== null && <Found plan={found} />}
      <div className="actions">
        <button
          type="button"
          className={found === null ? 'main' : ''}
          disabled={acting.busy || text.trim() === ''}
          onClick={look}
        >
          See what it says
        </button>
        <button type="submit" className="main" disabled={acting.busy || found === null}>
          {found === null ? 'Start' : `Start ${found.sessions.length} sessions`} <kbd>Ctrl Enter</kbd>
        </button>
      </div>
    </form>
  )
}

function Found({ plan: { waves, overlaps, sessions, limits } }: { plan: Outputs['plan'] }) {
  return (
    <section className="found" aria-labelledby="found">
      <h2 id="found">
        {sessions.length} sessions in {waves.length} {waves.length === 1 ? 'wave' : 'waves'}
      </h2>
      <ol className="waves">
        {waves.map((names, i) => (
          <li key={i}>
            <span className="soft">{i === 0 ? 'at once' : `after wave ${i}`}</span>
            {names.map((name) => (
              <b key={name}>{oneLine(name)}</b>
            ))}
          </li>
        ))}
      </ol>
      {limits.active !== undefined && <p className="soft">at most {limits.active} at work at a time</p>}
      {overlaps.length === 0 && <p className="soft">Nothing overlaps.</p>}
      {overlaps.map(({ a, b, globs, paths }) => (
        <p key={`${a} ${b}`} className="warning">
          {oneLine(a)} and {oneLine(b)} overlap: {oneLine(globs.join(' / '))}
          {paths.length > 0 &&
            ` (${oneLine(paths.slice(0, NAMED).join(', '))}${paths.length > NAMED ? ` and ${paths.length - NAMED} more` : ''})`}
        </p>
      ))}
      {overlaps.length > 0 && (
        <p className="soft">
          An area has one owner at a time: let one wait for the other with “after”, or give it “avoid”.
        </p>
      )}
    </section>
  )
}
