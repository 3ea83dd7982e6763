/** The parts without effects. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { EventMap, EventType, Recorded } from '../../src/protocol/index.ts'
import { draftsFor, evolve, inOrder } from '../../src/train/change.ts'
import { outcomeOf, sidesOf } from '../../src/train/merge/foreign.ts'
import { landingMessage } from '../../src/train/merge/message.ts'
import { inRoom, type MergeRoom, openObjects } from '../../src/train/merge/objects.ts'
import { plainText, tailOf } from '../../src/train/checks/output.ts'
import type { Change } from '../../src/train/ports.ts'
import { conflicting } from '../../src/train/sentences.ts'
import { takenBack } from '../../src/train/taken-back.ts'
import { readRefusal } from '../../src/train/land/refusal.ts'
import { branch, commit, repositoryWith, sh } from './station.ts'

let seq = 0
function event<T extends EventType>(type: T, data: EventMap[T], id = 'c1'): Recorded {
  seq += 1
  const actor = { kind: 'person', via: 'test' } as const
  return {
    type,
    data,
    id,
    aggregate: 'change',
    actor,
    cause: 'test',
    seq,
    at: seq * 1000,
    version: seq,
  } as Recorded
}

const QUEUED: EventMap['change.queued'] = {
  repository: 'r1',
  session: 's1',
  name: 'one',
  branch: 'worktrain/one',
  head: 'h1',
  target: 'main',
  checks: ['lint', 'test'],
  message: 'one',
}

function fold(...events: Recorded[]): Change {
  return events.reduce<Change | null>(evolve, null) as Change
}

describe('a change', () => {
  it('ignores events that its state does not allow, so that a journal can always be replayed', () => {
    const change = fold(event('change.queued', QUEUED))
    expect(evolve(change, event('change.released', {}))).toBe(change)
    expect(evolve(null, event('change.landed', { old: 'm1', new: 'c1', tree: 't1' }))).toBe(null)
  })

  it('reads a journal from before there were builds', () => {
    const old = (type: string, data: object) =>
      ({ ...event('change.queued', QUEUED), type, data }) as Recorded
    const change = fold(
      event('change.queued', QUEUED),
      old('change.building', { base: 'm1' }),
      old('change.candidate', { base: 'm1', commit: 'c1', tree: 't1', ref: 'r' }),
      old('landing.intended', { old: 'm1', new: 'c1', tree: 't1', method: 'fast-forward', checkout: null }),
    )
    expect(change).toMatchObject({ state: 'queued', head: 'h1', priority: 0 })
    const landed = evolve(change, event('change.landed', { old: 'm1', new: 'c1', tree: 't1' }))
    expect(landed).toMatchObject({ state: 'landed', landed: { commit: 'c1', build: null } })
  })

  it('refuses to journal what may not follow, also within one append', () => {
    const by = { actor: { kind: 'person', via: 'test' } as const, cause: 'test' }
    const change = fold(event('change.queued', QUEUED))
    const cleared = ['change.cleared', { why: 'it passed' }] as const
    const held = ['change.held', { why: 'later' }] as const
    const released = ['change.released', {}] as const
    expect(() => draftsFor(change, 'c1', [cleared], by)).toThrow(
      /one is queued: change\.cleared cannot follow/,
    )
    expect(draftsFor(change, 'c1', [held, released], by)).toHaveLength(2)
    expect(() => draftsFor(change, 'c1', [held, cleared], by)).toThrow(/one is held: change\.cleared/)
    expect(() => draftsFor(null, 'c1', [cleared], by)).toThrow(/not on the train/)
  })

  it('keeps its place when it is pinned anew, and goes to the end when it comes again', () => {
    const first = fold(event('change.queued', QUEUED))
    const anew = evolve(first, event('change.queued', { ...QUEUED, head: 'h2' }))
    expect(anew).toMatchObject({ head: 'h2', place: first.place, queuedAt: first.queuedAt })
    const ejected = evolve(
      anew,
      event('change.ejected', { reason: 'person', detail: '', files: [], log: null }),
    )
    const again = evolve(ejected, event('change.queued', QUEUED))
    expect(again.place).toBeGreaterThan(first.place)
    expect(again).toMatchObject({ ejections: 1, ejected: null })
  })

  it('knows who has it once it was ejected, until it is put on again, and who takes it up then', () => {
    const returned = event('change.returned', { to: 'agent', why: 'one-resolve repairs it.' })
    const queuedFor = event('change.queued', { ...QUEUED, session: null, resolveWith: 'claude' })
    const ejected = fold(
      queuedFor,
      event('change.ejected', { reason: 'conflict', detail: '', files: [], log: null }),
    )
    expect(ejected).toMatchObject({ state: 'ejected', returned: null, resolver: 'claude' })
    const given = evolve(ejected, returned)
    expect(given).toMatchObject({ state: 'ejected', returned: { to: 'agent' } })
    const again = evolve(given, event('change.queued', { ...QUEUED, session: null }))
    expect(again).toMatchObject({ returned: null, resolver: 'claude' })
    expect(evolve(again, returned)).toBe(again)
  })

  it('goes before older ones by priority, and after half an hour before younger ones of one step more', () => {
    const old = fold(event('change.queued', QUEUED, 'old'))
    const urgent = fold(event('change.queued', { ...QUEUED, priority: 1 }, 'urgent'))
    const order = (now: number) => inOrder([old, urgent], now).map((change) => change.id)
    expect(order(urgent.queuedAt)).toEqual(['urgent', 'old'])
    expect(order(old.queuedAt + 30 * 60_000)).toEqual(['old', 'urgent'])
  })
})

describe('the guard against foreign paths', () => {
  it('finds what a wrong merge would revert, and lets renames through', async () => {
    const home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-foreign-')))
    onTestFinished(() => rmSync(home, { recursive: true, force: true }))
    const text = (n: number) =>
      `${Array.from({ length: 30 }, (_, i) => (i === n ? 'edited' : `line ${i}`)).join('\n')}\n`
    const repo = await repositoryWith(join(home, 'repo'), {
      'a.txt': text(-1),
      'b.txt': 'b\n',
      'c.txt': 'c\n',
    })
    const head = branch(repo, 'one', { 'a.txt': text(3), 'c.txt': 'C\n' })
    sh(repo.root, 'mv', 'a.txt', 'moved.txt')
    const base = commit(repo.root, { 'b.txt': 'B\n' })
    const objects = await openObjects(repo, home)
    const inside = <T>(look: (room: MergeRoom) => Promise<T>) => inRoom(repo, objects, base, look)
    const sides = await inside((room) => sidesOf(repo, room, base, head))
    if (!sides) throw new Error('no common commit')
    const right = sh(repo.root, 'merge-tree', '--write-tree', base, head)
    const look = (tree: string) => inside(async (room) => (await outcomeOf(repo, room, sides, tree)).foreign)
    expect(await look(right)).toEqual([])
    // A wrong merge base: main's b.txt is taken back, or the change's c.txt is not as in the change.
    const wrong = (path: string, content: string) => {
      sh(repo.root, 'checkout', '-q', '--detach', sh(repo.root, 'commit-tree', '-m', 'x', right))
      const oid = commit(repo.root, { [path]: content })
      return sh(repo.root, 'rev-parse', `${oid}^{tree}`)
    }
    expect(await look(wrong('b.txt', 'b\n'))).toEqual(['b.txt'])
    expect(await look(wrong('c.txt', 'other\n'))).toEqual(['c.txt'])
    expect(await look(wrong('new.txt', 'x\n'))).toEqual(['new.txt'])
  })
})

describe('text', () => {
  it('makes output harmless and keeps its end', () => {
    expect(
      plainText('a\u001b[1;31mb\u001b]8;;http://x\u0007c\u001bPq\u001b\\d\u0007\u009b\r\ne\u202ef'),
    ).toBe('abcd\nef')
    expect(plainText('10%\r50%\r100%\ndone')).toBe('100%\ndone')
    const long = Buffer.from(`${'é'.repeat(3000)}\n${'x'.repeat(50)}\n`)
    expect(tailOf(long, 100)).toBe('x'.repeat(50))
    expect(tailOf(Buffer.from('é'.repeat(100)).subarray(1), 51)).not.toContain('\ufffd')
  })

  it('makes a message with trailers of its own only', () => {
    const change = { id: 'c1', name: 'one', session: 's1', message: '' }
    expect(landingMessage(change, 't1')).toBe(
      'Land one\n\nWorktrain-Session: s1\nWorktrain-Change: c1\nWorktrain-Tree: t1\n',
    )
  })

  it('reads each way in which git refuses', () => {
    const said = (text: string) => readRefusal(text, '/repo')
    expect(
      said(
        'error: Your local changes to the following files would be overwritten by merge:\n\ta b.txt\n\tc\nPlease commit',
      ),
    ).toMatchObject({ reason: 'checkout', paths: ['a b.txt', 'c'] })
    expect(
      said(
        'error: Updating the following directories would lose untracked files in them:\n\tdir\n\nAborting',
      ),
    ).toMatchObject({ paths: ['dir'] })
    expect(said("error: Entry 'x' not uptodate. Cannot merge.")).toMatchObject({ paths: ['x'] })
    expect(said("fatal: Unable to create '/repo/.git/index.lock': File exists.")).toMatchObject({
      reason: 'index-lock',
    })
    expect(said('fatal: You have not concluded your merge (MERGE_HEAD exists).')).toMatchObject({
      reason: 'mid-operation',
    })
    expect(said('fatal: Not possible to fast-forward, aborting.')).toBe(null)
  })
})

describe('what conflicts', () => {
  const plain = (file: string) => `CONFLICT (content): Merge conflict in ${file}`

  it('is named once', () => {
    expect(conflicting('main', ['a.txt'], plain('a.txt'))).toBe('It conflicts with main in a.txt.')
    const gone = 'CONFLICT (modify/delete): b.txt deleted in main and modified in two.'
    expect(conflicting('main', ['b.txt'], gone)).toBe(`It conflicts with main.\n${gone}`)
    expect(conflicting('main', ['a.txt', 'b.txt'], `${plain('a.txt')}\n\n${gone}\n`)).toBe(
      `It conflicts with main in a.txt.\n${gone}`,
    )
  })

  it('is named although a longer name holds its own', () => {
    const gone = 'CONFLICT (modify/delete): lib/a deleted in main and modified in two.'
    expect(conflicting('main', ['a', 'lib/a'], `${plain('a')}\n${gone}`)).toBe(
      `It conflicts with main in a.\n${gone}`,
    )
  })

  it('is five names and how many more there are', () => {
    expect(conflicting('main', ['a', 'b', 'c', 'd', 'e', 'f', 'g'], '')).toBe(
      'It conflicts with main in a, b, c, d, e and 2 more.',
    )
  })
})

describe('what was taken back', () => {
  let place = 0
  const landed = (id: string, more: Partial<Change> = {}, build = id): Change => {
    place += 1
    const base = { id, name: id, repository: 'r1', place, undoes: null }
    return { ...base, landed: { commit: `m-${id}`, at: place, build }, ...more } as Change
  }
  const undo = (id: string, of: string, names: string[], more: Partial<Change> = {}) =>
    landed(id, { undoes: { commit: `m-${of}`, names }, ...more })
  const told = (changes: Change[]) =>
    Object.fromEntries([...takenBack(changes)].map(([id, by]) => [id, by.id]))

  it('is what the undo names, each of those that landed together', () => {
    const [a, b, c] = [landed('a', {}, 'b1'), landed('b', {}, 'b1'), landed('c', {}, 'b1')]
    expect(told([a, b, c, undo('u', 'b', ['a', 'b'])])).toEqual({ a: 'u', b: 'u' })
    // Of the same name, and of another landing.
    expect(told([landed('x', { name: 'a' }), a, b, undo('u', 'b', ['a', 'b'])])).toEqual({ a: 'u', b: 'u' })
  })

  it('is there again once the undo was taken back, and gone with a second one', () => {
    const first = [landed('a'), undo('u', 'a', ['a']), undo('uu', 'u', ['u'])]
    expect(told(first)).toEqual({ u: 'uu' })
    expect(told([...first, undo('u2', 'a', ['a'])])).toEqual({ a: 'u2', u: 'uu' })
    expect(told([...first, undo('uuu', 'uu', ['uu'])])).toEqual({ a: 'u', uu: 'uuu' })
  })

  it('is nothing of an undo that has not landed, or is of another repository', () => {
    expect(told([landed('a'), undo('u', 'a', ['a'], { landed: null })])).toEqual({})
    expect(told([landed('a'), undo('u', 'a', ['a'], { repository: 'r2' })])).toEqual({})
  })
})
