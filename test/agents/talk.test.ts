/** What is typed and answered. */
import { describe, expect, test } from 'vitest'
import { agentFor, agents } from '../../src/agents/index.ts'
import { claude } from '../../src/agents/claude/index.ts'
import { literalPrompt } from '../../src/agents/claude/literal.ts'
import { command } from '../../src/agents/command/index.ts'
import type { Question, WorktrainError } from '../../src/protocol/index.ts'

const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return (error as WorktrainError).code
  }
  return 'no error'
}

test('an unknown agent is named, with those there are', () => {
  expect(Object.keys(agents)).toEqual(['claude', 'command'])
  expect(codeOf(() => agentFor('codex'))).toBe('AGENT_UNKNOWN')
  expect(codeOf(() => agentFor('toString'))).toBe('AGENT_UNKNOWN')
  expect(() => agentFor('codex')).toThrow(/claude, command/)
})

describe('keys for Claude Code', () => {
  const pasted = (text: string) => {
    const keys = claude.keys(text, { bracketedPaste: true }) ?? []
    expect(keys.at(-1)).toBe('\r')
    // oxlint-disable-next-line no-control-regex
    return keys.slice(0, -1).map((key) => /^\u001b\[200~([^\u001b]*)\u001b\[201~$/.exec(key)?.[1])
  }
  test('each line is a paste of its own, and Enter a write of its own', () => {
    expect(pasted('one\ntwo\n\nthree\n')).toEqual(['one', '\rtwo', '\r', '\rthree'])
  })
  test('no paste is long enough to be folded, and no character is cut', () => {
    const text = '🚂'.repeat(700)
    const pieces = pasted(text)
    expect(pieces.join('')).toBe(text)
    expect(Math.max(...pieces.map((piece) => piece?.length ?? 0))).toBeLessThanOrEqual(600)
    for (const piece of pieces) expect(piece).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/)
  })
  test('an escape sequence in the text cannot leave the paste', () => {
    expect(pasted('a\u001b[201~\rrm -rf\u0003')).toEqual(['a[201~', '\rrm -rf'])
  })
  test('a backslash at the end does not swallow Enter', () => {
    expect(pasted('C:\\')).toEqual(['C:\\ '])
  })
  test('a terminal without bracketed paste gets nothing', () => {
    expect(claude.keys('x', { bracketedPaste: false })).toBeNull()
  })
})

test.each([
  ['/help me', 'As text, not as a command: /help me'],
  ['\n /clear', 'As text, not as a command: /clear'],
  ['/', 'As text, not as a command: /'],
  ['!rm -rf .', ' !rm -rf .'],
  ['/etc/hosts is wrong', '/etc/hosts is wrong'],
  ['# a heading', '# a heading'],
  ['see @README.md and /help', 'see @README.md and /help'],
  ['a\r\nb', 'a\nb'],
])('%j is said as %j', (text, said) => {
  expect(literalPrompt(text)).toBe(said)
})

describe('answers', () => {
  const question = (over: Partial<Question>): Question => ({
    id: 'q',
    kind: 'permission',
    tool: 'Bash',
    summary: '',
    input: { command: 'npm test' },
    questions: [],
    openedAt: 0,
    ...over,
  })
  const decision = (q: Question, answer: Parameters<typeof claude.answer>[1]) =>
    (claude.answer(q, answer) as { hookSpecificOutput: { decision: unknown } }).hookSpecificOutput.decision
  const asked = question({
    kind: 'question',
    tool: 'AskUserQuestion',
    input: { questions: [{ question: 'Which?' }] },
    questions: [
      { header: 'C', question: 'Which?', multiple: false, options: [] },
      { header: 'S', question: 'Sizes?', multiple: true, options: [] },
    ],
  })

  test('allow and deny', () => {
    expect(decision(question({}), { kind: 'allow', always: false })).toEqual({
      behavior: 'allow',
      updatedInput: { command: 'npm test' },
    })
    expect(decision(question({}), { kind: 'deny', reason: 'use pnpm' })).toEqual({
      behavior: 'deny',
      message: 'use pnpm',
    })
    expect(decision(question({}), { kind: 'deny', reason: '' })).toMatchObject({ message: /said no/ })
  })
  test('always holds for this session alone', () => {
    const suggestions = [
      {
        type: 'addRules',
        rules: [{ toolName: 'Bash', ruleContent: 'npm run *' }],
        behavior: 'allow',
        destination: 'localSettings',
      },
    ]
    // What no rule says exactly.
    const input = { command: 'npm run lint > out (1).txt' }
    expect(decision(question({ suggestions, input }), { kind: 'allow', always: true })).toMatchObject({
      updatedPermissions: [{ ...suggestions[0], destination: 'session' }],
    })
    // The rule that was shown, and not the wider one that the session suggests.
    expect(decision(question({ suggestions }), { kind: 'allow', always: true })).toMatchObject({
      updatedPermissions: [
        {
          type: 'addRules',
          rules: [{ toolName: 'Bash', ruleContent: 'npm test' }],
          behavior: 'allow',
          destination: 'session',
        },
      ],
    })
  })
  test('choices go in by the text of their question', () => {
    expect(decision(asked, { kind: 'choose', choices: [['Blue'], ['S', 'M']] })).toEqual({
      behavior: 'allow',
      updatedInput: {
        questions: [{ question: 'Which?' }],
        answers: { 'Which?': 'Blue', 'Sizes?': 'S, M' },
      },
    })
  })
  test.each([
    ['too few', [['Blue']]],
    ['two where one is asked', [['Red', 'Blue'], ['S']]],
    ['none', [[' '], ['S']]],
  ])('choices that do not fit: %s', (_, choices) => {
    expect(codeOf(() => claude.answer(asked, { kind: 'choose', choices }))).toBe('ANSWER_INVALID')
  })
  test('a question is not answered by yes, a permission not by a choice', () => {
    expect(codeOf(() => claude.answer(asked, { kind: 'allow', always: false }))).toBe('ANSWER_INVALID')
    expect(codeOf(() => claude.answer(question({}), { kind: 'choose', choices: [['x']] }))).toBe(
      'ANSWER_INVALID',
    )
    expect(codeOf(() => command.answer(question({}), { kind: 'allow', always: false }))).toBe(
      'ANSWER_INVALID',
    )
  })
})
