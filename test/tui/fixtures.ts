/** Boards for tests, and a person who presses keys at them. */
import type { AttentionAction, AttentionItem, SessionView } from '../../src/protocol/api.ts'
import { NO_DETAILS } from '../../src/terminal/item.ts'
import type { Look } from '../../src/terminal/look.ts'
import { type Board, newBoard } from '../../src/tui/board.ts'
import type { Effect } from '../../src/tui/effect.ts'
import { type Happening, step } from '../../src/tui/step.ts'
import { scrolledTo, view, type View } from '../../src/tui/view/view.ts'
import { attention, NOW, PLAIN, session } from '../cli/fixtures.ts'

export const call = (s: SessionView) => ({ repo: null, name: s.id })

export function permission(s: SessionView, facts: Partial<AttentionItem> = {}): AttentionItem {
  const answer = (kind: 'allow' | 'deny') =>
    kind === 'allow' ? { kind, always: false } : { kind, reason: '' }
  const action = (key: string, label: string, kind: 'allow' | 'deny'): AttentionAction => ({
    key,
    label,
    needs:
      kind === 'deny' ? { what: 'text', ask: 'why not', optional: true, into: ['answer', 'reason'] } : null,
    does: { call: 'answer', input: { ...call(s), question: 'q1', answer: answer(kind) } },
    command: `worktrain answer ${s.name} ${kind}`,
  })
  return attention({
    id: `${s.id}:q1`,
    kind: 'permission',
    session: { id: s.id, name: s.name },
    why: 'Bash: rm -rf build',
    actions: [action('a', 'allow once', 'allow'), action('d', 'deny', 'deny')],
    ...facts,
  })
}

/** A session with what waits in it. */
export function asking(name: string, facts: Partial<AttentionItem> = {}): SessionView {
  const s = session({ name })
  return { ...s, attention: [permission(s, facts)] }
}

export function factsOf(
  sessions: SessionView[],
  more: Partial<Extract<Happening, { of: 'facts' }>> = {},
): Happening {
  const items = sessions.flatMap((s) => s.attention)
  const places = items.map((_, i) => `${i + 1} of ${items.length} that wait for you`)
  return {
    of: 'facts',
    sessions,
    attention: { items, places, reviews: [] },
    changes: [],
    askedAt: NOW,
    ...more,
  }
}

/** Someone at the board: what they do changes it, what it wants done is kept. */
export class Person {
  board: Board = newBoard('/home/me/shop')
  effects: Effect[] = []
  now = NOW

  constructor(sessions: SessionView[] = []) {
    this.happens(factsOf(sessions))
  }

  happens(what: Happening): this {
    const next = step(this.board, what, this.now)
    this.board = next.board
    this.effects.push(...next.effects)
    return this
  }

  press(...keys: string[]): this {
    for (const key of keys) this.happens({ of: 'key', key: { key } })
    return this
  }

  /** What an item is shown with has come. */
  sees(): this {
    if (this.board.mode.at === 'item')
      this.happens({ of: 'details', item: this.board.mode.item.id, details: NO_DETAILS })
    return this
  }

  /** Effects since the last time. */
  wanted(): Effect[] {
    return this.effects.splice(0)
  }

  view(look: Look = PLAIN, rows = 24, top = 0): View {
    return view(this.board, look, rows, this.now, top)
  }

  screen(look?: Look, rows?: number): string {
    return this.view(look, rows).lines.join('\n')
  }

  /** It is on their screen: what follows begins there. */
  draws(look?: Look, rows?: number): string {
    const shown = this.view(look, rows)
    this.board = scrolledTo(this.board, shown)
    return shown.lines.join('\n')
  }
}
