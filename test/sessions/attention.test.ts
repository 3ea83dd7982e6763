import type { AttentionItem } from '../../src/protocol/attention.ts'
import { describe, expect, test } from 'vitest'
import { admission } from '../../src/sessions/admission.ts'
import { attention } from '../../src/sessions/attention/find.ts'
import { completeHandoff } from '../../src/sessions/handoff.ts'
import { view } from '../../src/sessions/view.ts'
import { evolve } from '../../src/sessions/evolve.ts'
import { event, fold, nobodyElse as none, observed, planned, working } from './fixtures.ts'

const stopped = (session: string): AttentionItem => ({
  id: 'train-red:r1:4',
  kind: 'train-red',
  session: { id: session, name: 'fix' },
  repository: { id: 'r1', root: '/r' },
  why: 'main is red',
  since: 4,
  age: 96,
  blocks: { sessions: [], train: 2 },
  action: 'worktrain train resume',
  actions: [],
})

describe('attention', () => {
  test('a working session needs nobody', () => {
    expect(attention(working('s1', 'fix'), none)).toEqual([])
  })

  test('an idle turn is done; with work in the background it is not', () => {
    expect(attention(working('s1', 'fix', observed('s1', 9, 'idle')), none)[0]?.kind).toBe('done')
    expect(attention(working('s1', 'fix', observed('s1', 9, 'idle', 'Stop', 1)), none)).toEqual([])
  })

  test('a dialog that no hook told of can only be answered in the terminal', () => {
    const [item] = attention(working('s1', 'fix', observed('s1', 9, 'needs-permission')), none)
    expect(item).toMatchObject({ kind: 'dialog', action: 'worktrain attach fix' })
  })

  test('its kind stands beside it, and is not said again', () => {
    const says = event('s1', 9, 'session.told-person', { message: 'm1', text: 'Which one?' })
    expect(attention(working('s1', 'fix', says), none)).toMatchObject([
      { kind: 'message', why: 'Which one?' },
    ])
  })

  test('each item carries the command that settles it', () => {
    const lost = working('s1', 'fix', event('s1', 9, 'process.lost', { generation: 1, why: 'gone' }))
    expect(attention(lost, none)).toMatchObject([{ kind: 'interrupted', action: 'worktrain resume fix' }])
    const failed = fold(
      planned('s1', 'fix'),
      event('s1', 3, 'workspace.failed', { code: 'DISK_FULL', message: 'full', step: 'make' }),
    )
    expect(attention(failed, none)).toMatchObject([{ kind: 'setup-failed', why: 'full' }])
    const ejected = {
      ...none,
      change: {
        id: 'c1',
        state: 'ejected',
        why: 'checks red',
        at: 5,
        checked: true,
        conflicts: null,
        mayPass: false,
      },
    }
    expect(attention(working('s1', 'fix', observed('s1', 9, 'idle')), ejected)).toMatchObject([
      { kind: 'ejected', why: 'checks red' },
    ])
    // Where no check has run for it there is no output to look at.
    const offers = (checked: boolean): boolean => {
      const facts = { ...none, change: { ...ejected.change, checked } }
      const [item] = attention(working('s1', 'fix', observed('s1', 9, 'idle')), facts)
      return item?.actions.some(({ label }) => label === 'what the checks printed') ?? false
    }
    expect([offers(true), offers(false)]).toEqual([true, false])
  })

  describe('the same commit fails again: first somebody mends it', () => {
    const conflicts = { main: 'm', files: ['a'] }
    const change = {
      id: 'c1',
      state: 'ejected',
      why: 'red',
      at: 5,
      checked: false,
      conflicts,
      mayPass: false,
    }
    const conflict = event('s1', 10, 'merge.predicted', {
      main: 'd'.repeat(40),
      head: 'h',
      clean: false,
      files: ['a'],
    })
    const idle = working('s1', 'fix', observed('s1', 9, 'idle'), conflict)
    const offered = (more: Partial<typeof none>) =>
      attention(idle, { ...none, ...more }).map(({ kind, action, actions }) => [
        kind,
        actions.map(({ key }) => key).join(''),
        action,
      ])

    test('its own session if it takes prompts, else one that is started for it; and a conflict is one matter', () => {
      const merge = "worktrain send fix 'Run git merge m and resolve the conflicts.'"
      expect(offered({ change })).toEqual([['ejected', 'MRrtok', merge]])
      const resolve = 'worktrain train retry fix --resolve-with claude'
      expect(offered({ change, takesPrompts: false })).toEqual([['ejected', 'Rrok', resolve]])
      const nobody = { change, takesPrompts: false, mender: null }
      expect(offered(nobody)).toEqual([['ejected', 'rok', 'worktrain train retry fix']])
    })

    test('of red checks too, but not of what may be gone by now', () => {
      const red = { ...change, conflicts: null }
      const tell = 'worktrain send fix TEXT'
      expect(offered({ change: red })[0]).toEqual(['ejected', 'tRrok', tell])
      expect(offered({ change: { ...red, mayPass: true } })[0]).toEqual([
        'ejected',
        'rtRok',
        'worktrain train retry fix',
      ])
    })

    test('before it is tried, what mends it is offered likewise', () => {
      const merge = "worktrain send fix 'Run git merge dddddddddd and resolve the conflicts.'"
      expect(offered({})).toEqual([['conflict', 'Mutk', merge]])
      const land = 'worktrain land fix --resolve-with claude'
      expect(offered({ takesPrompts: false })).toEqual([['conflict', 'Ruk', land]])
      const nobody = { takesPrompts: false, mender: null }
      expect(offered(nobody)).toEqual([['conflict', 'uk', 'worktrain update fix']])
    })
  })

  test('an ejected change asks for the person only where nobody else is at it', () => {
    const change = {
      id: 'c1',
      state: 'ejected',
      why: 'checks red',
      at: 5,
      checked: true,
      conflicts: null,
      mayPass: false,
    }
    const idle = working('s1', 'fix', observed('s1', 9, 'idle'))
    const kinds = (s: typeof idle, more = {}) =>
      attention(s, { ...none, change, ...more }).map(({ kind }) => kind)
    expect(kinds(idle)).toEqual(['ejected'])
    expect(kinds(idle, { repairedBy: 'fix-resolve' })).not.toContain('ejected')
    const prompt = event('s1', 10, 'prompt.queued', { prompt: 'p', text: 'repair it', from: 'train' })
    expect(kinds(working('s1', 'fix', observed('s1', 9, 'idle'), prompt))).not.toContain('ejected')
    expect(kinds({ ...idle, stage: 'landed' })).not.toContain('ejected')
    const stays = event('s1', 10, 'session.stage', {
      stage: 'active',
      why: 'ejected from the train: red; 3 times in a row',
      asks: true,
    })
    expect(
      attention(working('s1', 'fix', observed('s1', 9, 'idle'), stays), { ...none, change })[0],
    ).toMatchObject({ kind: 'ejected', why: 'red; 3 times in a row' })
  })

  test('a train that waits is told by the session that it names', () => {
    const train = stopped('s1')
    const queued = { ...working('s1', 'fix', observed('s1', 9, 'idle')), stage: 'on-train' as const }
    expect(attention(queued, { ...none, train })).toEqual([train])
    expect(attention(queued, { ...none, train: stopped('s2') })).toEqual([])
    expect(attention(queued, none)).toEqual([])
  })

  test('a handoff that could not be landed as asked says why', () => {
    const why = 'handed off, but not landed: fix has 1 uncommitted files: x.'
    const s = working(
      's1',
      'fix',
      observed('s1', 9, 'idle'),
      event('s1', 10, 'session.stage', { stage: 'handed-off', why }),
    )
    expect(attention(s, none)).toMatchObject([
      { kind: 'ready', why: 'not landed: fix has 1 uncommitted files: x.' },
    ])
  })

  describe('what is handed off', () => {
    const s = working(
      's1',
      'fix',
      observed('s1', 9, 'idle'),
      event('s1', 10, 'session.stage', { stage: 'handed-off', why: 'handed off' }),
    )
    const offered = (reviewed: boolean) => {
      const [item] = attention(s, { ...none, reviewed })
      return { ...item, keys: item?.actions.map(({ key, label }) => `${key} ${label}`) }
    }

    test('is to be reviewed first, and approved by one key', () => {
      expect(offered(false)).toMatchObject({
        why: 'not reviewed yet',
        action: 'worktrain review fix',
        keys: [
          'v review it',
          'y approve it',
          'Y approve and land it',
          't hand it back with a message',
          'l land it',
          'o its terminal',
        ],
      })
    })

    test('is told as rejected once it is, and whether its session knows', () => {
      const why = (told: boolean) =>
        attention(s, { ...none, rejected: { reason: 'too slow', told } }).map((item) => item.why)
      expect(why(true)).toEqual(['rejected: too slow'])
      expect(why(false)).toEqual(['rejected, and nobody could be told: too slow'])
    })

    test('offers once rejected what follows from that, to whom it can be said', () => {
      const ended = { ...s, process: { ...s.process, state: 'exited' as const } }
      const rejected = { reason: 'too slow', told: false }
      const keys = (takesPrompts: boolean) =>
        attention(ended, { ...none, rejected, takesPrompts })[0]?.actions.map(
          ({ key, label }) => `${key} ${label}`,
        )
      const others = [
        'v look at it again',
        'x remove it, into the trash',
        'y approve it after all',
        'Y approve and land it after all',
        'p what it printed',
      ]
      expect(keys(true)).toEqual(['t say more of what to do instead', ...others])
      expect(keys(false)).toEqual(['r run it again with your words', ...others])
      const [item] = attention(ended, { ...none, rejected, takesPrompts: false })
      expect(item?.action).toBe('worktrain resume fix TEXT')
      expect(item?.actions[0]).toMatchObject({
        needs: { into: ['text'], optional: false },
        does: { call: 'resume', input: { text: '' } },
      })
    })

    test('is to be committed first where not all that was approved is', () => {
      const [item] = attention(s, { ...none, reviewed: true, uncommitted: true })
      expect(item).toMatchObject({
        why: 'approved; not all of it is committed, and only commits land',
        action: "worktrain send fix 'Commit your work.'",
      })
      expect(item?.actions.map(({ key }) => key)).not.toContain('l')
    })

    test('is to be landed once it is approved, and nothing else than what was', () => {
      const item = offered(true)
      expect(item).toMatchObject({ why: 'approved', action: 'worktrain land fix --approved' })
      expect(item.keys?.[0]).toBe('l land it')
      expect(item.actions?.[0]?.does).toMatchObject({ call: 'land', input: { approved: true } })
      expect(item.keys).not.toContain('y approve it')
    })
  })

  test('a turn that has ended is not told by what it said, which stands beside it', () => {
    const ended = (lastMessage: string) =>
      working(
        's1',
        'fix',
        event('s1', 8, 'turn.finished', { lastMessage, background: 0 }),
        observed('s1', 9, 'idle'),
      )
    expect(attention(ended('What next?'), none)[0]?.why).toBe('a turn has ended')
    expect(attention(ended(''), none)[0]?.why).toBe('seen')
  })

  test('a turn that has ended is to be reviewed first as well', () => {
    const [item] = attention(working('s1', 'fix', observed('s1', 9, 'idle')), none)
    expect(item?.actions[0]).toMatchObject({ key: 'v', does: { show: 'review' } })
  })

  describe('paths that were refused only because nobody allowed them', () => {
    const refused = (at: number, ...wanted: string[]) =>
      event('s1', at, 'refusal.recorded', {
        ...{ source: 'guard', tool: 'Write', target: wanted[0] ?? '', why: 'not owned', instead: '' },
        wanted,
      })
    const ended = (at: number, background = 0) =>
      event('s1', at, 'turn.finished', { lastMessage: '', background })
    const idle = observed('s1', 90, 'idle')

    test('are one item, last, once it has done what it could without them', () => {
      expect(attention(working('s1', 'fix', refused(6, 'a.md')), none)).toEqual([])
      const s = working('s1', 'fix', refused(6, 'a.md'), refused(7, "b's.md"), ended(8), idle)
      expect(attention(s, none)).toMatchObject([
        { kind: 'done' },
        { kind: 'wants-paths', action: String.raw`worktrain allow fix a.md 'b'\''s.md'`, since: 7 },
      ])
      const many = working('s1', 'fix', refused(6, 'a', 'b', 'c', '-d', 'e'), ended(8), idle)
      expect(attention(many, none).at(-1)).toMatchObject({
        why: 'was refused c, -d, e and 2 more, outside what it owns',
        action: 'worktrain allow fix c ./-d e',
      })
    })

    test('are gone once allowed, asked on, or done without in a whole further turn', () => {
      const kinds = (...more: Parameters<typeof fold>) =>
        attention(working('s1', 'fix', refused(6, 'docs/a.md'), ...more, idle), none).map(({ kind }) => kind)
      expect(kinds(ended(8))).toContain('wants-paths')
      expect(kinds(ended(8, 1), ended(9))).toContain('wants-paths')
      expect(kinds(ended(8), ended(9))).toEqual(['done'])
      expect(kinds(ended(8), event('s1', 9, 'session.granted', { globs: ['docs/**'] }))).toEqual(['done'])
      expect(kinds(ended(8), event('s1', 9, 'session.granted', { globs: ['src/**'] }))).toContain(
        'wants-paths',
      )
      const sent = event('s1', 9, 'prompt.sent', { prompt: null, text: 'go on', from: 'person' })
      expect(kinds(ended(8), sent)).toEqual(['done'])
    })
  })

  test('nothing in the trash needs anyone', () => {
    const s = working(
      's1',
      'fix',
      observed('s1', 9, 'idle'),
      event('s1', 10, 'removal.trashed', { directory: null, refs: [], until: 1 }),
    )
    expect(attention(s, none)).toEqual([])
  })
})

