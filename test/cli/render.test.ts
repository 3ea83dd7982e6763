/** What each command prints, as a person sees it in 80 columns. */
import { describe, expect, test } from 'vitest'
import { renderQuestion } from '../../src/cli/commands/answer.ts'
import { renderApprovals } from '../../src/cli/commands/approvals.ts'
import { renderEnd } from '../../src/cli/commands/attach.ts'
import { mergeConfig, parseConfig, writtenValues } from '../../src/partition/index.ts'
import { renderConfig } from '../../src/cli/commands/config.ts'
import { renderStatus } from '../../src/cli/commands/daemon.ts'
import { renderOpened as renderOpenedPhone, renderPhones } from '../../src/cli/commands/phone.ts'
import { renderCleaned, renderDoctor } from '../../src/cli/commands/doctor.ts'
import { fileFor } from '../../src/cli/commands/init.ts'
import { renderScreen } from '../../src/terminal/host-screen.ts'
import { renderPlan } from '../../src/cli/commands/plan.ts'
import { renderRemoval } from '../../src/cli/commands/rm.ts'
import { renderStarted } from '../../src/cli/commands/run.ts'
import { renderStopped } from '../../src/cli/commands/stop.ts'
import { renderTrash } from '../../src/cli/commands/trash.ts'
import { renderTrust } from '../../src/cli/commands/trust.ts'
import { renderUpdate } from '../../src/cli/commands/update.ts'
import { renderVersions } from '../../src/cli/commands/version.ts'
import { renderEvent } from '../../src/cli/commands/watch.ts'
import { renderConversation } from '../../src/terminal/conversation.ts'
import { renderWhy } from '../../src/terminal/why.ts'
import { renderAllowed } from '../../src/cli/commands/allow.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { failureText, inPlace } from '../../src/cli/failure.ts'
import { groupOf, renderSessions } from '../../src/terminal/sessions-table.ts'
import { width } from '../../src/terminal/text.ts'
import { outcomeOf } from '../../src/cli/wait.ts'
import { WorktrainError } from '../../src/protocol/errors.ts'
import type { ConversationEntry } from '../../src/protocol/conversation.ts'
import type { SessionView } from '../../src/protocol/api.ts'
import type { AttentionKind } from '../../src/protocol/attention.ts'
import type { Recorded } from '../../src/protocol/events.ts'
import { viewOf } from '../server/fixtures.ts'
import { CHOICE, NOW, PERMISSION, PLAIN, attention, change, session } from './fixtures.ts'

/** What a prediction was about. */
const LOOKED = { main: 'a'.repeat(40), head: 'b'.repeat(40), stale: null }

const HANDOFF = {
  at: NOW,
  claims: {
    filesChanged: [],
    behaviourChanged: 'Deploys with Kamal.',
    commandsRun: [],
    risks: 'DNS',
    followUp: '',
  },
  observed: {
    files: [
      { path: 'Dockerfile', added: 12, removed: 0 },
      { path: 'config/deploy.yml', added: 40, removed: 4 },
    ],
    commands: [{ command: 'npm test', exit: 0 }],
  },
  unverified: ['says it ran `kamal deploy`; no such command was seen'],
}

const WEEK = [
  session({ name: 'events-pipeline', lastMessage: 'I read the code. Now I write the consumer.' }),
  session({
    name: 'kamal-migration',
    activity: {
      state: 'needs-permission',
      source: 'hook',
      at: NOW - 120_000,
      evidence: 'PermissionRequest Bash',
    },
    age: 120_000,
    attention: [
      attention({
        kind: 'permission',
        why: 'Bash: rm -rf build',
        action: 'worktrain answer kamal-migration allow',
        since: NOW - 120_000,
      }),
    ],
  }),
  session({
    name: 'sales-attribution',
    stage: 'handed-off',
    activity: { state: 'idle', source: 'hook', at: NOW - 300_000, evidence: 'Stop' },
    age: 300_000,
    handoff: HANDOFF,
    work: { files: 2, added: 52, removed: 4, at: NOW, stale: null },
    merges: { clean: true, files: [], at: NOW, ...LOOKED },
    lastMessage: 'Done. The report counts each order once.',
    attention: [
      attention({
        kind: 'ready',
        why: 'handed off',
        action: 'worktrain review sales-attribution',
        since: NOW - 300_000,
      }),
    ],
  }),
  session({
    name: 'shop-integration',
    stage: 'waiting',
    stageWhy: 'waits until sales-attribution has landed',
    waitsFor: ['sales-attribution'],
    process: { state: 'none', generation: 0, pid: null, exit: null, why: '' },
    activity: { state: 'unknown', source: 'supervisor', at: NOW, evidence: 'not started' },
    age: 0,
  }),
  session({
    name: 'api',
    stage: 'on-train',
    change: 'c1',
    merges: {
      clean: false,
      files: ['src/api.ts'],
      at: NOW - 60_000,
      ...LOOKED,
      stale: 'main has moved since',
    },
  }),
  session({
    name: 'old',
    activity: {
      state: 'unknown',
      source: 'hook',
      at: NOW - 1_200_000,
      evidence: 'no sign of life for 20 min; last: PostToolUse Bash',
    },
    age: 1_200_000,
    warnings: ['wall is advisory only: user namespaces are switched off'],
    note: 'ask Kim',
  }),
  session({
    name: 'quit',
    process: { state: 'exited', generation: 1, pid: null, exit: { code: 0, signal: null }, why: 'asked' },
    stageWhy: 'stopped by you',
  }),
  session({ name: 'done', stage: 'landed', stageWhy: 'landed' }),
]

