/** Everything that can be done from the list: one table for keys, palette and help. Pure. */
import { NO_DRAFT } from '../board/brief.ts'
import type { AttentionItem, SessionView } from '../protocol/api.ts'
import { oneLine } from '../terminal/text.ts'
import { type Board, current, currentSession, looksIn, type Selectable, selectable } from './board.ts'
import { type Effect, say, stay, type Step } from './effect.ts'
import { toItem, toNext } from './item-step.ts'
import { lineOf, NO_LINE } from './line.ts'
import type { LineFor } from './mode.ts'
import { toReview } from './reviewing/begin.ts'
import { servingLine } from './serving.ts'

export interface Action {
  /** The first is the one that is shown. None: only in the palette. */
  keys: readonly string[]
  does: string
  run: (board: Board, now: number) => Step
}

export const ACTIONS: readonly Action[] = [
  { keys: ['n', 'Tab'], does: 'to what matters most of all that waits for you', run: toNext },
  { keys: ['Enter'], does: 'settle what this one waits for', run: settleCurrent },
  onSession(['r'], 'reply: a message to its agent', (b, s) =>
    ask(b, 'your message', { what: 'reply', session: s.id }),
  ),
  onSession(['Ctrl-]', 'a'], 'attach to its terminal; Ctrl-] comes back', (b, s) =>
    stay(b, { do: 'attach', session: s.id }),
  ),
  { keys: [' '], does: 'its screen large, or small again', run: enlarged },
  onSession(['v'], 'review what it changed: comment, approve, land, reject', (b, s) =>
    toReview(b, s, { at: 'list' }),
  ),
  onSession(['d'], 'what it changed, as a patch', (b, s) =>
    look(b, s, 'diff', `changes of ${oneLine(s.name)}`),
  ),
  onSession(['f'], 'show its work in your own checkout; once more: its newest', (b, s) =>
    call(b, {
      call: 'spotlight',
      input: { ...ref(s), checkout: null },
      said: ({ spotlight, notes }) =>
        oneLine([`${spotlight.checkout} shows ${s.name}; F goes back to what you had`, ...notes].join('. ')),
    }),
  ),
  { keys: ['F'], does: 'your checkout back to what you had, from what it shows', run: goBack },
  onSession(['s'], 'where its own programs can be opened: the ports on which they listen', (b, s) =>
    call(b, { call: 'preview', input: ref(s), said: (view) => oneLine(servingLine(view)) }),
  ),
  onSession(['w'], 'why it is as it is', (b, s) => look(b, s, 'why', `why ${oneLine(s.name)}`)),
  onSession(['l'], 'land it: put it on the train', (b, s) =>
    call(b, {
      call: 'land',
      input: ref(s),
      said: (change) => `${oneLine(change.name)} is ${change.already ? 'already ' : ''}on the train`,
    }),
  ),
  {
    keys: ['t'],
    does: 'the train',
    run: (b) => {
      const root = currentRoot(b)
      return root === null
        ? stay(say(b, 'there is no train: there are no sessions yet'))
        : page(b, 'the train', {
            do: 'look',
            look: { show: 'train', repo: root, session: null },
            title: 'the train',
          })
    },
  },
  { keys: ['c'], does: 'a new session', run: newSession },
  onSession(['p'], 'pin it to the top of its group, or let go of it', (b, s) =>
    call(b, {
      call: 'pin',
      input: { ...ref(s), pinned: !s.pinned },
      said: () => `${oneLine(s.name)} is ${s.pinned ? 'no longer pinned' : 'pinned'}`,
    }),
  ),
  onSession(['e'], 'rename it', (b, s) => ask(b, 'its new name', { what: 'rename', session: s.id }, s.name)),
  onSession(['o'], 'note something on it', (b, s) =>
    ask(b, 'your note (nothing: take it away)', { what: 'note', session: s.id }, s.note, true),
  ),
  onSession(['u'], 'bring main into it', (b, s) =>
    call(b, {
      call: 'update',
      input: ref(s),
      said: ({ result, files }) =>
        result === 'conflict'
          ? `main conflicts with it in ${oneLine(files.join(', '))}: nothing was changed`
          : `${oneLine(s.name)}: ${result === 'current' ? 'has everything of main already' : result}`,
    }),
  ),
  onSession(['x'], 'interrupt its turn, as Esc does', (b, s) =>
    call(b, { call: 'interrupt', input: ref(s), said: () => `${oneLine(s.name)} is interrupted` }),
  ),
  onSession(['R'], 'go on with it after it ended', (b, s) =>
    call(b, { call: 'resume', input: ref(s), said: () => `${oneLine(s.name)} goes on` }),
  ),
  onSession([], 'stop it: end its process; nothing is lost', (b, s) =>
    call(b, { call: 'stop', input: ref(s), said: () => `${oneLine(s.name)} is stopped` }),
  ),
  onSession([], 'remove it: into the trash, if nothing would be lost', (b, s) =>
    call(b, {
      call: 'rm',
      input: ref(s),
      said: ({ removed, unsafe, unsaved }) =>
        removed
          ? `${oneLine(s.name)} is in the trash`
          : `not removed: ${oneLine([...unsafe, ...unsaved.map(({ what, detail }) => `${what}: ${detail}`)].join('; '))}`,
    }),
  ),
  { keys: ['/'], does: 'filter by words', run: (b) => ask(b, 'filter', { what: 'filter' }, b.filter, true) },
  {
    keys: ['b'],
    does: 'group by repository, or not',
    run: (b) => stay({ ...b, byRepository: !b.byRepository }),
  },
  { keys: ['S'], does: 'start the supervisor when it is away', run: (b) => stay(b, { do: 'start' }) },
  {
    keys: [':', 'Ctrl-K'],
    does: 'all actions by name',
    run: (b) => ask(b, 'do', { what: 'palette', at: 0 }, '', true),
  },
  {
    keys: ['?'],
    does: 'this help',
    run: (b) =>
      stay({ ...b, mode: { at: 'page', title: 'help', content: { is: 'help' }, top: 0, back: b.mode } }),
  },
  {
    keys: ['Ctrl-Z'],
    does: 'back to the shell; fg comes here again',
    run: (b) => stay(b, { do: 'suspend' }),
  },
  { keys: ['q', 'Ctrl-C', 'Ctrl-D'], does: 'leave; all sessions go on', run: (b) => stay(b, { do: 'quit' }) },
]

