/** What a person types as an answer, as the API wants it. Pure. */
import type { Input } from '../protocol/api.ts'
import { WorktrainError } from '../protocol/errors.ts'
import type { Question } from '../protocol/session.ts'

type Answer = Input<'answer'>['answer']

const NUMBERED: Record<'permission' | 'plan', readonly string[]> = {
  permission: ['allow', 'always', 'deny'],
  plan: ['allow', 'deny', 'always'],
}

/**
 * @param words for a permission or a plan: one word or its number, after `deny` the reason; for questions:
 *   one word each question asked, option numbers with commas or the person's own words
 * @throws ANSWER_INVALID with what can be answered
 */
export function answerFor(question: Question, words: readonly string[]): Answer {
  if (question.kind === 'question') return { kind: 'choose', choices: choices(question, words) }
  const known = NUMBERED[question.kind]
  const first = words[0]?.toLowerCase() ?? ''
  const verb = known[Number(first) - 1] ?? first
  if (!known.includes(verb)) {
    throw new WorktrainError(
      'ANSWER_INVALID',
      `"${words.join(' ')}" is no answer to this: it takes ${known.join(', ')}, or a number.`,
    )
  }
  if (verb === 'deny') return { kind: 'deny', reason: words.slice(1).join(' ') }
  if (words.length > 1)
    throw new WorktrainError('ANSWER_INVALID', `"${verb}" takes no more words; only "deny" takes a reason.`)
  return { kind: 'allow', always: verb === 'always' }
}

function choices({ questions }: Question, words: readonly string[]): string[][] {
  // A single question may be answered in one's own words without quotes.
  const numbers = words.every((word) => /^[\d,]+$/.test(word))
  const given = questions.length === 1 && !numbers ? [words.join(' ')] : words
  if (given.length !== questions.length) {
    throw new WorktrainError(
      'ANSWER_INVALID',
      `${questions.length} questions are asked and ${given.length} answered; give one argument each.`,
    )
  }
  return questions.map(({ header, multiple, options }, i) => {
    const answer = given[i] ?? ''
    if (!/^\d+(,\d+)*$/.test(answer)) {
      if (answer.trim() === '') throw new WorktrainError('ANSWER_INVALID', `"${header}" has no answer.`)
      return [answer]
    }
    const chosen = answer.split(',').map(Number)
    if (chosen.length > 1 && !multiple)
      throw new WorktrainError('ANSWER_INVALID', `"${header}" takes one option, not ${chosen.length}.`)
    return chosen.map((number) => {
      const option = options[number - 1]
      if (option === undefined)
        throw new WorktrainError(
          'ANSWER_INVALID',
          `"${header}" has options 1 to ${options.length}, not ${number}.`,
        )
      return option.label
    })
  })
}
