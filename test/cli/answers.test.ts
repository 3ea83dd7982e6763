import { describe, expect, test } from 'vitest'
import { answerFor } from '../../src/cli/answers.ts'
import { CHOICE, PERMISSION } from './fixtures.ts'

const PLAN = { ...PERMISSION, kind: 'plan' as const }
const ONE = { ...CHOICE, questions: CHOICE.questions.slice(0, 1) }

describe('a permission', () => {
  test.for([
    [['allow'], { kind: 'allow', always: false }],
    [['1'], { kind: 'allow', always: false }],
    [['always'], { kind: 'allow', always: true }],
    [['2'], { kind: 'allow', always: true }],
    [['deny'], { kind: 'deny', reason: '' }],
    [['3', 'not', 'now'], { kind: 'deny', reason: 'not now' }],
  ] as const)('%j', ([words, answer]) => {
    expect(answerFor(PERMISSION, words)).toEqual(answer)
  })

  test.for([[['4']], [['maybe']], [[]], [['allow', 'me']]] as const)('%j is refused', ([words]) => {
    expect(() => answerFor(PERMISSION, words)).toThrow(expect.objectContaining({ code: 'ANSWER_INVALID' }))
  })
})

test('a plan is allowed, allowed with its edits, or denied with what to change', () => {
  expect(answerFor(PLAN, ['2', 'too', 'big'])).toEqual({ kind: 'deny', reason: 'too big' })
  expect(answerFor(PLAN, ['always'])).toEqual({ kind: 'allow', always: true })
})

describe('questions', () => {
  test('numbers are options', () => {
    expect(answerFor(CHOICE, ['2', '1,2'])).toEqual({
      kind: 'choose',
      choices: [['docker'], ['web', 'jobs']],
    })
  })
  test('anything else is said in own words', () => {
    expect(answerFor(CHOICE, ['quay', '2'])).toEqual({ kind: 'choose', choices: [['quay'], ['jobs']] })
    expect(answerFor(ONE, ['use', 'ours'])).toEqual({ kind: 'choose', choices: [['use ours']] })
  })
  test.for([[['1']], [['1,2', '1']], [['3', '1']], [['0', '1']], [['', '1']], [['1', '1', '1']]] as const)(
    '%j is refused',
    ([words]) => {
      expect(() => answerFor(CHOICE, words)).toThrow(expect.objectContaining({ code: 'ANSWER_INVALID' }))
    },
  )
})
