/** Which items may be left as they are, and by which call. Pure. */
import { type AttentionCall, type AttentionItem, waitsAs } from '../../protocol/attention.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import { oneLine } from '../../terminal/text.ts'

type Dismissal = Extract<AttentionCall, { call: 'dismiss' }>

/**
 * @param id of an item, as its actions and `next --json` name it
 * @throws USAGE when nothing of that id waits, or it stays until it is settled
 */
export function leaving(
  items: readonly AttentionItem[],
  id: string,
): { item: AttentionItem; call: Dismissal } {
  const item = items.find((each) => each.id === id)
  const call = item && dismissal(item)
  if (item && call) return { item, call }
  if (item)
    throw new WorktrainError('USAGE', `It waits until it is settled: ${oneLine(waitsAs(item))}`, {
      hint: item.actions.map(({ command }) => command).join('; '),
    })
  const others = items.filter((each) => dismissal(each) !== undefined).map((each) => each.id)
  throw new WorktrainError('USAGE', `Nothing waits that is called ${oneLine(id)}.`, {
    hint: others.length === 0 ? 'See `worktrain next`.' : `These can be left so: ${others.join(', ')}`,
  })
}

function dismissal({ actions }: AttentionItem): Dismissal | undefined {
  return actions.flatMap(({ does }) => ('call' in does && does.call === 'dismiss' ? [does] : []))[0]
}
