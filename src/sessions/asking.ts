/** What a session asks of the person, is refused, and may do to others: the folds of these events. Pure. */
import type { Folds } from './folds.ts'
import { KEPT } from './state.ts'

export const BY_THE_SESSION = {
  'refusal.recorded': (s, d, at) => ({
    refusalCount: s.refusalCount + 1,
    wanted: [
      ...s.wanted.filter(({ path }) => d.wanted?.includes(path) !== true),
      ...(d.wanted ?? []).map((path) => ({ path, at, settled: false })),
    ].slice(-KEPT),
  }),
  'session.asked-paths': (s, d, at) => ({
    wanted: [
      ...s.wanted.filter(({ path }) => !d.paths.includes(path)),
      ...d.paths.map((path) => ({ path, at, settled: false, asked: d.why })),
    ].slice(-KEPT),
  }),
  'session.told-person': (s, d, at) => ({ messages: [...s.messages, { id: d.message, text: d.text, at }] }),
  'grant.given': (s, d) => ({ grants: [...new Set([...s.grants, d.what])] }),
  'grant.revoked': (s, d) => ({ grants: s.grants.filter((what) => what !== d.what) }),
  'handoff.claimed': (_s, d) => ({ claimed: d }),
} satisfies Folds
