/** The train as a person sees it, in 80 columns and 24 rows. */
import { describe, expect, test } from 'vitest'
import { renderQueued } from '../../src/cli/commands/land.ts'
import { renderUndo } from '../../src/cli/commands/undo.ts'
import { lookOf } from '../../src/terminal/look.ts'
import { width } from '../../src/terminal/text.ts'
import { asked } from '../../src/cli/train-view/asked.ts'
import { differences } from '../../src/cli/train-view/differences.ts'
import { landOutcome, sayOutcome, withLanded } from '../../src/cli/train-view/landing-wait.ts'
import { addedTo, renderLog } from '../../src/cli/train-view/log.ts'
import { page } from '../../src/cli/train-view/page.ts'
import { fitTrain, renderTrain } from '../../src/terminal/train/render.ts'
import { renderSteered } from '../../src/cli/train-view/steer.ts'
import { about, took } from '../../src/terminal/train/words.ts'
import { renderCommit } from '../../src/cli/why-commit.ts'
import type { ChangeView, TrainView } from '../../src/protocol/api.ts'
import type { EventMap, Recorded } from '../../src/protocol/events.ts'
import { story } from '../../src/protocol/story.ts'
import { build, change, check, landing, member, NOW, oid, PLAIN, proofOf, train } from './fixtures.ts'

const MINUTE = 60_000
const shown = (view: TrainView): string => renderTrain(view, PLAIN, NOW)
const on = (name: string, position: number, facts: Partial<ChangeView> = {}): ChangeView =>
  change({
    id: `c-${name}`,
    name,
    branch: `worktrain/${name}`,
    position,
    queuedAt: NOW - position * MINUTE,
    expected: NOW + position * MINUTE,
    ...facts,
  })
const gone = (name: string, facts: Partial<ChangeView>): ChangeView =>
  on(name, 1, { position: null, expected: null, ...facts })

const NAMES = [
  'kamal-migration',
  'sales-attribution',
  'events-pipeline',
  'shop-integration',
  'api',
  'docs',
  'invoices',
  'login',
  'search',
  'reports-of-everything-that-was-ever-sold',
  'cart',
  'mailer',
  'admin',
]
/** Thirteen changes, of which four builds test the first eight. */
const BUSY = train({
  slots: { count: 4, why: '8 cores, 2 for each build' },
  builds: [
    build('b1', NAMES.slice(0, 2), {
      checks: [
        check({ command: 'npm run lint', state: 'passed', exit: 0, ms: 3200, usually: 3000 }),
        check(),
        check({ command: 'npm run e2e', state: 'waiting', ms: 0, usually: 240_000, log: null }),
      ],
    }),
    build('b2', NAMES.slice(0, 4)),
    build('b3', NAMES.slice(0, 6), { checks: [check({ ms: 2000, usually: null })], expected: null }),
    build('b4', NAMES.slice(0, 8)),
  ],
  changes: NAMES.map((name, at) =>
    on(
      name,
      at + 1,
      at < 8 ? { state: 'testing', builds: ['b1', 'b2', 'b3', 'b4'].slice(Math.floor(at / 2)) } : {},
    ),
  ),
  landings: [landing(['quit-smoking'])],
})

const RED: ChangeView = gone('shop', {
  state: 'ejected',
  ejections: 2,
  ejected: {
    reason: 'checks',
    detail: '`npm test` failed twice with it alone on main, which is green.',
    files: [],
    log: '/l',
    evidence: [
      {
        command: 'npm test',
        tree: oid('main'),
        exit: 0,
        ms: 39_000,
        log: '/l0',
        tail: '',
      },
      {
        command: 'npm test',
        tree: oid('shop'),
        exit: 1,
        ms: 900,
        log: '/l',
        tail: 'not ok 1 - totals\n\texpected 3\n',
        tests: {
          format: 'tap',
          passed: 39,
          failed: 1,
          skipped: 0,
          failures: [{ name: 'totals', message: 'expected 3\ngot 4' }],
        },
      },
    ],
  },
})

