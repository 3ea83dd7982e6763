/** What stands in the place of the list: an item, questions, a page. Pure. */
import type { AttentionItem } from '../../protocol/api.ts'
import { rowsOf, selectable, type Board } from '../board.ts'
import type { ChooseMode, ItemMode, PageMode } from '../mode.ts'
import { ACTIONS, itemAt } from '../actions.ts'
import { REVIEW_ACTIONS } from '../reviewing/actions.ts'
import { page } from '../../terminal/item.ts'
import type { Look } from '../../terminal/look.ts'
import { renderOptions } from '../../terminal/question.ts'
import { colouredLines, facts, folded, oneLine, truncate, wrap } from '../../terminal/text.ts'
import { EVERYTHING } from '../../terminal/train/lines.ts'
import { BY_COMMAND, renderTrain, type Ways } from '../../terminal/train/render.ts'
import { renderWhy } from '../../terminal/why.ts'

export function itemLines({ item, place, details }: ItemMode, look: Look, now: number): string[] {
  if (details === null)
    return [
      look.paint(
        'bold',
        truncate(`${oneLine(item.session?.name ?? item.repository.root)}: ${item.kind}`, look.width),
      ),
      '',
      '…',
    ]
  return page(item, place, details, look, now)
    .flatMap((line) => line.split('\n'))
    .flatMap((line) => fitted(line, look))
}

export function chooseLines({ question, chosen, picked }: ChooseMode, look: Look): string[] {
  const asked = question.questions[chosen.length]
  if (asked === undefined) return []
  const several = asked.multiple
    ? ['', `taken: ${picked.length === 0 ? 'none yet' : picked.map(oneLine).join(', ')}`]
    : []
  return [
    look.paint('dim', `question ${chosen.length + 1} of ${question.questions.length}`),
    '',
    ...renderOptions(asked, look),
    ...several,
  ].flatMap((line) => fitted(line, look))
}

export function pageLines(board: Board, mode: PageMode, look: Look, now: number): string[] {
  const { title, content } = mode
  const head = [look.paint('bold', truncate(oneLine(title), look.width)), '']
  if (content === null) return [...head, '…']
  const text =
    content.is === 'help'
      ? help(look)
      : content.is === 'review-help'
        ? reviewHelp(look)
        : content.is === 'text'
          ? colouredLines(content.text).split('\n')
          : content.is === 'train'
            ? renderTrain(content.train, look, now, EVERYTHING, byKey(board, mode, content.repo)).split('\n')
            : renderWhy(content.why, look, now).split('\n')
  return [...head, ...text.flatMap((line) => fitted(line, look))]
}

/** The keys of what the page of a train names; what none of them does keeps its command. */
function byKey(board: Board, { back }: PageMode, repo: string): Ways {
  const land = 'with l in the list'
  const { resume } = BY_COMMAND
  const keyOf = (item: AttentionItem | undefined): string | undefined =>
    item?.actions.find(
      ({ does }) => 'call' in does && does.call === 'trainResume' && does.input.repo === repo,
    )?.key
  if (back.at === 'item') {
    const key = keyOf(back.item)
    return { land, resume: key === undefined ? resume : `Esc, then ${key}` }
  }
  for (const row of selectable(board)) {
    const item = itemAt(row)
    const key = keyOf(item)
    if (key === undefined) continue
    const name = row.is === 'session' ? oneLine(row.session.name) : 'the train'
    return { land, resume: `Enter on ${name} in the list, then ${key}` }
  }
  return { land, resume }
}

export function empty(board: Board): string[] {
  if (board.sessions === null) return ['', '  looking…']
  if (rowsOf(board).length > 0) return []
  if (board.filter !== '')
    return ['', `  nothing matches "${oneLine(board.filter)}"; Esc takes the filter away`]
  return ['', '  no sessions; c starts one']
}

function reviewHelp(look: Look): string[] {
  const moving = [
    ['j k ↑ ↓', 'one row down, one up; PageDown and PageUp ten'],
    ['g G', 'to the first, to the last'],
  ] as const
  return keyRows(moving, REVIEW_ACTIONS, look)
}

type KeyRow = readonly [keys: string, does: string]

/** Keys beside what they do, which goes on below itself. */
function keyRows(
  moving: readonly KeyRow[],
  actions: readonly { keys: readonly string[]; does: string }[],
  { width }: Look,
): string[] {
  const rows = actions.map(({ keys, does }): KeyRow => [
    keys.length === 0 ? ':' : keys.map(keyName).join(' '),
    does,
  ])
  return facts([...moving, ...rows], width - 2).map((line) => `  ${line}`)
}

function help(look: Look): string[] {
  const moving = [
    ['j k ↑ ↓', 'one down, one up'],
    ['g G', 'to the first, to the last'],
    ['Esc', 'back; in the list: no filter, small screen'],
  ] as const
  const items = [
    'An item that waits shows its own keys, the same as `worktrain next`; s skips it, Esc goes back.',
    'Once it is settled, the next one comes.',
  ]
  return [
    ...keyRows(moving, ACTIONS, look),
    '',
    ...items.flatMap((line) => wrap(line, look.width)),
    '',
    ...wrap(
      'The mouse: a click selects, the wheel scrolls. With Shift your terminal selects text as ever.',
      look.width,
    ),
  ]
}

const KEY_NAMES: Record<string, string> = { ' ': 'Space', Left: '←', Right: '→' }

export function keyName(key: string): string {
  return KEY_NAMES[key] ?? key
}

/** A line that is wider than the terminal goes on below: what an agent wants to do must be read whole. */
function fitted(line: string, look: Look): string[] {
  const expanded = line.replaceAll('\t', '  ')
  return cut(expanded, look.width)
}

/** The lines of a text that is wider than so many columns. */
export function cut(line: string, columns: number): string[] {
  if (line.includes('\u001b')) return folded(line, columns)
  const whole = truncate(line, columns)
  const fits = whole.replace(/…$/, '')
  if (whole === line || fits === '') return [whole]
  // Between words, as long as they are words.
  const space = line[fits.length] === ' ' ? fits.length : fits.lastIndexOf(' ')
  const first = space > fits.length / 2 ? line.slice(0, space + 1) : fits
  return [first.trimEnd(), ...cut(line.slice(first.length), columns)]
}
