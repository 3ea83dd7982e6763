/** By which landing a commit got to the target, of real histories and of journals old and new. */
import { describe, expect, test } from 'vitest'
import type { LandingView } from '../../src/protocol/api.ts'
import type { Recorded } from '../../src/protocol/events.ts'
import { commitStory, type CommitFacts } from '../../src/supervisor/trains/commit-story.ts'
import {
  describe as described,
  landingThrough,
  oldLandings,
  throughWhich,
} from '../../src/supervisor/trains/history.ts'
import { takenBy } from '../../src/supervisor/trains/undo.ts'
import { landing, NOW, oid } from '../cli/fixtures.ts'
import { commit, repository, sh } from '../git/repo.ts'

test('the commit of the target that brought another', async () => {
  const repo = await repository()
  const { root } = repo
  const first = sh(root, 'rev-parse', 'main')
  sh(root, 'checkout', '-q', '-b', 'api')
  const one = commit(root, { 'one.txt': '1' })
  const two = commit(root, { 'two.txt': '2' })
  sh(root, 'checkout', '-q', 'main')
  const hand = commit(root, { 'hand.txt': 'h' }, 'By hand')
  // While the branch is at work the line goes on: these came before it, and do not have it.
  for (let n = 0; n < 5; n += 1) commit(root, { 'line.txt': `${n}` })
  sh(root, 'merge', '-q', '--no-ff', '-m', 'api: Add\n\nWorktrain-Change: c1', 'api')
  const merge = sh(root, 'rev-parse', 'main')
  for (let n = 5; n < 9; n += 1) commit(root, { 'line.txt': `${n}` })
  const main = sh(root, 'rev-parse', 'main')
  const through = (of: string) => throughWhich(repo, of, main)
  expect(await through(one)).toBe(merge)
  expect(await through(two)).toBe(merge)
  expect(await through(merge)).toBe(merge)
  expect(await through(hand)).toBe(hand)
  expect(await through(first)).toBe(first)
  expect(await through(main)).toBe(main)
  expect(await described(repo, merge)).toMatchObject({
    subject: 'api: Add',
    author: 'A Person <person@example.org>',
    committer: 'A Person <person@example.org>',
    trailer: 'c1',
  })
})

test('landings of a journal from before there were builds', () => {
  const event = (seq: number, type: string, id: string, data: object) =>
    ({
      seq,
      at: NOW + seq,
      type,
      aggregate: 'change',
      id,
      data,
      version: seq,
      cause: '',
      actor: { kind: 'person', via: 'cli' },
    }) as unknown as Recorded
  const queued = {
    repository: 'r1',
    session: 's1',
    name: 'api',
    branch: 'worktrain/api',
    head: 'h',
    target: 'main',
    checks: ['npm test'],
    message: '',
  }
  const events = [
    event(1, 'change.queued', 'c1', queued),
    event(2, 'change.queued', 'c2', { ...queued, repository: 'r2' }),
    event(3, 'check.finished', 'c1', { command: 'npm test', tree: 't0', exit: 0, ms: 5, log: '/l0' }),
    event(4, 'check.finished', 'c1', { command: 'npm test', tree: 't1', exit: 1, ms: 5, log: '/l1' }),
    event(5, 'check.finished', 'c1', { command: 'npm test', tree: 't1', exit: 0, ms: 6, log: '/l2' }),
    event(6, 'change.landed', 'c1', { old: 'a', new: 'b', tree: 't1' }),
    event(7, 'change.landed', 'c2', { old: 'a', new: 'c', tree: 't1' }),
    // One of now: its landing is the train's to tell. And one that was in the target already.
    event(8, 'change.landed', 'c1', { old: 'b', new: 'd', tree: 't2', build: 'b1' }),
    event(9, 'change.landed', 'c1', { old: 'd', new: 'd', tree: 't2' }),
  ]
  expect(oldLandings(events, 'r1')).toEqual([
    expect.objectContaining({
      seq: 6,
      old: 'a',
      new: 'b',
      ms: 5,
      members: [expect.objectContaining({ change: 'c1', name: 'api', commit: 'b' })],
      checks: [expect.objectContaining({ command: 'npm test', exit: 0, ms: 6, log: '/l2' })],
    }),
  ])
})

