/** `worktrain watch [NAME]`. */
import type { Client } from '../../client/api.ts'
import type { Recorded } from '../../protocol/events.ts'
import { story } from '../../protocol/story.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { wholeNumber } from '../input.ts'
import { sessionRef } from '../names.ts'
import { followAttention } from '../next/changes.ts'
import { signs } from '../../terminal/signs.ts'
import { oneLine, pad, truncate } from '../../terminal/text.ts'

export async function run(
  ctx: Context,
  [name]: [string?],
  options: { since?: string; bell?: boolean },
): Promise<void> {
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
  const ringing = options.bell === true ? ringFor(ctx, client, after, left.signal) : null
  ringing?.catch(leave)
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
    left.abort()
    await ringing
  }
}

/** The bell for each item that begins to wait for the person, and in the title how many do. */
async function ringFor(ctx: Context, client: Client, after: number, signal: AbortSignal): Promise<void> {
  const sign = signs(ctx)
  const repo = ctx.root === null ? null : ctx.directory
  let { items } = await client.call('attention', { repo })
  sign.waiting(items.length)
  await followAttention(client, repo, after, signal, (view) => {
    const known = new Set(items.map(({ id }) => id))
    if (view.items.some(({ id }) => !known.has(id))) sign.ring()
    items = view.items
    sign.waiting(items.length)
  })
  sign.close()
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