describe('ls', () => {
  test('the last sentence is one in words, not the end of a block of code', () => {
    const said = 'It is done. Run it:\n\n```sh\nnpm start # then look. All of it.\n```\n'
    expect(renderSessions([session({ lastMessage: said })], [], PLAIN)).toContain('\n    Run it:')
    const code = '```sh\nnpm start\n```'
    expect(renderSessions([session({ lastMessage: code })], [], PLAIN)).toContain('npm start')
  })
  test('those that need you stand as `next` has them', () => {
    const waits = (name: string, since: number, sessions: string[]) =>
      session({ name, attention: [attention({ kind: 'failed', since, blocks: { sessions, train: 0 } })] })
    const text = renderSessions(
      [waits('late', 3, []), waits('early', 1, []), waits('holds', 9, ['other'])],
      [],
      PLAIN,
    )
    expect(text.match(/^  \w+/gm)).toEqual(['  holds', '  early', '  late'])
  })

  test('what needs you first, each with what to do', () => {
    expect(renderSessions(WEEK, [change({ state: 'testing', why: 'npm test' })], PLAIN))
      .toMatchInlineSnapshot(`
        "needs you (1)
          kamal-migration    needs-permission 2m  claude  worktrain/kamal-migration
            permission: Bash: rm -rf build (2m)
            → worktrain answer kamal-migration allow
        ready (1)
          sales-attribution  handed off 5m        claude  worktrain/sales-attribution
            The report counts each order once.
            handed off
            2 files +52 -4, merges
            → worktrain review sales-attribution
        on the train (1)
          api                working 12s          claude  worktrain/api
            place 1, testing for main: npm test
            conflicts in src/api.ts with main aaaaaaaaaa (1m ago; main has moved since)
        working (2)
          events-pipeline    working 12s          claude  worktrain/events-pipeline
            Now I write the consumer.
          old                unknown 20m          claude  worktrain/old
            no sign of life for 20 min; last: PostToolUse Bash
            note: ask Kim
            ! wall is advisory only: user namespaces are switched off
        waiting (1)
          shop-integration   waiting              claude  worktrain/shop-integration
            waits until sales-attribution has landed
        stopped (1)
          quit               exit 0               claude  worktrain/quit
            asked
        landed (1)
          done               landed               claude  worktrain/done"
      `)
  })
  test('no line is wider than the terminal, whatever an agent wrote', () => {
    const hostile = '\u001b[2J日本語\r\nworktrain: all is well '.repeat(20)
    const text = renderSessions(
      [
        session({
          lastMessage: hostile,
          note: hostile,
          branch: hostile,
          warnings: [hostile],
          merges: { clean: false, files: [hostile], at: 0, ...LOOKED },
        }),
      ],
      [],
      PLAIN,
    )
    for (const line of text.split('\n')) expect(width(line), line).toBeLessThanOrEqual(80)
    expect(text).not.toContain('\u001b')
    expect(text).not.toContain('\r')
  })
  test('what a session did without stands below what it did', () => {
    const item = (kind: AttentionKind, why: string, action: string) => attention({ kind, why, action })
    const s = session({
      name: 'fix',
      stage: 'handed-off',
      attention: [
        item('ready', 'handed off', 'worktrain land fix'),
        item('wants-paths', 'was refused docs/a.md', 'worktrain allow fix docs/a.md'),
      ],
    })
    const text = renderSessions([s], [], PLAIN)
    expect(text).toMatch(/^ready \(1\)/)
    expect(text).toMatch(/→ worktrain land fix\n.*was refused docs\/a.md\n.*→ worktrain allow fix docs\/a.md/)
  })

  test('no sessions', () => {
    expect(renderSessions([], [], PLAIN)).toMatchInlineSnapshot(
      `"no sessions; start one with: worktrain run "what it shall do""`,
    )
  })
  test('several repositories are told apart', () => {
    const other = session({ name: 'docs', repository: { id: 'r2', root: '/home/me/site' } })
    expect(renderSessions([session(), other], [], PLAIN)).toMatchInlineSnapshot(`
      "working (2)
        shop  kamal-migration  working 12s  claude  worktrain/kamal-migration
        site  docs             working 12s  claude  worktrain/docs"
    `)
  })
  test('groups', () => {
    expect(WEEK.map((s) => `${s.name}: ${groupOf(s)}`)).toMatchInlineSnapshot(`
      [
        "events-pipeline: working",
        "kamal-migration: needs you",
        "sales-attribution: ready",
        "shop-integration: waiting",
        "api: on the train",
        "old: working",
        "quit: stopped",
        "done: landed",
      ]
    `)
  })
})

