import { expect, test } from 'vitest'
import { anchorAt, type Comment, reviewPrompt } from '../../src/review/index.ts'

const comment = (id: string, line: number, text: string, side: 'new' | 'old' = 'new'): Comment => {
  const lines = ['one', 'two', 'three']
  const anchor = anchorAt(lines, { path: 'src/a.ts', side, line, count: 1, commit: 'c' })
  if (!anchor) throw new Error('no such line')
  return { id, at: 0, anchor, text, sentAt: null, replies: [], settled: null }
}

test('one prompt with every comment, the code it means, and how to answer', () => {
  const text = reviewPrompt(
    [
      { comment: comment('c1', 1, 'Say why.'), line: 4 },
      { comment: comment('c2', 2, 'Keep it.', 'old'), line: 2 },
      { comment: comment('c3', 3, 'And this?'), line: null },
    ],
    { rejected: true, note: 'Not yet.', report: true },
  )
  expect(text).toMatchInlineSnapshot(`
    "Your work was reviewed and is not accepted as it is.

    Not yet.

    Take up each of these 3 comments. What stands in quotes below is the code as it was commented.

    [c1] src/a.ts, line 4
    > one
    Say why.

    [c2] src/a.ts, line 2 before your change
    > two
    Keep it.

    [c3] src/a.ts, line 3 when it was commented; these lines are gone by now
    > three
    And this?

    Commit what you change. End your last message with the handoff report as before, and with an answer to each comment in it:

    \`\`\`handoff
    review:
      - comment: c1
        status: done        # or declined, or question
        reply: What you did, why not, or what you need to know.
      - comment: c2
        status: done        # or declined, or question
        reply: What you did, why not, or what you need to know.
      - comment: c3
        status: done        # or declined, or question
        reply: What you did, why not, or what you need to know.
    \`\`\`"
  `)
  expect(reviewPrompt([], { rejected: false, note: 'Go on.', report: true })).toBe(
    'Your work was reviewed.\n\nGo on.',
  )
})
