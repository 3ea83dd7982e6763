/** The round through what waits for the person: one item after the other, each settled where it stands. */
import { client } from './connection.ts'
import { nextPage } from './round.ts'
import { go, inRound } from './router.ts'

/** Something of a session was settled: in a round, on to the next, unless the session itself waits for more. */
export async function settled(session: string | null): Promise<void> {
  if (!inRound()) return
  const { items } = await client.call('attention', { repo: null })
  const more = items.some(
    (item) => item.session !== null && item.session.id === session && !['ready', 'done'].includes(item.kind),
  )
  if (!more)
    go(nextPage({ items: items.filter((item) => item.session?.id !== session) }, null), { round: true })
}
