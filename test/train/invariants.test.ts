/** Whoever judges must be able to condemn: journals and repositories with one lie each. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CheckResult, Recorded } from '../../src/protocol/index.ts'
import { violations } from './invariants.ts'
import { brokenLaws, type Oracle } from './laws.ts'
import {
  branch,
  commit,
  ENV,
  enqueue,
  openStation,
  repositoryWith,
  settle,
  sh,
  type Station,
  write,
} from './station.ts'

/** The words of an event, without what the journal adds. */
type Told = Pick<Recorded, 'aggregate' | 'id' | 'type'> & { data: unknown; actor?: Recorded['actor'] }

const SUPERVISOR: Recorded['actor'] = { kind: 'supervisor', pid: 1 }

function recorded(told: readonly Told[]): Recorded[] {
  return told.map(
    (one, at) =>
      ({ seq: at + 1, at: at + 1, version: 1, cause: 'test', actor: SUPERVISOR, ...one }) as Recorded,
  )
}

/** Everything merges but what is named; a commit `x` has the tree `tree of x`. */
function oracle(conflicts: readonly string[] = []): Oracle {
  return { merges: (_, head) => !conflicts.includes(head), treeOf: (of) => `tree of ${of}` }
}

const queued = (id: string, more: object = {}): Told => ({
  aggregate: 'change',
  id,
  type: 'change.queued',
  data: {
    ...{ repository: 'r', session: null, name: id, branch: id, head: `${id}-head`, target: 'main' },
    ...{ checks: ['test'], message: '', ...more },
  },
})
const member = (id: string, base: string) => ({
  ...{ change: id, name: id, head: `${id}-head`, commit: `${base}+${id}`, tree: `tree of ${base}+${id}` },
})
function made(id: string, base: string, ids: readonly string[], more: object = {}): Told {
  const members: ReturnType<typeof member>[] = []
  for (const one of ids) members.push(member(one, members.at(-1)?.commit ?? base))
  const last = members.at(-1)?.commit ?? base
  const data = {
    ...{ repository: 'r', target: 'main', purpose: 'landing', base, members, commit: last, ref: null },
    ...{ tree: `tree of ${last}`, checks: ['test'], skipped: [], afresh: false, resolved: [], ...more },
  }
  return { aggregate: 'build', id, type: 'build.made', data }
}
function result(build: string, tree: string, exit: number, more: Partial<CheckResult> = {}): CheckResult {
  return {
    ...{
      command: 'test',
      tree: `tree of ${tree}`,
      exit,
      ms: 1,
      log: `/${build}.log`,
      tail: '',
      timedOut: false,
    },
    ...{ environment: 'tools', ...more },
  }
}
function ran(build: string, tree: string, exit: number, more: Partial<CheckResult> = {}): Told[] {
  const data = result(build, tree, exit, more)
  const { command, log } = data
  return [
    { aggregate: 'build', id: build, type: 'check.started', data: { command, tree: data.tree, log } },
    { aggregate: 'build', id: build, type: 'check.finished', data },
  ]
}
const intended = (build: string, old: string, to: string, more: object = {}): Told => ({
  aggregate: 'train',
  id: 'r',
  type: 'landing.intended',
  data: {
    ...{ build, target: 'main', old, new: to, tree: `tree of ${to}`, method: 'compare-and-swap' },
    ...{ checkout: null, ...more },
  },
})
function landed(build: string, old: string, ids: readonly string[], more: object = {}): Told[] {
  const members: (ReturnType<typeof member> & { session: null; branch: string })[] = []
  for (const id of ids)
    members.push({ ...member(id, members.at(-1)?.commit ?? old), session: null, branch: id })
  const to = members.at(-1)?.commit ?? old
  const tree = `tree of ${to}`
  const proof = { command: 'test', tree, exit: 0, ms: 1, log: `/${build}.log`, build, environment: 'tools' }
  const data = {
    ...{ build, target: 'main', old, new: to, tree, members, checks: [proof], skipped: [], resolved: [] },
    ...{ environment: 'tools', method: 'compare-and-swap', ms: 1, ...more },
  }
  return [
    { aggregate: 'train', id: 'r', type: 'train.landed', data },
    ...members.map((one) => ({
      aggregate: 'change' as const,
      id: one.change,
      type: 'change.landed' as const,
      data: { old, new: one.commit, tree: one.tree, build },
    })),
  ]
}
/** main at m1, and `a` landed on it as it should. */
const GOOD: Told[] = [
  queued('a'),
  made('b1', 'm1', ['a']),
  ...ran('b1', 'm1+a', 0),
  intended('b1', 'm1', 'm1+a'),
  ...landed('b1', 'm1', ['a']),
]
const without = (told: readonly Told[], type: string) => told.filter((one) => one.type !== type)
/** With the data of events of a type changed. */
const lied = (told: readonly Told[], type: string, data: object): Told[] =>
  told.map((one) => (one.type === type ? { ...one, data: { ...(one.data as object), ...data } } : one))

