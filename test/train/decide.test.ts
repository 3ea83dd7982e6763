/** What follows from what was tested: who lands, who is suspected, who is ejected, when the target is to blame. */
import { describe, expect, it } from 'vitest'
import type { BuildMember, CheckResult } from '../../src/protocol/index.ts'
import type { Build } from '../../src/train/build.ts'
import { decide, type Situation } from '../../src/train/decide/index.ts'
import { evidenceOf } from '../../src/train/evidence.ts'
import type { Change } from '../../src/train/ports.ts'
import { nothingRecorded } from '../../src/train/record.ts'

let place = 0
function change(id: string, more: Partial<Change> = {}): Change {
  place += 1
  return {
    ...{ id, repository: 'r', session: null, name: id, branch: id, head: `${id}-head`, target: 'main' },
    ...{ checks: ['test'], message: '', state: 'queued', queuedAt: 0, place, priority: 0, undoes: null },
    ...{ held: null, suspected: null, cleared: null, landed: null, ejected: null, ejections: 0 },
    ...{ resolver: null, returned: null },
    ...more,
  }
}

function member(id: string, at: string): BuildMember {
  return { change: id, name: id, head: `${id}-head`, commit: `${at}+${id}`, tree: `tree of ${at}+${id}` }
}

/** `base` with the changes merged on top, one after another. */
function build(base: string, ids: string[], more: Partial<Build> = {}): Build {
  const members: BuildMember[] = []
  for (const id of ids) members.push(member(id, members.at(-1)?.commit ?? base))
  const commit = members.at(-1)?.commit ?? base
  return {
    ...{
      id: `b-${base}-${ids.join('-')}`,
      repository: 'r',
      target: 'main',
      purpose: 'landing',
      base,
      members,
    },
    ...{ commit, tree: `tree of ${commit}`, ref: null, checks: ['test'], skipped: [], afresh: false },
    ...{ resolved: [], at: 1, results: [], begun: null, ended: null },
    ...more,
  }
}

function result(of: Build, exit: number, more: Partial<CheckResult> = {}): CheckResult {
  return {
    command: 'test',
    tree: of.tree,
    exit,
    ms: 1,
    log: `/log/${of.id}/${exit}`,
    tail: '',
    environment: '',
    ...more,
  }
}

function with_(of: Build, exit: number, more: Partial<CheckResult> = {}): Build {
  return { ...of, results: [...of.results, result(of, exit, more)] }
}

/** @param past builds that have ended */
function situation(
  changes: Change[],
  builds: Build[],
  more: Partial<Situation> = {},
  past: Build[] = [],
): Situation {
  const evidence = evidenceOf([...past, ...builds], '')
  return {
    ...{
      now: 1000,
      changes,
      builds,
      record: nothingRecorded(),
      target: 'main',
      main: 'm1',
      mainTree: 'tree of m1',
    },
    ...{
      mainWhy: null,
      environment: '',
      running: new Set<string>(),
      settings: { slots: 1, mode: 'prefix', verify: false },
    },
    proven: (tree, command) => tree === 'tree of m1' || evidence.proof(tree, command) !== null,
    resultIn: evidence.resultIn,
    mayLand: () => true,
    reds: evidence.reds,
    onlyFlaky: () => false,
    dirtiedBefore: () => false,
    conflicts: () => false,
    since: [],
    ...more,
  }
}

