/** New sessions: one from a brief, or several from a plan file. */
import { useState } from 'react'
import { baseName } from '../../board/words.ts'
import { barred } from '../connection.ts'
import { BriefForm } from '../parts/brief-form.tsx'
import { Field } from '../parts/field.tsx'
import { PlanForm } from '../parts/plan-form.tsx'
import { useRepository } from '../parts/repository-title.tsx'
import { go } from '../router.ts'
import { useBoard } from '../store.ts'

const WAYS = [
  { plan: false, title: 'One brief', id: 'tab-brief' },
  { plan: true, title: 'Plan file', id: 'tab-plan' },
]

export function NewPage({ plan }: { plan: boolean }) {
  const { repositories } = useBoard()
  const [chosen, choose] = useState<string | null>(null)
  const repo = useRepository(chosen)

  const why = barred('run')
  if (why !== null)
    return (
      <div className="empty">
        <h1>New session</h1>
        <p>{why}</p>
        <p className="soft">At the machine: worktrain run, or this page in a browser there.</p>
      </div>
    )
  if (repo === null)
    return (
      <div className="empty">
        <p>No repository is known here yet. Run this inside one:</p>
        <pre>worktrain web</pre>
      </div>
    )
  return (
    <div className="brief">
      <h1>New session</h1>
      <div className="views" role="tablist" aria-label="How it is described">
        {WAYS.map((way) => (
          <button
            key={way.id}
            type="button"
            role="tab"
            id={way.id}
            aria-selected={plan === way.plan}
            aria-controls="described"
            onClick={() => go({ page: 'new', plan: way.plan })}
          >
            {way.title}
          </button>
        ))}
      </div>
      <div
        id="described"
        className="described"
        role="tabpanel"
        aria-labelledby={plan ? 'tab-plan' : 'tab-brief'}
      >
        <Field name="Repository">
          <select value={repo} onChange={(event) => choose(event.target.value)}>
            {repositories.map(({ id, root }) => (
              <option key={id} value={root}>
                {baseName(root)} ({root})
              </option>
            ))}
          </select>
        </Field>
        {plan ? <PlanForm repo={repo} /> : <BriefForm repo={repo} />}
      </div>
    </div>
  )
}