const target = (base: string, exit: number): Told[] => [
  made('t', base, [], { purpose: 'target' }),
  ...ran('t', base, exit),
]
const suspected = (build: string, tree: string): Told => ({
  aggregate: 'change',
  id: 'a',
  type: 'change.suspected',
  data: { build, result: result(build, tree, 1), detail: '' },
})
const ejected = (builds: readonly string[], more: object = {}): Told => ({
  aggregate: 'change',
  id: 'a',
  type: 'change.ejected',
  data: {
    ...{ reason: 'checks', detail: '', files: [], log: null, base: 'm1' },
    ...{ evidence: builds.map((build) => result(build, 'm1+a', 1)), ...more },
  },
})
/** `a` fails twice on a green target, as it should before it is ejected. */
const BLAME: Told[] = [
  queued('a'),
  ...target('m1', 0),
  made('b1', 'm1', ['a']),
  ...ran('b1', 'm1+a', 1),
  suspected('b1', 'm1+a'),
  made('b2', 'm1', ['a'], { purpose: 'retest', afresh: true }),
  ...ran('b2', 'm1+a', 1),
  ejected(['b1', 'b2']),
]
const paused: Told = {
  aggregate: 'train',
  id: 'r',
  type: 'train.paused',
  data: { why: 'red', main: { target: 'main', commit: 'm1', command: 'test', log: '/l' } },
}

describe('laws of the journal', () => {
  it('finds nothing in what is right', () => {
    expect(brokenLaws(recorded(GOOD), oracle())).toEqual([])
    expect(brokenLaws(recorded(BLAME), oracle())).toEqual([])
  })

  const LIES: [string, string, Told[]][] = [
    ['G1', 'nothing was run', GOOD.filter((one) => !one.type.startsWith('check.'))],
    ['G1', 'the run was red', lied(GOOD, 'check.finished', { exit: 1 })],
    ['G1', 'the run timed out', lied(GOOD, 'check.finished', { timedOut: true })],
    ['G1', 'the run changed tracked files', lied(GOOD, 'check.finished', { dirtied: ['x'] })],
    ['G1', 'another tree was tested', lied(GOOD, 'check.finished', { tree: 'other' })],
    ['G1', 'another commit is intended', lied(GOOD, 'landing.intended', { new: 'x' })],
    ['G1', 'another commit lands', lied(GOOD, 'train.landed', { new: 'x' })],
    ['G1', 'a check is missing', lied(GOOD, 'train.landed', { checks: [] })],
    ['G2', 'nobody intended it', without(GOOD, 'landing.intended')],
    ['G2', 'main was elsewhere', lied(GOOD, 'landing.intended', { old: 'm0' })],
    [
      'G2',
      'the build had ended',
      [
        ...GOOD.slice(0, 4),
        { aggregate: 'build', id: 'b1', type: 'build.ended', data: { why: 'base-moved', detail: '' } },
        ...GOOD.slice(4),
      ],
    ],
    ['G3', 'it lands twice', [...GOOD, ...landed('b1', 'm1', ['a'])]],
    [
      'G3',
      'it is held',
      [
        ...GOOD.slice(0, 4),
        { aggregate: 'change', id: 'a', type: 'change.held', data: { why: '' } },
        ...GOOD.slice(4),
      ],
    ],
    ['G3', 'another member lands', lied(GOOD, 'train.landed', { members: [] })],
    ['G9', 'one red run is enough', [...BLAME.slice(0, -1), ejected(['b1'])]],
    ['G9', 'the same run counts twice', [...BLAME.slice(0, -1), ejected(['b1', 'b1'])]],
    ['G9', 'the run was green', [...BLAME.slice(0, -1), ejected(['b1', 't'])]],
    [
      'G9',
      'another one was tested behind it',
      [...BLAME.slice(0, -1), made('b3', 'm1', ['a', 'c']), ...ran('b3', 'm1+a+c', 1), ejected(['b1', 'b3'])],
    ],
    ['G9', 'a supervisor speaks as a person', [queued('a'), ejected([], { reason: 'person' })]],
    ['G10', 'the target was never seen green', BLAME.filter((one) => one.id !== 't')],
    [
      'G10',
      'the target is red',
      BLAME.map((one) => (one.id === 't' ? lied([one], 'check.finished', { exit: 1 })[0]! : one)),
    ],
    ['G10', 'the train stands before a red target', [...BLAME.slice(0, -1), paused, ejected(['b1', 'b2'])]],
    [
      'G11',
      'one before it is passed over',
      [
        queued('a'),
        queued('c'),
        made('b1', 'm1', ['c']),
        ...ran('b1', 'm1+c', 0),
        intended('b1', 'm1', 'm1+c'),
        ...landed('b1', 'm1', ['c']),
      ],
    ],
    [
      'G11',
      'two land the wrong way round',
      [
        queued('a'),
        queued('c'),
        made('b1', 'm1', ['c', 'a']),
        ...ran('b1', 'm1+c+a', 0),
        intended('b1', 'm1', 'm1+c+a'),
        ...landed('b1', 'm1', ['c', 'a']),
      ],
    ],
    ['G12', 'it was tested with other tools', lied(GOOD, 'check.finished', { environment: 'older' })],
    [
      'G10',
      'the target was green with other tools',
      BLAME.map((one) =>
        one.id === 't' ? lied([one], 'check.finished', { environment: 'older' })[0]! : one,
      ),
    ],
    ['G13', 'a result of no check that was begun', without(GOOD, 'check.started')],
    [
      'G15',
      'the branch was pinned anew',
      [...GOOD.slice(0, 4), queued('a', { head: 'newer' }), ...GOOD.slice(4)],
    ],
    ['G16', 'two landings at once', [...GOOD.slice(0, 5), ...GOOD.slice(4)]],
    ['G18', 'what merges is called a conflict', [queued('a'), ejected([], { reason: 'conflict' })]],
  ]
  it.each(LIES)('%s: %s', (guarantee, _, told) => {
    const found = brokenLaws(recorded(told), oracle())
    expect(found.map((one) => one.split(':')[0])).toContain(guarantee)
  })

  it('lets pass by what does not merge in its turn', () => {
    const told = [
      queued('a'),
      queued('c'),
      made('b1', 'm1', ['c']),
      ...ran('b1', 'm1+c', 0),
      intended('b1', 'm1', 'm1+c'),
      ...landed('b1', 'm1', ['c']),
    ]
    expect(brokenLaws(recorded(told), oracle(['a-head']))).toEqual([])
  })
})

