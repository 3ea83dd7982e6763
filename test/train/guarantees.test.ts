/**
 * The guarantees of a train (facts/merge-and-partition 4.4), and where each is proved. `laws` and `invariants` are
 * what every kill of crash.test.ts and of the soak, and every random schedule below, is judged by; that they can
 * condemn is shown in invariants.test.ts.
 *
 *  G1  tested tree lands        laws, invariants; train.test.ts "lands the tested tree as a merge…"; mutants.test.ts
 *  G2  fast-forward only        laws, invariants; landing.test.ts "main moves in the meantime"; mutants.test.ts
 *  G3  nothing lost or twice    laws, invariants after every kill: crash.test.ts, soak.test.ts
 *  G4  no foreign paths         wrong-merge.test.ts; pure.test.ts "finds what a wrong merge would revert…"; mutants.test.ts
 *  G5  no lost landed lines     lost.test.ts
 *  G6  the person's files       landing.test.ts, every state of landing-states.ts; soak.test.ts
 *  G7  sessions' worktrees      here "writes nothing into the worktree of a session"
 *  G8  kill -9 converges        crash.test.ts, soak.test.ts; landing-faults.test.ts
 *  G9  ejection needs evidence  laws; decide.test.ts "blame"; here "blames no change for what its target…"
 *  G10 a red base pauses        laws; decide.test.ts "a red target"; train.test.ts "pauses without blaming…"
 *  G11 order is kept            laws; here "random schedules"; scenarios.test.ts "a change that was suspected…"
 *  G12 reuse of verdicts        laws; decide.test.ts "takes a proof of the same tree…"; here "tests again with other tools"
 *  G13 clean scratch tree       laws; train.test.ts "voids a check that changes tracked files…"; hostile.test.ts
 *  G14 bounded starvation       pure.test.ts "goes before older ones by priority…"; decide.test.ts "slots"
 *  G15 pinned heads             laws; train.test.ts "keeps to the pinned head…", "…pins a new commit…"
 *  G16 one active queue         here "a second train"; soak.test.ts (the lock of the process); journal contract (fencing)
 *  G17 local and remote main    remote.test.ts
 *  G18 predictions are sound    property.test.ts, against `git merge`; laws
 *  G19 predictions are fresh    every verdict names both commits: sessions/news.test.ts; their age is not shown yet
 *  G20 kept until landed        here "keeps what is not landed"; remote.test.ts; workspaces/remove.test.ts
 */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPerson, FILES, kindsOf, makeBranches, type TrialChange, writeCheck } from '../soak/trial.ts'
import { WorktrainError } from '../../src/protocol/index.ts'
import { violations } from './invariants.ts'
import { everything } from './landing-scene.ts'
import { dice } from './random.ts'
import {
  branch,
  commit,
  enqueue,
  openStation,
  PERSON,
  plainCheck,
  repositoryWith,
  settle,
  sh,
  shown,
  type Station,
  write,
} from './station.ts'

let home: string
const open: Station[] = []
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-guarantees-')))
})
afterEach(async () => {
  for (const station of open.splice(0)) await station.journal.close()
  rmSync(home, { recursive: true, force: true })
})

async function station(...[repo, more]: [Station['repo'], Parameters<typeof openStation>[2]?]) {
  const made = await openStation(repo, home, more)
  open.push(made)
  return made
}