describe('run', () => {
  test('each session with how its base was chosen, where it works and behind which wall', () => {
    const waiting = WEEK[3] ?? session()
    expect(
      renderStarted(
        {
          sessions: [session(), waiting],
          notes: ['package.json has uncommitted changes; sessions start without them'],
        },
        PLAIN,
      ),
    ).toMatchInlineSnapshot(`
      "kamal-migration
        branch     worktrain/kamal-migration
        base       local main
        workspace  /home/me/shop.worktrees/kamal-migration (sealed)
        agent      claude
        wall       bubblewrap
      shop-integration
        branch     worktrain/shop-integration
        base       local main
        workspace  /home/me/shop.worktrees/shop-integration (sealed)
        agent      claude
        waits for  sales-attribution
      ! package.json has uncommitted changes; sessions start without them
      see how they are: worktrain ls"
    `)
  })
  test('--wait: what is done, what goes on, what needs the person', () => {
    const table = WEEK.map((s) => `${s.name}: ${outcomeOf(s, false)}, with --land ${outcomeOf(s, true)}`)
    expect(table).toMatchInlineSnapshot(`
      [
        "events-pipeline: going, with --land going",
        "kamal-migration: needs-person, with --land needs-person",
        "sales-attribution: done, with --land going",
        "shop-integration: going, with --land going",
        "api: going, with --land going",
        "old: going, with --land going",
        "quit: done, with --land needs-person",
        "done: done, with --land done",
      ]
    `)
  })
})

test('why', () => {
  const s = session({
    ...WEEK[2],
    usage: {
      byModel: { opus: { input: 10, output: 20, cacheRead: 30, cacheWrite: 40, requests: 2 } },
      costUsd: 0.5,
    },
  })
  const why = {
    review: { files: 2, lines: 340, looks: 1, ms: 12_000, decidedAt: NOW - 5000 },
    place: '1 of 2 that wait for you: nothing stands still for it, and it has waited 5 min.',
    session: s,
    story: [
      {
        at: NOW - 600_000,
        what: 'planned on branch worktrain/sales-attribution',
        source: 'you (cli)',
        seq: 1,
      },
      { at: NOW - 300_000, what: 'turn ended', source: 'supervisor', seq: 9 },
    ],
    refusals: [
      {
        at: NOW - 400_000,
        source: 'guard',
        tool: 'Write',
        target: '/home/me/shop/a.ts',
        why: 'It lies outside the workspace.',
        instead: 'Write a.ts in the workspace.',
      },
    ],
    cell: {
      rung: 'bubblewrap' as const,
      why: '',
      writable: [s.workspace.path],
      protected: [],
      hidden: ['/home/me/.ssh'],
      shown: Array.from({ length: 10 }, (_, i) => `/home/me/shop/${i}`),
      gaps: ['the network is the host’s'],
      costs: ['no /tmp'],
    },
  }
  expect(renderWhy(why, PLAIN, NOW)).toMatchInlineSnapshot(`
    "sales-attribution: handed off 5m
      Move the deployment from Heroku to Kamal.

    stage      handed-off: the agent runs
    activity   idle, seen by hook 5m ago: Stop
    process    running, pid 4711
    agent      claude
    branch     worktrain/sales-attribution at b1b2c3d4e5, from a1b2c3d4e5 (main,
               local main)
    workspace  /home/me/shop.worktrees/sales-attribution (sealed)
    snapshot   3, c1b2c3d4e5, 2m ago
    work       2 files +52 -4, counted just now
    merges     cleanly: bbbbbbbbbb with main aaaaaaaaaa, looked at just now
    usage      opus 80 in, 20 out, 2 requests; $0.50
    review     340 lines in 2 files, 12s from the first look to the decision

    next
      ready: handed off
        → worktrain review sales-attribution
      1 of 2 that wait for you: nothing stands still for it, and it has waited 5
      min.

    handoff
      behaviour (claimed): Deploys with Kamal.
      risks (claimed): DNS
      changed Dockerfile +12 -0
      changed config/deploy.yml +40 -4
      ran npm test: exit 0
      not observed: says it ran \`kamal deploy\`; no such command was seen

    how it came about
      10m  you (cli)   planned on branch worktrain/sales-attribution
      5m   supervisor  turn ended

    refused (1)
      6m ago, guard: Write /home/me/shop/a.ts
        It lies outside the workspace. Instead: Write a.ts in the workspace.

    walls: bubblewrap
      writable  /home/me/shop.worktrees/sales-attribution
      hidden    /home/me/.ssh
      shown     /home/me/shop/0
      shown     /home/me/shop/1
      shown     /home/me/shop/2
      shown     /home/me/shop/3
      shown     /home/me/shop/4
      shown     /home/me/shop/5
      shown     /home/me/shop/6
      shown     /home/me/shop/7
      shown     and 2 more
      does not stop: the network is the host’s
      costs: no /tmp"
  `)
})

