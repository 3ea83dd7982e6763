/** A review as the one prompt that the session gets. Pure. */
import type { Comment } from './evolve.ts'

/** Lines of code that a comment quotes. */
const QUOTED_MAX = 20

/** Where each comment stands now; line null: its lines are gone. */
export interface Placed {
  comment: Comment
  line: number | null
}

/**
 * @param comments in the order of the files
 * @param note what the person says besides, or why they reject; empty: nothing
 */
export function reviewPrompt(
  comments: readonly Placed[],
  { rejected, note, report }: { rejected: boolean; note: string; report: boolean },
): string {
  const head = rejected ? 'Your work was reviewed and is not accepted as it is.' : 'Your work was reviewed.'
  const asked =
    comments.length === 0
      ? []
      : [
          `Take up ${comments.length === 1 ? 'this comment' : `each of these ${comments.length} comments`}. What stands in quotes below is the code as it was commented.`,
          ...comments.map(commentText),
        ]
  const answer =
    comments.length === 0 || !report
      ? []
      : [
          [
            'Commit what you change. End your last message with the handoff report as before, and with an answer to each comment in it:',
            '',
            '```handoff',
            'review:',
            ...comments.flatMap(({ comment: { id } }) => [
              `  - comment: ${id}`,
              '    status: done        # or declined, or question',
              '    reply: What you did, why not, or what you need to know.',
            ]),
            '```',
          ].join('\n'),
        ]
  return [head, ...(note === '' ? [] : [note]), ...asked, ...answer].join('\n\n')
}

function commentText({ comment: { id, anchor, text }, line }: Placed): string {
  const last = (line ?? anchor.line) + anchor.text.length - 1
  const first = line ?? anchor.line
  const where = first === last ? `line ${first}` : `lines ${first} to ${last}`
  const place =
    anchor.side === 'old'
      ? `${anchor.path}, ${where} before your change`
      : line === null
        ? `${anchor.path}, ${where} when it was commented; these lines are gone by now`
        : `${anchor.path}, ${where}`
  const shown = anchor.text.slice(0, QUOTED_MAX)
  const more = anchor.text.length - shown.length
  return [
    `[${id}] ${place}`,
    ...shown.map((each) => `> ${each}`),
    ...(more > 0 ? [`> (${more} more lines)`] : []),
    text,
  ].join('\n')
}
