/** Whether a review shows what there is. Pure. */
import type { SessionView } from '../protocol/api.ts'

/** Another text says that a review of the session's work, or its turns, may be another. */
export const workOf = ({ head, lastSnapshot, turns }: SessionView): string =>
  `${head} ${lastSnapshot?.oid} ${turns}`
