import { describe, expect, test } from 'vitest'
import { evolve, sessionProjection } from '../../src/sessions/evolve.ts'
import type { Recorded } from '../../src/protocol/index.ts'
import { event, fold, observed, planned, working } from './fixtures.ts'

const question = {
  id: 'q1',
  kind: 'permission' as const,
  tool: 'Bash',
  summary: 'Bash: rm -rf build',
  input: {},
  questions: [],
  openedAt: 10,
}

describe('the three facets of a session', () => {
  test('start: planned, preparing, active; process and activity follow their own events', () => {
    const s = working('s1', 'fix')
    expect(s.stage).toBe('active')
    expect(s.process).toMatchObject({ state: 'running', generation: 1, pid: 99 })
    expect(s.activity).toMatchObject({ state: 'working', source: 'host' })
    expect(s.conversation?.id).toBe('c1')
  })

  test('a stage is as old as its last change', () => {
    const stage = (seq: number, to: 'handed-off' | 'landed') =>
      event('s1', seq, 'session.stage', { stage: to, why: 'as told' })
    const landed = working('s1', 'fix', stage(20, 'handed-off'), stage(30, 'landed'))
    const more = working('s1', 'fix', stage(20, 'handed-off'), stage(30, 'landed'), stage(40, 'landed'))
    expect(landed.stageAt).toBeGreaterThan(working('s1', 'fix', stage(20, 'handed-off')).stageAt)
    expect(more.stageAt).toBe(landed.stageAt)
  })

  test('a late report of an old process changes nothing', () => {
    const s = working(
      's1',
      'fix',
      event('s1', 6, 'process.launching', {
        generation: 2,
        conversation: 'c1',
        headless: false,
        rung: 'bubblewrap',
        rungWhy: '',
      }),
      event('s1', 7, 'process.exited', { generation: 1, code: 1, signal: null, asked: false }),
    )
    expect(s.process).toMatchObject({ state: 'starting', generation: 2 })
  })

  test('an exit with an error is failing, one that was asked for is not', () => {
    const exit = (asked: boolean) =>
      event('s1', 9, 'process.exited', { generation: 1, code: 143, signal: null, asked })
    expect(working('s1', 'fix', exit(false)).activity.state).toBe('failing')
    expect(working('s1', 'fix', event('s1', 8, 'session.stopping', {}), exit(false)).activity.state).toBe(
      'idle',
    )
  })

  test('a lost host makes the activity unknown and closes its questions', () => {
    const s = working(
      's1',
      'fix',
      event('s1', 8, 'question.opened', { question }),
      event('s1', 9, 'process.lost', { generation: 1, why: 'gone' }),
    )
    expect(s.activity).toMatchObject({ state: 'unknown', evidence: 'gone' })
    expect(s.questions).toEqual([])
  })

  test('settling the last question ends the asking state; settling one of two does not', () => {
    const asking = observed('s1', 8, 'needs-permission')
    const settled = event('s1', 9, 'question.settled', { id: 'q1', by: 'person', answer: 'allowed' })
    const one = working('s1', 'fix', event('s1', 7, 'question.opened', { question }), asking, settled)
    expect(one.activity.state).toBe('working')
    const inTerminal = event('s1', 9, 'question.settled', {
      id: 'q1',
      by: 'terminal',
      answer: 'in the terminal',
    })
    const esc = working('s1', 'fix', event('s1', 7, 'question.opened', { question }), asking, inTerminal)
    expect(esc).toMatchObject({ questions: [], activity: { state: 'needs-permission' } })
    const two = working(
      's1',
      'fix',
      event('s1', 6, 'question.opened', { question: { ...question, id: 'q0' } }),
      event('s1', 7, 'question.opened', { question }),
      asking,
      settled,
    )
    expect(two.activity.state).toBe('needs-permission')
    expect(two.questions.map((q) => q.id)).toEqual(['q0'])
  })

  test('a prompt after the handoff makes the session active again', () => {
    const s = working(
      's1',
      'fix',
      event('s1', 8, 'session.stage', { stage: 'handed-off', why: 'reported' }),
      event('s1', 9, 'prompt.queued', { prompt: 'p1', text: 'more', from: 'person' }),
      event('s1', 10, 'prompt.sent', { prompt: 'p1', text: 'more', from: 'person' }),
    )
    expect(s.stage).toBe('active')
    expect(s.queue).toEqual([])
  })

  test('what refused a removal is no longer said once it lands', () => {
    const refused = event('s1', 20, 'removal.refused', { reasons: ['not in main'] })
    const stage = (to: 'active' | 'on-train') =>
      working('s1', 'fix', refused, event('s1', 21, 'session.stage', { stage: to, why: '' })).removal.refused
    expect([stage('active'), stage('on-train')]).toEqual([['not in main'], []])
  })

  test('removal of a landed session leaves it landed; of another one, discarded; restore undoes it', () => {
    const trashed = event('s1', 20, 'removal.trashed', { directory: '/t', refs: [], until: 99 })
    const landed = event('s1', 10, 'session.stage', { stage: 'landed', why: 'landed' })
    expect(working('s1', 'fix', landed, trashed).stage).toBe('landed')
    expect(working('s1', 'fix', trashed).stage).toBe('discarded')
    const back = working('s1', 'fix', trashed, event('s1', 21, 'removal.restored', { path: '/w/fix' }))
    expect(back).toMatchObject({ stage: 'active', trashed: null })
  })

  test('an update moves the base, so that main’s own changes do not count as the session’s', () => {
    const s = working(
      's1',
      'fix',
      event('s1', 8, 'session.updated', { from: 'a', to: 'c'.repeat(40), result: 'merged' }),
    )
    expect(s.base.oid).toBe('c'.repeat(40))
  })

  test('an update to what it has already leaves what is known of its work', () => {
    const main = working('s1', 'fix').base.oid
    const known = event('s1', 8, 'merge.predicted', { main, head: 'h', clean: true, files: [] })
    const updated = event('s1', 9, 'session.updated', { from: main, to: main, result: 'merged' })
    expect(working('s1', 'fix', known, updated).merges).toMatchObject({ clean: true })
  })

  test('the shape of the state belongs to the version of its projection: change both', () => {
    expect(
      [sessionProjection.version, ...Object.keys(fold(planned('s1', 'fix'))).sort()].join(' '),
    ).toMatchInlineSnapshot(
      `"14 activeLimit activity background base branch brief cell claimed commands conversation createdAt dismissed diverged endedAt existingBranch given granted grants handedOff handoff head hostSeq id lastMessage merges messages name news notUpdated note pinned process purged questions queue refusalCount removal repository resolver resolves seenAt snapshot stage stageAsks stageAt stageWhy strayed trashed turns unguarded unreviewedLimit updating usage usageAt waitsBecause waitsFor wanted work workspace"`,
    )
  })

  test('events of a newer version change nothing and do not throw', () => {
    const s = fold(planned('s1', 'fix'))
    const future = {
      ...event('s1', 9, 'session.noted', { note: 'x' }),
      type: 'session.levitated',
    } as unknown as Recorded
    expect(evolve(s, future)).toEqual(s)
  })
})
