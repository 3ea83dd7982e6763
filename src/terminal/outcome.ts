/** What became of a settled item, as a line. Pure. */
import type { AttentionCall, AttentionItem, Outputs } from '../protocol/api.ts'
import { oneLine } from './text.ts'

/** What became of a prompt that a session was sent. */
export function sent({ name, queued }: Pick<Outputs['send'], 'name' | 'queued'>): string {
  return queued > 0 ? `${oneLine(name)} gets it when it is idle` : `sent to ${oneLine(name)}`
}

/** What became of an item that waits no more, by those that wait: its session may wait for something else by now. */
export function gone({ session }: AttentionItem, items: readonly AttentionItem[]): string {
  const next = session && items.find((item) => item.session?.id === session.id)
  return next ? `${oneLine(session.name)} waits for something else by now` : 'settled elsewhere, or by itself'
}

/** @param label of the action that was chosen */
export function outcome(
  item: AttentionItem,
  label: string,
  { call }: AttentionCall,
  output: unknown,
): string {
  const name = oneLine(item.session?.name ?? 'the train')
  if (call === 'update') {
    const { result, files } = output as Outputs['update']
    const conflict = `main conflicts with it in ${oneLine(files.join(', '))}: nothing was changed`
    return `${name}: ${result === 'conflict' ? conflict : result === 'current' ? 'is on main already' : result}`
  }
  if (call === 'approve') {
    const { change } = output as Outputs['approve']
    return `${name}: approved${change === null ? '' : ', and on the train'}`
  }
  if (call === 'rm') {
    const { removed, unsafe, unsaved } = output as Outputs['rm']
    const reasons = [...unsafe, ...unsaved.map(({ what, detail }) => `${what}: ${detail}`)]
    return `${name}: ${removed ? 'in the trash' : `not removed: ${oneLine(reasons.join('; '))}`}`
  }
  return `${name}: ${oneLine(label)}`
}
