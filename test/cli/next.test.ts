/** What `next` shows of an item, and the line that says what became of it. */
import { describe, expect, test } from 'vitest'
import { renderNext } from '../../src/cli/commands/next.ts'
import { keys, NO_DETAILS, page } from '../../src/terminal/item.ts'
import { leaving } from '../../src/cli/next/leave.ts'
import { outcome } from '../../src/terminal/outcome.ts'
import { width } from '../../src/terminal/text.ts'
import type { AttentionAction } from '../../src/protocol/api.ts'
import type { Question } from '../../src/protocol/session.ts'
import { attention, CHOICE, NOW, PERMISSION, PLAIN, session } from './fixtures.ts'

const land: AttentionAction = {
  key: 'l',
  label: 'land it',
  needs: null,
  does: { call: 'land', input: { repo: null, name: 's1', approved: false } },
  command: 'worktrain land kamal-migration',
}
const shown = (question: Question, why = 'x') => {
  const item = attention({ kind: question.kind, id: `${question.kind}:s1:${question.id}`, why })
  return page(item, 'its place', { ...NO_DETAILS, session: session({ question }) }, PLAIN, NOW).join('\n')
}

describe('an item is shown whole', () => {
  test('the call that is to be allowed, once, with all of its input', () => {
    expect(shown(PERMISSION).split('rm -rf build')).toHaveLength(2)
    expect(shown(PERMISSION).split('Bash')).toHaveLength(2)
    // What looks the same on one line may not be the same, nor what only has the same words.
    const whole = (input: object, summary = PERMISSION.summary): string =>
      shown({ ...PERMISSION, input, summary })
    expect(whole({ command: 'rm -rf\nbuild' })).toContain('"command": "rm -rf\\nbuild"')
    expect(whole({ command: `${'x'.repeat(300)} END` }, `Bash: ${'x'.repeat(100)}…`)).toContain('END"')
    expect(whole({ command: 'rm -rf build', to: 'rm -rf build' })).toContain('"to": "rm -rf build"')
    expect(whole({ command: 'true', background: true }, 'Bash: true')).toContain('"background": true')
    expect(whole({ command: '{}', with: {} }, 'Bash: {}')).toContain('"with": {}')
  })

  test('what is asked, once', () => {
    expect(shown(CHOICE).split('Which registry?')).toHaveLength(2)
    const [first] = CHOICE.questions
    expect(shown({ ...CHOICE, questions: [{ ...first!, header: '' }] })).toMatch(/^Which registry\?$/m)
  })

  test('every line of a plan', () => {
    const plan = Array.from({ length: 80 }, (_, i) => `${i}. step`).join('\n')
    const text = shown({
      ...PERMISSION,
      kind: 'plan',
      tool: 'ExitPlanMode',
      summary: 'Steps',
      input: { plan },
    })
    expect(text).toContain('  0. step\n')
    expect(text).toContain('79. step')
  })

  test('another question than the one that is asked by now is not taken for it', () => {
    const item = attention({ kind: 'permission', id: 'permission:s1:older', why: 'npm test' })
    const text = page(item, '', { ...NO_DETAILS, session: session({ question: PERMISSION }) }, PLAIN, NOW)
    expect(text.join('\n')).not.toContain('rm -rf')
    expect(text).toContain('npm test')
  })

  test('what an agent wrote steers no terminal', () => {
    const item = attention({ kind: 'done', why: 'a\u001b]0;owned\u0007b' })
    const said = session({ lastMessage: 'x\u001b[2Jy\u202ez' })
    const text = page(
      item,
      'p',
      { ...NO_DETAILS, session: said, log: '\u001b]52;c;aGk=\u0007log' },
      PLAIN,
      NOW,
    )
    expect(text.join('')).not.toMatch(/[\u001b\u0007\u202e]/)
  })

  test('a long log and a long message by their end', () => {
    const long = Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\n')
    const text = page(attention({ kind: 'setup-failed' }), 'p', { ...NO_DETAILS, log: long }, PLAIN, NOW)
    expect(text).toContain('  … 38 lines before')
    expect(text.at(-1)).toBe('  line 49')
  })
})

