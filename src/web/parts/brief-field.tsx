/** One field of the form of a new session, as the boards describe it. */
import type { Field as Described } from '../../board/fields.ts'
import { useBoard } from '../store.ts'
import { Field } from './field.tsx'

export function BriefField({
  field,
  value,
  set,
}: {
  field: Described
  value: string | boolean
  set: (value: string | boolean) => void
}) {
  const { name, title, otherwise, about, yes, choices, lines, offers, needed = false } = field
  if (yes !== undefined)
    return (
      <label className="check">
        <input type="checkbox" checked={value === true} onChange={(event) => set(event.target.checked)} />
        <span>
          <b>{title}</b> {yes}
        </span>
      </label>
    )
  const said = {
    value: String(value),
    required: needed,
    placeholder: otherwise,
    spellCheck: name === 'goal',
    autoCapitalize: 'off',
    onChange: (event: { target: { value: string } }) => set(event.target.value),
  }
  if (choices !== undefined)
    return (
      <Field name={title}>
        <select value={said.value} onChange={said.onChange}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.title}
            </option>
          ))}
        </select>
      </Field>
    )
  return (
    <Field name={title} {...(about === undefined ? {} : { about })} wide={needed}>
      {lines === undefined ? (
        <input {...said} list={offers} />
      ) : (
        <textarea {...said} autoFocus={name === 'goal'} rows={lines} />
      )}
      {offers === 'sessions' && <SessionNames id={offers} />}
    </Field>
  )
}

function SessionNames({ id }: { id: string }) {
  const { sessions } = useBoard()
  return (
    <datalist id={id}>
      {(sessions ?? []).map((session) => (
        <option key={session.id} value={session.name} />
      ))}
    </datalist>
  )
}
