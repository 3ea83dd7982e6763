import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ejectionPrompt } from '../../src/train/index.ts'
import type { TrainOptions } from '../../src/train/train.ts'
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
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-train-')))
})
afterEach(async () => {
  for (const station of open.splice(0)) await station.journal.close()
  rmSync(home, { recursive: true, force: true })
})

const FILES = { 'README.md': 'hello\n', 'a.txt': '1\n2\n3\n4\n5\n6\n7\n8\n9\n', 'b.txt': 'b\n' }

async function station(
  more: Partial<TrainOptions> = {},
  files: Record<string, string> = FILES,
): Promise<Station> {
  const repo = await repositoryWith(join(home, 'repo'), files)
  const made = await openStation(repo, home, more)
  open.push(made)
  return made
}

const main = (s: Station) => sh(s.repo.root, 'rev-parse', 'main')
const clean = (s: Station) => sh(s.repo.root, 'status', '--porcelain')
const trainRefs = (s: Station) => sh(s.repo.root, 'for-each-ref', '--format=%(refname)', 'refs/worktrain')

describe('landing', () => {
  it('lands the tested tree as a merge of main and the pinned head, and brings the checkout along', async () => {
    const s = await station()
    const before = main(s)
    const head = branch(s.repo, 'one', { 'new.txt': 'new\n' })
    const change = await enqueue(s, 'one', head, ['test -f new.txt', 'test -f b.txt'])
    await settle(s)
    const landed = main(s)
    expect(sh(s.repo.root, 'rev-parse', 'main^1', 'main^2').split('\n')).toEqual([before, head])
    expect(sh(s.repo.root, 'log', '-1', '--format=%B', 'main')).toBe(
      `one: work\n\nWorktrain-Session: s-one\nWorktrain-Change: ${change.id}\nWorktrain-Tree: ${sh(s.repo.root, 'rev-parse', 'main^{tree}')}`,
    )
    expect(readFileSync(join(s.repo.root, 'new.txt'), 'utf8')).toBe('new\n')
    expect(clean(s)).toBe('')
    expect(s.landed.map((c) => [c.id, c.landed?.commit])).toEqual([[change.id, landed]])
    expect(await shown(s, 'one')).toMatchObject({
      state: 'landed',
      position: null,
      why: `Landed as ${landed.slice(0, 10)}.`,
    })
    expect(trainRefs(s)).toBe('')
    expect(readdirSync(join(s.stateDir, 'attempts'))).toEqual([])
    const events = await s.journal.read()
    expect(events.map((event) => event.type)).toEqual([
      'change.queued',
      'build.made',
      'check.started',
      'check.finished',
      'check.started',
      'check.finished',
      'landing.intended',
      'train.landed',
      'change.landed',
      'build.ended',
    ])
    // One event says all there is to say of the landing.
    const landing = events.find((event) => event.type === 'train.landed')
    expect(landing?.data).toMatchObject({
      old: before,
      new: landed,
      tree: sh(s.repo.root, 'rev-parse', 'main^{tree}'),
      members: [{ change: change.id, name: 'one', head, commit: landed, session: 's-one', branch: 'one' }],
      checks: ['test -f new.txt', 'test -f b.txt'].map((command) => ({ command, exit: 0 })),
      method: 'fast-forward',
    })
  })

  it('does one journalled step a tick', async () => {
    const s = await station()
    await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }))
    const counts: number[] = []
    do counts.push((await s.journal.read()).filter((event) => event.type !== 'check.finished').length)
    while (await s.train.tick())
    // Built, begun, intended, and landed: what is true when main has moved is one step. Results come by themselves.
    expect(counts).toEqual([1, 2, 3, 4, 7])
  })

  it('ejects the second of two changes that are green alone and red together', async () => {
    const s = await station(
      {},
      { 'README.md': '', 'lib.sh': 'hello() { echo hello; }\n', 'run.sh': '. ./lib.sh\nhello\n' },
    )
    const check = 'sh run.sh && for f in call*.sh; do [ ! -f "$f" ] || sh "$f" || exit 1; done'
    const rename = branch(s.repo, 'rename', {
      'lib.sh': 'greet() { echo hello; }\n',
      'run.sh': '. ./lib.sh\ngreet\n',
    })
    const caller = branch(s.repo, 'caller', { 'call.sh': '. ./lib.sh\nhello\n' })
    await enqueue(s, 'rename', rename, [check])
    await enqueue(s, 'caller', caller, [check])
    await settle(s)
    expect(await shown(s, 'rename')).toMatchObject({ state: 'landed' })
    const red = await shown(s, 'caller')
    expect(red.state).toBe('ejected')
    expect(red.ejected).toMatchObject({ reason: 'checks' })
    expect(red.ejected?.detail).toMatch(/exit 1\).*passes on main at [0-9a-f]{10} without this change/)
    expect(existsSync(join(s.repo.root, 'call.sh'))).toBe(false)
    // A shell that may not read a directory of PATH says so instead.
    expect(readFileSync(red.ejected?.log ?? '', 'utf8')).toMatch(
      /hello: (command not found|not found|Permission denied)/,
    )
    const prompt = ejectionPrompt(s.ejected[0]!)
    expect(prompt).toContain(`git merge ${main(s)}`)
    expect(prompt).toContain(check)
    expect(prompt).toMatch(/hello: (command not found|not found|Permission denied)/)
  })

  it('ejects a conflict with its files and the command that reproduces it', async () => {
    const s = await station()
    await enqueue(s, 'one', branch(s.repo, 'one', { 'a.txt': FILES['a.txt'].replace('5', 'five') }))
    await enqueue(s, 'two', branch(s.repo, 'two', { 'a.txt': FILES['a.txt'].replace('5', 'cinq') }))
    await settle(s)
    const two = await shown(s, 'two')
    expect(two.ejected).toMatchObject({ reason: 'conflict', files: ['a.txt'] })
    expect(two.ejected?.detail).toBe('It conflicts with main in a.txt.')
    const prompt = ejectionPrompt(s.ejected[0]!)
    expect(prompt).toContain('- a.txt')
    // The command in the prompt does what it says.
    const [, command = ''] = /\n {4}(git merge [0-9a-f]{40})\n/.exec(prompt) ?? []
    sh(s.repo.root, 'checkout', '-q', 'two')
    expect(() => sh(s.repo.root, ...command.split(' ').slice(1))).toThrow()
    expect(sh(s.repo.root, 'diff', '--name-only', '--diff-filter=U')).toBe('a.txt')
  })

  it('lands a repaired change that is put on the train again', async () => {
    const s = await station()
    const id = (await enqueue(s, 'one', branch(s.repo, 'one', { 'bad.txt': 'x\n' }), ['test ! -f bad.txt']))
      .id
    await settle(s)
    expect(await shown(s, 'one')).toMatchObject({ state: 'ejected' })
    sh(s.repo.root, 'checkout', '-q', 'one')
    sh(s.repo.root, 'rm', '-q', 'bad.txt')
    const repaired = commit(s.repo.root, { 'good.txt': 'x\n' })
    sh(s.repo.root, 'checkout', '-q', 'main')
    expect(await s.train.retry(id, PERSON)).toMatchObject({ state: 'queued', head: repaired })
    await settle(s)
    expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
    expect(existsSync(join(s.repo.root, 'good.txt'))).toBe(true)
  })

  it('calls a change landed whose content is in main already, and makes no commit', async () => {
    const s = await station()
    const head = branch(s.repo, 'one', { 'new.txt': 'new\n' })
    await enqueue(s, 'one', head)
    sh(s.repo.root, 'cherry-pick', head)
    const picked = main(s)
    await settle(s)
    expect(main(s)).toBe(picked)
    expect(await shown(s, 'one')).toMatchObject({
      state: 'landed',
      why: 'Already in main: nothing was left to land.',
    })
  })

  it('keeps to the pinned head when the branch goes on', async () => {
    const s = await station()
    const head = branch(s.repo, 'one', { 'new.txt': 'new\n' })
    await enqueue(s, 'one', head)
    await s.train.tick()
    sh(s.repo.root, 'branch', '-D', 'one')
    branch(s.repo, 'one', { 'other.txt': 'other\n' })
    await settle(s)
    expect(sh(s.repo.root, 'rev-parse', 'main^2')).toBe(head)
    expect(existsSync(join(s.repo.root, 'other.txt'))).toBe(false)
  })

  it('merges a rename on one side with an edit on the other', async () => {
    const s = await station()
    await enqueue(s, 'rename', branch(s.repo, 'rename', { 'a.txt': null, 'c.txt': FILES['a.txt'] }))
    await enqueue(s, 'edit', branch(s.repo, 'edit', { 'a.txt': FILES['a.txt'].replace('9', 'nine') }))
    await settle(s)
    expect((await s.train.view()).changes.map((c) => c.state)).toEqual(['landed', 'landed'])
    expect(readFileSync(join(s.repo.root, 'c.txt'), 'utf8')).toContain('nine')
  })
})

