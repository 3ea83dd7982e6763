/** A new session from a brief: a goal is enough, and what is seldom wanted is folded away. */
import { type Draft, NO_DRAFT, briefOf } from '../../board/brief.ts'
import { fieldsOf, missingIn } from '../../board/fields.ts'
import { useActing } from '../act.ts'
import { client } from '../connection.ts'
import { useKept } from '../kept.ts'
import { go } from '../router.ts'
import { BriefField } from './brief-field.tsx'
import { Failed } from './failed.tsx'

export function BriefForm({ repo }: { repo: string }) {
  const [draft, setDraft] = useKept<Draft>('brief', NO_DRAFT)
  const acting = useActing('run')
  const missing = missingIn(draft)
  const start = (): void => {
    if (missing !== null) return
    acting.run(async (left) => {
      const { sessions: started, notes } = await client.call('run', { repo, sessions: [briefOf(draft)] })
      setDraft(NO_DRAFT)
      const [first] = started
      // Who went on to something else meanwhile, as while a remote was asked, stays there.
      if (first && !left()) go({ page: 'session', id: first.id }, { said: notes })
    })
  }
  const fields = (more: boolean) =>
    fieldsOf(draft)
      .filter((field) => (field.more ?? false) === more)
      .map((field) => (
        <BriefField
          key={field.name}
          field={field}
          value={draft[field.name]}
          set={(value) => setDraft({ ...draft, [field.name]: value })}
        />
      ))
  return (
    <form
      className="brief-form"
      onSubmit={(event) => {
        event.preventDefault()
        start()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) start()
      }}
    >
      <div className="fields">{fields(false)}</div>
      <details className="more-fields">
        <summary>Base, branch, workspace</summary>
        <div className="fields">{fields(true)}</div>
      </details>
      <Failed why={acting.failed} />
      <div className="actions">
        <button type="submit" className="main" disabled={acting.busy || missing !== null}>
          Start <kbd>Ctrl Enter</kbd>
        </button>
        {missing !== null && <span className="soft">It needs a {missing.name}.</span>}
      </div>
    </form>
  )
}