describe('the view', () => {
  const facts = {
    ...{ ...none, now: 0, main: 'm1', hostSocket: null, takenBack: null, warnings: [] },
    touchedSince: null,
  }

  test('old evidence of work is shown as unknown, with its age', () => {
    const s = working('s1', 'fix', observed('s1', 1000, 'working', 'PreToolUse Bash'))
    expect(view(s, { ...facts, now: 61_000 }).activity.state).toBe('working')
    const old = view(s, { ...facts, now: 1000 + 16 * 60_000 })
    expect(old.activity.state).toBe('unknown')
    expect(old.activity.evidence).toContain('PreToolUse Bash')
    expect(old.attention[0]?.kind).toBe('unknown')
  })

  test('a prediction names what it was about, and is stale when main or the work has gone on (G19)', () => {
    const predicted = { main: 'm1', head: 'h1', clean: true, files: [] }
    const snapshot = { n: 1, tree: 't1', head: 'h1', ref: 'r', reason: 'turn', missing: [] }
    const s = { ...working('s1', 'fix', event('s1', 9, 'merge.predicted', predicted)), head: 'h1' }
    expect(view(s, facts).merges).toEqual({ ...predicted, at: 9, stale: null })
    expect(view(s, { ...facts, main: 'm2' }).merges?.stale).toBe('main has moved since')
    expect(view(s, { ...facts, main: null }).merges?.stale).toBeNull()
    const more = { ...s, snapshot: { ...snapshot, oid: 'h2', at: 12 } }
    expect(view(more, facts).merges?.stale).toBe('the work has changed since')
  })

  test('a prediction from the middle of a turn is about what was counted then, until that is saved', () => {
    const work = { commit: 'h2', tree: 't2', base: 'b', at: 5, files: 1, added: 2, removed: 0 }
    const s = working(
      's1',
      'fix',
      event('s1', 8, 'work.counted', work),
      event('s1', 9, 'merge.predicted', { main: 'm1', head: 'h2', clean: true, files: [] }),
    )
    expect(view(s, facts).merges?.stale).toBeNull()
    const more = evolve(s, event('s1', 10, 'work.counted', { ...work, commit: 'h3' }))
    expect(view(more, facts).merges?.stale).toBe('the work has changed since')
  })

  test('a count is no longer what there is when files have changed and nobody has looked for long', () => {
    const work = { commit: 'h2', tree: 't2', base: 'b', at: 5, files: 1, added: 2, removed: 0 }
    const s = working('s1', 'fix', event('s1', 8, 'work.counted', work))
    const seen = { files: 1, added: 2, removed: 0, at: 5, stale: null }
    const later = { ...facts, now: 200_000 }
    expect(view(s, later).work).toEqual(seen)
    expect(view(s, { ...later, touchedSince: 190_000 }).work).toEqual(seen)
    expect(view(s, { ...later, touchedSince: 10_000 }).work?.stale).toBe('files have changed since')
    const updated = event('s1', 9, 'session.updated', { from: 'b', to: 'm2', result: 'merged' })
    expect(view(evolve(s, updated), facts).work).toBeNull()
  })

  test('idle does not age', () => {
    const s = working('s1', 'fix', observed('s1', 1000, 'idle'))
    expect(view(s, { ...facts, now: 1e9 }).activity.state).toBe('idle')
  })
})

