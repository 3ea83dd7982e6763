/** The handoff as agents write it. */
import { describe, expect, test } from 'vitest'
import { HANDOFF_REQUEST, readHandoff, spokenIn } from '../../src/agents/handoff.ts'

describe('handoff', () => {
  const block = (yaml: string) => `All done.\n\n\`\`\`handoff\n${yaml}\n\`\`\`\nBye.`
  const claims = {
    filesChanged: ['src/a.ts', 'b.md'],
    behaviourChanged: 'It is faster.',
    commandsRun: ['npm test'],
    risks: '',
    followUp: 'Delete the old one.',
  }
  test('as asked for', () => {
    const yaml =
      'files_changed:\n  - src/a.ts\n  - b.md\nbehaviour_changed: |\n  It is faster.\ncommands_run:\n  - npm test\nrisks: |\n  none\nfollow_up: Delete the old one.'
    expect(readHandoff(block(yaml))).toEqual(claims)
  })
  test('other spellings, one-line lists, code marks', () => {
    const yaml =
      'Files changed: [src/a.ts, b.md]\nBehavior changed: It is faster.\nCommands: `npm test`\nKnown risks: none.\nFollow-up: Delete the old one.'
    expect(readHandoff(block(yaml))).toEqual(claims)
  })
  test('not quite YAML', () => {
    const yaml =
      'files_changed:\n- src/a.ts\n- b.md\nbehaviour_changed: It is faster.\ncommands_run:\n- `npm test`\nrisks: none\nfollow_up: Delete: the old one: {now'
    expect(readHandoff(block(yaml))).toEqual({ ...claims, followUp: 'Delete: the old one: {now' })
  })
  test('an item that is a map by accident', () => {
    expect(readHandoff(block('commands_run:\n  - npm test: passed'))?.commandsRun).toEqual([
      'npm test: passed',
    ])
  })
  test('the last of two counts, an unclosed one too', () => {
    const text = `${block('risks: old')}\n~~~handoff\nrisks: new`
    expect(readHandoff(text)?.risks).toBe('new')
  })
  test.each(['no block', '```handoff\n```', '```yaml\nrisks: x\n```', block('just words'), ''])(
    'none in %j',
    (text) => {
      expect(readHandoff(text)).toBeNull()
    },
  )
  test('the request itself reads as one: it is the form', () => {
    expect(readHandoff(HANDOFF_REQUEST)?.filesChanged).toEqual(['path/of/a/file'])
  })

  test('what a person would read is what stands beside it', () => {
    expect(spokenIn(block('risks: none'))).toBe('All done.\n\n\nBye.')
    expect(spokenIn('Read it.\n~~~~handoff\nrisks: none\n')).toBe('Read it.')
    expect(spokenIn('See:\n```sh\nls\n```')).toBe('See:\n```sh\nls\n```')
    expect(spokenIn('```handoff\nbehaviour_changed: It is faster.\nrisks: none\n```')).toBe('It is faster.')
    expect(spokenIn('```handoff\nrisks: none\n```')).toBe('')
  })
})
