import { describe, expect, test } from 'vitest'
import type { Actor, EventMap, EventType, Recorded } from '../../src/protocol/index.ts'
import { comingBack, ejectionsInARow, wayBack, wayBackAlone } from '../../src/sessions/way-back.ts'
import { brief } from './fixtures.ts'

const person: Actor = { kind: 'person', via: 'cli' }
const train: Actor = { kind: 'supervisor', pid: 1 }

let seq = 0
const event = <T extends EventType>(type: T, data: Partial<EventMap[T]>, actor: Actor = train): Recorded =>
  ({
    aggregate: 'change',
    id: 'c1',
    type,
    data,
    actor,
    cause: '',
    seq: ++seq,
    at: seq,
    version: seq,
  }) as never
const queued = (actor: Actor = train) => event('change.queued', {}, actor)
const ejected = (reason: EventMap['change.ejected']['reason'] = 'checks') =>
  event('change.ejected', { reason })

describe('where an ejected change goes', () => {
  const own = { resolves: null }
  const limits = { attempts: 3, takesPrompts: true, resolver: null }
  const red = { reason: 'checks', ejections: 1 }

  test('to its own session first, then to the agent that is named, then to the person', () => {
    expect(wayBack(red, own, limits)).toEqual({ to: 'session' })
    expect(wayBack(red, own, { ...limits, resolver: 'claude' })).toEqual({ to: 'session' })
    expect(wayBack(red, own, { ...limits, takesPrompts: false, resolver: 'claude' })).toEqual({
      to: 'agent',
      agent: 'claude',
    })
    expect(wayBack(red, own, { ...limits, takesPrompts: false })).toEqual({
      to: 'person',
      why: 'its session cannot take it up',
    })
  })

  test('to nobody when the person took it off, however often it was tried', () => {
    expect(wayBack({ reason: 'person', ejections: 9 }, own, limits)).toEqual({ to: 'nobody' })
  })

  test('to the person once the attempts are used up, and not before', () => {
    expect(wayBack({ ...red, ejections: 2 }, own, limits)).toEqual({ to: 'session' })
    expect(wayBack({ ...red, ejections: 3 }, own, limits)).toMatchObject({
      to: 'person',
      why: '3 times in a row, so it stays off until you put it on again',
    })
  })

  test('a repairer inherits the attempts, and is not repaired by a third', () => {
    const resolves = { change: 'c1', session: 's1', name: 'cart', ejections: 2 }
    const repairer = { resolves }
    expect(wayBack(red, repairer, { ...limits, attempts: 4 })).toEqual({ to: 'session' })
    expect(wayBack(red, repairer, limits)).toMatchObject({ to: 'person' })
    const gone = { attempts: 9, takesPrompts: false, resolver: 'claude' }
    expect(wayBack(red, repairer, gone)).toMatchObject({ to: 'person' })
  })
})

describe('what comes back after a handoff', () => {
  const s = (land: boolean) => ({ brief: { ...brief, land }, head: 'new', resolves: null })
  const newest = { state: 'ejected', head: 'old', reason: 'conflict', ejections: 1 }

  test('a repaired change, whether or not the session was started with --land', () => {
    expect(comingBack(s(false), newest, 3)).toEqual({ put: 'again' })
    expect(comingBack(s(true), newest, 3)).toEqual({ put: 'again' })
  })

  test('nothing without a new commit, after the last attempt, or against the person', () => {
    expect(comingBack({ ...s(true), head: 'old' }, newest, 3)).toMatchObject({ put: null })
    expect(comingBack(s(true), { ...newest, ejections: 3 }, 3)).toMatchObject({ put: null })
    expect(comingBack(s(true), { ...newest, reason: 'person' }, 3)).toMatchObject({ put: null })
  })

  test('a first change only where that was asked for', () => {
    expect(comingBack(s(true), null, 3)).toEqual({ put: 'anew' })
    expect(comingBack(s(false), null, 3)).toEqual({ put: null, why: null })
    expect(comingBack(s(true), { ...newest, state: 'landed' }, 3)).toEqual({ put: 'anew' })
  })
})

describe('where an ejected change of nobody goes', () => {
  const red = { reason: 'conflict', ejections: 1 }
  const limits = { attempts: 3, resolver: 'claude' }

  test('to the agent that is named, else to the person, and to nobody when they took it off', () => {
    expect(wayBackAlone(red, limits)).toEqual({ to: 'agent', agent: 'claude' })
    expect(wayBackAlone(red, { ...limits, resolver: null })).toMatchObject({ to: 'person' })
    expect(wayBackAlone({ ...red, reason: 'person' }, limits)).toEqual({ to: 'nobody', why: '' })
  })

  test('to the person once it was tried often enough', () => {
    expect(wayBackAlone({ ...red, ejections: 3 }, limits)).toMatchObject({
      to: 'person',
      why: expect.stringContaining('ejected 3 times in a row'),
    })
  })
})

describe('ejections in a row', () => {
  test('count over re-entries, and not what the person took off', () => {
    expect(ejectionsInARow([])).toBe(0)
    expect(ejectionsInARow([queued(), ejected(), queued(), ejected('conflict')])).toBe(2)
    expect(ejectionsInARow([queued(), ejected(), queued(), ejected('person')])).toBe(1)
  })

  test('begin anew with a landing, and when the person puts it on', () => {
    expect(ejectionsInARow([ejected(), event('change.landed', {}), queued(), ejected()])).toBe(1)
    expect(ejectionsInARow([ejected(), ejected(), queued(person), ejected()])).toBe(1)
  })
})