describe('admission', () => {
  const limits = { active: 2, unreviewed: 2 }

  test('waits for what it names until that has landed', () => {
    const first = working('s1', 'first')
    const second = fold(planned('s2', 'second', { after: ['first'] }))
    expect(admission(second, [first, second], limits)).toMatchObject({ admit: false, for: ['first'] })
    const landed = working('s1', 'first', event('s1', 9, 'session.stage', { stage: 'landed', why: 'landed' }))
    expect(admission(second, [landed, second], limits)).toEqual({ admit: true })
  })

  test('says so when what it waits for will never land', () => {
    const gone = working(
      's1',
      'first',
      event('s1', 9, 'removal.trashed', { directory: null, refs: [], until: 1 }),
    )
    const second = fold(planned('s2', 'second', { after: ['first'] }))
    const verdict = admission(second, [gone, second], limits)
    expect(verdict).toMatchObject({ admit: false })
    expect(JSON.stringify(verdict)).toContain('will not land')
  })

  test('new work waits when too much waits for the person', () => {
    const done = (id: string) =>
      working(
        id,
        id,
        event(id, 9, 'session.stage', { stage: 'handed-off', why: 'done' }),
        observed(id, 10, 'idle'),
      )
    const next = fold(planned('s3', 'c'))
    expect(admission(next, [done('s1'), next], limits)).toEqual({ admit: true })
    expect(admission(next, [done('s1'), done('s2'), next], limits)).toMatchObject({
      admit: false,
      because: 'review',
      why: expect.stringContaining('waits for you to review s1, s2: 2 handed off'),
    })
    // What is approved as it stands no longer waits.
    expect(admission(next, [done('s1'), done('s2'), next], limits, new Set(['s1']))).toEqual({ admit: true })
  })

  test('a place is free when a turn has ended, and only in the same repository', () => {
    const a = working('s1', 'a')
    const b = working('s2', 'b')
    const c = fold(planned('s3', 'c'))
    expect(admission(c, [a, b, c], limits)).toMatchObject({ admit: false })
    expect(admission(c, [a, { ...b, repository: 'r2' }, c], limits)).toEqual({ admit: true })
    expect(admission(c, [a, working('s2', 'b', observed('s2', 9, 'idle')), c], limits)).toEqual({
      admit: true,
    })
  })
})

describe('the handoff', () => {
  const claims = {
    filesChanged: ['a.js', 'b.js'],
    behaviourChanged: '',
    commandsRun: ['npm test', 'npm run lint'],
    risks: '',
    followUp: '',
  }

  test('marks what was claimed and not observed, and what was observed and not claimed', () => {
    const observedFacts = {
      files: [
        { path: 'a.js', added: 1, removed: 0 },
        { path: 'c.js', added: 1, removed: 0 },
      ],
      commands: [
        { command: 'npm test', exit: 0 },
        { command: 'npm test', exit: 1 },
      ],
    }
    expect(completeHandoff(claims, observedFacts, 5).unverified).toEqual([
      'it says it changed b.js; git shows no change there',
      'it does not mention c.js, which changed',
      'it says it ran `npm test`; it was last seen with exit 1',
      'it says it ran `npm run lint`; no such command was observed',
    ])
  })

  test('has nothing to mark when nothing was claimed', () => {
    expect(completeHandoff(null, { files: [], commands: [] }, 5).unverified).toEqual([])
  })
})