describe('random schedules', () => {
  /** `WORKTRAIN_SCHEDULES` and `WORKTRAIN_SEED` choose how many and which. */
  const COUNT = Number(process.env['WORKTRAIN_SCHEDULES'] ?? 2)
  const SEED = Number(process.env['WORKTRAIN_SEED'] ?? 11)
  /** What happens in one of them, before all is let go. */
  const ROUNDS = 10

  async function oneSchedule(seed: number): Promise<string[]> {
    const next = dice(seed)
    const place = join(home, `schedule-${seed}`)
    const repo = await repositoryWith(join(place, 'repo'), FILES)
    const { root } = repo
    const changes = makeBranches(root, kindsOf(next))
    const checks = writeCheck(place)
    // All of a schedule is in one process: no landing is under way when the person acts, but during checks it may.
    const person = createPerson(root, next, () => false)
    const settings = {
      slots: { count: 1 + Math.floor(next() * 4), why: 'as drawn' },
      mode: next() < 0.3 ? ('every-commit' as const) : ('prefix' as const),
      verify: next() < 0.5,
    }
    const s = await openStation(repo, place, {
      settings: async () => settings,
      runCheck: async (options) => {
        if (next() < 0.15) person.act()
        return plainCheck(options)
      },
    })
    open.push(s)
    const found: string[] = []
    const judge = async (isOver: boolean) => {
      const ends = () => (isOver ? 'any' : 'open') as 'any' | 'open'
      const held = person.kept().filter((path) => path === 'shared.txt')
      const all = await violations(root, s.stateDir, s.journal, { ends, mine: person.commits, dirty: held })
      found.push(...[...all, ...person.complaints()].map((one) => `schedule ${seed}: ${one}`))
    }
    const waiting = [...changes]
    for (let round = 0; round < ROUNDS && found.length === 0; round += 1) {
      const what = next()
      if (waiting.length > 0 && what < 0.5)
        await board(s, waiting.splice(0, 1 + Math.floor(next() * 3)), checks)
      else if (what < 0.6) person.act()
      else if (what < 0.75) await steer(s, changes, next)
      else if (next() < 0.5) for (let tick = 0; tick < 4; tick += 1) await s.train.tick()
      else {
        await settle(s)
        await judge(false)
      }
    }
    await board(s, waiting, checks)
    await s.train.resume(PERSON)
    for (const change of (await s.train.view()).changes)
      if (change.state === 'held') await s.train.release(change.id, PERSON)
    for (let round = 0; round < 3; round += 1) {
      person.tidy()
      await settle(s)
    }
    await judge(true)
    return found
  }

  async function board(s: Station, some: readonly TrialChange[], checks: string[]): Promise<void> {
    for (const { name, head } of some) await enqueue(s, name, head, checks)
  }

  async function steer(s: Station, changes: readonly TrialChange[], next: () => number): Promise<void> {
    const all = (await s.train.view()).changes
    const one = all[Math.floor(next() * all.length)]
    if (!one) return
    const acts = [
      () => s.train.hold(one.id, 'wait', PERSON),
      () => s.train.release(one.id, PERSON),
      () => s.train.eject(one.id, 'no', PERSON),
      () => s.train.retry(one.id, PERSON),
      () => s.train.prioritise(one.id, Math.floor(next() * 3), PERSON),
      () => s.train.pause('lunch', PERSON),
      () => s.train.resume(PERSON),
      () => enqueue(s, one.name, changes.find((each) => each.name === one.name)?.next ?? ''),
    ]
    try {
      await acts[Math.floor(next() * acts.length)]?.()
    } catch (error) {
      // Not everything can be asked of a change in every state.
      if (!(error instanceof WorktrainError) || error.code === 'INTERNAL') throw error
    }
  }

  it(`keeps every law in ${COUNT} of them`, async () => {
    const found: string[] = []
    for (let at = 0; at < COUNT; at += 1) found.push(...(await oneSchedule(SEED + at)))
    expect(found).toEqual([])
  }, 1_200_000)
})

