/** Scenarios of other merge queues that need git (docs/reference/merge-queue-scenarios.md). */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { violations } from './invariants.ts'
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
} from './station.ts'

let home: string
const open: Station[] = []
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-scenarios-')))
})
afterEach(async () => {
  for (const station of open.splice(0)) await station.journal.close()
  rmSync(home, { recursive: true, force: true })
})

async function station(more: Parameters<typeof openStation>[2] = {}): Promise<Station> {
  const repo = await repositoryWith(join(home, 'repo'), { 'README.md': 'x\n', 'a.txt': 'a\n' })
  const made = await openStation(repo, home, more)
  open.push(made)
  return made
}

async function again(s: Station): Promise<Station> {
  await s.journal.close()
  const made = await openStation(s.repo, home)
  open.splice(0, open.length, made)
  return made
}

const judged = (s: Station, good: string[], mine: string[] = []) =>
  violations(s.repo.root, s.stateDir, s.journal, { good, mine })

it('sends back at once what does not merge with main, and lands the others together', async () => {
  const s = await station()
  const heads = ['apart1', 'good1', 'apart2', 'good2'].map((name) => ({
    name,
    head: branch(s.repo, name, name.startsWith('good') ? { [name]: 'x\n' } : { 'a.txt': `${name}\n` }),
  }))
  const mine = commit(s.repo.root, { 'a.txt': 'mine\n' })
  for (const { name, head } of heads) await enqueue(s, name, head)
  await settle(s)
  for (const name of ['apart1', 'apart2'])
    expect(await shown(s, name)).toMatchObject({ state: 'ejected', ejected: { reason: 'conflict' } })
  const landings = (await s.journal.read()).filter((event) => event.type === 'train.landed')
  expect(landings.map((event) => event.data.members.length)).toEqual([2])
  expect(await judged(s, ['good1', 'good2'], [mine])).toEqual([])
})

it('lands each change on the branch that it names', async () => {
  const s = await station()
  const { root } = s.repo
  sh(root, 'branch', 'release', 'main')
  const [one, two] = ['one', 'two'].map((name) => branch(s.repo, name, { [name]: 'x\n' }))
  await enqueue(s, 'one', one ?? '')
  const request = { session: null, name: 'two', branch: 'two', head: two ?? '', message: '' }
  await s.train.enqueue({ ...request, target: 'release', checks: ['test -f README.md'] }, PERSON)
  await settle(s)
  expect([sh(root, 'rev-parse', 'main^2'), sh(root, 'rev-parse', 'release^2')]).toEqual([one, two])
  expect(sh(root, 'merge-base', 'main', 'release')).toBe(sh(root, 'rev-parse', 'main^1'))
})

it('lands a change that was taken off while it was tested, and put on again', async () => {
  let times = 0
  const s = await station({
    runCheck: async (options) => {
      times += 1
      if (times === 1) await s.train.eject(id, 'not yet', PERSON)
      return plainCheck(options)
    },
  })
  const { id } = await enqueue(s, 'one', branch(s.repo, 'one', { 'one.txt': 'x\n' }))
  await enqueue(s, 'two', branch(s.repo, 'two', { 'two.txt': 'x\n' }))
  await settle(s)
  expect((await s.train.view()).changes.map((one) => one.state)).toEqual(['ejected', 'landed'])
  await s.train.retry(id, PERSON)
  await settle(s)
  expect(await judged(s, ['one', 'two'])).toEqual([])
  expect(sh(s.repo.root, 'log', '--first-parent', '--format=%s', 'main').split('\n')).toEqual([
    'one: work',
    'two: work',
    'first',
  ])
})

it('holds a green result back while it is paused, and lands it without another run', async () => {
  const ran: string[] = []
  const s = await station({
    runCheck: async (options) => {
      ran.push(options.command)
      await s.train.pause('closed', PERSON)
      return plainCheck(options)
    },
  })
  await enqueue(s, 'one', branch(s.repo, 'one', { 'one.txt': 'x\n' }))
  await settle(s)
  expect(await s.train.view()).toMatchObject({ paused: 'closed', changes: [{ state: 'testing' }] })
  expect(existsSync(join(s.repo.root, 'one.txt'))).toBe(false)
  await s.train.resume(PERSON)
  await settle(s)
  expect(ran).toHaveLength(1)
  expect(await judged(s, ['one'])).toEqual([])
})

it('finds out at its start what happened to main while nobody looked', async () => {
  const s = await station()
  const { root } = s.repo
  await enqueue(s, 'one', branch(s.repo, 'one', { 'one.txt': 'x\n' }))
  const by = branch(s.repo, 'two', { 'two.txt': 'x\n' })
  await enqueue(s, 'two', by)
  while (!(await s.journal.read()).some((event) => event.type === 'check.finished')) await s.train.tick()
  // The person merges one of them by hand, and goes on.
  sh(root, 'merge', '-q', '--no-ff', '-m', 'by hand', 'two')
  const mine = commit(root, { 'mine.txt': 'x\n' })
  const next = await again(s)
  await next.train.recover()
  await settle(next)
  expect(await shown(next, 'two')).toMatchObject({ state: 'landed' })
  expect(await judged(next, ['one', 'two'], [mine])).toEqual([])
})

it('takes no commit twice, and a later one of the same branch as a change of its own', async () => {
  const s = await station()
  const head = branch(s.repo, 'one', { 'one.txt': 'x\n' })
  const first = await enqueue(s, 'one', head)
  await settle(s)
  await expect(enqueue(s, 'one', head)).rejects.toMatchObject({ code: 'NOTHING_TO_LAND' })
  await expect(s.train.retry(first.id, PERSON)).rejects.toMatchObject({ code: 'SESSION_WRONG_STATE' })
  const second = await enqueue(s, 'one', branch(s.repo, 'more', { 'more.txt': 'x\n' }, 'one'))
  expect(second.id).not.toBe(first.id)
  await settle(s)
  expect(await judged(s, ['one'])).toEqual([])
})