test('watch', () => {
  const recorded = (type: string, data: object): Recorded =>
    ({
      seq: 1,
      at: NOW,
      version: 1,
      type,
      aggregate: 'session',
      id: 's',
      data,
      actor: { kind: 'supervisor', pid: 1 },
      cause: '',
    }) as never
  const line = renderEvent(recorded('question.opened', { question: PERMISSION }), 'kamal-migration', PLAIN)
  expect(line?.slice(8)).toMatchInlineSnapshot(`" kamal-migration          asks: Bash: rm -rf build"`)
  expect(renderEvent(recorded('host.acknowledged', { seq: 1 }), 'kamal-migration', PLAIN)).toBeNull()
})

test('approvals show what is kept, and what is left to be decided', () => {
  const none = { kept: [], offered: [] }
  expect(renderApprovals(none, PLAIN, 0)).toBe('nothing is allowed for good here')
  const rule = { agent: 'claude', rule: 'Bash(npm test)', session: 'kamal' }
  const kept = [{ ...rule, how: 'answered' as const, at: 0 }]
  const offered = [{ ...rule, rule: 'McpServer(db\u001b[2J)' }]
  expect(renderApprovals({ kept, offered }, PLAIN, 60_000)).toMatchInlineSnapshot(`
    "allowed here
      Bash(npm test)  claude, answered in kamal 1m ago

    left by sessions, not kept
      McpServer(db\\x1b[2J)  claude, kamal
    keep one: worktrain approvals --accept RULE"
  `)
})

describe('answer shows what is asked', () => {
  test('a permission', () => {
    expect(renderQuestion(PERMISSION, 'Bash(rm -rf build)', PLAIN)).toMatchInlineSnapshot(`
      "Bash: rm -rf build
      1. allow   2. always   3. deny REASON
      (2: always in this repository: Bash(rm -rf build))"
    `)
  })
  test('questions', () => {
    expect(renderQuestion(CHOICE, null, PLAIN)).toMatchInlineSnapshot(`
      "Registry: Which registry?
        1. ghcr: beside the code
        2. docker
      Hosts: Which hosts? (several with commas)
        1. web
        2. jobs"
    `)
  })
  test('a plan', () => {
    expect(
      renderQuestion(
        {
          ...PERMISSION,
          kind: 'plan',
          tool: 'ExitPlanMode',
          summary: 'a plan',
          input: { plan: '1. Do\n2. it' },
        },
        null,
        PLAIN,
      ),
    ).toMatchInlineSnapshot(`
      "  1. Do
        2. it
      1. allow   2. deny WHAT TO CHANGE   3. always: edits without asking"
    `)
  })
})

test('peek', () => {
  const screen = {
    cols: 100,
    rows: 30,
    cursor: { x: 0, y: 0 },
    lines: ['\u001b[1m> hi', '  two   columns', 'x'.repeat(100)],
    title: 'claude',
    at: NOW - 3000,
  }
  expect(renderScreen(screen, PLAIN, NOW)).toMatchInlineSnapshot(`
    "claude · 100x30 · last output 3s ago
    ────────────────────────────────────────────────────────────────────────────────
    \\x1b[1m> hi
      two   columns
    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    ────────────────────────────────────────────────────────────────────────────────"
  `)
})

