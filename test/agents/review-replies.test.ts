import { describe, expect, test } from 'vitest'
import { readHandoff } from '../../src/agents/handoff.ts'

const block = (text: string) => readHandoff(`Done.\n\n\`\`\`handoff\n${text}\n\`\`\``)

describe('answers to review comments in a handoff', () => {
  test('as asked for', () => {
    const claims = block(
      'files_changed: [a.ts]\nreview:\n  - comment: c1\n    status: done\n    reply: Renamed it.\n  - comment: c2\n    status: declined\n    reply: It is public.',
    )
    expect(claims).toMatchObject({
      filesChanged: ['a.ts'],
      review: [
        { comment: 'c1', status: 'done', reply: 'Renamed it.' },
        { comment: 'c2', status: 'declined', reply: 'It is public.' },
      ],
    })
  })

  test('a report without them is as before, and one with nothing else is a report', () => {
    expect(block('files_changed: [a.ts]')).not.toHaveProperty('review')
    expect(block('review:\n  - {comment: c3, status: question, reply: Which?}')).toMatchObject({
      filesChanged: [],
      review: [{ comment: 'c3', status: 'question', reply: 'Which?' }],
    })
  })

  test.for([
    ['a map by comment', 'review:\n  c1: "done: renamed"\n  c2: {status: declined, reply: no need}'],
    ['lines', 'review:\n  - c1: done, renamed\n  - c2: declined - no need'],
    [
      'what is no YAML',
      'behaviour_changed: it is: so\nreview:\n  - comment: c1\n    status: done\n    reply: renamed\n  - comment: c2\n    status: declined\n    reply: no need: at all',
    ],
    [
      'other words',
      'review_comments:\n  - {id: "[c1]", status: fixed, text: renamed}\n  - {id: c2, status: wontfix, text: no need}',
    ],
  ])('%s', ([, text]) => {
    const review = block(text ?? '')?.review
    expect(review).toMatchObject([
      { comment: 'c1', status: 'done' },
      { comment: 'c2', status: 'declined' },
    ])
    expect(review?.[0]?.reply).toContain('renamed')
    expect(review?.[1]?.reply).toContain('no need')
  })

  test('nothing counts as done that is not said to be', () => {
    expect(block('review:\n  - comment: c1\n    reply: I looked at it.')?.review).toMatchObject([
      { status: 'question' },
    ])
    expect(block('review: none')).toBeNull()
    expect(block('review:\n  - comment: somewhere\n    status: done')).toBeNull()
  })
})