describe('a second train (G16)', () => {
  it('makes the first one harmless, which says that it is no longer asked', async () => {
    const repo = await repositoryWith(join(home, 'repo'), { 'README.md': 'x\n' })
    const started = Promise.withResolvers<void>()
    const first = await station(repo, {
      runCheck: (options) => {
        started.resolve()
        return plainCheck({ ...options, command: 'sleep 60' })
      },
    })
    const { id } = await enqueue(first, 'one', branch(repo, 'one', { 'one.txt': '1\n' }))
    const stop = new AbortController()
    const running = first.train.run(stop.signal).then(
      () => null,
      (error: unknown) => error,
    )
    await started.promise

    const second = await station(repo)
    await second.train.recover()
    await settle(second)
    expect(await shown(second, 'one')).toMatchObject({ state: 'landed' })
    // Whatever it is asked, it can write nothing any more; it ends by itself at its next step.
    const two = branch(repo, 'two', { 'two.txt': '2\n' })
    const written = await second.journal.head()
    await expect(enqueue(first, 'two', two)).rejects.toMatchObject({ code: 'JOURNAL_FENCED' })
    await expect(first.train.pause('x', PERSON)).rejects.toMatchObject({ code: 'JOURNAL_FENCED' })
    await expect(first.train.withdraw(id, 'x', PERSON)).rejects.toThrow(WorktrainError)
    expect(await second.journal.head()).toBe(written)
    stop.abort()
    expect(await running).toSatisfy((error) => error === null || error?.code === 'JOURNAL_FENCED')
    const ends = { good: ['one'], mine: [] }
    expect(await violations(repo.root, second.stateDir, second.journal, ends)).toEqual([])
  })

  it.each(['lands itself what the first one was about to land', 'takes it back when main has moved'])(
    '%s',
    async (what) => {
      const repo = await repositoryWith(join(home, 'repo'), { 'README.md': 'x\n' })
      const mine: string[] = []
      let second: Station | null = null
      const first = await station(repo, {
        wrap: (journal) => ({
          ...journal,
          async append(drafts, expected) {
            const stored = await journal.append(drafts, expected)
            if (second || !drafts.some((draft) => draft.type === 'landing.intended')) return stored
            // The first one is held up here, with its landing decided and not done.
            if (what.startsWith('takes')) mine.push(commit(repo.root, { 'mine.txt': 'x\n' }))
            second = await station(repo)
            await second.train.recover()
            await settle(second)
            return stored
          },
        }),
      })
      await enqueue(first, 'one', branch(repo, 'one', { 'one.txt': '1\n' }))
      await expect(settle(first)).rejects.toMatchObject({ code: 'JOURNAL_FENCED' })
      const other = second as Station | null
      if (!other) throw new Error('nothing was intended')
      const ends = { good: ['one'], mine }
      expect(await violations(repo.root, other.stateDir, other.journal, ends)).toEqual([])
    },
  )
})

it('writes nothing into the worktree of a session, whatever becomes of its change (G7)', async () => {
  const repo = await repositoryWith(join(home, 'repo'), { 'README.md': 'x\n', 'a.txt': 'a\n' })
  const s = await station(repo, { settings: async () => ({ slots: { count: 2, why: 'as asked' } }) })
  const lands = branch(repo, 'lands', { 'new.txt': 'n\n' })
  const conflicts = branch(repo, 'conflicts', { 'a.txt': 'theirs\n' })
  commit(repo.root, { 'a.txt': 'mine\n' })
  const sessions = ['lands', 'conflicts'].map((name) => {
    const directory = join(home, name)
    sh(repo.root, 'worktree', 'add', '-q', directory, name)
    write(directory, { 'README.md': 'at work\n', 'untracked.txt': 'u\n' })
    sh(directory, 'add', 'README.md')
    write(directory, { 'README.md': 'still at work\n' })
    return { directory, gitDir: join(repo.root, '.git', 'worktrees', name), name }
  })
  const look = () =>
    sessions.map(({ directory, gitDir, name }) => [
      everything(directory),
      everything(gitDir),
      sh(repo.root, 'rev-parse', name),
    ])
  const before = look()
  await enqueue(s, 'lands', lands)
  await enqueue(s, 'conflicts', conflicts)
  await settle(s)
  expect((await s.train.view()).changes.map((one) => one.state)).toEqual(['landed', 'ejected'])
  expect(look()).toEqual(before)
})

