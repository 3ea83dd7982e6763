/** What an agent asks, whole: the call it wants to make, its plan, its questions with numbered options. Pure. */
import type { Question } from '../protocol/session.ts'
import type { Look } from './look.ts'
import { lines, wrap } from './text.ts'

export function renderAsked(question: Question, look: Look): string[] {
  const said = [
    look.paint('bold', `${lines(question.tool)}: `) + wrap(question.summary, look.width).join('\n'),
  ]
  if (question.kind === 'permission') said.push(...indented(JSON.stringify(question.input, null, 2)))
  if (question.kind === 'plan') {
    const plan = (question.input as { plan?: unknown } | null)?.plan
    // Some write it to a file of theirs, of which not all can be read.
    said.push(...indented(typeof plan === 'string' ? plan : 'The plan itself is only in its terminal.'))
  }
  for (const each of question.questions) said.push(...renderOptions(each, look))
  return said
}

/** One of its questions, with its options numbered from 1. */
export function renderOptions(
  { header, question, multiple, options }: Question['questions'][number],
  look: Look,
): string[] {
  const asked = wrap(`${header}: ${question}${multiple ? ' (several with commas)' : ''}`, look.width)
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
