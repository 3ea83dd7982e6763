/** The person's choice for each question of an item, a key each. */
import type { Question } from '../../protocol/session.ts'
import type { Context } from '../context.ts'
import { renderOptions } from '../../terminal/question.ts'
import type { Keyboard } from './keyboard.ts'

/**
 * @param first a key that was typed already, for the first question
 * @returns labels for each question; null when the person goes back
 */
export async function choose(
  ctx: Context,
  board: Keyboard,
  { questions }: Question,
  first: string | null,
): Promise<string[][] | null> {
  const chosen: string[][] = []
  let typed = first
  for (const each of questions) {
    if (typed === null || chosen.length > 0) ctx.say(renderOptions(each, ctx.look).join('\n'))
    const answer = each.multiple ? await several(ctx, board, each, typed) : await one(ctx, board, each, typed)
    if (answer === null) return null
    chosen.push(answer)
    typed = null
  }
  return chosen
}

type Asked = Question['questions'][number]

async function one(
  ctx: Context,
  board: Keyboard,
  { options }: Asked,
  first: string | null,
): Promise<string[] | null> {
  for (let key = first; ; key = null) {
    const typed = key ?? (await board.key())
    if (typed === null || typed === 'q') return null
    if (typed === 'w') return words(board)
    const option = options[Number(typed) - 1]
    if (option !== undefined) {
      ctx.say(`  ${typed}`)
      return [option.label]
    }
  }
}

async function several(
  ctx: Context,
  board: Keyboard,
  { options }: Asked,
  first: string | null,
): Promise<string[] | null> {
  const picked = new Set<string>()
  ctx.say('  numbers turn each on and off, Enter takes them, w is for your own words')
  for (let key = first; ; key = null) {
    const typed = key ?? (await board.key())
    if (typed === null || typed === 'q') return null
    if (typed === 'w') return words(board)
    if ((typed === '\r' || typed === '\n') && picked.size > 0) return [...picked]
    const label = options[Number(typed) - 1]?.label
    if (label === undefined) continue
    if (!picked.delete(label)) picked.add(label)
    ctx.say(
      `  ${options.map((option, i) => (picked.has(option.label) ? `[${i + 1}]` : ` ${i + 1} `)).join('')}`,
    )
  }
}

async function words(board: Keyboard): Promise<string[] | null> {
  const said = await board.line('  in your own words: ')
  return said ? [said] : null
}
