/**
 * What the board shows: every open session, followed by events.
 *
 * An event only says that something changed; what is shown always comes from the supervisor, which alone knows
 * what it amounts to. A session's own events fetch that session; those of a train or of several at once fetch all.
 */
import { useEffect, useState, useSyncExternalStore } from 'react'
import { withFresh } from '../board/fresh.ts'
import { looks } from '../board/looks.ts'
import type { Link } from '../client/browser.ts'
import type { AttentionView, Outputs, RepositoryView, SessionView } from '../protocol/api.ts'
import type { Aggregate, Recorded } from '../protocol/events.ts'
import { client } from './connection.ts'
import { whenNotPressed } from './press.ts'

export interface Board {
  link: Link
  /** Oldest first; null: not known yet. */
  sessions: readonly SessionView[] | null
  repositories: readonly RepositoryView[]
  /** What waits for the person, in its order; null: not known yet. */
  attention: AttentionView | null
  /** Seq of the newest event seen: changes whenever anything did. */
  seq: number
}

/** Between two questions so much time passes at least, and the second is about all that came meanwhile, ms. */
const GATHER_MS = 80

let board: Board = {
  link: { state: 'connecting' },
  sessions: null,
  repositories: [],
  attention: null,
  seq: 0,
}
const listeners = new Set<() => void>()

function set(change: Partial<Board>): void {
  board = { ...board, ...change }
  for (const listener of listeners) listener()
}

export function useBoard(): Board {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => board,
  )
}

/** Events since the page was opened, for pages that show more than sessions. */
const watchers = new Set<(event: Recorded) => void>()

/** @returns the end of it */
export function onEvent(watcher: (event: Recorded) => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** How many there were since then about what is shown: another number says that it may have changed. */
export function useEventsOf(about: Aggregate): number {
  const [events, count] = useState(0)
  useEffect(
    () =>
      onEvent(({ aggregate }) => {
        if (aggregate === about) count((before) => before + 1)
      }),
    [about],
  )
  return events
}

/** Seq of the newest event. */
let seq = 0

/** One question, and one change of the page: a busy board is drawn some times a second, not once an event. */
const again = looks(
  GATHER_MS,
  async (ids) => {
    const answer = await overview(ids)
    set({ sessions: withFresh(board.sessions ?? [], ids, answer), attention: answer.attention, seq })
    return answer.head
  },
  (error) => {
    // The connection is broken, which its own follower tells; after it all is fetched anew.
    if (board.link.state === 'live') throw error
  },
)

function overview(ids: readonly string[] | null): Promise<Outputs['overview']> {
  return client.call('overview', { repo: null, sessions: ids && [...ids] })
}

/** Puts a session as an answer gave it on the screen, before its events come. */
export function show(session: SessionView): void {
  if (board.sessions === null) return
  set({ sessions: board.sessions.map((each) => (each.id === session.id ? session : each)) })
}

export function startBoard(): void {
  const begin = async (): Promise<number> => {
    const [{ head, sessions, attention }, repositories] = await Promise.all([
      overview(null),
      client.call('repositories', {}),
    ])
    seq = head
    set({ sessions, repositories, attention, seq })
    return head
  }
  const take = (event: Recorded): void => {
    seq = event.seq
    again.add(event)
    if (event.aggregate === 'repository')
      void client.call('repositories', {}).then((repositories) => set({ repositories }))
    for (const watcher of watchers) watcher(event)
  }
  const tell = (link: Link): void => void whenNotPressed().then(() => set({ link }))
  void client.follow(begin, take, tell, new AbortController().signal)
}
