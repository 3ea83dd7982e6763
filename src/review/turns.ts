/** The turns of a session, from its events. Pure. */
import type { Recorded } from '../protocol/index.ts'
import type { ReviewTurn } from '../protocol/review.ts'

/** Characters of a prompt that are kept. */
const PROMPT_MAX = 4000

interface Draft extends ReviewTurn {
  /** The agent has taken the prompt up. */
  taken: boolean
  /** `ended`: its last snapshot may still come; `closed`: it has come. */
  phase: 'open' | 'ended' | 'closed'
}

/** Why a snapshot is taken that still belongs to what has just ended. */
const AT_THE_END = new Set(['turn', 'process ended', 'after updating', 'restart', 'restored'])

/**
 * A turn begins with a prompt and owns every snapshot until it has ended and its last state is saved. What a later
 * snapshot shows, nobody asked for: it is a part of its own.
 * @param events of one session, in order
 */
export function turnsOf(events: readonly Recorded[]): ReviewTurn[] {
  const turns: Draft[] = []
  const begin = (at: number, what: Omit<Draft, 'n' | 'at' | 'snapshot'>): Draft => {
    const prompt = what.prompt.slice(0, PROMPT_MAX)
    const turn = { ...what, n: turns.length + 1, prompt, at, snapshot: null }
    turns.push(turn)
    return turn
  }
  for (const { at, type, data } of events) {
    const now = turns.at(-1)
    switch (type) {
      case 'prompt.sent':
        begin(at, { kind: 'turn', from: data.from, prompt: data.text, taken: false, phase: 'open' })
        break
      case 'prompt.seen':
        if (now?.kind === 'turn' && !now.taken) now.taken = true
        else begin(at, { kind: 'turn', from: 'terminal', prompt: data.text, taken: true, phase: 'open' })
        break
      case 'session.updated':
        // It had all of that main already.
        if (data.from === data.to) break
        if (data.result === 'merged' || data.result === 'rebased')
          begin(at, { kind: 'update', from: null, prompt: data.to, taken: true, phase: 'ended' })
        break
      case 'snapshot.restoring':
        begin(at, {
          kind: 'outside',
          from: 'person',
          prompt: `snapshot ${data.n} was put back`,
          taken: true,
          phase: 'ended',
        })
        break
      case 'turn.finished':
        if (now?.phase === 'open' && data.background === 0) now.phase = 'ended'
        break
      case 'process.exited':
      case 'process.lost':
        if (now?.phase === 'open') now.phase = 'ended'
        break
      case 'snapshot.taken': {
        const own = now?.phase === 'open' || (now?.phase === 'ended' && AT_THE_END.has(data.reason))
        const part =
          now && (own || (now.kind === 'outside' && now.from === null))
            ? now
            : begin(at, { kind: 'outside', from: null, prompt: '', taken: true, phase: 'closed' })
        part.snapshot = { n: data.n, commit: data.oid, at }
        if (part.phase === 'ended') part.phase = 'closed'
        break
      }
      default:
    }
  }
  return turns.map(({ taken: _taken, phase: _phase, ...turn }) => turn)
}