test('the keys fit the width, and skip and end are always there', () => {
  const many = Array.from({ length: 9 }, (_, i) => ({ ...land, key: `${i}`, label: `option number ${i}` }))
  const rows = keys(many, PLAIN)
  for (const row of rows) expect(width(row)).toBeLessThanOrEqual(80)
  expect(rows.join('   ')).toMatch(/8 option number 8 {3}s skip {3}q end$/)
})

test('a rule that would be allowed for good is read whole, on a narrow screen too', () => {
  const label = 'always here: Bash(npm run build && npm run deploy:staging:*)'
  const rows = keys([{ ...land, key: 'A', label }], { ...PLAIN, width: 40 })
  for (const row of rows) expect(width(row)).toBeLessThanOrEqual(40)
  expect(rows).toEqual([
    'A always here: Bash(npm run build && npm',
    '   run deploy:staging:*)   s skip',
    'q end',
  ])
  const [, , last = ''] = keys([{ ...land, label: 'x'.repeat(500) }], { ...PLAIN, width: 40 })
  expect(last).toMatch(/x…$/)
})

test('without a terminal: the first with its command lines, and how many wait behind it', () => {
  const items = [attention({ kind: 'ready', actions: [land] }), attention({ kind: 'done' })]
  const view = { items, places: ['1 of 2', '2 of 2'], reviews: [] }
  expect(renderNext(view, NO_DETAILS, PLAIN, NOW)).toBe(
    [
      'kamal-migration: ready, waits 2m',
      '1 of 2',
      '',
      'it is so',
      '',
      '  # land it',
      '  worktrain land kamal-migration',
      '',
      '1 item behind it',
    ].join('\n'),
  )
  const { root } = items[0]!.repository
  expect(renderNext(view, NO_DETAILS, PLAIN, NOW, root)).not.toContain('cd ')
  expect(renderNext(view, NO_DETAILS, PLAIN, NOW, '/other')).toContain(
    `  # in its repository\n  cd ${root}\n  # land it`,
  )
  expect(renderNext({ ...view, items: [] }, NO_DETAILS, PLAIN, NOW)).toBe('nothing waits for you')
})

test('what became of it is said as it was, not as it was wished', () => {
  const item = attention({ kind: 'conflict' })
  const update = { call: 'update', input: { repo: null, name: 's1' } } as const
  const conflict = { session: session(), result: 'conflict' as const, files: ['a.ts'] }
  expect(outcome(item, 'bring main into it', update, conflict)).toBe(
    'kamal-migration: main conflicts with it in a.ts: nothing was changed',
  )
  const rm = { call: 'rm', input: { repo: null, name: 's1', discard: false } } as const
  const kept = {
    removed: false,
    unsafe: [],
    unsaved: [{ what: 'commits', detail: '3 not in main', save: '' }],
  }
  expect(outcome(item, 'remove it', rm, kept)).toBe('kamal-migration: not removed: commits: 3 not in main')
  expect(outcome(item, 'land it', land.does as never, session())).toBe('kamal-migration: land it')
})

describe('an item is left so', () => {
  const does = { call: 'dismiss', input: { repo: null, name: 's1', item: 'failed:s1:1.1' } } as const
  const leave = { key: 'k', label: 'leave it so', needs: null, does, command: 'worktrain next --leave x' }
  const items = [
    attention({ kind: 'failed', id: 'failed:s1:1.1', actions: [leave] }),
    attention({ kind: 'setup-failed', id: 'setup-failed:s2:9', why: 'no disk', actions: [land] }),
  ]

  test('by its id, where it may be', () => {
    expect(leaving(items, 'failed:s1:1.1').call).toEqual(does)
  })

  test('what stays until it is settled says how, and what is not there what is', () => {
    const said = (id: string): unknown => {
      try {
        return leaving(items, id)
      } catch (error) {
        return error
      }
    }
    expect(said('setup-failed:s2:9')).toMatchObject({
      message: 'It waits until it is settled: setup failed: no disk',
      hint: 'worktrain land kamal-migration',
    })
    expect(said('failed')).toMatchObject({
      code: 'USAGE',
      message: 'Nothing waits that is called failed.',
      hint: 'These can be left so: failed:s1:1.1',
    })
  })
})