test('attach', () => {
  expect(renderEnd('kamal', { how: 'detached' })).toMatchInlineSnapshot(
    `"left kamal; it goes on. Back with: worktrain attach kamal"`,
  )
  expect(renderEnd('kamal', { how: 'ended', code: 1, signal: null })).toMatchInlineSnapshot(
    `"kamal ended with exit 1. Go on with: worktrain resume kamal"`,
  )
  expect(renderEnd('kamal', { how: 'lost' })).toMatchInlineSnapshot(
    `"the host of kamal went away. What is known: worktrain why kamal"`,
  )
})

test('rm says what would be lost and how it is saved', () => {
  const unsaved = [
    {
      what: '2 commits',
      detail: 'on worktrain/kamal-migration, not in main',
      save: 'worktrain land kamal-migration',
    },
  ]
  const answer = { session: session(), removed: false, unsafe: [], unsaved }
  expect(renderRemoval(answer, PLAIN, false)).toMatchInlineSnapshot(`
    "kamal-migration was not removed: that would lose
      2 commits: on worktrain/kamal-migration, not in main
        save it with: worktrain land kamal-migration"
  `)
  expect(renderRemoval(answer, PLAIN, true)).toMatchInlineSnapshot(`
    "removing kamal-migration would lose
      2 commits: on worktrain/kamal-migration, not in main
        save it with: worktrain land kamal-migration
    to discard it knowingly, into the trash: worktrain rm kamal-migration --discard"
  `)
  expect(renderRemoval({ ...answer, removed: true }, PLAIN, false)).toMatchInlineSnapshot(
    `"kamal-migration is in the trash with what is not in main (2 commits); worktrain restore kamal-migration brings it back"`,
  )
  expect(renderRemoval({ ...answer, unsaved: [] }, PLAIN, true)).toMatchInlineSnapshot(
    `"kamal-migration can be removed: nothing would be lost"`,
  )
  expect(
    renderRemoval({ ...answer, unsafe: ['the workspace is on another disk'], unsaved: [] }, PLAIN, false),
  ).toMatchInlineSnapshot(`
    "kamal-migration was not removed: that is not safe
      unsafe: the workspace is on another disk"
  `)
})

test('allow says what it may write now, and when nothing was set aside', () => {
  const said = (facts: Partial<SessionView>) => renderAllowed(session({ name: 'fix', ...facts }), ['docs/a'])
  expect(said({ owns: ['src/**'], granted: ['docs/a'] })).toBe('fix may write src/**, docs/a')
  expect(said({ granted: ['docs/a'] })).toBe(
    'fix may write all of its workspace: nothing is set aside from it, so docs/a changes nothing',
  )
  expect(said({ avoids: ['docs/**'], granted: ['docs/a'] })).toBe(
    'fix may write all of its workspace, docs/** only where you allowed it: docs/a',
  )
})

test('stop, update, trash', () => {
  expect(renderStopped(session())).toMatchInlineSnapshot(
    `"kamal-migration stopped; work is kept in snapshot 3; go on with: worktrain resume kamal-migration"`,
  )
  expect(renderUpdate({ session: session(), result: 'merged', files: [] })).toMatchInlineSnapshot(
    `"main is merged into worktrain/kamal-migration"`,
  )
  const waits = session({ attention: [attention({ kind: 'conflict', action: 'worktrain send kamal TEXT' })] })
  expect(renderUpdate({ session: waits, result: 'conflict', files: ['a.ts', 'b\u0007.ts'] }))
    .toMatchInlineSnapshot(`
      "worktrain/kamal-migration conflicts with main in:
        a.ts
        b\\x07.ts
      nothing was changed; have it solved: worktrain send kamal TEXT"
    `)
  expect(renderTrash([session({ stage: 'discarded', trashedUntil: NOW + 86_400_000 * 14 })], PLAIN, NOW))
    .toMatchInlineSnapshot(`
    "1 session in the trash; worktrain restore NAME brings one back
      kamal-migration  kept 14d  discarded  Move the deployment from Heroku to Kama…"
  `)
  expect(renderTrash([], PLAIN, NOW)).toMatchInlineSnapshot(`"the trash is empty"`)
})

