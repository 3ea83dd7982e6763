/** The form of a new session: what it asks, and what is sent. */
import { expect, test } from 'vitest'
import { agents } from '../../src/agents/index.ts'
import { MODES } from '../../src/agents/claude/launch.ts'
import { briefOf, NO_DRAFT } from '../../src/board/brief.ts'
import { fieldsOf, missingIn, PERMISSION_MODES } from '../../src/board/fields.ts'
import { BriefInput } from '../../src/protocol/api.ts'

const named = (draft = NO_DRAFT): string[] => fieldsOf(draft).map(({ name }) => name)

test('an empty field says nothing, a filled one what it holds', () => {
  const bare = { agent: 'claude', owns: [], avoid: [], after: [] }
  expect(briefOf({ ...NO_DRAFT, goal: ' do it ' })).toEqual({ goal: 'do it', ...bare })
  const full = {
    ...{
      owns: 'a/**\n\n b\n',
      after: 'x, y',
      model: ' opus',
      permissionMode: 'plan',
      checks: 'a\nb',
      base: 'v1',
    },
    ...{ branch: 'fix', existingBranch: true, kind: 'linked', headless: true, land: true },
  }
  const brief = briefOf({ ...NO_DRAFT, ...full, goal: 'g' })
  expect(brief).toEqual({
    ...{ goal: 'g', ...bare, owns: ['a/**', 'b'], after: ['x', 'y'], model: 'opus', permissionMode: 'plan' },
    ...{ checks: ['a', 'b'], base: 'v1', branch: 'fix', existingBranch: true, kind: 'linked' },
    ...{ headless: true, land: true },
  })
  expect(BriefInput.parse(brief)).toMatchObject(brief)
})

test('what a field says that is not shown is not sent', () => {
  const draft = { ...NO_DRAFT, goal: 'g', model: 'opus', permissionMode: 'plan', headless: true }
  const command = { ...draft, agent: 'command', command: 'make' }
  expect(briefOf(command)).toEqual({
    ...{ goal: 'g', agent: 'command', command: ['/bin/sh', '-c', 'make'], owns: [], avoid: [], after: [] },
  })
  for (const absent of ['model', 'permissionMode', 'headless']) expect(named(command)).not.toContain(absent)
  const existing = { ...NO_DRAFT, existing: '../x', kind: 'linked', existingBranch: true }
  expect(briefOf(existing)).not.toHaveProperty('kind')
  expect(briefOf(existing)).not.toHaveProperty('existingBranch')
  for (const absent of ['kind', 'existingBranch']) expect(named(existing)).not.toContain(absent)
})

test('it cannot start without a goal, nor a command without a program', () => {
  expect(missingIn(NO_DRAFT)?.name).toBe('goal')
  expect(missingIn({ ...NO_DRAFT, goal: 'g' })).toBeNull()
  expect(missingIn({ ...NO_DRAFT, goal: 'g', agent: 'command', command: ' ' })?.name).toBe('command')
})

test('what can be chosen is what there is', () => {
  const agent = fieldsOf(NO_DRAFT).find(({ name }) => name === 'agent')
  expect(agent?.choices?.map(({ value }) => value).toSorted()).toEqual(Object.keys(agents).toSorted())
  const modes = PERMISSION_MODES.map(({ value }) => value).filter((mode) => mode !== '')
  // Whatever a mode is called here, Claude Code of every version knows it by that name.
  expect(modes.toSorted()).toEqual([...new Set(Object.values(MODES))].toSorted())
})
