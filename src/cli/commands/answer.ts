/** `worktrain answer NAME [ANSWER…]`. */
import type { Question } from '../../protocol/session.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { answerFor } from '../answers.ts'
import { ask, canAsk } from '../input.ts'
import { sessionRef } from '../names.ts'
import { renderAsked } from '../../terminal/question.ts'
import { oneLine, wrap } from '../../terminal/text.ts'

export async function run(
  ctx: Context,
  [name, words]: [string, string[]],
  options: { question?: string },
): Promise<void> {
  const client = await ctx.supervisor()
  const ref = sessionRef(ctx, name)
  const session = await client.call('session', ref)
  const question = session.question
  if (question === null) {
    throw new WorktrainError(
      'QUESTION_UNKNOWN',
      `${session.name} asks nothing that can be answered from here.`,
    )
  }
  if (options.question !== undefined && options.question !== question.id) {
    throw new WorktrainError(
      'QUESTION_UNKNOWN',
      `${session.name} asks something else by now: ${question.summary}`,
    )
  }
  const { always = null } = session
  const answer = answerFor(question, words.length > 0 ? words : await askFor(ctx, question, always))
  // With its id: an answer must not reach a question that took this one's place meanwhile.
  const answered = await client.call('answer', { ...ref, question: question.id, answer })
  ctx.show<'answer'>(
    answered,
    (s) =>
      `${s.name}: ${answer.kind === 'choose' ? 'answered' : answer.kind === 'allow' ? 'allowed' : 'denied'}` +
      (answer.kind === 'allow' && answer.always ? `, ${extent(always)}` : ''),
  )
}

async function askFor(ctx: Context, question: Question, always: string | null): Promise<string[]> {
  if (!canAsk(ctx)) {
    ctx.stderr.write(`${renderQuestion(question, always, ctx.look)}\n`)
    throw new WorktrainError('NEEDS_PERSON', 'It needs an answer, and nobody is here to be asked.', {
      hint: 'Give the answer on the command line; see `worktrain answer --help`.',
      details: { question },
    })
  }
  ctx.say(renderQuestion(question, always, ctx.look))
  if (question.kind !== 'question') return (await ask(ctx, 'answer: ')).split(' ')
  const answers: string[] = []
  for (const each of question.questions)
    answers.push(await ask(ctx, `${question.questions.length > 1 ? each.header : 'answer'}: `))
  return answers
}

/** What "always" means here, as it is kept. */
function extent(always: string | null): string {
  return always === null ? 'always in this session' : `always in this repository: ${oneLine(always)}`
}

/**
 * What is asked, and everything that can be answered, numbered.
 * @param always the rule that "always" would keep for the repository
 */
export function renderQuestion(question: Question, always: string | null, look: Look): string {
  const said = renderAsked(question, look)
  if (question.kind === 'permission')
    said.push('1. allow   2. always   3. deny REASON', ...wrap(`(2: ${extent(always)})`, look.width))
  else if (question.kind === 'plan')
    said.push('1. allow   2. deny WHAT TO CHANGE   3. always: edits without asking')
  return said.join('\n')
}