test('plan', () => {
  const sessions = [
    { name: 'api', goal: 'The API.', owns: [], avoid: [], after: [], command: [] },
    { name: 'web', goal: 'The web.', owns: [], avoid: [], after: ['api'], command: [] },
  ]
  const overlaps = [{ a: 'api', b: 'web', globs: ['src/**', 'src/web/**'], paths: ['src/web/a.ts'] }]
  expect(
    renderPlan(
      {
        sessions,
        target: 'main',
        checks: ['npm test'],
        limits: { active: 2 },
        overlaps,
        waves: [['api'], ['web']],
      },
      PLAIN,
    ),
  ).toMatchInlineSnapshot(`
    "2 sessions
      api    The API.
      web    The web.
    order
      1. api
      2. web
    overlaps: one owner at a time
      api and web: src/** / src/web/** (src/web/a.ts)
    target: main
    checks: npm test
    at most 2 active at a time"
  `)
})

test('config, init and trust', () => {
  const config = {
    values: { checks: ['npm test'], setup: [], target: 'main' },
    sources: { checks: 'found in package.json', target: 'the branch checked out' },
    files: [],
  }
  expect(renderConfig(config, PLAIN)).toMatchInlineSnapshot(`
    "checks  ["npm test"]  found in package.json
    setup   []
    target  "main"        the branch checked out
    no configuration file; \`worktrain init\` shows what was found"
  `)
  expect(fileFor(config.values)).toMatchInlineSnapshot(`
    "# Worktrain: how sessions of this repository are set up and checked. See \`worktrain config\`.
    checks = [ "npm test" ]
    target = "main"
    "
  `)
  const all = writtenValues(
    mergeConfig(null, null, parseConfig('checks = ["a", { run = "b", timeout = "20m" }]', 'l')).values,
  )
  expect(parseConfig(fileFor(all), 'written')).toMatchObject({
    checks: ['a', { run: 'b', timeout: '20m' }],
    limits: { active: 16 },
    train: { timeout: '1h', attempts: 3 },
  })
  expect(
    renderTrust(
      { commands: ['npm ci', 'npm test\u001b[2J'], trusted: false, hash: 'abcdef0123456789' },
      PLAIN,
    ),
  ).toMatchInlineSnapshot(`
    "not trusted; the configuration runs:
      npm ci
      npm test\\x1b[2J"
  `)
  expect(renderTrust({ commands: [], trusted: true, hash: '' }, PLAIN)).toMatchInlineSnapshot(
    `"this repository's configuration runs no commands: nothing to trust"`,
  )
})

