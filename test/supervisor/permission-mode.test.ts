/** A permission mode that no agent has is refused before anything is made. */
import { expect, test } from 'vitest'
import { requireMode } from '../../src/supervisor/session/permission-mode.ts'

const refused = (agent: string, permissionMode: string | null): unknown => {
  try {
    return requireMode('fix', { agent, permissionMode })
  } catch (error) {
    return error
  }
}

test('those an agent has pass, and none at all', () => {
  for (const mode of [null, 'plan', 'manual', 'bypassPermissions'])
    expect(refused('claude', mode)).toBeUndefined()
  expect(refused('command', null)).toBeUndefined()
})

test('others are told, with the nearest and all there are', () => {
  expect(refused('claude', 'acceptedits')).toMatchObject({
    code: 'USAGE',
    message: 'fix: Claude Code has no permission mode "acceptedits"; did you mean "acceptEdits"?',
    hint: 'It has: default, manual, acceptEdits, plan, auto, dontAsk, bypassPermissions.',
  })
  expect(refused('claude', 'toString')).toMatchObject({ message: expect.stringMatching(/"toString"\.$/) })
  expect(refused('command', 'plan')).toMatchObject({
    message: 'fix: the agent "command" has no permission modes.',
    hint: 'Leave it out.',
  })
})