describe('git beside the journal', () => {
  let home: string
  let s: Station
  beforeEach(async () => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-invariants-')))
    const repo = await repositoryWith(join(home, 'repo'), { 'README.md': 'x\n' })
    s = await openStation(repo, home)
    await enqueue(s, 'one', branch(repo, 'one', { 'one.txt': '1\n' }))
    await settle(s)
  })
  afterEach(async () => {
    await s.journal.close()
    rmSync(home, { recursive: true, force: true })
  })
  const judged = (mine: string[] = [], good = ['one']) =>
    violations(s.repo.root, s.stateDir, s.journal, { good, mine })

  it('condemns what main and the files say against the journal', async () => {
    const { root } = s.repo
    expect(await judged()).toEqual([])
    expect(await judged([], [])).toEqual([expect.stringMatching(/^G3: one is landed, not ejected/)])

    write(root, { '.git/x.lock': '', 'README.md': 'dirty\n', [`../train/attempts/left/x`]: '' })
    sh(root, 'update-ref', 'refs/worktrain/cand/left', 'main')
    expect(await judged()).toEqual([
      expect.stringMatching(/^G6: the checkout is out of step/),
      expect.stringMatching(/^G8: a lock was left: x.lock/),
      'G8: a candidate was left: left',
      'G8: a workspace of the train was left',
    ])
    rmSync(join(root, '.git/x.lock'))
    rmSync(join(home, 'train/attempts/left'), { recursive: true })
    sh(root, 'update-ref', '-d', 'refs/worktrain/cand/left')
    sh(root, 'checkout', '-q', '--', 'README.md')

    // Something of ours that nobody knows of, and then all of it taken back.
    const ours = { cwd: root, env: { ...ENV, GIT_COMMITTER_NAME: 'Worktrain' }, encoding: 'utf8' } as const
    const args = ['commit-tree', '-p', 'main', '-m', 'x', sh(root, 'rev-parse', 'main^{tree}')]
    const stray = execFileSync('git', args, ours).trim()
    const mine = commit(root, { 'mine.txt': 'x\n' })
    sh(root, 'reset', '-q', '--hard', 'HEAD~1')
    expect(await judged([mine])).toEqual([
      expect.stringMatching(/^G2: main was at .* and has lost it/),
      expect.stringMatching(/^G2: main lost .* of the person/),
    ])
    sh(root, 'reset', '-q', '--hard', mine)
    sh(root, 'reset', '-q', '--soft', stray)
    expect((await judged()).join('\n')).toMatch(/^G1: main holds .* which no landing explains/m)
    sh(root, 'reset', '-q', '--hard', `${stray}~2`)
    expect((await judged()).join('\n')).toMatch(/^G3: one is landed, which main contradicts/m)
  })
})