describe('checks', () => {
  it('builds and tests again when main moves during a check', async () => {
    const s = await station({
      runCheck: async (options) => {
        // What the person does while it runs: once.
        if (!existsSync(join(s.repo.root, 'mine.txt'))) commit(s.repo.root, { 'mine.txt': 'mine\n' })
        return plainCheck(options)
      },
    })
    await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }))
    await settle(s)
    const mine = sh(s.repo.root, 'log', '--format=%H', '--', 'mine.txt')
    expect(sh(s.repo.root, 'rev-parse', 'main^1')).toBe(mine)
    const events = await s.journal.read()
    expect(events.filter((e) => e.type === 'build.ended').map((e) => e.data)).toMatchObject([
      { why: 'base-moved' },
      { why: 'landed' },
    ])
    const landed = events.findLast((e) => e.type === 'change.landed')
    const proof = events.findLast((e) => e.type === 'check.finished')
    expect(landed?.type === 'change.landed' && proof?.type === 'check.finished' && landed.data.tree).toBe(
      proof?.type === 'check.finished' && proof.data.tree,
    )
  })

  it('pauses without blaming the change when main itself is red, and goes on when main is repaired', async () => {
    const s = await station({}, { ...FILES, 'broken.txt': 'x\n' })
    const red = main(s)
    await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }), ['test ! -f broken.txt'])
    await settle(s)
    const view = await s.train.view()
    expect(view.paused).toContain(`main is red at ${red.slice(0, 10)}`)
    expect(view.stuck).toBe(view.paused)
    expect(view.changes).toMatchObject([{ state: 'queued', position: 1 }])
    expect(await s.train.tick()).toBe(false)
    sh(s.repo.root, 'rm', '-q', 'broken.txt')
    commit(s.repo.root, {})
    await settle(s)
    expect((await s.train.view()).paused).toBe(null)
    expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
  })

  it('does not run again what was green for the same tree', async () => {
    const ran: string[] = []
    const s = await station({ runCheck: async (options) => (ran.push(options.command), plainCheck(options)) })
    await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }), ['test -f new.txt', 'true'])
    const results = async () => (await s.journal.read()).filter((e) => e.type === 'check.finished').length
    while ((await results()) < 2) await s.train.tick()
    // main goes away and comes back: the candidate is the same one.
    sh(s.repo.root, 'commit', '-q', '--allow-empty', '-m', 'x')
    await s.train.tick()
    sh(s.repo.root, 'reset', '-q', '--hard', 'HEAD~1')
    await settle(s)
    expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
    expect(ran).toEqual(['test -f new.txt', 'true'])
  })

  it('voids a check that changes tracked files, and ejects when it does so again', async () => {
    const s = await station()
    await enqueue(s, 'one', branch(s.repo, 'one', { 'gen.txt': '1\n' }), [
      '[ ! -f gen.txt ] || echo 2 > gen.txt',
    ])
    await settle(s)
    const events = await s.journal.read({ aggregate: 'build' })
    expect(events.filter((e) => e.type === 'build.ended').map((e) => e.data.why)).toContain('dirtied')
    const one = await shown(s, 'one')
    expect(one.ejected).toMatchObject({ reason: 'checks', files: ['gen.txt'] })
    expect(one.ejected?.detail).toContain('changed tracked files (gen.txt)')
    expect(readFileSync(join(s.repo.root, 'README.md'), 'utf8')).toBe('hello\n')
  })

  it('takes a check that does not end as red', async () => {
    const s = await station({ settings: async () => ({ limits: { timeoutMs: 300, memoryBytes: null } }) })
    await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }), ['[ ! -f new.txt ] || sleep 60'])
    await settle(s)
    expect((await shown(s, 'one')).ejected?.detail).toContain('did not end within its time')
  })

  it('keeps the end of the output without control sequences, and all of it in the log', async () => {
    const s = await station()
    const noisy = String.raw`seq 3000; printf '\033[31mred\033[0m \033]0;title\007\001end\n'; test ! -f new.txt`
    await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }), [noisy])
    await settle(s)
    const [check] = (await shown(s, 'one')).checks
    expect(check?.tail.split('\n').at(-1)).toBe('red end')
    expect(Buffer.byteLength(check?.tail ?? '')).toBeLessThanOrEqual(4096)
    expect(readFileSync(check?.log ?? '', 'utf8')).toContain('\n1\n2\n')
  })

  it('runs set-up once for the checks of a tree, and does not call a failed set-up a verdict of the change', async () => {
    const ran: string[] = []
    const setup = ['test -f ready.txt && touch done.tmp']
    const s = await station(
      { setup: async () => setup, runCheck: async (o) => (ran.push(o.command), plainCheck(o)) },
      { ...FILES, 'ready.txt': '' },
    )
    await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }), [
      'test -f done.tmp',
      'test -f new.txt',
    ])
    await settle(s)
    expect(ran).toEqual([...setup, 'test -f done.tmp', 'test -f new.txt'])
    await enqueue(s, 'two', branch(s.repo, 'two', { 'ready.txt': null }), ['true'])
    await settle(s)
    const two = await shown(s, 'two')
    expect(two.state).toBe('ejected')
    expect(two.checks[0]?.tail).toContain('set-up command')
  })

  it('keeps a change on the train when its check cannot be run at all', async () => {
    const s = await station({ runCheck: () => Promise.reject(new Error('no cell')) })
    await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }))
    await expect(settle(s)).rejects.toThrow('no cell')
    expect(await shown(s, 'one')).toMatchObject({ state: 'testing', position: 1 })
  })

  it('refuses a change without checks, unknown commits, and what is in main', async () => {
    const s = await station()
    const head = branch(s.repo, 'one', { 'new.txt': 'new\n' })
    await expect(enqueue(s, 'one', head, [])).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('checks'),
    })
    await expect(enqueue(s, 'one', '0'.repeat(39) + '1')).rejects.toMatchObject({ code: 'BASE_UNKNOWN' })
    await expect(enqueue(s, 'one', main(s))).rejects.toMatchObject({ code: 'NOTHING_TO_LAND' })
    expect((await s.train.view()).changes).toEqual([])
    expect(trainRefs(s)).toBe('')
  })
})

