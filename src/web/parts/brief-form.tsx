/** A new session from a brief. */
import { useState } from 'react'
import { type Draft, NO_DRAFT, briefOf } from '../../board/brief.ts'
import { useActing } from '../act.ts'
import { client } from '../connection.ts'
import { go } from '../router.ts'
import { useBoard } from '../store.ts'
import { Field } from './field.tsx'

export function BriefForm({ repo }: { repo: string }) {
  const { sessions } = useBoard()
  const [draft, setDraft] = useState<Draft>(NO_DRAFT)
  const acting = useActing('run')
  const set = (field: keyof Draft) => (event: { target: { value: string } }) =>
    setDraft({ ...draft, [field]: event.target.value })
  const start = (): void =>
    acting.run(async () => {
      const { sessions: started } = await client.call('run', { repo, sessions: [briefOf(draft)] })
      const [first] = started
      if (first) go({ page: 'session', id: first.id })
    })
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
      <Field name="Goal" about="What it should do, and how one sees that it is done.">
        <textarea autoFocus required rows={5} value={draft.goal} onChange={set('goal')} />
      </Field>
      <div className="pair">
        <Field name="Name" about="Otherwise made from the goal.">
          <input value={draft.name} onChange={set('name')} autoCapitalize="off" spellCheck={false} />
        </Field>
        <Field name="After" about="Names of sessions whose landing it waits for.">
          <input value={draft.after} onChange={set('after')} list="names" spellCheck={false} />
          <datalist id="names">
            {(sessions ?? []).map(({ id, name }) => (
              <option key={id} value={name} />
            ))}
          </datalist>
        </Field>
      </div>
      <div className="pair">
        <Field name="Agent">
          <select value={draft.agent} onChange={set('agent')}>
            <option value="">as configured</option>
            <option value="claude">Claude Code</option>
            <option value="command">a command</option>
          </select>
        </Field>
        {draft.agent === 'command' ? (
          <Field name="Command" about="Run by the shell, in the session's walls.">
            <input required value={draft.command} onChange={set('command')} spellCheck={false} />
          </Field>
        ) : (
          <Field name="Model" about="Otherwise the agent's own choice.">
            <input value={draft.model} onChange={set('model')} spellCheck={false} />
          </Field>
        )}
      </div>
      <div className="pair">
        <Field name="Owns" about="Globs, one a line. Nobody else may write there meanwhile.">
          <textarea rows={3} value={draft.owns} onChange={set('owns')} spellCheck={false} />
        </Field>
        <Field name="Avoids" about="Globs, one a line, that it must not write.">
          <textarea rows={3} value={draft.avoid} onChange={set('avoid')} spellCheck={false} />
        </Field>
      </div>
      <div className="pair">
        <Field name="Checks" about="Commands, one a line; otherwise those of the repository.">
          <textarea rows={2} value={draft.checks} onChange={set('checks')} spellCheck={false} />
        </Field>
        <label className="check">
          <input
            type="checkbox"
            checked={draft.land}
            onChange={(event) => setDraft({ ...draft, land: event.target.checked })}
          />
          Put it on the train by itself once it hands off
        </label>
      </div>
      {acting.failed !== null && (
        <p className="failed" role="alert">
          {acting.failed}
        </p>
      )}
      <div className="actions">
        <button type="submit" className="main" disabled={acting.busy || draft.goal.trim() === ''}>
          Start <kbd>Ctrl Enter</kbd>
        </button>
      </div>
    </form>
  )
}
