/** What the person says of a session, and has seen of it. Pure. */
import type { Folds } from './folds.ts'
import { KEPT } from './state.ts'

export const BY_THE_PERSON = {
  'session.noted': (_s, d) => ({ note: d.note }),
  'session.pinned': (_s, d) => ({ pinned: d.pinned }),
  'session.seen': (_s, _d, at) => ({ seenAt: at }),
  'session.dismissed': (s, d) => ({
    dismissed: [...s.dismissed.filter((item) => item !== d.item), d.item].slice(-KEPT),
  }),
  'session.renamed': (_s, d) => ({ name: d.name }),
} satisfies Folds
