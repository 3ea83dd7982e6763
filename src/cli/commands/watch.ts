/** `worktrain watch [NAME]`. */
import type { Client } from '../../client/api.ts'
import type { Recorded } from '../../protocol/events.ts'
import { story } from '../../protocol/story.ts'
import type { Context, Look } from '../context.ts'
import { wholeNumber } from '../input.ts'
import { sessionRef } from '../names.ts'
import { oneLine, pad, truncate } from '../text.ts'

export async function run(ctx: Context, [name]: [string?], options: { since?: string }): Promise<void> {
  const client = await ctx.supervisor()
  const session = name === undefined ? null : (await client.call('session', sessionRef(ctx, name))).id
  const after =
    options.since === undefined
      ? ((await client.call('status', {})).head ?? 0)
      : wholeNumber('--since', options.since, 0)
  const left = new AbortController()
  const leave = (): void => left.abort()
  process.once('SIGINT', leave)
  process.once('SIGTERM', leave)
  const names = new Names(client)
  try {
    for await (const event of client.events({
      after,
      signal: left.signal,
      ...(session === null ? {} : { session }),
    })) {
      if (ctx.json) {
        ctx.say(JSON.stringify(event))
        continue
      }
      const line = renderEvent(event, await names.of(event), ctx.look)
      if (line !== null) ctx.say(line)
    }
  } finally {
    process.off('SIGINT', leave)
    process.off('SIGTERM', leave)
  }
}

/** `12:04:31 kamal-migration   asks: Bash: rm -rf build`, or null for an event of the machinery. */
export function renderEvent(event: Recorded, name: string, look: Look): string | null {
  const [said] = story([event])
  if (said === undefined) return null
  const time = new Date(event.at).toTimeString().slice(0, 8)
  return truncate(
    `${look.paint('dim', time)} ${pad(truncate(oneLine(name), 24), 24)} ${oneLine(said.what)}`,
    look.width,
  )
}

/** Names of sessions, changes and builds by id. A session that appears while watching is asked for. */
class Names {
  readonly #client: Client
  readonly #names = new Map<string, string>()

  constructor(client: Client) {
    this.#client = client
  }

  async of(event: Recorded): Promise<string> {
    if (
      event.type === 'session.planned' ||
      event.type === 'session.renamed' ||
      event.type === 'change.queued'
    ) {
      this.#names.set(event.id, event.data.name)
    } else if (event.type === 'build.made') {
      const { members, target } = event.data
      this.#names.set(event.id, members.map(({ name }) => name).join(' + ') || target)
    } else if (event.aggregate === 'session' && !this.#names.has(event.id)) {
      for (const { id, name } of await this.#client.call('sessions', { repo: null, all: true }))
        this.#names.set(id, name)
    }
    return this.#names.get(event.id) ?? (event.aggregate === 'session' ? event.id : event.aggregate)
  }
}
