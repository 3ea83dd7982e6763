/** The form of a new session, a field a line. Pure. */
import { type Field, fieldsOf } from '../../board/fields.ts'
import { baseName } from '../../board/words.ts'
import type { Look } from '../../terminal/look.ts'
import { oneLine, pad, truncate } from '../../terminal/text.ts'
import type { Board } from '../board.ts'
import { choicesOf, fieldsShown, textOf } from '../form.ts'
import type { FormMode } from '../mode.ts'
import { typing } from './typing.ts'

/** Columns of a field's name. */
const NAMES = 14
/** Names of sessions that are offered. */
const OFFERED = 8

/** @returns `at`: the line that is typed into */
export function formLines(board: Board, mode: FormMode, look: Look): { lines: string[]; at: number } {
  const { draft } = mode
  const title = truncate(`a new session in ${oneLine(baseName(draft.repo))}`, look.width)
  const shown = fieldsShown(mode)
  const head = [look.paint('bold', title), '']
  return {
    lines: [
      ...head,
      ...shown.map((field) => lineOf(field, mode, look)),
      ...rest(mode, shown, look),
      ...about(board, mode, look),
    ],
    at: head.length + shown.findIndex(({ name }) => name === mode.field),
  }
}

function lineOf(field: Field, { draft, field: current, line }: FormMode, look: Look): string {
  const here = field.name === current
  const head = `${here ? '▸' : ' '} ${pad(field.title.toLowerCase(), NAMES)}`
  const text = textOf(draft, field.name)
  const isTyped = choicesOf(field) === null
  if (here && isTyped && text !== '') return typing(head, line, look)
  const shown = text === '' ? look.paint('dim', unsaid(field)) : said(field, text)
  return truncate(
    `${here ? look.paint('cyan', head) : head}${here && isTyped ? '▏' : ''}${shown}`,
    look.width,
  )
}

function unsaid({ otherwise, about: what, yes, choices }: Field): string {
  if (yes !== undefined) return `no; yes: ${yes}`
  return [otherwise ?? choices?.[0]?.title, what].filter((part) => part !== undefined).join('; ')
}

function said({ yes, choices }: Field, text: string): string {
  if (yes !== undefined) return `yes: ${yes}`
  return oneLine(choices?.find(({ value }) => value === text)?.title ?? text)
}

/** That there is more, as long as it is not shown. */
function rest({ draft }: FormMode, shown: readonly Field[], look: Look): string[] {
  const titles = fieldsOf(draft)
    .slice(shown.length)
    .map(({ title }) => title.toLowerCase())
  if (titles.length === 0) return []
  return [look.paint('dim', truncate(`  ${pad('further down', NAMES)}${titles.join(', ')}`, look.width))]
}

/** What may stand in the field that is typed into. */
function about({ sessions }: Board, { draft, field }: FormMode, look: Look): string[] {
  if (field === 'owns' || field === 'avoid')
    return ['', look.paint('dim', truncate('  several have blanks between them', look.width))]
  if (fieldsOf(draft).find(({ name }) => name === field)?.offers !== 'sessions') return []
  const names = (sessions ?? []).filter(({ stage }) => stage !== 'landed').map(({ name }) => oneLine(name))
  const more = names.length > OFFERED ? ` and ${names.length - OFFERED} more` : ''
  const listed = names.length === 0 ? 'there are none yet' : names.slice(0, OFFERED).join(' ') + more
  return ['', look.paint('dim', truncate(`  sessions: ${listed}`, look.width))]
}

export function formHints({ busy, draft, field }: FormMode): string {
  if (busy) return 'starting…'
  const here = fieldsOf(draft).find(({ name }) => name === field)
  const choose = here === undefined || choicesOf(here) === null ? [] : ['← → chooses']
  return ['Enter starts it', 'Tab next', ...choose, 'Esc leaves'].join('   ')
}