describe('steering', () => {
  it('shows what is tested on top of what, and ends the check of a change that is ejected', async () => {
    const started = Promise.withResolvers<void>()
    const s = await station({
      runCheck: (options) => {
        started.resolve()
        return plainCheck(options)
      },
    })
    const { id } = await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }), ['sleep 60'])
    await enqueue(s, 'two', branch(s.repo, 'two', { 'two.txt': 'new\n' }), ['true'])
    const working = settle(s)
    await started.promise
    const view = await s.train.view()
    expect(view.changes.map((c) => [c.name, c.position])).toEqual([
      ['one', 1],
      ['two', 2],
    ])
    expect(view.changes[0]?.why).toMatch(
      /^`sleep 60` runs on [0-9a-f]{10}: one \+ two on top of main at [0-9a-f]{10}\.$/,
    )
    await s.train.eject(id, 'not now', PERSON)
    await working
    expect((await s.train.view()).changes.map((c) => [c.name, c.state])).toEqual([
      ['one', 'ejected'],
      ['two', 'landed'],
    ])
    expect((await shown(s, 'one')).why).toBe('not now')
  })

  it('does nothing while paused, and takes up where it was', async () => {
    const s = await station()
    await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }))
    await s.train.pause('lunch', PERSON)
    expect(await s.train.tick()).toBe(false)
    expect(await s.train.view()).toMatchObject({ paused: 'lunch', stuck: 'lunch' })
    await s.train.resume(PERSON)
    await settle(s)
    expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
  })

  it('is idempotent, and pins a new commit of the same branch in the old place', async () => {
    const s = await station()
    const first = await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }))
    await enqueue(s, 'two', branch(s.repo, 'two', { 'two.txt': 'new\n' }))
    expect(await enqueue(s, 'one', first.head)).toEqual(first)
    await s.train.tick()
    await s.train.tick()
    const head = branch(s.repo, 'more', { 'more.txt': 'x\n' }, 'one')
    const again = await enqueue(s, 'one', head)
    expect(again).toMatchObject({ id: first.id, place: first.place, head, state: 'queued' })
    await settle(s)
    expect((await s.train.view()).changes.map((c) => [c.name, c.state])).toEqual([
      ['one', 'landed'],
      ['two', 'landed'],
    ])
    expect(existsSync(join(s.repo.root, 'more.txt'))).toBe(true)
  })

  it('lets go of a withdrawn change and refuses to take off what has landed', async () => {
    const s = await station()
    const one = await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }))
    const two = await enqueue(s, 'two', branch(s.repo, 'two', { 'two.txt': 'new\n' }))
    await s.train.withdraw(two.id, 'removed', PERSON)
    await settle(s)
    await expect(s.train.withdraw(one.id, 'too late', PERSON)).rejects.toMatchObject({
      code: 'SESSION_WRONG_STATE',
    })
    await expect(s.train.eject('nobody', 'x', PERSON)).rejects.toMatchObject({ code: 'USAGE' })
    expect(trainRefs(s)).toBe('')
  })

  it('notices by itself that the person made way, without waiting for the next look', async () => {
    const landed = Promise.withResolvers<void>()
    const s = await station({ onLanded: () => landed.resolve(), retryMs: 3_600_000 })
    write(s.repo.root, { 'a.txt': 'mine\n' })
    const blocked = new Promise<void>((resolve) => {
      s.journal.subscribe((events) => void (events.some((e) => e.type === 'landing.blocked') && resolve()))
    })
    const stop = new AbortController()
    const running = s.train.run(stop.signal)
    await enqueue(s, 'one', branch(s.repo, 'one', { 'a.txt': 'A\n' }))
    await blocked
    // The watch begins a moment after the event that tells of it: made way again until it is seen.
    const again = setInterval(() => sh(s.repo.root, 'checkout', '-q', '--', 'a.txt'), 100)
    await landed.promise
    clearInterval(again)
    stop.abort()
    await running
    expect(readFileSync(join(s.repo.root, 'a.txt'), 'utf8')).toBe('A\n')
  })

  it('runs by itself: works off what is put on, and ends when told', async () => {
    const landed = Promise.withResolvers<void>()
    const s = await station({ onLanded: () => landed.resolve() })
    const stop = new AbortController()
    const running = s.train.run(stop.signal)
    await enqueue(s, 'one', branch(s.repo, 'one', { 'new.txt': 'new\n' }))
    await landed.promise
    stop.abort()
    await running
    write(s.repo.root, {})
    expect(existsSync(join(s.repo.root, 'new.txt'))).toBe(true)
  })
})
