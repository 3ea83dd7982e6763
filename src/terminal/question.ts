/**
 * What an agent asks, whole and once: the call it wants to make, its plan, its questions with numbered options. Pure.
 */
import type { Question } from '../protocol/session.ts'
import type { Look } from './look.ts'
import { lines, wrap } from './text.ts'

export function renderAsked(question: Question, look: Look): string[] {
  if (question.kind === 'question') return question.questions.flatMap((each) => renderOptions(each, look))
  if (question.kind === 'plan') {
    const plan = (question.input as { plan?: unknown } | null)?.plan
    // Some write it to a file of theirs, of which not all can be read.
    return indented(typeof plan === 'string' ? plan : 'The plan itself is only in its terminal.')
  }
  const title = wrap(question.summary, look.width).map((line) => look.paint('bold', line))
  const more = notSaidBy(question)
  return more === null ? title : [...title, ...indented(JSON.stringify(more, null, 2))]
}

/** What of the call its summary does not say whole; null: nothing. */
function notSaidBy({ tool, summary, input }: Question): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
  const all = Object.entries(input)
  const said = all.find(([, value]) => typeof value === 'string' && summary === `${tool}: ${value}`)
  const more = all.filter((each) => each !== said)
  return more.length === 0 && said ? null : Object.fromEntries(more)
}

/** One of its questions, with its options numbered from 1. */
export function renderOptions(
  { header, question, multiple, options }: Question['questions'][number],
  look: Look,
): string[] {
  const asked = wrap(
    `${header === '' ? '' : `${header}: `}${question}${multiple ? ' (several with commas)' : ''}`,
    look.width,
  )
  const numbered = options.flatMap(({ label, description }, i) =>
    wrap(`${i + 1}. ${label}${description ? `: ${description}` : ''}`, look.width - 2),
  )
  return [...asked, ...numbered.map((line) => `  ${line}`)]
}

function indented(text: string): string[] {
  return lines(text)
    .split('\n')
    .map((line) => `  ${line}`)
}
