import { describe, expect, test } from 'vitest'
import type { Recorded } from '../../src/protocol/events.ts'
import { readHandoff } from '../../src/agents/handoff.ts'
import { next } from '../../src/rehearsal/conduct.ts'
import { differences } from '../../src/rehearsal/findings.ts'
import type { Findings } from '../../src/rehearsal/findings.ts'
import { drawLine, lineOf } from '../../src/rehearsal/lines.ts'
import type { Look } from '../../src/rehearsal/lines.ts'
import { Screen } from '../../src/rehearsal/screen.ts'
import { BEGINNING, tell } from '../../src/rehearsal/story.ts'
import type { Story } from '../../src/rehearsal/story.ts'
import { drawSummary, held } from '../../src/rehearsal/summary.ts'
import type { SummaryInput } from '../../src/rehearsal/summary.ts'
import { drawTable } from '../../src/rehearsal/table.ts'
import { WEEK } from '../../src/rehearsal/week/index.ts'

const PLAIN: Look = { width: 80, paint: (_, text) => text }
const COLOURED: Look = { width: 80, paint: (colour, text) => `<${colour}>${text}</>` }
const START = 1_000_000

/** Events as the journal would hold them; `who` is also the id of session, change (with `c-`) and build (with `b-`). */
let seq = 0
function event(id: string, type: Recorded['type'], data: unknown, at: number): Recorded {
  const aggregate = id.startsWith('c-') ? 'change' : id.startsWith('b-') ? 'build' : 'session'
  return {
    seq: ++seq,
    at: START + at,
    version: 1,
    aggregate,
    id,
    type,
    data,
    actor: { kind: 'supervisor', pid: 1 },
    cause: '',
  } as Recorded
}
const planned = (name: string, after: string[] = []) =>
  event(
    name,
    'session.planned',
    {
      name,
      brief: { goal: `Do ${name} well.`, after },
      branch: `worktrain/${name}`,
      workspace: { path: `/w/${name}` },
    },
    0,
  )
const queued = (name: string, at: number) => event(`c-${name}`, 'change.queued', { name, session: name }, at)
const build = (name: string, tree: string, at: number) =>
  event(
    `b-${name}`,
    'build.made',
    { base: 'abcdef1', target: 'main', members: [{ change: `c-${name}`, name }], tree },
    at,
  )
const check = (name: string, exit: number, tail: string, at: number) =>
  event(`b-${name}`, 'check.finished', { command: 'npm test', tree: 'cafe1234', exit, ms: 1200, tail }, at)