describe('landing', () => {
  it('lands the longest green prefix of the queue, whatever runs beside it', () => {
    const changes = ['a', 'b', 'c'].map((id) => change(id))
    const one = with_(build('m1', ['a']), 0)
    const two = with_(build('m1', ['a', 'b']), 0)
    const three = build('m1', ['a', 'b', 'c'])
    expect(decide(situation(changes, [one, two, three]))).toMatchObject({
      kind: 'intend',
      build: { id: two.id },
    })
  })

  it('lands the rest of a build when the target is at one of its inner merges', () => {
    const two = with_(build('m1', ['a', 'b']), 0)
    const changes = [change('a', { state: 'landed' }), change('b')]
    const s = situation(changes, [two], { main: 'm1+a', mainTree: 'tree of m1+a' })
    expect(decide(s)).toMatchObject({ kind: 'intend', build: { id: two.id } })
  })

  it('lands nothing that skips a change before it, and nothing whose change was pinned anew', () => {
    const skipping = with_(build('m1', ['b']), 0)
    expect(decide(situation([change('a'), change('b')], [skipping])).kind).not.toBe('intend')
    const old = with_(build('m1', ['a']), 0)
    const s = situation([change('a', { head: 'other' })], [old])
    expect(decide(s)).toMatchObject({ kind: 'end', data: { why: 'members' } })
  })

  it('lands nothing that was tested on another target: whatever moved it', () => {
    const green = with_(build('m0', ['a']), 0)
    expect(decide(situation([change('a')], [green]))).toMatchObject({
      kind: 'end',
      data: { why: 'base-moved', detail: expect.stringContaining('m0 to m1') },
    })
  })

  it('takes a proof of the same tree for the same tools, unless it is to be tested afresh', () => {
    const before = with_(build('m1', ['a'], { id: 'earlier' }), 0)
    const now = build('m1', ['a'])
    expect(decide(situation([change('a')], [now], {}, [before]))).toMatchObject({ kind: 'intend' })
    const afresh = { ...now, afresh: true }
    expect(decide(situation([change('a')], [afresh], {}, [before]))).toMatchObject({ kind: 'check' })
    const other = { ...before, results: [result(before, 0, { environment: 'other tools' })] }
    expect(decide(situation([change('a')], [now], {}, [other]))).toMatchObject({ kind: 'check' })
  })

  it('counts no verdict of its own that was reached with other tools, red or green', () => {
    for (const exit of [0, 1]) {
      const tested = with_(build('m1', ['a']), exit, { environment: 'other tools' })
      expect(decide(situation([change('a')], [tested]))).toMatchObject({ kind: 'check', command: 'test' })
    }
  })

  it('lands one change at a time where every commit must be green', () => {
    const changes = [change('a'), change('b')]
    const both = with_(build('m1', ['a', 'b']), 0)
    const settings = { slots: 2, mode: 'every-commit', verify: false } as const
    expect(decide(situation(changes, [both], { settings })).kind).not.toBe('intend')
    const first = with_(build('m1', ['a']), 0)
    expect(decide(situation(changes, [both, first], { settings }))).toMatchObject({
      kind: 'intend',
      build: { id: first.id },
    })
  })

  it('goes on testing while a landing is blocked, and does not try it again at once', () => {
    const green = with_(build('m1', ['a']), 0)
    const s = situation([change('a'), change('b')], [green], { mayLand: () => false })
    expect(decide(s)).toMatchObject({ kind: 'build', members: [{ id: 'a' }, { id: 'b' }] })
  })

  it('finishes a landing that was begun even when paused', () => {
    const record = { ...nothingRecorded(), paused: { why: 'lunch' } }
    const intent = {
      build: 'b',
      target: 'main',
      old: 'm1',
      new: 'x',
      tree: 't',
      method: 'fast-forward',
      checkout: null,
      at: 0,
    } as const
    expect(decide(situation([change('a')], [], { record: { ...record, intent } }))).toEqual({ kind: 'land' })
  })
})