describe('train', () => {
  test('with nothing on it', () => {
    expect(shown(train())).toMatchInlineSnapshot(`
      "train to main at 6d61696e00, green
        nothing is on it; put a session on with: worktrain land NAME"
    `)
    expect(shown(train({ main: { commit: null, green: null } }))).toMatchInlineSnapshot(`
      "train to main which does not exist
        nothing is on it; put a session on with: worktrain land NAME"
    `)
  })

  test('with one change', () => {
    const one = train({
      builds: [build('b1', ['api'])],
      changes: [on('api', 1, { state: 'testing', builds: ['b1'], expected: NOW + 25_000 })],
    })
    expect(shown(one)).toMatchInlineSnapshot(`
      "train to main at 6d61696e00, green
      testing (1 of 2 slots; 2 cores)
        A  main 6d61696e00 + api · about 20s left
           npm test  running 40s of usually 1m
      on the train (1)
         1. api  testing in A   1m  lands in about 30s"
    `)
  })

  test('with the end of what the running check has printed, but where it has a place of its own', () => {
    const tail = 'one\ntwo\n\tthree\nfour \u001b[2J\n'
    const one = train({ builds: [build('b1', ['api'], { checks: [check({ tail })] })] })
    expect(shown(one).split('\n').slice(3)).toEqual([
      '     npm test  running 40s of usually 1m',
      '       | two',
      '       |   three',
      String.raw`       | four \x1b[2J`,
    ])
    expect(fitTrain(one, PLAIN, NOW, 24).join('\n')).not.toContain('| two')
  })

  test('with thirteen changes and four builds', () => {
    expect(shown(BUSY)).toMatchInlineSnapshot(`
      "train to main at 6d61696e00, green
      testing (4 of 4 slots; 8 cores, 2 for each build)
        A  main 6d61696e00 + kamal-migration + sales-attribution · about 20s left
           npm run lint  passed in 3.2s
           npm test      running 40s of usually 1m
           npm run e2e   waiting, usually 4m
        B  A + events-pipeline + shop-integration · about 20s left
           npm test  running 40s of usually 1m
        C  B + api + docs
           npm test  running 2.0s
        D  C + invoices + login · about 20s left
           npm test  running 40s of usually 1m
      on the train (13)
         1. kamal-migration               testing in A B C…   1m  lands in about 1m
         2. sales-attribution             testing in A B C…   2m  lands in about 2m
         3. events-pipeline               testing in B C D    3m  lands in about 3m
         4. shop-integration              testing in B C D    4m  lands in about 4m
         5. api                           testing in C D      5m  lands in about 5m
         6. docs                          testing in C D      6m  lands in about 6m
         7. invoices                      testing in D        7m  lands in about 7m
         8. login                         testing in D        8m  lands in about 8m
         9. search                        queued              9m  lands in about 9m
        10. reports-of-everything-that-…  queued             10m  lands in about 10m
        11. cart                          queued             11m  lands in about 11m
        12. mailer                        queued             12m  lands in about 12m
        13. admin                         queued             13m  lands in about 13m
      landed
        2m ago   quit-smoking as 6d61696e00 on 6261736500
                 npm test passed in 41s; tree 7472656500"
    `)
  })

  test('paused, and every commit tested', () => {
    const paused = train({
      paused: 'release in progress',
      stuck: 'release in progress',
      mode: 'every-commit',
      changes: [on('api', 1, { expected: null, why: 'The train is paused.' })],
    })
    expect(shown(paused)).toMatchInlineSnapshot(`
      "train to main at 6d61696e00, green, every commit tested
        paused: release in progress (go on: worktrain train resume)
      on the train (1)
         1. api  queued   1m  The train is paused."
    `)
  })

  test('with a red main', () => {
    const why =
      'main is red by itself at 6d61696e00: `npm test` fails on it. One of 3 commits broke it: 6c00000000, 6d00000000, 6e00000000.'
    const red = train({
      main: { commit: oid('main'), green: false },
      paused: why,
      stuck: why,
      builds: [build('b9', [], { purpose: 'target', expected: null })],
    })
    expect(shown(red)).toMatchInlineSnapshot(`
      "train to main at 6d61696e00, red
        paused: main is red by itself at 6d61696e00: \`npm test\` fails on it. One of
          3 commits broke it: 6c00000000, 6d00000000, 6e00000000. (go on: worktrain
          train resume)
      testing (1 of 2 slots; 2 cores)
        A  main 6d61696e00 itself
           npm test  running 40s of usually 1m"
    `)
  })

  test('blocked by a dirty checkout', () => {
    const detail =
      'main is checked out in /home/me/shop with uncommitted changes in README.md, which the landing changes too. Commit, stash or move them.'
    const blocked = train({
      stuck: detail,
      changes: [on('api', 1, { state: 'blocked', why: detail, expected: null })],
    })
    expect(shown(blocked)).toMatchInlineSnapshot(`
      "train to main at 6d61696e00, green
        stands still: main is checked out in /home/me/shop with uncommitted changes
          in README.md, which the landing changes too. Commit, stash or move them.
      on the train (1)
         1. api  blocked   1m"
    `)
  })

  test('with a parked suspect, a held change and an undo', () => {
    const parked = train({
      builds: [build('b1', ['shop'], { purpose: 'retest' })],
      changes: [
        on('api', 1, { priority: 5 }),
        on('shop', 2, {
          state: 'parked',
          builds: ['b1'],
          why: '`npm test` failed with it alone; it is tested once more.',
          expected: null,
          ejections: 1,
        }),
        on('docs', 3, { state: 'held', why: 'after the release', expected: null }),
        on('undo-cart', 4, { session: null, undoes: { commit: oid('cart'), names: ['cart'] } }),
        on('search', 5, { expected: NOW - 2 * MINUTE }),
      ],
    })
    expect(shown(parked)).toMatchInlineSnapshot(`
      "train to main at 6d61696e00, green
      testing (1 of 2 slots; 2 cores)
        A  main 6d61696e00 + shop, once more before it is ejected · about 20s left
           npm test  running 40s of usually 1m
      on the train (5)
         1. api        queued        1m  priority 5, lands in about 1m
         2. shop       parked in A   2m  ejected 1 time
            \`npm test\` failed with it alone; it is tested once more.
         3. docs       held          3m
            after the release
         4. undo-cart  queued        4m  undo, lands in about 4m
         5. search     queued        5m  was expected 2m ago"
    `)
  })

  test('after landings and ejections, with flaky tests', () => {
    const after = train({
      remote: { name: 'origin', commit: oid('old'), ahead: 3, behind: 1 },
      changes: [
        gone('before-builds', { state: 'landed', landed: { commit: oid('z'), at: NOW - 3_600_000 } }),
        gone('api', { state: 'landed', landed: { commit: oid('main'), at: NOW - 2 * MINUTE } }),
        RED,
        gone('docs', {
          state: 'ejected',
          ejections: 1,
          ejected: {
            reason: 'conflict',
            detail: 'It conflicts with main in a.md.',
            files: ['a.md', 'b.md'],
            log: null,
            evidence: [],
          },
        }),
        gone('left', { state: 'withdrawn', why: 'its session was removed' }),
        gone('again', {
          state: 'ejected',
          ejected: { reason: 'error', detail: 'x', files: [], log: null, evidence: [] },
        }),
        on('again', 1),
      ],
      landings: [
        landing(['api', 'web'], {
          checks: [
            proofOf({ tests: { format: 'junit', passed: 40, failed: 0, skipped: 2, failures: [] } }),
            proofOf({ command: 'npm run lint', build: 'b0' }),
          ],
          skipped: [{ command: 'npm run docs', why: 'no path of docs/** changed' }],
          resolved: [{ path: 'package.json', how: 'remembered', from: oid('r') }],
          remote: 'origin',
        }),
      ],
      // The other is at its own session.
      asks: [{ change: gone('docs', {}).id, action: 'worktrain train retry docs --resolve-with claude' }],
      flaky: [
        { command: 'npm test', test: 'cart > sums up', times: 3, at: NOW - 86_400_000 },
        { command: 'npm run e2e', test: null, times: 1, at: NOW - MINUTE },
      ],
    })
    expect(shown(after)).toMatchInlineSnapshot(`
      "train to main at 6d61696e00, green
        origin/main lacks 3 commits of main and has 1 commit that main lacks
      on the train (1)
         1. again  queued   1m  lands in about 1m
      landed
        1h ago   before-builds as 7a00000000
        2m ago   api and web as 6d61696e00 on 6261736500
                 npm test passed in 41s (40 tests passed, 2 skipped); npm run lint
                 proven before on the same tree; npm run docs skipped: no path of
                 docs/** changed; 1 conflict resolved as remembered or by the merge
                 driver; pushed to origin; tree 7472656500
      not landed
        shop ejected: checks, 2 times
          \`npm test\` failed twice with it alone on main, which is green.
          npm test on tree 6d61696e00: passed after 39s
          npm test on tree 73686f7000: exit 1 after 0.9s, 1 of 40 tests failed
             ✗ totals: expected 3
          | not ok 1 - totals
          |   expected 3
          → worktrain train log shop
        docs ejected: conflict
          It conflicts with main in a.md.
          in b.md
          → worktrain train retry docs --resolve-with claude
        left: its session was removed
      flaky: red and green on the same tree
         3×  1d ago  cart > sums up (npm test)
         1×  1m ago  npm run e2e as a whole"
    `)
  })

  test('says nothing that the terminal would obey, and no line is wider than it', () => {
    const evil = '\u001b[2J\u202e日本語\r\nworktrain: all is well '.repeat(9)
    const hostile = train({
      target: evil,
      stuck: evil,
      remote: { name: evil, commit: oid('x'), ahead: 1, behind: 1 },
      slots: { count: 1, why: evil },
      builds: [
        build('b1', [evil, evil], {
          checks: [
            check({
              command: evil,
              note: evil,
              state: 'failed',
              exit: 1,
              tests: {
                format: 'tap',
                passed: 0,
                failed: 9,
                skipped: 0,
                failures: Array.from({ length: 9 }, () => ({ name: evil, message: evil })),
              },
            }),
          ],
          resolved: [{ path: evil, how: 'driver', from: evil }],
        }),
      ],
      changes: [
        on(evil, 1, { state: 'held', why: evil }),
        on(evil, 2, { why: evil, expected: null, branch: 'x' }),
        {
          ...RED,
          name: evil,
          ejected: {
            reason: evil,
            detail: evil,
            files: [evil],
            log: evil,
            evidence: [{ command: evil, tree: evil, exit: null, ms: 1, log: evil, tail: evil, limit: evil }],
          },
        },
      ],
      landings: [
        landing([evil], {
          remote: evil,
          skipped: [{ command: evil, why: evil }],
          checks: [proofOf({ command: evil })],
        }),
      ],
      flaky: [{ command: evil, test: evil, times: 1, at: NOW }],
    })
    for (const columns of [40, 80, 200]) {
      const text = renderTrain(hostile, { ...PLAIN, width: columns }, NOW)
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
      for (const line of text.split('\n')) expect(width(line)).toBeLessThanOrEqual(columns)
    }
  })

  test('has colours as an addition only', () => {
    const look = lookOf({ FORCE_COLOR: '1', COLUMNS: '80' }, {})
    const coloured = renderTrain(BUSY, look, NOW)
    expect(coloured).toContain('\u001b[')
    expect(coloured.replace(/\u001b\[[0-9;]*m/g, '')).toBe(shown(BUSY))
    const none = lookOf({ FORCE_COLOR: '1', NO_COLOR: '1' }, {})
    expect(renderTrain(BUSY, none, NOW)).toBe(shown(BUSY))
  })
})

describe('train --watch', () => {
  test('fits 24 rows with the end of the output', () => {
    const text = Array.from(
      { length: 40 },
      (_, at) => `ok ${at + 1} - \u001b[32mtest\u001b[0m ${at + 1}\n`,
    ).join('')
    const log = { command: 'npm test', path: '/l', text, truncated: false, running: true }
    const lines = page({ train: BUSY, at: NOW - 3000, log, away: null }, PLAIN, NOW, 24)
    expect(lines.length).toBeLessThanOrEqual(24)
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "train to main at 6d61696e00, green
      testing (4 of 4 slots)
        A  main 6d61696e00 + kamal-migration + sales-attribution · about 20s left
           npm test  running 43s of usually 1m
        B  A + events-pipeline + shop-integration · about 20s left
           npm test  running 43s of usually 1m
        C  B + api + docs
           npm test  running 5.0s
        D  C + invoices + login · about 20s left
           npm test  running 43s of usually 1m
      on the train (13)
         1. kamal-migration               testing in A B C…   1m  lands in about 1m
         2. sales-attribution             testing in A B C…   2m  lands in about 2m
         3. events-pipeline               testing in B C D    3m  lands in about 3m
            and 10 more behind them
      landed
        2m ago   quit-smoking as 6d61696e00 on 6261736500
      ── npm test ────────────────────────────────────────────────────────────────────
      ok 37 - test 37
      ok 38 - test 38
      ok 39 - test 39
      ok 40 - test 40

      q quits"
    `)
  })

  test('leaves out what matters least first', () => {
    const rows = [60, 40, 24, 12, 6].map((most) => {
      const lines = fitTrain(BUSY, PLAIN, NOW, most)
      expect(lines.length).toBeLessThanOrEqual(most)
      return lines.length
    })
    expect(rows).toMatchInlineSnapshot(`
      [
        29,
        29,
        24,
        12,
        6,
      ]
    `)
    expect(fitTrain(BUSY, PLAIN, NOW, 6).join('\n')).toMatchInlineSnapshot(`
      "train to main at 6d61696e00, green
      testing (4 of 4 slots)
        A  main 6d61696e00 + kamal-migration + sales-attribution · about 20s left
           npm test  running 40s of usually 1m
        B  A + events-pipeline + shop-integration · about 20s left
      … and 10 more lines"
    `)
  })

  test('says that the supervisor is away, and how old the page is', () => {
    const lines = page(
      { train: train(), at: NOW - 9000, log: null, away: 'It is not there.' },
      PLAIN,
      NOW,
      24,
    )
    expect(lines.at(-1)).toMatchInlineSnapshot(`"It is not there. (as of 9s ago)"`)
  })

  test('is a line for every change in a pipe', () => {
    const start = train({ changes: [on('api', 1)] })
    const tested = train({
      builds: [build('b1', ['api'])],
      changes: [on('api', 1, { state: 'testing', builds: ['b1'] })],
    })
    const passed = train({
      ...tested,
      builds: [build('b1', ['api'], { checks: [check({ state: 'passed', exit: 0 })] })],
    })
    const done = train({
      paused: 'release',
      stuck: 'release',
      changes: [gone('api', { state: 'landed', landed: { commit: oid('m'), at: NOW } }), RED],
      landings: [landing(['api'])],
    })
    const steps = [start, tested, passed, done, start]
    const said = steps.slice(1).flatMap((now, at) => differences(steps[at] ?? start, now))
    expect(said).toMatchInlineSnapshot(`
      [
        "api: testing, place 1",
        "testing main with api",
        "npm test on api: running 40s of usually 1m",
        "npm test on api: passed in 40s",
        "shop: ejected; checks: \`npm test\` failed twice with it alone on main, which is green.",
        "landed api: main moved from 6261736500 to 6d61696e00",
        "the train is paused: release",
        "api: queued, place 1",
        "the train goes on",
      ]
    `)
    expect(differences(BUSY, BUSY)).toEqual([])
  })
})

test('what is asked of the train', () => {
  expect(asked(undefined, [], {})).toEqual({ action: 'show' })
  expect(asked(undefined, [], { watch: true })).toEqual({ action: 'watch' })
  expect(asked('priority', ['a', 'first'], {})).toEqual({
    action: 'priority',
    change: 'a',
    priority: 'first',
  })
  const refused = (...call: Parameters<typeof asked>): string => {
    try {
      asked(...call)
    } catch (error) {
      return (error as Error).message
    }
    return 'not refused'
  }
  expect([
    refused('eject', [], {}),
    refused('eject', ['a', 'b'], {}),
    refused('resume', ['a'], {}),
    refused('priority', ['a'], {}),
    refused('priority', ['a', 'high'], {}),
    refused('priority', ['a', '5000'], {}),
    refused('hold', ['a'], { watch: true }),
    refused('pause', [], { follow: true }),
    refused(undefined, [], { resolveWith: 'claude' }),
    refused('log', ['a', 'b'], {}),
  ]).toMatchInlineSnapshot(`
    [
      "\`train eject\` was not understood: it needs the name of a change.",
      "\`train eject\` was not understood: it does not take "b".",
      "\`train resume\` was not understood: it takes no name: it is the whole train that goes on.",
      "A priority is a whole number from -1000 to 1000, or \`first\`.",
      "A priority is a whole number from -1000 to 1000, or \`first\`, not "high".",
      "A priority is a whole number from -1000 to 1000, or \`first\`, not "5000".",
      "--watch does not go with \`hold\`.",
      "--follow does not go with \`pause\`.",
      "--resolve-with does not go with showing the train.",
      "\`train log\` was not understood: it does not take "b".",
    ]
  `)
})

test('what became of it, in a sentence', () => {
  const asked = change({ why: 'after api' })
  expect(renderQueued({ ...asked, already: false })).toBe(
    'kamal-migration is on the train to main at b1b2c3d4e5. after api',
  )
  expect(renderQueued({ ...asked, already: true })).toBe(
    'kamal-migration is already on the train to main at b1b2c3d4e5. after api',
  )
  const landed = { state: 'landed' as const, position: null, why: 'Landed as 1234567890.' }
  expect(renderQueued({ ...asked, ...landed, already: true })).toBe(
    'kamal-migration was on the train. Landed as 1234567890.',
  )
  expect(renderSteered(on('api', 3, { state: 'held', priority: 2, why: 'by you' }))).toMatchInlineSnapshot(
    `"api: held at place 3, priority 2; by you"`,
  )
  expect(
    renderUndo(on('undo-api', 1, { undoes: { commit: oid('m'), names: ['api', 'web'] } })),
  ).toMatchInlineSnapshot(
    `"undo-api takes back api and web (6d00000000): on the train to main at b1b2c3d4e5, place 1; it lands when its checks pass"`,
  )
  expect([
    took(40),
    took(9960),
    took(59_600),
    took(185_000),
    took(7_800_000),
    about(4000),
    about(41_000),
    about(200_000),
    about(9e6),
  ]).toMatchInlineSnapshot(`
    [
      "0.0s",
      "10s",
      "1m",
      "3m 5s",
      "2h 10m",
      "4s",
      "about 40s",
      "about 3m",
      "about 3h",
    ]
  `)
})

test('land --wait', () => {
  const view = train({
    changes: [
      on('a', 1, { state: 'testing' }),
      gone('b', { state: 'landed', landed: { commit: oid('b'), at: NOW } }),
      RED,
      on('d', 2, { state: 'blocked', why: 'README.md is in the way.' }),
    ],
  })
  const say = (now: TrainView) =>
    now.changes.map((one) => [landOutcome(now, one), sayOutcome(now, one.id, one.name)].join(' | '))
  expect(say(view)).toMatchInlineSnapshot(`
    [
      "going | a: testing",
      "landed | b: landed as 6200000000",
      "ejected | shop: ejected; \`npm test\` failed twice with it alone on main, which is green.",
      "needs-person | d: blocked; README.md is in the way.",
    ]
  `)
  expect(say({ ...view, paused: 'main is red' })).toMatchInlineSnapshot(`
    [
      "needs-person | a: testing; the train is paused: main is red",
      "landed | b: landed as 6200000000",
      "ejected | shop: ejected; \`npm test\` failed twice with it alone on main, which is green.",
      "needs-person | d: blocked; the train is paused: main is red",
    ]
  `)
  expect(landOutcome(view, undefined)).toBe('ejected')
  // Of what landed long ago the train's history is no longer told.
  expect(say(withLanded({ ...view, changes: [] }, view.changes))).toEqual([
    'landed | b: landed as 6200000000',
  ])
  expect(withLanded(view, view.changes)).toEqual(view)
})

describe('train log', () => {
  test('says whose output it is', () => {
    const log = {
      command: 'npm test',
      path: '/l',
      text: 'a\r\n\u001b[31mred\u001b[0m\n',
      truncated: true,
      running: true,
    }
    expect(renderLog(log, PLAIN)).toMatchInlineSnapshot(`
      "npm test, running: /l, its end
      a
      red"
    `)
  })

  test('goes on where it was', () => {
    expect(addedTo('', 'abc')).toBe('abc')
    expect(addedTo('abc', 'abcdef')).toBe('def')
    expect(addedTo('abc', 'abc')).toBe('')
    expect(addedTo('abcdef', 'defghi')).toBe('ghi')
    expect(addedTo('abcdef', 'xyzuvw')).toBe('xyzuvw')
  })
})

test('why COMMIT', () => {
  const of = {
    commit: oid('h-api'),
    subject: 'Add the \u001b[31mAPI',
    author: 'Pat <pat@example.com>',
    target: 'main',
    through: oid('main'),
    change: 'c-api',
    why: 'It came to main with the change api, put on by you (cli), which landed together with web, 2026-11-21 12:00.',
  }
  expect(
    renderCommit(
      {
        ...of,
        landing: landing(['api', 'web'], {
          skipped: [{ command: 'npm run docs', why: 'nothing in docs/**' }],
          remote: 'origin',
        }),
      },
      PLAIN,
      NOW,
    ),
  ).toMatchInlineSnapshot(`
    "682d617069 Add the \\x1b[31mAPI
      It came to main with the change api, put on by you (cli), which landed
      together with web, 2026-11-21 12:00.

    author         Pat <pat@example.com>
    came to        main by 6d61696e00
    landed         2m ago, event 40, after 1m 5s on the train
    base           6261736500000000000000000000000000000000
    landed as      6d61696e00000000000000000000000000000000
    tested tree    7472656500000000000000000000000000000000
    build          b1
    with it        api, 682d617069 of worktrain/api, session s-api
    together with  web, 682d776562 of worktrain/web, session s-web
    pushed         to origin

    checks
      npm test passed in 41s, exit 0
        /state/trains/r1/logs/b1-1.log
      npm run docs skipped: nothing in docs/**"
  `)
  expect(
    renderCommit(
      {
        ...of,
        through: of.commit,
        landing: null,
        change: null,
        why: 'No landing of the train brought it: Pat <pat@example.com> committed it, and main was moved by hand.',
      },
      PLAIN,
      NOW,
    ),
  ).toMatchInlineSnapshot(`
    "682d617069 Add the \\x1b[31mAPI
      No landing of the train brought it: Pat <pat@example.com> committed it, and
      main was moved by hand.

    author   Pat <pat@example.com>
    came to  main as itself"
  `)
})

test('watch says every event of the train in one sentence', () => {
  const said = <T extends keyof EventMap>(type: T, data: EventMap[T]): string => {
    const event = {
      type,
      data,
      at: 0,
      seq: 1,
      id: 'x',
      aggregate: 'train',
      actor: { kind: 'person', via: 'cli' },
    }
    return story([event as unknown as Recorded])[0]?.what ?? `nothing for ${type}`
  }
  const members = ['api', 'web'].map(member)
  const at = { build: 'b1', target: 'main', old: oid('base'), new: oid('main'), tree: oid('tree') }
  const run = {
    command: 'npm test',
    tree: oid('tree'),
    exit: 1,
    ms: 900,
    log: '/l',
    tail: '',
    timedOut: false,
  }
  const put = {
    repository: 'r1',
    session: null,
    name: 'undo-api',
    branch: 'b',
    head: oid('h'),
    target: 'main',
    checks: [],
    message: '',
  }
  const made = {
    repository: 'r1',
    target: 'main',
    purpose: 'landing' as const,
    base: oid('base'),
    members,
    commit: oid('m'),
    tree: oid('t'),
    ref: null,
    checks: [],
    skipped: [],
    afresh: false,
    resolved: [],
  }
  expect([
    said('change.queued', { ...put, priority: 3, undoes: { commit: oid('m'), names: ['api'] } }),
    said('change.prioritised', { priority: 5 }),
    said('change.held', { why: 'after the release' }),
    said('change.released', {}),
    said('change.cleared', { why: 'green together with web' }),
    said('change.landed', { old: oid('base'), new: oid('main'), tree: oid('t') }),
    said('build.made', made),
    said('build.made', { ...made, purpose: 'target', members: [] }),
    said('build.made', { ...made, purpose: 'retest' }),
    said('check.started', { command: 'npm test', tree: oid('t'), log: '/l' }),
    said('check.finished', run),
    said('check.finished', {
      ...run,
      exit: null,
      timedOut: true,
      dirtied: ['a.txt'],
      tests: { format: 'tap', passed: 1, failed: 2, skipped: 0, failures: [] },
    }),
    said('build.ended', { why: 'base-moved', detail: 'main is at 1234567890 now.' }),
    said('train.paused', { why: 'release' }),
    said('train.resumed', {}),
    said('landing.intended', {
      ...at,
      method: 'fast-forward',
      checkout: '/home/me/shop',
      remote: { name: 'origin', old: null },
    }),
    said('landing.intended', { ...at, method: 'compare-and-swap', checkout: null }),
    said('landing.blocked', {
      build: 'b1',
      reason: 'checkout',
      paths: [],
      detail: 'README.md is in the way.',
    }),
    said('landing.voided', { build: 'b1', why: 'main moved.' }),
    said('train.landed', {
      ...at,
      members: members.map((one) => ({ ...one, session: null, branch: 'b' })),
      checks: [proofOf()],
      skipped: [],
      resolved: [],
      environment: '',
      method: 'fast-forward',
      remote: 'origin',
      ms: 5,
    }),
    said('train.verified', { target: 'main', commit: oid('main'), tree: oid('t'), environment: '' }),
    said('train.flaked', { command: 'npm test', tree: oid('t'), tests: ['cart'], red: 'b1', green: 'b2' }),
  ]).toMatchInlineSnapshot(`
    [
      "on the train to take back api at 6800000000, priority 3",
      "priority is now 5",
      "held: after the release",
      "released: on the train again, in its old place",
      "no longer suspected: green together with web",
      "landed: the target moved from 6261736500 to 6d61696e00",
      "tests main 6261736500 + api + web, as 6d00000000",
      "tests main 6261736500 by itself, as 6d00000000",
      "tests main 6261736500 + api + web once more, before anything is ejected, as 6d00000000",
      "check \`npm test\` runs on tree 7400000000",
      "check \`npm test\` on tree 7472656500: exit 1 after 0.9 s",
      "check \`npm test\` on tree 7472656500: timed out after 0.9 s, 1 passed, 2 failed; it changed a.txt, so it proves nothing",
      "test is over (the target moved): main is at 1234567890 now.",
      "paused: release",
      "goes on",
      "moves main from 6261736500 to 6d61696e00, by fast-forward of /home/me/shop, origin first",
      "moves main from 6261736500 to 6d61696e00, by compare-and-swap",
      "landing waits: README.md is in the way.",
      "landing given up: main moved.",
      "landed api, web: main moved from 6261736500 to 6d61696e00, proven by \`npm test\`, and pushed to origin",
      "main at 6d61696e00 is green",
      "\`npm test\` was red and green on the same tree 7400000000: cart",
    ]
  `)
})