describe('what is taken back', () => {
  const all: LandingView[] = [
    landing(['api'], { seq: 1 }),
    landing(['web', 'docs'], { seq: 2 }),
    landing(['api', 'docs-of-web'], { seq: 3, new: oid('m-docs-of-web') }),
  ]
  const names = (what: string | null) => takenBy(all, what)?.members.map(({ name }) => name) ?? null
  const seq = (what: string | null) => takenBy(all, what)?.landing.seq

  test('the last landing as a whole, or the newest change of that name alone', () => {
    expect(names(null)).toEqual(['api', 'docs-of-web'])
    expect([names('api'), seq('api')]).toEqual([['api'], 3])
    expect([names('docs'), seq('docs')]).toEqual([['docs'], 2])
    expect([names('we'), seq('we')]).toEqual([['web'], 2])
    expect([names('c-web'), seq('c-web')]).toEqual([['web'], 2])
    expect(names('main~3')).toBe(null)
    expect(() => takenBy(all, 'doc')).toThrow('"doc" may be docs or docs-of-web.')
    expect(() => takenBy([], null)).toThrow('Nothing has landed yet')
  })

  test('by a commit of the target', () => {
    expect(landingThrough(all, oid('m-web'))?.seq).toBe(2)
    expect(landingThrough(all, oid('m-docs-of-web'))?.seq).toBe(3)
    expect(landingThrough(all, oid('nobody'))).toBe(null)
  })
})

test('how it got there, as one paragraph', () => {
  const together = landing(['api', 'web'], {
    at: NOW,
    checks: [
      {
        command: 'npm test',
        tree: oid('tree'),
        exit: 0,
        ms: 41_000,
        log: '/l',
        build: 'b1',
        environment: 'e',
        tests: { format: 'tap', passed: 40, failed: 0, skipped: 0, failures: [] },
      },
    ],
    skipped: [{ command: 'npm run docs', why: 'nothing in docs/** changed' }],
  })
  const of: CommitFacts = {
    commit: oid('h-api'),
    subject: 'Add the API',
    author: 'Pat <pat@example.com>',
    committer: 'Pat <pat@example.com>',
    at: NOW - 3_600_000,
    trailer: null,
    target: 'main',
    through: oid('m-api'),
    bringer: { subject: 'api: Add', author: 'Worktrain', committer: 'Worktrain', at: NOW, trailer: 'c-api' },
    landing: together,
    member: together.members[0] ?? null,
    put: { at: NOW - 600_000, actor: { kind: 'person', via: 'cli' } },
  }
  expect(commitStory(of)).toMatchInlineSnapshot(
    `"It came with the change api (682d617069 of worktrain/api), which landed on main on 2026-11-21 12:00 UTC together with web. It was put on the train by you (cli) on 2026-11-21 11:50 UTC. main moved from 6261736500 to 6d61696e00, past 6d2d617069. The tree of 6d61696e00, with everything that landed together, is 7472656500, and exactly that was tested: \`npm test\` ended with exit 0 after 41.0 s, 40 tests passed. \`npm run docs\` was not needed: nothing in docs/** changed."`,
  )
  expect(commitStory({ ...of, landing: null, member: null, put: null })).toMatchInlineSnapshot(
    `"No landing of this train brought it: it came with 6d2d617069, "api: Add", committed by Worktrain on 2026-11-21 12:00 UTC, and main was moved to 6d2d617069 or past it by hand. The message of 6d2d617069 says that a train landed it as change c-api, but this journal does not know that landing."`,
  )
  expect(
    commitStory({
      ...of,
      commit: oid('hand'),
      through: oid('hand'),
      bringer: null,
      landing: null,
      member: null,
      put: null,
    }),
  ).toMatchInlineSnapshot(
    `"No landing of this train brought it: Pat <pat@example.com> committed it on 2026-11-21 11:00 UTC, and main was moved to 68616e6400 or past it by hand."`,
  )
})