describe('blame', () => {
  it('suspects a change that fails alone on a green target, and not one that fails behind others', () => {
    const changes = [change('a'), change('b')]
    const both = with_(build('m1', ['a', 'b']), 1)
    expect(decide(situation(changes, [both]))).toMatchObject({ kind: 'build', members: [{ id: 'a' }] })
    const alone = with_(build('m1', ['a']), 1)
    expect(decide(situation(changes, [both, alone]))).toMatchObject({ kind: 'suspect', change: { id: 'a' } })
  })

  it('asks the target before it blames anybody', () => {
    const alone = with_(build('m1', ['a']), 1)
    const proven = () => false
    const s = situation([change('a')], [alone], { proven })
    expect(decide(s)).toMatchObject({
      kind: 'build',
      purpose: 'target',
      base: 'm1',
      members: [],
      checks: ['test'],
    })
    const target = build('m1', [], { id: 'target', purpose: 'target' })
    expect(decide(situation([change('a')], [alone, target], { proven }))).toMatchObject({
      kind: 'check',
      build: { id: 'target' },
    })
  })

  it('ejects a suspect that fails again alone, with both runs as evidence', () => {
    const first = with_(build('m1', ['a'], { id: 'first' }), 1)
    const suspected = { build: 'first', result: first.results[0]!, detail: '', at: 0 }
    const parked = change('a', { state: 'parked', suspected })
    const again = with_(build('m1', ['a'], { purpose: 'retest', afresh: true }), 2)
    expect(decide(situation([parked], [again], {}, [first]))).toMatchObject({
      kind: 'eject',
      change: { id: 'a' },
      data: { reason: 'checks', base: 'm1', evidence: [{ exit: 1 }, { exit: 2 }] },
    })
  })

  it('clears a suspect that passes when it is tested again, behind what was built without it', () => {
    const suspected = { build: 'x', result: result(build('m1', ['a']), 1), detail: '', at: 0 }
    const parked = change('a', { state: 'parked', suspected })
    const again = with_(build('m1', ['a'], { purpose: 'retest', afresh: true }), 0)
    expect(decide(situation([parked], [again]))).toMatchObject({ kind: 'clear', change: { id: 'a' } })
    const cleared = change('a', { cleared: 5, place: 0 })
    const other = with_(build('m1', ['b'], { at: 3 }), 0)
    expect(decide(situation([cleared, change('b')], [other]))).toMatchObject({
      kind: 'intend',
      build: { id: other.id },
    })
  })

  it('judges a suspect on an older target only when that was landed green by the same check', () => {
    const suspected = { build: 'x', result: result(build('m0', ['a']), 1), detail: '', at: 0 }
    const parked = change('a', { state: 'parked', suspected })
    const again = with_(build('m0', ['a'], { purpose: 'retest', afresh: true }), 1)
    const moved = { kind: 'end', data: { why: 'base-moved' } }
    expect(decide(situation([parked], [again]))).toMatchObject(moved)
    const landings = [{ new: 'm0', tree: 'tree of m0' }]
    const record = { ...nothingRecorded(), landings } as unknown as Situation['record']
    expect(decide(situation([parked], [again], { record }))).toMatchObject(moved)
    const proven = (tree: string) => tree === 'tree of m0'
    expect(decide(situation([parked], [again], { record, proven }))).toMatchObject({
      kind: 'eject',
      data: { base: 'm0' },
    })
  })

  it('runs a check again at once when all that failed is known to flake, and once only', () => {
    const red = with_(build('m1', ['a']), 1)
    const s = situation([change('a')], [red], { onlyFlaky: () => true })
    expect(decide(s)).toMatchObject({ kind: 'end', data: { why: 'judged' } })
    const before = { ...red, id: 'earlier' }
    const again = situation([change('a')], [red], { onlyFlaky: () => true }, [before])
    expect(decide(again)).toMatchObject({ kind: 'suspect' })
  })

  it('starts anew once when a check changed tracked files', () => {
    const red = with_(build('m1', ['a']), 0, { dirtied: ['x'] })
    expect(decide(situation([change('a')], [red]))).toMatchObject({ kind: 'end', data: { why: 'dirtied' } })
    expect(decide(situation([change('a')], [red], { dirtiedBefore: () => true }))).toMatchObject({
      kind: 'suspect',
    })
  })
})

describe('a red target', () => {
  const proven = () => false
  const target = (base: string, exit: number, id = `t-${base}`) =>
    with_(build(base, [], { id, purpose: 'target', afresh: true }), exit)

  it('is tested twice before the train stops, and then ejects nobody', () => {
    const once = target('m1', 1)
    expect(decide(situation([change('a')], [once], { proven }))).toMatchObject({
      kind: 'end',
      data: { why: 'judged' },
    })
    const twice = situation([change('a')], [target('m1', 1, 'again')], { proven }, [once])
    expect(decide(twice)).toMatchObject({
      kind: 'pause',
      data: { why: expect.stringContaining('main is red at m1'), main: { commit: 'm1', suspects: [] } },
    })
  })

  it('names the commit that broke it, by halves', () => {
    const since = ['c1', 'c2', 'c3', 'm1']
    const record = nothingRecorded()
    const first = situation([change('a')], [target('m1', 1, 'again')], { proven, since }, [target('m1', 1)])
    const paused = decide(first)
    expect(paused).toMatchObject({ kind: 'pause', data: { main: { suspects: since } } })
    if (paused.kind !== 'pause') return
    record.paused = paused.data
    const changes = [change('a')]
    expect(decide(situation(changes, [], { proven, record }))).toMatchObject({
      kind: 'build',
      purpose: 'target',
      base: 'c2',
    })
    const green = decide(
      situation(changes, [target('c2', 0)], { proven: (tree) => tree === 'tree of c2', record }),
    )
    expect(green).toMatchObject({ kind: 'pause', data: { main: { suspects: ['c3', 'm1'] } } })
    if (green.kind !== 'pause') return
    const last = decide(
      situation(changes, [target('c3', 1)], { proven, record: { ...record, paused: green.data } }),
    )
    expect(last).toMatchObject({
      kind: 'pause',
      data: { why: expect.stringContaining('c3 broke it'), main: { suspects: ['c3'] } },
    })
  })

  it('is left alone until it moves', () => {
    const main = { target: 'main', commit: 'm1', command: 'test', log: '/l', suspects: ['m1'] }
    const record = { ...nothingRecorded(), paused: { why: 'main is red', main } }
    expect(decide(situation([change('a')], [], { record }))).toEqual({ kind: 'none', stuck: 'main is red' })
    expect(decide(situation([change('a')], [], { record, main: 'm2' }))).toEqual({ kind: 'resume' })
  })
})