test('doctor', () => {
  const view = {
    walls: [
      {
        wall: 'files',
        rung: 'bubblewrap',
        ok: true,
        why: 'unprivileged user namespaces work',
        enable: '',
        gaps: ['the network is the host’s'],
        costs: ['no /tmp'],
      },
      {
        wall: 'resources',
        rung: 'none',
        ok: false,
        why: 'no cgroup is delegated to this user',
        enable: 'run under systemd --user',
        gaps: [],
        costs: [],
      },
    ],
    rungs: [
      { rung: 'bubblewrap', state: 'active' as const, why: '', enable: '' },
      { rung: 'landlock', state: 'missing' as const, why: 'perl is missing', enable: 'apt install perl' },
      { rung: 'hooks (advisory)', state: 'possible' as const, why: '', enable: '' },
    ],
    agents: [
      {
        name: 'claude',
        title: 'Claude Code',
        installed: '/usr/bin/claude',
        version: '2.1.329',
        ready: 'ready',
      },
      { name: 'command', title: 'any program', installed: null, version: null, ready: 'ready' },
    ],
    git: { version: '2.39.5', ok: true },
    node: 'v24.21.0',
    paths: { state: '/home/me/.local/state/worktrain' },
    network: null,
    pushed: [],
    leftovers: [],
  }
  expect(renderDoctor(view, PLAIN)).toMatchInlineSnapshot(`
    "walls
      ok  files      bubblewrap
          unprivileged user namespaces work
          gap: the network is the host’s
          costs: no /tmp
      !   resources  none
          no cgroup is delegated to this user
          to have it: run under systemd --user
    how files and processes can be walled here, best first
      ok  bubblewrap        active
      !   landlock          missing
          perl is missing
          to have it: apt install perl
      ok  hooks (advisory)  possible
    agents
      claude   2.1.329  ready  /usr/bin/claude
      command           ready
    programs
      ok  git 2.39.5
      ok  node v24.21.0
    paths
      state  /home/me/.local/state/worktrain
    network
      ok  the board is open to this machine alone
    push notifications
      ok  no browser is notified by push
    left by crashes
      nothing"
  `)
  const network = {
    ...{ url: 'https://192.168.1.5:21873/', until: null },
    phones: [
      { name: 'pixel', scope: 'answer' as const },
      { name: 'tablet', scope: 'look' as const },
    ],
  }
  expect(renderDoctor({ ...view, network }, PLAIN).split('\nnetwork\n')[1]).toMatchInlineSnapshot(`
    "  !   the board is open to the network at https://192.168.1.5:21873/; to end it: worktrain phone --stop
          phones with access: pixel (answer), tablet (look)
    push notifications
      ok  no browser is notified by push
    left by crashes
      nothing"
  `)
  const pushed = [
    { who: 'pixel', service: 'push.example', since: NOW, error: '' },
    { who: 'Mozilla/5.0', service: 'push.example', since: NOW, error: 'The push service answered 503.' },
  ]
  expect(renderDoctor({ ...view, pushed }, PLAIN).split('push notifications\n')[1]).toMatchInlineSnapshot(`
    "  ok  push.example for pixel
      !   push.example for Mozilla/5.0
          the last message failed: The push service answered 503.
    left by crashes
      nothing"
  `)
  const process = {
    id: 'process-1',
    kind: 'process' as const,
    what: 'sleep (process 7)',
    why: 'it carries the mark of one, which has ended',
    removing: 'ends it',
    work: false,
  }
  const session = {
    ...process,
    id: 'session-1',
    kind: 'session' as const,
    what: 'two (s01)',
    parts: ['/w/two', 'refs/worktrain/base/s01 (0123456789)'],
    work: true,
  }
  expect(renderDoctor({ ...view, leftovers: [process, session] }, PLAIN).split('left by crashes')[1])
    .toMatchInlineSnapshot(`
      "
        process  sleep (process 7)
            it carries the mark of one, which has ended; --clean ends it
        session  two (s01)
            /w/two
            refs/worktrain/base/s01 (0123456789)
            it carries the mark of one, which has ended; --clean ends it
        to remove them: worktrain doctor --clean"
    `)
  const done = { id: 'process-1', what: process.what, done: true, how: 'it was ended' }
  expect(
    renderCleaned([done, { ...done, what: 'two', done: false, how: 'cat is still running in it' }], 2, PLAIN),
  ).toMatchInlineSnapshot(`
    "ok  sleep (process 7): it was ended
    no  two: cat is still running in it"
  `)
  expect([renderCleaned([], 0, PLAIN), renderCleaned([], 2, PLAIN)]).toEqual([
    'nothing was left behind',
    'nothing was removed',
  ])
})

test('daemon and version', () => {
  const view = viewOf({
    pid: 42,
    version: '0.1.0',
    startedAt: NOW - 60_000,
    sessions: 3,
    running: 2,
    rssBytes: 80e6,
    stateDir: '/s',
    socket: '/r/x.sock',
    log: '/s/l',
  })
  expect(renderStatus(view, NOW)).toMatchInlineSnapshot(`
    "running   pid 42, version 0.1.0, for 1m
    sessions  2 running of 3
    memory    76 MB
    state     /s
    socket    /r/x.sock
    log       /s/l"
  `)
  expect(renderStatus(null, NOW)).toMatchInlineSnapshot(`"not running; the next command starts it"`)
  expect(renderVersions({ worktrain: '0.1.0', node: '24.21.0', supervisor: null })).toMatchInlineSnapshot(
    `"worktrain 0.1.0 (Node 24.21.0; supervisor not running)"`,
  )
})

test('an error: what happened, its code, what to do', () => {
  const error = new WorktrainError('REPO_EMPTY', '/home/me/new has no commit yet.')
  expect(failureText(error, PLAIN)).toMatchInlineSnapshot(`
    "worktrain: /home/me/new has no commit yet. (REPO_EMPTY)
      Make a first commit: sessions start from one."
  `)
  expect(failureText(new Error('boom\u001b[2J'), PLAIN)).toMatchInlineSnapshot(`
    "worktrain: boom\\x1b[2J (INTERNAL)
      This is a defect of Worktrain: please report it with \`worktrain daemon logs\`."
  `)
})