const EVENTS: Recorded[] = [
  planned('sales-attribution'),
  planned('kamal-migration'),
  planned('shop-integration'),
  planned('events-pipeline', ['sales-attribution']),
  event(
    'events-pipeline',
    'session.waiting',
    { for: ['sales-attribution'], why: 'waits for sales-attribution to land' },
    10,
  ),
  event(
    'sales-attribution',
    'session.admitted',
    { base: { oid: 'abcdef1234', ref: 'main', chosen: '' } },
    20,
  ),
  event('sales-attribution', 'process.launching', { rung: 'bubblewrap', rungWhy: '' }, 30),
  event('sales-attribution', 'process.started', { pid: 7 }, 40),
  event(
    'sales-attribution',
    'activity.observed',
    { state: 'working', evidence: 'PreToolUse Edit: /w/sales-attribution/src/attribution.js' },
    50,
  ),
  event(
    'sales-attribution',
    'activity.observed',
    { state: 'working', evidence: 'PreToolUse Edit: /w/sales-attribution/src/attribution.js' },
    55,
  ),
  event('sales-attribution', 'command.observed', { command: 'npm test', exit: 1 }, 60),
  event(
    'sales-attribution',
    'handoff.completed',
    { observed: { files: [{ path: 'src/attribution.js' }], commands: [{}] }, unverified: [] },
    4040,
  ),
  event('sales-attribution', 'session.stage', { stage: 'handed-off', why: 'it reported its handoff' }, 4050),
  queued('sales-attribution', 4100),
  build('sales-attribution', 'cafe1234', 4200),
  check('sales-attribution', 0, 'ok', 5600),
  event(
    'c-sales-attribution',
    'change.landed',
    { old: 'abcdef1234', new: 'feed567890', tree: 'cafe1234' },
    5700,
  ),
  event(
    'events-pipeline',
    'refusal.recorded',
    {
      source: 'guard',
      tool: 'Write',
      target: '/home/me/shop/.env',
      why: 'it is outside the workspace',
      instead: '',
    },
    6000,
  ),
  event('shop-integration', 'session.stage', { stage: 'handed-off', why: 'it reported its handoff' }, 6100),
]
const EJECTION: Recorded[] = [
  queued('shop-integration', 6200),
  build('shop-integration', 'cafe1234', 6300),
  check(
    'shop-integration',
    1,
    '✔ other\n✖ failing tests:\n✖ an order of the marketplace (1.2ms)\n  TypeError: x is undefined\n  at y',
    7000,
  ),
  event(
    'c-shop-integration',
    'change.ejected',
    {
      reason: 'checks',
      detail: '`npm test` failed with exit 1 on the merge with main',
      files: [],
      log: null,
    },
    7100,
  ),
  event('shop-integration', 'prompt.sent', { from: 'train', prompt: 'p1', text: 'x' }, 7200),
  event(
    'shop-integration',
    'turn.finished',
    { lastMessage: 'I see.\nBLOCKED: needs a decision by the person.', background: 0 },
    8000,
  ),
]
const told = (events: Recorded[]): Story => events.reduce(tell, BEGINNING)

