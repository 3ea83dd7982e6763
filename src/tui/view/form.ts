/** The form of a new session, a field a line. Pure. */
import { baseName } from '../../board/words.ts'
import type { Look } from '../../terminal/look.ts'
import { oneLine, pad, truncate } from '../../terminal/text.ts'
import type { Board } from '../board.ts'
import { fieldsOf, textOf } from '../form.ts'
import type { FormMode } from '../mode.ts'
import { typing } from './typing.ts'

/** Columns of a field's name. */
const NAMES = 9
/** Names of sessions that are offered. */
const OFFERED = 8

export function formLines(board: Board, { draft, field, line }: FormMode, look: Look): string[] {
  const title = truncate(`a new session in ${oneLine(baseName(draft.repo))}`, look.width)
  const fields = fieldsOf(draft).flatMap(({ name, otherwise, choices }) => {
    const here = name === field
    const head = `${here ? '▸' : ' '} ${pad(name, NAMES)}`
    const text = textOf(draft, name)
    if (here && choices === undefined && text !== '') return [typing(head, line, look)]
    const shown = text === '' ? look.paint('dim', otherwise) : oneLine(text)
    const cursor = here && choices === undefined ? '▏' : ''
    return [truncate(`${here ? look.paint('cyan', head) : head}${cursor}${shown}`, look.width)]
  })
  return [look.paint('bold', title), '', ...fields, ...about(board, field, look)]
}

/** What may stand in the field that is typed into. */
function about({ sessions }: Board, field: FormMode['field'], look: Look): string[] {
  if (field !== 'after') return []
  const names = (sessions ?? []).filter(({ stage }) => stage !== 'landed').map(({ name }) => oneLine(name))
  const more = names.length > OFFERED ? ` and ${names.length - OFFERED} more` : ''
  const said = names.length === 0 ? 'there are none yet' : names.slice(0, OFFERED).join(' ') + more
  return ['', look.paint('dim', truncate(`  sessions: ${said}`, look.width))]
}

export function formHints({ busy, draft, field }: FormMode): string {
  if (busy) return 'starting…'
  const choices = fieldsOf(draft).find(({ name }) => name === field)?.choices
  const choose = choices === undefined ? [] : ['← → chooses']
  return ['Enter starts it', 'Tab next', ...choose, 'Esc leaves'].join('   ')
}
