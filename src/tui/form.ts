/** The form of a new session: a goal and Enter are enough. Pure. */
import { briefOf, type Draft } from '../board/brief.ts'
import { type Field, fieldsOf, missingIn } from '../board/fields.ts'
import { oneLine } from '../terminal/text.ts'
import type { Board } from './board.ts'
import { say, stay, type Step } from './effect.ts'
import type { Key } from './input.ts'
import { lineOf, typed } from './line.ts'
import type { FormMode } from './mode.ts'

/** Those that are seldom wanted are there once one is at them, or has filled one in. */
export function fieldsShown({ draft, field }: Pick<FormMode, 'draft' | 'field'>): Field[] {
  const all = fieldsOf(draft)
  const wanted = all.some(({ name, more }) => more && (name === field || textOf(draft, name) !== ''))
  return wanted ? all : all.filter(({ more }) => !more)
}

/** What it is chosen from by ← and →, from first to last; null: it is typed. */
export function choicesOf({ choices, yes }: Field): readonly string[] | null {
  if (yes !== undefined) return ['', 'yes']
  return choices?.map(({ value }) => value) ?? null
}

/** What stands in a field. */
export function textOf(draft: Draft, field: keyof Draft): string {
  const value = draft[field]
  return typeof value === 'string' ? value : value ? 'yes' : ''
}

export function formKey(board: Board, mode: FormMode, key: Key): Step {
  if (mode.busy) return stay(board)
  const name = 'key' in key ? key.key : ''
  const fields = fieldsOf(mode.draft)
  const at = fields.findIndex((field) => field.name === mode.field)
  if (name === 'Escape' || name === 'Ctrl-C' || name === 'Ctrl-D')
    return stay({ ...board, mode: { at: 'list' } })
  if (name === 'Enter') return started(board, mode)
  if (name === 'Tab' || name === 'Down') return stay(atField(board, mode, fields[at + 1] ?? fields[0]))
  if (name === 'BackTab' || name === 'Up') return stay(atField(board, mode, fields.at(at - 1)))
  const here = fields[at]
  const choices = here === undefined ? null : choicesOf(here)
  if (choices !== null) {
    const step = name === 'Left' ? -1 : name === 'Right' || name === ' ' ? 1 : 0
    const next = choices.indexOf(mode.line.text) + step
    return stay(filled(board, mode, choices[(next + choices.length) % choices.length] ?? ''))
  }
  const line = typed(mode.line, key)
  if (line === null) return stay(board)
  const next = filled(board, mode, line.text)
  return stay(next.mode.at === 'form' ? { ...next, mode: { ...next.mode, line } } : next)
}

function filled(board: Board, mode: FormMode, text: string): Board {
  const value = typeof mode.draft[mode.field] === 'boolean' ? text !== '' : text
  return { ...board, mode: { ...mode, draft: { ...mode.draft, [mode.field]: value }, line: lineOf(text) } }
}

function atField(board: Board, mode: FormMode, field: Field | null | undefined): Board {
  if (!field) return board
  return { ...board, mode: { ...mode, field: field.name, line: lineOf(textOf(mode.draft, field.name)) } }
}

/** What was typed stays until it has started: a name may be taken, or a session unknown. */
function started(board: Board, mode: FormMode): Step {
  const { draft } = mode
  const missing = missingIn(draft)
  if (missing !== null) return stay(say(atField(board, mode, missing), `it needs a ${missing.name}`, 'red'))
  const brief = briefOf({ ...draft, owns: onLines(draft.owns), avoid: onLines(draft.avoid) })
  return stay(
    { ...board, said: null, mode: { ...mode, busy: true } },
    {
      do: 'begin',
      call: {
        call: 'run',
        input: { repo: draft.repo, sessions: [brief] },
        said: ({ sessions, notes }) =>
          oneLine([`started ${sessions.map(({ name }) => name).join(', ')}`, ...notes].join('; ')),
      },
    },
  )
}

/** On one line they stand with blanks between. */
const onLines = (globs: string): string => globs.split(/\s+/).join('\n')

/** It runs: back to the list, unless the person is elsewhere already. */
export function begun(board: Board): Board {
  return board.mode.at === 'form' && board.mode.busy ? { ...board, mode: { at: 'list' } } : board
}