describe('slots', () => {
  it('tests a suspect again when nothing else is to be tested, and first when it has waited long', () => {
    const suspected = { build: 'x', result: result(build('m1', ['a']), 1), detail: '', at: 0 }
    const changes = [change('a', { state: 'parked', suspected }), change('b')]
    expect(decide(situation(changes, []))).toMatchObject({
      kind: 'build',
      purpose: 'landing',
      members: [{ id: 'b' }],
    })
    expect(decide(situation(changes, [], { now: 600_000 }))).toMatchObject({
      purpose: 'retest',
      members: [{ id: 'a' }],
      afresh: true,
    })
    expect(decide(situation(changes.slice(0, 1), []))).toMatchObject({ purpose: 'retest' })
  })

  it('ends a build whose result nobody wants any more, and begins no more than there are slots', () => {
    const useless = build('m1', ['a', 'b'])
    const red = with_(build('m1', ['a', 'b'], { id: 'red' }), 1)
    const changes = [change('a'), change('b')]
    const running = new Set([useless.id])
    expect(decide(situation(changes, [red, useless], { running }))).toMatchObject({
      kind: 'end',
      build: { id: useless.id },
    })
    const busy = build('m1', ['a'])
    expect(decide(situation(changes, [red, busy], { running: new Set([busy.id]) }))).toEqual({
      kind: 'none',
      stuck: null,
    })
  })

  it('leaves out what does not merge with what is before it', () => {
    const changes = [change('a'), change('b'), change('c')]
    const conflicts = (id: string, before: readonly string[]) => id === 'b' && before.includes('a')
    expect(decide(situation(changes, [], { conflicts }))).toMatchObject({
      kind: 'build',
      members: [{ id: 'a' }, { id: 'c' }],
    })
  })

  it('tests the target once more when it is idle, and only then', () => {
    const record = nothingRecorded()
    record.green = {
      main: { commit: 'm1', tree: 'tree of m1', environment: '', checks: ['test'], verified: false },
    }
    const settings = { slots: 1, mode: 'prefix', verify: true } as const
    expect(decide(situation([], [], { record, settings }))).toMatchObject({
      purpose: 'target',
      base: 'm1',
      afresh: true,
    })
    expect(decide(situation([change('a')], [], { record, settings }))).toMatchObject({ purpose: 'landing' })
    const green = with_(build('m1', [], { id: 't', purpose: 'target', afresh: true }), 0)
    expect(decide(situation([], [green], { record, settings }))).toMatchObject({ kind: 'verified' })
    record.green['main']!.verified = true
    expect(decide(situation([], [], { record, settings }))).toEqual({ kind: 'none', stuck: null })
  })

  it('begins nothing while paused, and keeps what is held out of it', () => {
    const record = { ...nothingRecorded(), paused: { why: 'lunch' } }
    expect(decide(situation([change('a')], [], { record }))).toEqual({ kind: 'none', stuck: 'lunch' })
    expect(decide(situation([change('a', { state: 'held', held: 'later' })], []))).toEqual({
      kind: 'none',
      stuck: null,
    })
  })
})
