/** The options of a question: one click where one choice is asked for, else chosen and sent together. */
import { type ReactNode, useState } from 'react'
import type { Answer, Question } from '../../protocol/session.ts'
import type { Acting } from '../act.ts'
import { looksOnly } from '../connection.ts'
import { useKeys } from '../keys.ts'
import { visible } from '../words.ts'
import { Hint } from './hint.tsx'
import { Offered } from './offered.tsx'

/** A question with more characters may be higher than it is shown: then it is read by the keys as well. */
const LONG = 600

export function Choices({
  question,
  keys,
  acting,
  answer,
}: {
  question: Question
  keys: boolean
  acting: Acting
  answer: (answer: Answer) => void
}) {
  const asked = question.questions
  const [chosen, setChosen] = useState<string[][]>(() => asked.map(() => []))
  const [own, setOwn] = useState<string[]>(() => asked.map(() => ''))
  const [first] = asked
  const direct = asked.length === 1 && first !== undefined && !first.multiple

  const choose = (at: number, label: string): void => {
    if (direct) return answer({ kind: 'choose', choices: [[label]] })
    setChosen(
      chosen.map((labels, i) => {
        if (i !== at) return labels
        if (labels.includes(label)) return labels.filter((each) => each !== label)
        return asked[i]?.multiple ? [...labels, label] : [label]
      }),
    )
  }
  const all = (): string[][] =>
    chosen.map((labels, i) => (own[i]?.trim() ? [...labels, own[i].trim()] : labels))
  useKeys(
    keys && first
      ? first.options.slice(0, 9).map(({ label }, i) => ({
          ...{ key: String(i + 1), does: label, run: () => choose(0, label) },
        }))
      : [],
    keys ? question.id : null,
  )

  return (
    <form
      className="choices"
      onSubmit={(event) => {
        event.preventDefault()
        answer({ kind: 'choose', choices: all() })
      }}
    >
      {asked.map(({ header, question: text, options, multiple }, at) => (
        <fieldset key={at}>
          {/* However long, it leaves the rest of the board in sight. */}
          <legend tabIndex={text.length > LONG ? 0 : undefined}>
            {header !== '' && <span className="tool">{visible(header)}</span>} {visible(text)}
          </legend>
          {options.map(({ label, description }, i) => (
            <Option
              key={i}
              pressed={direct ? undefined : (chosen[at]?.includes(label) ?? false)}
              disabled={acting.busy}
              choose={() => choose(at, label)}
            >
              <span>
                {visible(label)} {at === 0 && i < 9 && <Hint keys={keys}>{String(i + 1)}</Hint>}
              </span>
              {description !== '' && <small>{visible(description)}</small>}
            </Option>
          ))}
          <Offered>
            <input
              aria-label={multiple ? 'Another answer' : 'An answer of your own'}
              placeholder="or in your own words"
              value={own[at] ?? ''}
              onChange={(event) => setOwn(own.map((text, i) => (i === at ? event.target.value : text)))}
            />
          </Offered>
        </fieldset>
      ))}
      {(!direct || own.some((text) => text.trim() !== '')) && (
        <Offered>
          <button
            type="submit"
            className="main"
            disabled={acting.busy || all().some(({ length }) => length === 0)}
          >
            Answer
          </button>
        </Offered>
      )}
    </form>
  )
}

/** One that cannot be chosen from here is there to be read. */
function Option({
  pressed,
  disabled,
  choose,
  children,
}: {
  pressed: boolean | undefined
  disabled: boolean
  choose: () => void
  children: ReactNode
}) {
  if (looksOnly()) return <p className="option">{children}</p>
  return (
    <button type="button" className="option" aria-pressed={pressed} disabled={disabled} onClick={choose}>
      {children}
    </button>
  )
}
