/** Carries out what a person asks of one change on the train. */
import type { Client } from '../../client/api.ts'
import type { ChangeView } from '../../protocol/api.ts'
import { oneLine } from '../../terminal/text.ts'
import { firstOf, type Steering } from './asked.ts'
import { isOver } from '../../terminal/train/queue.ts'

/** @returns the change as it is then */
export async function steer(client: Client, repo: string, what: Steering): Promise<ChangeView> {
  const { change } = what
  switch (what.action) {
    case 'eject':
      return client.call('trainEject', { repo, change })
    case 'release':
      return client.call('trainRelease', { repo, change })
    case 'retry':
      return client.call('trainRetry', {
        repo,
        change,
        ...(what.resolveWith === null ? {} : { resolveWith: what.resolveWith }),
      })
    case 'hold':
      return client.call('trainHold', { repo, change, ...(what.why === null ? {} : { why: what.why }) })
    case 'priority': {
      const priority = what.priority === 'first' ? await first(client, repo, change) : what.priority
      return client.call('trainPriority', { repo, change, priority })
    }
  }
}

async function first(client: Client, repo: string, change: string): Promise<number> {
  const { changes } = await client.call('train', { repo })
  const others = changes.filter((one) => !isOver(one) && one.id !== change && one.name !== change)
  return firstOf(others.map((one) => one.priority))
}

/** `api: held at place 3, priority 2. Kept back by you: release first.` */
export function renderSteered(change: ChangeView): string {
  const place = change.position === null ? '' : ` at place ${change.position}`
  const priority = change.priority === 0 ? '' : `, priority ${change.priority}`
  return `${oneLine(change.name)}: ${change.state}${place}${priority}${change.why === '' ? '' : `; ${oneLine(change.why)}`}`
}
