/** What is on the train, in order. Pure. */
import type { ChangeView, TrainView } from '../../protocol/api.ts'
import type { Colour, Look } from '../look.ts'
import { age, count, oneLine, pad, truncate, width } from '../text.ts'
import { letters } from './builds.ts'
import { block, type Detail } from './lines.ts'
import { about, name, NAME_WIDTH } from './words.ts'

export const ENDED: readonly ChangeView['state'][] = ['landed', 'ejected', 'withdrawn']

export function isOver({ state }: ChangeView): boolean {
  return ENDED.includes(state)
}

const COLOURS: Partial<Record<ChangeView['state'], Colour>> = {
  testing: 'cyan',
  landing: 'green',
  parked: 'yellow',
  held: 'yellow',
  blocked: 'red',
}
/** An estimate is no more exact than this, ms. */
const SOON_MS = 5_000
/** States in which a change does not go on by being waited for: the reason stands below it. */
const EXPLAINED: readonly ChangeView['state'][] = ['parked', 'held', 'blocked', 'landing']

export function renderQueue(train: TrainView, look: Look, now: number, detail: Detail): string[] {
  const queue = train.changes.filter((change) => !isOver(change))
  if (queue.length === 0) return []
  const names = letters(train)
  const columns = Math.min(NAME_WIDTH, Math.max(...queue.map((change) => width(oneLine(change.name)))))
  const states = queue.map((change) => state(change, names))
  const widest = Math.max(...states.map(width))
  const said = [look.paint('bold', `on the train (${queue.length})`)]
  queue.slice(0, detail.queue).forEach((change, at) => {
    const place = change.position === null ? '' : `${change.position}.`
    const how = states[at] ?? ''
    const colour = COLOURS[change.state]
    const row = [
      `  ${place.padStart(3)} ${name(change.name, columns)}`,
      colour ? look.paint(colour, pad(how, widest)) : pad(how, widest),
      age(now - change.queuedAt).padStart(3),
      prospect(change, now),
    ]
    said.push(truncate(row.join('  ').trimEnd(), look.width))
    // What keeps the whole train is said above already.
    const told = train.stuck !== null && change.why.includes(train.stuck)
    if (detail.reasons && EXPLAINED.includes(change.state) && !told) said.push(...block(change.why, 6, look))
  })
  const more = queue.length - Math.min(queue.length, detail.queue)
  if (more > 0) said.push(look.paint('dim', `      and ${more} more behind them`))
  return said
}

/** `testing in A, B`, `queued`, with what sets it apart. */
function state(change: ChangeView, names: Map<string, string>): string {
  const builds = change.builds.flatMap((id) => names.get(id) ?? [])
  const shown = builds.slice(0, 3).join(' ') + (builds.length > 3 ? '…' : '')
  return `${change.state}${shown === '' ? '' : ` in ${shown}`}`
}

/** When it is expected to land; where nobody knows, why. */
function prospect(change: ChangeView, now: number): string {
  const marks = [
    ...(change.priority === 0 ? [] : [`priority ${change.priority}`]),
    ...(change.undoes === null ? [] : ['undo']),
    ...(change.ejections === 0 ? [] : [`ejected ${count(change.ejections, 'time')}`]),
  ]
  const when =
    change.expected === null
      ? EXPLAINED.includes(change.state)
        ? ''
        : oneLine(change.why)
      : change.expected > now
        ? `lands in ${about(change.expected - now)}`
        : now - change.expected < SOON_MS
          ? 'lands any moment'
          : `was expected ${age(now - change.expected)} ago`
  return [...marks, when].filter((part) => part !== '').join(', ')
}