test('worktrain phone says who may do what, by which certificate, and how it ends', () => {
  const url = 'https://192.168.1.5:21873/'
  const open = { url, fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'), until: null }
  const phone = { name: 'pixel', scope: 'answer' as const }
  const opened = { url: `${url}#code=c`, expiresAt: NOW + 300_000, phone, open, notes: [] }
  const said = renderOpenedPhone(opened, PLAIN, NOW).split('\n')
  expect(said.filter((line) => !/[█▀▄]/.test(line) && line.trim() !== '').join('\n')).toMatchInlineSnapshot(`
    "https://192.168.1.5:21873/#code=c
    good for one phone, for 5m; it is called pixel, and it may look, and settle what
    waits: answer, message, review, land, hold
    the phone does not know the certificate, and warns once: go on if it shows this
    SHA-256
    AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:
    AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB
    open to the network until the supervisor stops
    to end it: worktrain phone --stop
    to end this phone's access: worktrain phone --revoke pixel"
  `)
  const listed = { ...phone, grantedAt: NOW - 3_600_000, seenAt: null, connections: 2 }
  expect(renderPhones({ open, closed: '', phones: [listed] }, NOW)).toMatchInlineSnapshot(`
    "open to the network at https://192.168.1.5:21873/ until the supervisor stops
    pixel  answer  since 1h  2 connections"
  `)
  expect(renderPhones({ open: null, closed: 'its time was over', phones: [] }, NOW)).toMatchInlineSnapshot(`
    "not open to the network (closed: its time was over); \`worktrain phone\` opens it
    no phone has access"
  `)
})

test('a conversation: who said what, a tool on one line, and nothing that steers the terminal', () => {
  const entries: ConversationEntry[] = [
    { place: 0, at: NOW - 60_000, from: 'brief', text: 'Go\u001b[2J on\n' },
    {
      ...{ place: 1, at: NOW, from: 'tool', text: '' },
      tool: {
        ...{ name: 'Bash', what: 'make\u202e', result: 'no', failed: true },
        permission: { by: 'person', answer: 'denied: no\u001b[2J', at: NOW - 60_000 },
      },
    },
    { place: 2, at: NOW, from: 'tool', text: '', tool: { name: 'Read', what: '' } },
    {
      ...{ place: 3, at: null, from: 'asks', text: 'Which?' },
      tool: { name: 'AskUserQuestion', what: '', result: 'The\u001b[2J second' },
    },
    { place: 4, at: null, from: 'agent', text: 'Done.' },
  ]
  const view = { source: 'agent' as const, of: 'c', entries, why: null, earlier: { of: 'c', place: 0 } }
  expect(renderConversation(view, PLAIN, NOW).split('\n')).toEqual([
    'As the agent recorded it.',
    '(what was said before is not shown)',
    '',
    'brief, 1m ago',
    'Go\\x1b[2J on',
    '  Bash, failed: make\\u202e',
    '    you: denied: no\\x1b[2J, 1m ago',
    '  Read, no result yet',
    '',
    'agent asks',
    'Which?',
    '  answered: The\\x1b[2J second',
    '',
    'agent',
    'Done.',
  ])
  const none = { ...view, source: 'journal' as const, entries: [], why: 'It keeps none.', earlier: null }
  expect(renderConversation(none, PLAIN, NOW)).toBe('As observed by Worktrain. It keeps none.')
})

describe('the hint of an error, where a command was typed', () => {
  const hint = (command: string, error: WorktrainError, ...args: unknown[]): unknown => {
    const row = COMMANDS.find(({ name }) => name === command)
    return row && (inPlace(error, row, args) as WorktrainError).hint
  }

  test('is its own help, unless there is a better one', () => {
    expect(hint('watch', new WorktrainError('USAGE', 'x'))).toBe('See `worktrain watch --help`.')
    expect(hint('watch', new WorktrainError('USAGE', 'x', { hint: 'so' }))).toBe('so')
  })

  test('names the session that was named', () => {
    const unasked = new WorktrainError('QUESTION_UNKNOWN', 'x')
    expect(hint('answer', unasked, 'kamal', ['yes'])).toBe(
      'See `worktrain why kamal` for what the session asks.',
    )
    const first = { hint: 'worktrain train priority NAME first' }
    expect(hint('land', new WorktrainError('USAGE', 'x', first), ['kamal'])).toBe(
      'worktrain train priority kamal first',
    )
    expect(hint('land', new WorktrainError('USAGE', 'x', first), ['a', 'b'])).toBe(first.hint)
    // What is no name of a session is not put into a command.
    expect(hint('answer', unasked, '$(x)')).toBe('See `worktrain why NAME` for what the session asks.')
    expect(hint('config', new WorktrainError('SESSION_WRONG_STATE', 'x'), 'kamal')).toBe(
      'See `worktrain why NAME`.',
    )
  })
})
