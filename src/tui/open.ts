/** The board in the person's terminal, from opening to leaving. */
import type { Client } from '../client/api.ts'
import { leaving } from '../terminal/leaving.ts'
import { openScreen, type Streams } from '../terminal/screen.ts'
import { keepShowing } from '../terminal/showing.ts'
import { signs } from '../terminal/signs.ts'
import { newBoard, peeked } from './board.ts'
import { carryOut, type Hands } from './carry-out.ts'
import { followFacts } from './facts.ts'
import { Input, type Key } from './input.ts'
import { liveScreen } from './live-screen.ts'
import { shownOn } from './shown.ts'
import { type Happening, step } from './step.ts'
import { cramped, LEAVING } from './view/cramped.ts'
import { scrolledTo, type View, view } from './view/view.ts'

/** Paste brackets, the mouse (1006: beyond column 223), and whether the terminal has the focus. */
const MODES = [2004, 1000, 1006, 1004]
/** A sequence that does not go on within this time was the Escape key, ms. */
const ESCAPE_MS = 50
/** What comes at once and is longer was pasted, not typed, bytes. */
const KEYS_MOST = 256
/** Ages on the screen are brought up to date this often, ms. Everything else is drawn when it changes. */
const AGES_MS = 5000
/** Between two drawings so much time passes at least, ms: what comes faster cannot be seen. */
const FRAME_MS = 33

export interface BoardOptions {
  client: Client
  /** Starts the supervisor if it is away. */
  start: () => Promise<void>
  /** The repository, as a directory; null: all of them. */
  repo: string | null
  /** The token of a session's host. */
  hostToken: (session: string) => string
  streams: Streams
  /** Ms since the epoch. */
  now: () => number
}

/**
 * Until the person leaves, or SIGINT, SIGTERM or SIGHUP comes; the terminal is as it was before then.
 * @throws what the first look at the sessions throws, and what is no answer of the supervisor
 */
export async function openBoard({
  client,
  start,
  repo,
  hostToken,
  streams,
  now,
}: BoardOptions): Promise<void> {
  const left = leaving()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  const over = new Promise<void>((resolve) => {
    left.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  let board = newBoard(repo)
  let shown: View | null = null
  let frame: NodeJS.Timeout | undefined
  let drawnAt = 0
  let lent = false
  /** What is typed while a terminal is on its way; null: none is. */
  let ahead: Buffer[] | null = null
  /** Nothing that goes wrong may leave the terminal as it is. */
  const safely = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      failed.reject(error)
    }
  }

  const tooSmall = (): string[] | null => cramped({ columns: screen.columns(), rows: screen.rows() })
  const draw = (): void => {
    frame = undefined
    drawnAt = performance.now()
    if (lent) return
    sign.waiting(board.attention.items.length)
    const small = tooSmall()
    if (small !== null) {
      screen.draw(small)
      return showing.of([], [])
    }
    shown = view(board, screen.look(), screen.rows(), now(), shown?.top ?? 0)
    // Scrolled as far as there are lines, and not beyond.
    board = scrolledTo(board, shown)
    screen.draw(shown.lines)
    const { items, sessions } = board.focused ? shownOn(board, shown) : { items: [], sessions: [] }
    showing.of(items, sessions)
  }
  const changed = (): void => {
    frame ??= setTimeout(() => safely(draw), Math.max(0, drawnAt + FRAME_MS - performance.now()))
  }
  const tell = (what: Happening): void =>
    safely(() => {
      // What comes now would begin again what has just been ended.
      if (left.signal.aborted) return
      const next = step(board, what, now())
      if (next.board !== board) changed()
      board = next.board
      peek.of(peeked(board))
      for (const effect of next.effects) {
        const mine: Buffer[] = []
        if (effect.do === 'attach') ahead = mine
        void carryOut(effect, hands)
          // Where no terminal came, what was meant for it means nothing.
          .finally(() => ahead === mine && (ahead = null))
          .catch(failed.reject)
      }
    })

  const input = new Input()
  let escape: NodeJS.Timeout | undefined
  const take = (keys: readonly Key[]): void => {
    for (const key of keys) {
      // By what nobody sees nothing is settled.
      const unseen = tooSmall() !== null && !('focus' in key)
      if (unseen && 'key' in key && LEAVING.includes(key.key)) left.leave()
      else if (unseen) continue
      else if (!('click' in key)) tell({ of: 'key', key })
      else {
        const id = shown?.ids[key.click.y - 1] ?? null
        const half = key.click.x * 2 <= screen.look().width ? 'left' : 'right'
        if (id !== null) tell({ of: 'click', id, half })
      }
    }
  }
  const typed = (bytes: Buffer): void => {
    clearTimeout(escape)
    // Key by key: what follows the one that attaches is for the terminal.
    const by = bytes.length > KEYS_MOST ? bytes.length : 1
    for (let at = 0; at < bytes.length; at += by) {
      if (ahead !== null) return void ahead.push(bytes.subarray(at))
      take(input.push(bytes.subarray(at, at + by)))
    }
    if (input.unfinished) escape = setTimeout(() => take(input.flush()), ESCAPE_MS)
  }

  const sign = signs(streams)
  const showing = keepShowing(client, `tui-${process.pid}`)
  const screen = openScreen(streams, { input: typed, resize: changed }, MODES)
  const peek = liveScreen(client, hostToken, (session, seen, why) =>
    tell({ of: 'screen', session, screen: seen, why }),
  )
  const hands: Hands = {
    client,
    start,
    hostToken,
    streams,
    screen,
    tell,
    refresh: () => {},
    quit: left.leave,
    typedAhead: () => {
      const all = Buffer.concat(ahead ?? [])
      ahead = null
      return all
    },
    showing: (session) => {
      lent = session !== null
      showing.of([], session === null ? [] : [session])
      if (!lent) changed()
    },
  }
  const ages = setInterval(changed, AGES_MS)
  try {
    safely(draw)
    const facts = await Promise.race([
      followFacts(client, repo, now, left.signal, tell, failed.reject),
      failed.promise,
      over.then(() => null),
    ])
    if (facts !== null) hands.refresh = facts.refresh
    await Promise.race([over, failed.promise])
  } finally {
    left.leave()
    left.stop()
    clearInterval(ages)
    clearTimeout(frame)
    clearTimeout(escape)
    peek.close()
    screen.close()
    sign.close()
    showing.close()
  }
}
