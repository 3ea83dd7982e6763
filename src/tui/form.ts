/** The form of a new session: a goal and Enter are enough. Pure. */
import { briefOf, type Draft } from '../board/brief.ts'
import { oneLine } from '../terminal/text.ts'
import type { Board } from './board.ts'
import { say, stay, type Step } from './effect.ts'
import type { Key } from './input.ts'
import { lineOf, typed } from './line.ts'
import type { FormMode } from './mode.ts'

interface Field {
  name: keyof Draft
  /** What holds where nothing is typed. */
  otherwise: string
  /** Taken by ← and →, from first to last. */
  choices?: readonly string[]
}

/** Of a session that runs a command, the command stands in the place of the model. */
export function fieldsOf({ agent }: Draft): Field[] {
  return [
    { name: 'goal', otherwise: 'what shall it do?' },
    { name: 'name', otherwise: 'made from the goal' },
    { name: 'agent', otherwise: 'as configured', choices: ['', 'claude', 'command'] },
    agent === 'command'
      ? { name: 'command', otherwise: 'which the shell runs?' }
      : { name: 'model', otherwise: "the agent's own choice" },
    { name: 'checks', otherwise: 'those of the repository' },
    { name: 'owns', otherwise: 'nothing; globs, with spaces between' },
    { name: 'after', otherwise: 'at once; or names of sessions that have to land first' },
    { name: 'land', otherwise: 'once you say so', choices: ['', 'yes'] },
  ]
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
  const { choices } = fields[at] ?? {}
  if (choices !== undefined) {
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
  const value = mode.field === 'land' ? text !== '' : text
  return { ...board, mode: { ...mode, draft: { ...mode.draft, [mode.field]: value }, line: lineOf(text) } }
}

function atField(board: Board, mode: FormMode, field: Field | undefined): Board {
  if (field === undefined) return board
  return { ...board, mode: { ...mode, field: field.name, line: lineOf(textOf(mode.draft, field.name)) } }
}

/** What was typed stays until it has started: a name may be taken, or a session unknown. */
function started(board: Board, mode: FormMode): Step {
  const { draft } = mode
  const missing =
    draft.goal.trim() === ''
      ? 'goal'
      : draft.agent === 'command' && draft.command.trim() === ''
        ? 'command'
        : null
  if (missing !== null)
    return stay(
      say(
        atField(
          board,
          mode,
          fieldsOf(draft).find(({ name }) => name === missing),
        ),
        `it needs a ${missing}`,
        'red',
      ),
    )
  const brief = briefOf({ ...draft, owns: draft.owns.split(/\s+/).join('\n') })
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

/** It runs: back to the list, unless the person is elsewhere already. */
export function begun(board: Board): Board {
  return board.mode.at === 'form' && board.mode.busy ? { ...board, mode: { at: 'list' } } : board
}