describe('lines', () => {
  test('say each event that means something once', () => {
    let story = BEGINNING
    const lines: string[] = []
    for (const each of EVENTS) {
      const line = lineOf(story, each)
      if (line) lines.push(drawLine(line, each.at - START, PLAIN))
      story = tell(story, each)
    }
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "   0.0 s  sales-attribution  planned: Do sales-attribution well.
         0.0 s  kamal-migration    planned: Do kamal-migration well.
         0.0 s  shop-integration   planned: Do shop-integration well.
         0.0 s  events-pipeline    planned: Do events-pipeline well.
         0.0 s  events-pipeline    waits for sales-attribution to land
         0.0 s  sales-attribution  may start, from main at abcdef1
         0.0 s  sales-attribution  starts; its wall: bubblewrap
         0.1 s  sales-attribution  Edit: src/attribution.js
         0.1 s  sales-attribution  ran npm test: exit 1
         4.0 s  sales-attribution  hands off: 1 file changed, 1 command seen
         4.1 s  sales-attribution  is on the train
         4.2 s  sales-attribution  train: merged with main at abcdef1
         5.6 s  sales-attribution  train: npm test: passed after 1.2 s
         5.7 s  sales-attribution  landed as feed567
         6.0 s  events-pipeline    refused: Write /home/me/shop/.env: it is outside t…"
    `)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('are coloured where colours are wanted', () => {
    const line = lineOf(told(EVENTS), EVENTS[16] as Recorded)
    expect(line && drawLine(line, 5700, COLOURED)).toContain('<green>landed as feed567')
  })
})

describe('the table', () => {
  test('shows each session’s stage, on the train the train’s', () => {
    const table = drawTable(told([...EVENTS, ...EJECTION.slice(0, 1)]), START, START + 6300, PLAIN)
    expect(table.join('\n')).toMatchInlineSnapshot(`
      "sales-attribution  landed        main is feed567
      kamal-migration    planned       
      shop-integration   on the train  
      events-pipeline    waiting       waits for sales-attribution to land
      6.3 s, 1 of 4 landed"
    `)
  })

  test('fits into narrow terminals', () => {
    for (const width of [40, 80]) {
      for (const line of drawTable(told([...EVENTS, ...EJECTION]), START, START, { ...PLAIN, width })) {
        expect(line.length).toBeLessThanOrEqual(width)
      }
    }
  })
})

describe('the screen', () => {
  function written(live: boolean): string {
    let text = ''
    const screen = new Screen({ write: (more) => (text += more) }, live)
    screen.draw(['a', 'b'])
    screen.say('lasting')
    screen.draw(['c'])
    screen.end()
    return text
  }

  test('without a terminal gets the lasting lines alone', () => {
    expect(written(false)).toBe('lasting\n')
  })

  test('in a terminal keeps the table below, and gives the cursor back', () => {
    const up = (n: number) => `\u001b[${n}A\r\u001b[J`
    const hide = '\u001b[?25l'
    expect(written(true)).toBe(
      `${hide}a\nb\n${up(2)}lasting\n${hide}a\nb\n${up(2)}${hide}c\n${up(1)}\u001b[?25h`,
    )
  })
})

describe('what is done next', () => {
  test('the shop is landed once it has handed off and the fix is on main, and once only', () => {
    expect(next(told(EVENTS.slice(0, -1)))).toEqual({ do: 'wait' })
    expect(next(told(EVENTS.filter((each) => each.type !== 'change.landed')))).toEqual({ do: 'wait' })
    expect(next(told(EVENTS))).toEqual({ do: 'land', name: 'shop-integration' })
    expect(next(told([...EVENTS, ...EJECTION]))).toEqual({ do: 'wait' })
  })

  test('it ends when each has landed, can do no more, or has answered its ejection', () => {
    const rest = ['kamal-migration', 'events-pipeline'].flatMap((name) => [
      queued(name, 1),
      event(`c-${name}`, 'change.landed', { old: 'a', new: 'b', tree: 'c' }, 2),
    ])
    expect(next(told([...EVENTS, ...rest, ...EJECTION.slice(0, -1)]))).toEqual({ do: 'wait' })
    expect(next(told([...EVENTS, ...rest, ...EJECTION]))).toEqual({ do: 'end' })
    const failed = event(
      'kamal-migration',
      'workspace.failed',
      { code: 'DISK_FULL', message: 'full', step: 'make' },
      3,
    )
    expect(next(told([...EVENTS, ...rest.slice(2), ...EJECTION, failed]))).toEqual({ do: 'end' })
  })
})

const FOUND: Findings = {
  landings: ['sales-attribution', 'kamal-migration', 'events-pipeline'].map((name) => ({
    name,
    commit: 'feed567890',
    files: name === 'sales-attribution' ? ['src/attribution.js'] : ['src/routes.js', `test/${name}.test.js`],
    tested: true,
  })),
  mergedInOneFile: ['kamal-migration', 'events-pipeline'],
  mainGreen: true,
  checkedOut: true,
  reached: false,
  fsck: '',
  locks: [],
  worktrees: 1,
  workspaces: [],
  kept: 'refs/worktrain/trash/s1/branch',
  log: '*   feed567 sales-attribution: Fix it\n* abcdef1 Deploy to Heroku',
  differences: [],
}
const INPUT: SummaryInput = {
  story: told([...EVENTS, ...EJECTION]),
  findings: FOUND,
  agent: 'Claude Code 2.1.329',
  insteadWhy: null,
  protectedFirst: [{ name: 'shop-integration', why: 'commits: 1 is not on main' }],
  left: [],
  stuck: null,
  repository: '/tmp/r/shop',
  directory: '/tmp/r',
  keptAll: false,
  totalMs: 41_234,
}

describe('the summary', () => {
  test('names what landed, what was ejected and refused, and how to check it', () => {
    expect(drawSummary(INPUT, PLAIN)).toMatchInlineSnapshot(`
      "Sessions
        sales-attribution  landed as feed567, the tree that was tested
                           worked 4.0 s, on the train 1.6 s (tests 1.2 s)
                           src/attribution.js
        kamal-migration    landed as feed567, the tree that was tested
                           src/routes.js, test/kamal-migration.test.js
        shop-integration   ejected
                           \`npm test\` failed with exit 1 on the merge with main
                           ✖ an order of the marketplace (1.2ms)
                           TypeError: x is undefined
                           Told why, it answered: BLOCKED: needs a decision by the
                           person.
                           on the train 0.9 s (tests 1.2 s)
        events-pipeline    landed as feed567, the tree that was tested
                           src/routes.js, test/events-pipeline.test.js

      Refused
        events-pipeline    Write /home/me/shop/.env: it is outside the workspace
                           (guard)
        shop-integration   to be removed without --discard: commits: 1 is not on main

      Check it with plain git
        cd /tmp/r/shop
        git log --graph --oneline
          *   feed567 sales-attribution: Fix it
          * abcdef1 Deploy to Heroku
        git worktree list
        git show refs/worktrain/trash/s1/branch   # not landed, not lost

      Left behind
        the repository   /tmp/r/shop
        delete it        rm -r /tmp/r

      It held: 3 landed, each in a tree that was tested; 1 was ejected;
      main is green; no workspace and no lock file is left.
      41.2 s in all. The work was done by Claude Code 2.1.329. No model was called."
    `)
  })

  test('says what did not hold', () => {
    const red = {
      ...INPUT,
      insteadWhy: 'Claude Code is not installed',
      findings: { ...FOUND, differences: ['the tests fail on main'] },
    }
    expect(held(red)).toBe(false)
    expect(drawSummary(red, PLAIN).split('\n').slice(-4)).toEqual([
      'It did not hold:',
      '  - the tests fail on main',
      '41.2 s in all. The work was done by Claude Code 2.1.329, because Claude Code is',
      'not installed. No model was called.',
    ])
  })

  test('of one that got stuck says why, and not what follows from it', () => {
    const stuck = {
      ...INPUT,
      stuck: 'nothing happened for 120 s',
      left: ['one'],
      findings: { ...FOUND, differences: ['the tests fail on main'] },
    }
    expect(held(stuck)).toBe(false)
    expect(held({ ...INPUT, left: ['one'] })).toBe(false)
    const text = drawSummary(stuck, PLAIN)
    expect(text).toContain(
      '  - it did not come to its end: nothing happened for 120 s\n  - not cleaned up: one\n',
    )
    expect(text).not.toContain('fail on main')
  })

  test.each<[string, Partial<Findings>, RegExp]>([
    ['a change that did not land', { landings: FOUND.landings.slice(1) }, /sales-attribution did not land/],
    [
      'a landing that was not tested',
      { landings: FOUND.landings.map((each) => ({ ...each, tested: false })) },
      /not tested/,
    ],
    ['a red main', { mainGreen: false }, /tests fail on main/],
    ['a checkout left behind', { checkedOut: false }, /checkout/],
    ['a broken repository', { fsck: 'error: missing blob' }, /fsck/],
    ['a write that got through', { reached: true }, /wrote \.env/],
    ['locks', { locks: ['index.lock'] }, /lock files/],
    ['lost work', { kept: null }, /not kept/],
    ['worktrees', { worktrees: 2 }, /1 worktrees/],
    ['workspaces', { workspaces: ['kamal-migration'] }, /workspaces are left/],
    ['the shared file', { mergedInOneFile: [] }, /routes\.js was changed by 0/],
  ])('differs with %s', (_, change, said) => {
    expect(differences(FOUND, INPUT.story, true)).toEqual([])
    expect(differences({ ...FOUND, ...change }, INPUT.story, true).join('; ')).toMatch(said)
  })

  test('differs where nothing was refused or ejected', () => {
    const quiet = told(EVENTS.filter((each) => each.type !== 'refusal.recorded'))
    expect(differences(FOUND, quiet, true)).toEqual([
      'shop-integration was not ejected',
      'events-pipeline was not refused the write into your own checkout',
    ])
    expect(differences(FOUND, quiet, false)).toHaveLength(1)
  })
})

test('every handoff of the week can be read', () => {
  for (const work of WEEK) {
    const claims = readHandoff(work.steps('/root').at(-1)?.text ?? '')
    expect(claims?.commandsRun).toEqual(['npm test'])
    expect(claims?.filesChanged.length).toBeGreaterThan(2)
    expect(claims?.followUp).not.toBe('')
  }
})
