/**
 * What the board shows: every open session, followed by events.
 *
 * An event only says that something changed; what is shown always comes from the supervisor, which alone knows
 * what it amounts to. A session's own events fetch that session; those of a train or of several at once fetch all.
 */
import { useSyncExternalStore } from 'react'
import { otherThingsWait, withFresh } from '../board/fresh.ts'
import type { Link } from '../client/browser.ts'
import type { AttentionView, RepositoryView, SessionView } from '../protocol/api.ts'
import type { Recorded } from '../protocol/events.ts'
import { client } from './connection.ts'

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

/** Changes that come together are fetched together, ms. */
const GATHER_MS = 80
/** What other aggregates change of sessions is asked for at most this often, ms. */
const ALL_EVERY_MS = 1000

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

const due = { sessions: new Set<string>(), all: false, lastAll: 0, timer: 0, busy: false, seq: 0 }

function schedule(): void {
  if (due.timer !== 0 || due.busy) return
  const wait = due.all ? Math.max(GATHER_MS, due.lastAll + ALL_EVERY_MS - Date.now()) : GATHER_MS
  due.timer = window.setTimeout(() => void fetchDue(), due.sessions.size > 0 ? GATHER_MS : wait)
}

async function fetchDue(): Promise<void> {
  due.timer = 0
  due.busy = true
  const ids = [...due.sessions]
  due.sessions.clear()
  try {
    // One change of the page for all of them: a busy board is drawn some times a second, not once an event.
    // And together with what waits: what a row shows as waiting is what `n` leads to.
    if (due.all && Date.now() - due.lastAll >= ALL_EVERY_MS) {
      const [sessions, attention] = await Promise.all([fetchAll(), askAttention()])
      set({ sessions, attention, seq: due.seq })
    } else {
      const fresh = await Promise.all(ids.map((name) => client.call('session', { repo: null, name })))
      const attention = otherThingsWait(board.sessions ?? [], fresh) ? await askAttention() : board.attention
      set({ sessions: withFresh(board.sessions ?? [], fresh), attention, seq: due.seq })
    }
  } catch (error) {
    // The connection is broken, which its own follower tells; after it all is fetched anew.
    due.all = true
    if (board.link.state === 'live') throw error
  } finally {
    due.busy = false
    if (due.all || due.sessions.size > 0) schedule()
  }
}

function fetchAll(): Promise<SessionView[]> {
  due.all = false
  due.lastAll = Date.now()
  return client.call('sessions', { repo: null, all: false })
}

/** The list is made anew for each question: asked for at most this often, ms. */
const ATTENTION_EVERY_MS = 500
let attentionTimer = 0
let lastAttention = 0

/** Now: what waits for its time to be asked need not be asked any more. */
function askAttention(): Promise<AttentionView> {
  window.clearTimeout(attentionTimer)
  attentionTimer = 0
  lastAttention = Date.now()
  return client.call('attention', { repo: null })
}

function fetchAttention(): void {
  const wait = Math.max(GATHER_MS, lastAttention + ATTENTION_EVERY_MS - Date.now())
  attentionTimer ||= window.setTimeout(() => {
    // What breaks the connection is told by its own follower; after it all is fetched anew.
    askAttention().then(
      (attention) => set({ attention }),
      () => undefined,
    )
  }, wait)
}

/** Puts a session as an answer gave it on the screen, before its events come. */
export function show(session: SessionView): void {
  if (board.sessions === null) return
  set({ sessions: board.sessions.map((each) => (each.id === session.id ? session : each)) })
}

export function startBoard(): void {
  const begin = async (): Promise<number> => {
    const { head = 0 } = await client.call('status', {})
    const [sessions, repositories, attention] = await Promise.all([
      client.call('sessions', { repo: null, all: false }),
      client.call('repositories', {}),
      client.call('attention', { repo: null }),
    ])
    due.seq = head
    set({ sessions, repositories, attention, seq: head })
    return head
  }
  const take = (event: Recorded): void => {
    due.seq = event.seq
    fetchAttention()
    if (event.aggregate === 'session' || event.aggregate === 'review') due.sessions.add(event.id)
    if (event.aggregate === 'change' || event.aggregate === 'train' || event.aggregate === 'build')
      due.all = true
    if (event.aggregate === 'spotlight') due.all = true
    if (event.aggregate === 'repository')
      void client.call('repositories', {}).then((repositories) => set({ repositories }))
    schedule()
    for (const watcher of watchers) watcher(event)
  }
  void client.follow(begin, take, (link) => set({ link }), new AbortController().signal)
}
