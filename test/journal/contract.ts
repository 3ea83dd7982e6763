/** What every journal adapter must do. Call it with the adapter's factory from its own test file. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AnyProjection, Journal, Projection } from '../../src/journal/journal.ts'
import type { Draft, Recorded } from '../../src/protocol/index.ts'
import { random } from '../fixtures/random.ts'
import { noted, notes } from './fixtures.ts'
import type { NoteState } from './fixtures.ts'

export interface Storage {
  /** A further handle on the same storage. */
  open(projections: readonly AnyProjection[]): Promise<Journal>
  /** Arguments that make `node` run test/journal/appender.ts against this storage. */
  appender: string[]
  dispose(): Promise<void>
}

const unknownEvent = {
  ...noted('s1', ''),
  type: 'session.teleported',
  data: { to: 'mars' },
} as unknown as Draft
const coded = (code: string) => expect.objectContaining({ code })
const textOf = (event: Recorded) => (event.type === 'session.noted' ? event.data.note : event.type)

export function journalContract(name: string, make: () => Promise<Storage>): void {
  describe(`journal contract: ${name}`, () => {
    let storage: Storage
    let journal: Journal
    const open = (projection: AnyProjection = notes) => storage.open([projection])
    beforeEach(async () => {
      storage = await make()
      journal = await open()
    })
    afterEach(async () => {
      await journal.close()
      await storage.dispose()
    })

    test('numbers events without gaps and each aggregate by itself', async () => {
      expect(await journal.head()).toBe(0)
      const first = await journal.append([noted('s1', 'a'), noted('s2', 'b')])
      const second = await journal.append([noted('s1', 'c')])
      expect([...first, ...second].map(({ seq, id, version }) => ({ seq, id, version }))).toEqual([
        { seq: 1, id: 's1', version: 1 },
        { seq: 2, id: 's2', version: 1 },
        { seq: 3, id: 's1', version: 2 },
      ])
      expect(await journal.head()).toBe(3)
      expect(await journal.read()).toEqual([...first, ...second])
    })

    test('keeps actor, cause, data and time as they were given', async () => {
      const draft: Draft = {
        ...noted('s1', 'naïve ✓\n"\u0000'),
        actor: { kind: 'agent', session: 's9' },
        cause: '#12',
      }
      const [stored] = await journal.append([draft])
      const [read] = await journal.read()
      expect(read).toEqual(stored)
      expect(read).toMatchObject(draft)
      expect(read?.at).toBeGreaterThan(1_000_000_000_000)
    })

    test('reads after a seq, by aggregate, by id, with a limit', async () => {
      await journal.append([noted('s1', 'a'), noted('s2', 'b'), noted('s1', 'c')])
      await journal.append([
        {
          type: 'train.resumed',
          aggregate: 'train',
          id: 'r1',
          data: {},
          actor: { kind: 'person', via: 'test' },
          cause: 'x',
        },
      ])
      const seqs = async (options: Parameters<Journal['read']>[0]) =>
        (await journal.read(options)).map((event) => event.seq)
      expect(await seqs({ after: 2 })).toEqual([3, 4])
      expect(await seqs({ id: 's1' })).toEqual([1, 3])
      expect(await seqs({ aggregate: 'train' })).toEqual([4])
      expect(await seqs({ after: 1, limit: 2 })).toEqual([2, 3])
      expect(await seqs({ after: 4 })).toEqual([])
    })

    test('survives closing and opening', async () => {
      const stored = await journal.append([noted('s1', 'a'), noted('s1', 'b')])
      await journal.close()
      journal = await open()
      expect(await journal.read()).toEqual(stored)
      expect(await journal.get(notes, 's1')).toEqual({ id: 's1', version: 2, state: { notes: ['a', 'b'] } })
      expect((await journal.append([noted('s1', 'c')]))[0]).toMatchObject({ seq: 3, version: 3 })
    })

    test('folds events into projections', async () => {
      await journal.append([noted('s2', 'b'), noted('s1', 'a'), noted('s2', 'c')])
      expect(await journal.get(notes, 's2')).toEqual({ id: 's2', version: 2, state: { notes: ['b', 'c'] } })
      expect(await journal.list(notes)).toEqual([
        { id: 's2', version: 2, state: { notes: ['b', 'c'] } },
        { id: 's1', version: 1, state: { notes: ['a'] } },
      ])
      expect(await journal.get(notes, 'nobody')).toBeNull()
    })

    test('answers at any time what the events amount to, whoever wrote them', async () => {
      const other = await open()
      const amount = new Map<string, { version: number; notes: string[] }>()
      for (let seed = 0; seed < 5; seed++) {
        const draw = random(seed)
        for (let n = 0; n < 40; n++) {
          const texts = Array.from(
            { length: 1 + draw(3) },
            (_, i) => [`s${draw(4)}`, `${seed}.${n}.${i}`] as const,
          )
          await (draw(2) ? journal : other).append(texts.map(([id, text]) => noted(id, text)))
          for (const [id, text] of texts) {
            const { version = 0, notes: before = [] } = amount.get(id) ?? {}
            amount.set(id, { version: version + 1, notes: [...before, text].slice(-5) })
          }
          const expected = [...amount].map(([id, one]) => ({
            id,
            version: one.version,
            state: { notes: one.notes },
          }))
          for (const handle of [journal, other]) {
            expect(await handle.list(notes)).toEqual(expected)
            const one = expected[draw(expected.length)]
            expect(await handle.get(notes, one?.id ?? '')).toEqual(one)
          }
        }
      }
      await other.close()
    })

    test('stores a call whole or not at all, projections included', async () => {
      const choking: Projection<NoteState> = {
        ...notes,
        evolve(state, event) {
          if (textOf(event) === 'poison') throw new Error('cannot fold this')
          return notes.evolve(state, event)
        },
      }
      await journal.close()
      journal = await open(choking)
      await journal.append([noted('s1', 'a')])
      await expect(journal.append([noted('s1', 'b'), noted('s1', 'poison')])).rejects.toThrow(
        'cannot fold this',
      )
      expect((await journal.read()).map(textOf)).toEqual(['a'])
      expect(await journal.get(choking, 's1')).toEqual({ id: 's1', version: 1, state: { notes: ['a'] } })
      expect((await journal.append([noted('s1', 'c')]))[0]).toMatchObject({ seq: 2, version: 2 })
    })

    test('refuses an append whose expectation fails, and stores nothing of it', async () => {
      await journal.append([noted('s1', 'a')], { s1: 0 })
      await expect(journal.append([noted('s1', 'b')], { s1: 0 })).rejects.toEqual(coded('JOURNAL_CONFLICT'))
      await expect(journal.append([noted('s2', 'b'), noted('s1', 'b')], { s2: 0, s1: 2 })).rejects.toEqual(
        coded('JOURNAL_CONFLICT'),
      )
      // An expectation on an aggregate that the call only looked at.
      await expect(journal.append([noted('s2', 'b')], { s1: 0 })).rejects.toEqual(coded('JOURNAL_CONFLICT'))
      await journal.append([noted('s2', 'b')], { s1: 1, s3: 0 })
      expect((await journal.read()).map(textOf)).toEqual(['a', 'b'])
    })

    test('of many appends that expect the same version one wins', async () => {
      const other = await open()
      const tries = Array.from({ length: 20 }, (_, n) =>
        (n % 2 ? journal : other).append([noted('s1', `${n}`)], { s1: 0 }),
      )
      const settled = await Promise.allSettled(tries)
      await other.close()
      expect(settled.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
      expect(await journal.read()).toHaveLength(1)
    })

    test('fences whoever held the epoch before, and whoever never held one', async () => {
      const older = journal
      await older.append([noted('s1', 'before any claim')])
      const first = await older.claim()
      const newer = await open()
      await expect(newer.append([noted('s1', 'unclaimed')])).rejects.toEqual(coded('JOURNAL_FENCED'))
      const second = await newer.claim()
      expect(second.epoch).toBeGreaterThan(first.epoch)
      await expect(older.append([noted('s1', 'stale')])).rejects.toEqual(coded('JOURNAL_FENCED'))
      await newer.append([noted('s1', 'new')])
      expect((await older.read()).map(textOf)).toEqual(['before any claim', 'new'])
      await newer.close()
    })

    test('rebuilds projections when their version changed', async () => {
      await journal.append([noted('s1', 'a'), noted('s1', 'b')])
      await journal.close()
      const counts: Projection<{ count: number }> = {
        aggregate: 'session',
        version: 2,
        evolve: (state) => ({ count: (state?.count ?? 0) + 1 }),
      }
      journal = await open(counts)
      expect(await journal.get(counts, 's1')).toEqual({ id: 's1', version: 2, state: { count: 2 } })
      await journal.append([noted('s1', 'c')])
      expect(await journal.get(counts, 's1')).toEqual({ id: 's1', version: 3, state: { count: 3 } })
    })

    test('fences a writer whose projections another version has rebuilt', async () => {
      await journal.claim()
      await journal.append([noted('s1', 'a')])
      const upgraded: Projection<NoteState> = { ...notes, version: 2 }
      const newer = await open(upgraded)
      await expect(journal.append([noted('s1', 'b')])).rejects.toEqual(coded('JOURNAL_FENCED'))
      await newer.close()
    })

    test('an event of a newer version leaves the state as it was', async () => {
      const strict: Projection<NoteState> = {
        aggregate: 'session',
        version: 3,
        evolve(state, event) {
          switch (event.type) {
            case 'session.noted':
              return notes.evolve(state, event)
          }
          return undefined as unknown as NoteState
        },
      }
      await journal.append([unknownEvent, noted('s1', 'a'), unknownEvent])
      await journal.close()
      journal = await open(strict)
      expect(await journal.get(strict, 's1')).toEqual({ id: 's1', version: 3, state: { notes: ['a'] } })
      await journal.append([unknownEvent, noted('s2', 'b')])
      expect(await journal.get(strict, 's1')).toEqual({ id: 's1', version: 4, state: { notes: ['a'] } })
      expect((await journal.read({ id: 's1' })).at(-1)).toMatchObject({
        type: 'session.teleported',
        data: { to: 'mars' },
      })
    })

    test('tells listeners after the commit, in order, also what a listener appends', async () => {
      const seen: string[] = []
      let reaction: Promise<unknown> | undefined
      const heads: Promise<number>[] = []
      journal.subscribe((events) => {
        heads.push(journal.head())
        if (textOf(events[0] as Recorded) === 'a') reaction = journal.append([noted('s2', 'reaction')])
      })
      const unsubscribe = journal.subscribe((events) => seen.push(events.map(textOf).join('+')))
      await Promise.all([
        journal.append([noted('s1', 'a'), noted('s1', 'b')]),
        journal.append([noted('s1', 'c')]),
      ])
      await reaction
      expect(seen).toEqual(['a+b', 'reaction', 'c'])
      expect((await Promise.all(heads)).every((head, index) => head >= index + 2)).toBe(true)
      unsubscribe()
      await journal.append([noted('s1', 'd')])
      expect(seen).toHaveLength(3)
    })

    test("what was looked at follows every writer, and is nobody's to change", async () => {
      const other = await open()
      const seen = async (by: Journal) => (await by.list(notes)).map(({ id, state }) => [id, ...state.notes])
      await journal.append([noted('s2', 'a'), noted('s1', 'b')])
      expect(await seen(other)).toEqual([
        ['s2', 'a'],
        ['s1', 'b'],
      ])
      await journal.append([noted('s2', 'c'), noted('s3', 'd')])
      const all = [
        ['s2', 'a', 'c'],
        ['s1', 'b'],
        ['s3', 'd'],
      ]
      expect(await seen(journal)).toEqual(all)
      expect(await seen(other)).toEqual(all)
      await expect(journal.append([noted('s1', 'e')], { s1: 7 })).rejects.toThrow(coded('JOURNAL_CONFLICT'))
      await expect(
        journal.append([noted('s1', 'e'), { ...noted('s1', ''), data: { note: 1n } } as unknown as Draft]),
      ).rejects.toThrow()
      expect(await seen(journal)).toEqual(all)
      const held = await journal.get(notes, 's1')
      expect(() => held?.state.notes.push('mine')).toThrow(TypeError)
      await other.close()
    })

    test('is read by another handle while it is written', async () => {
      const reader = await open()
      const written: Recorded[] = []
      for (let n = 0; n < 50; n += 1) {
        written.push(...(await journal.append([noted('s1', `${n}`), noted('s1', `${n}'`)])))
        expect(await reader.read()).toEqual(written)
      }
      expect((await reader.get(notes, 's1'))?.version).toBe(100)
      await reader.close()
    })

    test(
      'loses no acknowledged event to SIGKILL at random moments, and stores no half call',
      { timeout: 120_000 },
      async () => {
        const acknowledged = new Map<number, string>()
        for (let kill = 0; kill < 30; kill += 1) {
          const child = spawn(process.execPath, storage.appender, {
            stdio: ['ignore', 'pipe', 'inherit'],
            env: {},
          })
          const ended = once(child, 'exit')
          const dieAfter = Math.floor(Math.random() * 40)
          let lines = 0
          for await (const line of createInterface({ input: child.stdout })) {
            const { seq, cause } = JSON.parse(line) as { seq: number; cause: string }
            acknowledged.set(seq, cause)
            // The child appends without a pause: the signal meets it anywhere in a later append.
            if (lines++ === dieAfter) child.kill('SIGKILL')
          }
          expect(await ended).toEqual([null, 'SIGKILL'])
        }
        const events = await journal.read()
        expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
        expect(acknowledged.size).toBeGreaterThanOrEqual(30)
        for (const [seq, cause] of acknowledged) expect(events[seq - 1]?.cause).toBe(cause)
        const calls = Map.groupBy(events, (event) => event.cause)
        for (const [cause, call] of calls)
          expect(`${cause}: ${call.length} events`).toBe(`${cause}: 3 events`)
        const folded = events.reduce<NoteState | null>((state, event) => notes.evolve(state, event), null)
        expect(await journal.get(notes, 's1')).toEqual({ id: 's1', version: events.length, state: folded })
      },
    )
  })
}