/** Moves the cursor by so many rows. */
export function moved(board: Board, by: number): Board {
  const all = selectable(board)
  const at = all.findIndex(({ id }) => id === current(board)?.id)
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))]
  return next === undefined ? board : { ...board, selected: next.id }
}

export function ask(board: Board, words: string, what: LineFor, text = '', optional = false): Step {
  return stay({
    ...board,
    said: null,
    mode: { at: 'line', ask: words, optional, line: lineOf(text), for: what, back: board.mode },
  })
}

/** An action that means the session under the cursor. */
function onSession(
  keys: readonly string[],
  does: string,
  run: (board: Board, session: SessionView) => Step,
): Action {
  return {
    keys,
    does,
    run: (board) => {
      const session = currentSession(board)
      return session === null ? stay(say(board, 'no session is selected')) : run(board, session)
    },
  }
}

function goBack(board: Board): Step {
  const session = looksIn(board)[0]?.session
  const checkout = session?.shownIn?.[0]?.checkout
  if (session === undefined || checkout === undefined)
    return stay(say(board, 'no checkout of yours shows a session'))
  return call(board, {
    call: 'spotlightOff',
    input: { repo: session.repository.root, checkout },
    said: ({ ended, edits, notes }) =>
      oneLine(
        [
          ended === null
            ? 'nothing was shown'
            : `${ended.checkout} is back at ${ended.head.branch ?? 'its commit'}`,
          ...notes,
          ...(edits === null ? [] : [`what you changed is kept as ${edits.commit.slice(0, 10)}`]),
        ].join('. '),
      ),
  })
}

/** What Enter settles there; undefined: nothing waits. */
export function itemAt(row: Selectable): AttentionItem | undefined {
  return row.is === 'train' ? row.item : row.session.attention[0]
}

function settleCurrent(board: Board, now: number): Step {
  const row = current(board)
  const item = row === null ? undefined : itemAt(row)
  if (item !== undefined) return toItem(board, item, new Set(), now)
  const name = row?.is === 'session' ? oneLine(row.session.name) : 'it'
  return stay(say(board, `${name} waits for nothing; r replies, Ctrl-] attaches`))
}

/** Who has its screen large has looked at it: what was done is seen. */
function enlarged(board: Board): Step {
  const session = currentSession(board)
  const next = { ...board, large: !board.large }
  if (board.large || session === null) return stay(next)
  return stay(next, {
    do: 'call',
    call: { call: 'seen', input: { ...ref(session), how: 'peek' }, said: () => '' },
  })
}

function newSession(board: Board): Step {
  const repo = board.repo ?? currentRoot(board)
  if (repo === null)
    return stay(say(board, 'in which repository? Start the first session with worktrain run', 'red'))
  const draft = { ...NO_DRAFT, repo }
  return stay({
    ...board,
    said: null,
    mode: { at: 'form', draft, field: 'goal', line: NO_LINE, busy: false },
  })
}

function currentRoot(board: Board): string | null {
  const row = current(board)
  if (row === null) return board.repo
  return (row.is === 'session' ? row.session : row.item).repository.root
}

function look(board: Board, s: SessionView, show: 'diff' | 'why', title: string): Step {
  return page(board, title, {
    do: 'look',
    look: { show, repo: s.repository.root, session: s.id },
    title,
  })
}

function page(board: Board, title: string, effect: Effect): Step {
  return stay({ ...board, mode: { at: 'page', title, content: null, top: 0, back: board.mode } }, effect)
}

function call(board: Board, effect: Extract<Effect, { do: 'call' }>['call']): Step {
  return stay({ ...board, said: null }, { do: 'call', call: effect })
}

function ref(s: SessionView): { repo: null; name: string } {
  return { repo: null, name: s.id }
}