it('blames no change for what its target was never seen to pass (G9)', async () => {
  const repo = await repositoryWith(join(home, 'repo'), { 'README.md': 'x\n' })
  const check = 'test ! -f bad.txt'
  const moved = Promise.withResolvers<void>()
  let isHeldUp = false
  let slots = 1
  const s = await station(repo, {
    // One at first: the suspect waits until the first one has landed.
    settings: async () => ({ slots: { count: slots, why: 'as asked' } }),
    onLanded: (change) => {
      s.landed.push(change)
      if (change.name === 'second') moved.resolve()
    },
    runCheck: async (options) => {
      if (isHeldUp && options.command === check) {
        isHeldUp = false
        // While the suspect is tested again on what landed by another check, main moves on.
        await enqueue(s, 'second', second, ['true'])
        await moved.promise
      }
      return plainCheck(options)
    },
  })
  const first = branch(repo, 'first', { 'first.txt': 'x\n' })
  const second = branch(repo, 'second', { 'second.txt': 'x\n' })
  await enqueue(s, 'bad', branch(repo, 'bad', { 'bad.txt': 'x\n' }), [check])
  const isParked = async () =>
    (await s.journal.read({ aggregate: 'change' })).some((event) => event.type === 'change.suspected')
  while (!(await isParked())) await s.train.tick()
  await enqueue(s, 'first', first, ['true'])
  while (!s.landed.some((change) => change.name === 'first')) await s.train.tick()
  isHeldUp = true
  slots = 2
  await settle(s)
  expect(isHeldUp).toBe(false)
  expect(await shown(s, 'bad')).toMatchObject({ state: 'ejected' })
  const ends = { good: ['first', 'second'], mine: [] }
  expect(await violations(repo.root, s.stateDir, s.journal, ends)).toEqual([])
})

it('tests again with other tools what was green with the old ones (G12)', async () => {
  const repo = await repositoryWith(join(home, 'repo'), { 'README.md': 'x\n' })
  let environment = 'node 24'
  const ran: string[] = []
  const s = await station(repo, {
    settings: async () => ({ environment }),
    runCheck: async (options) => (ran.push(environment), plainCheck(options)),
  })
  write(repo.root, { 'one.txt': 'in the way\n' })
  await enqueue(s, 'one', branch(repo, 'one', { 'one.txt': '1\n' }))
  await settle(s)
  expect(await shown(s, 'one')).toMatchObject({ state: 'blocked', expected: null })
  environment = 'node 26'
  rmSync(join(repo.root, 'one.txt'))
  await settle(s)
  expect(ran).toEqual(['node 24', 'node 26'])
  const landing = (await s.journal.read()).find((event) => event.type === 'train.landed')
  expect(landing?.data).toMatchObject({ environment: 'node 26', checks: [{ environment: 'node 26' }] })
  expect(await violations(repo.root, s.stateDir, s.journal, { good: ['one'], mine: [] })).toEqual([])
})

it('keeps what is not landed, whatever happens to its branch (G20)', async () => {
  const repo = await repositoryWith(join(home, 'repo'), { 'README.md': 'x\n' })
  const { root } = repo
  const s = await station(repo)
  const head = branch(repo, 'one', { 'bad.txt': 'x\n' })
  const held = branch(repo, 'two', { 'two.txt': 'x\n' })
  await enqueue(s, 'one', head, ['test ! -f bad.txt'])
  const two = await enqueue(s, 'two', held)
  await s.train.hold(two.id, 'later', PERSON)
  await settle(s)
  sh(root, 'branch', '-q', '-D', 'one', 'two')
  sh(root, 'reflog', 'expire', '--expire=now', '--all')
  sh(root, 'gc', '-q', '--prune=now')
  expect([head, held].map((oid) => sh(root, 'cat-file', '-t', oid))).toEqual(['commit', 'commit'])
  await s.train.release(two.id, PERSON)
  await settle(s)
  expect(existsSync(join(root, 'two.txt'))).toBe(true)
  expect(await shown(s, 'one')).toMatchObject({ state: 'ejected' })
})
