import { describe, expect, test } from 'vitest'
import type { EventMap, EventType, Recorded } from '../../src/protocol/index.ts'
import { spanOfTurns, spanSince, turnsOf, wholeSpan } from '../../src/review/index.ts'
import { event } from '../sessions/fixtures.ts'

let at = 0
const e = <T extends EventType>(type: T, data: EventMap[T]): Recorded => event('s1', (at += 1), type, data)
const snap = (n: number, reason: string) =>
  e('snapshot.taken', { n, oid: `snap${n}`, tree: `tree${n}`, head: 'h', ref: 'r', reason })
const sent = (text: string, from: 'brief' | 'person' = 'person') =>
  e('prompt.sent', { prompt: null, text, from })
const seen = (text: string) => e('prompt.seen', { text })
const finished = () => e('turn.finished', { lastMessage: '', background: 0 })

const told = (events: Recorded[]) =>
  turnsOf(events).map(({ n, kind, from, prompt, snapshot }) => [n, kind, from, prompt, snapshot?.n ?? null])

describe('turns', () => {
  test('a prompt begins one, and its snapshots are its own, those in the middle too', () => {
    expect(
      told([
        ...[sent('go', 'brief'), seen('go'), snap(1, 'before the diff'), finished(), snap(2, 'turn')],
        ...[sent('more'), seen('more'), finished()],
        ...[sent('again'), seen('again'), finished(), snap(3, 'turn')],
      ]),
    ).toEqual([
      [1, 'turn', 'brief', 'go', 2],
      [2, 'turn', 'person', 'more', null],
      [3, 'turn', 'person', 'again', 3],
    ])
  })

  test('what is typed into the terminal is a turn too; what nobody asked for is a part of its own', () => {
    expect(
      told([
        ...[sent('go', 'brief'), seen('go'), finished(), snap(1, 'turn')],
        ...[snap(2, 'before the review'), snap(3, 'before the train')],
        ...[seen('typed'), finished(), snap(4, 'turn')],
        e('session.updated', { from: 'a', to: 'main2', result: 'merged' }),
        e('session.updated', { from: 'main2', to: 'main2', result: 'merged' }),
        snap(5, 'after updating'),
        snap(6, 'before the diff'),
      ]),
    ).toEqual([
      [1, 'turn', 'brief', 'go', 1],
      [2, 'outside', null, '', 3],
      [3, 'turn', 'terminal', 'typed', 4],
      [4, 'update', null, 'main2', 5],
      [5, 'outside', null, '', 6],
    ])
  })

  test('what was put back is said, and what changes afterwards is not that', () => {
    expect(
      told([
        ...[sent('go', 'brief'), finished(), snap(1, 'turn')],
        e('snapshot.restoring', { n: 1, oid: 'snap1', before: 2 }),
        snap(3, 'restored'),
        snap(4, 'before the review'),
      ]),
    ).toEqual([
      [1, 'turn', 'brief', 'go', 1],
      [2, 'outside', 'person', 'snapshot 1 was put back', 3],
      [3, 'outside', null, '', 4],
    ])
  })
})

describe('spans', () => {
  const turns = turnsOf([
    ...[sent('1', 'brief'), finished(), snap(1, 'turn'), sent('2'), finished(), snap(2, 'turn')],
    ...[e('session.updated', { from: 'start', to: 'main2', result: 'merged' }), snap(3, 'after updating')],
    ...[sent('4'), finished(), snap(4, 'turn')],
  ])
  const stops = [1, 2, 3, 4].map((n) => ({ commit: `snap${n}`, turn: n }))

  test('the whole work goes from the start; after an update main is followed from where it came in', () => {
    expect(wholeSpan({ started: 'start', base: 'start', turns }, 'start', 'snap4')).toEqual({
      from: 'start',
      to: 'snap4',
      stops,
      since: 0,
    })
    const updated = wholeSpan({ started: 'start', base: 'main2', turns }, 'main2', 'snap4')
    expect(updated.stops[updated.since]).toEqual({ commit: 'snap3', turn: 3 })
    expect(updated.stops[0]).toEqual({ commit: 'start', turn: null })
  })

  test('turns go from the state before the first to that after the last', () => {
    const history = { started: 'start', base: 'main2', turns }
    expect(spanOfTurns(history, 2, 3)).toEqual({
      from: 'snap1',
      to: 'snap3',
      stops: stops.slice(1, 3),
      since: 0,
    })
    expect(spanOfTurns(history, 1, 1)).toMatchObject({ from: 'start', to: 'snap1' })
    expect(spanOfTurns(history, 7, 9)).toBeNull()
    expect(spanSince(history, { n: 2, commit: 'snap2' }, 'snap4')).toMatchObject({
      from: 'snap2',
      stops: stops.slice(2),
    })
  })
})
