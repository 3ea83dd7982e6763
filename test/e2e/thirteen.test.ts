/** A day at the train with real agents: thirteen changes, all that goes wrong on such a day, and one main. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pathsFrom } from '../../src/platform/paths.ts'
import { processesOf } from '../../src/platform/processes.ts'
import { run } from '../../src/platform/run.ts'
import type { CommitView, DoctorView, SessionView, TrainView } from '../../src/protocol/api.ts'
import type { Recorded } from '../../src/protocol/events.ts'
import { startModelServer, type ModelServer, type Step } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle } from '../fixtures/claude.ts'
import { createWorld, writeFiles, type World } from '../fixtures/world.ts'
import { bash, planOf, repair, type Service, shopFiles, startService, WORK } from './thirteen-shop.ts'

/** A loaded machine must not turn it red, ms; two quiet cores need a quarter of it. */
const TIME_LIMIT = 1_200_000
/** They land nothing, and follow main. */
const LIVE: ReadonlyMap<string, Step[]> = new Map([
  ...['ann', 'bob'].map((name): [string, Step[]] => [
    name,
    [bash(`echo ${name} > ${name}.txt; git add -A; git commit -qm ${name}`), { text: 'Waiting for more.' }],
  ]),
  [
    'busy',
    [
      bash('echo busy > busy.txt; git add -A; git commit -qm busy'),
      bash('while [ ! -e go ]; do sleep 0.3; done; rm go; ls > seen.txt; git add -A; git commit -qm seen'),
      { text: 'Done.' },
    ],
  ],
])
const README = '# Shop\n\nA sentence of mine that is not finished\n'

describe.skipIf(!claude)(claudeTitle, () => {
  let model: ModelServer
  let service: Service
  let world: World
  beforeEach(async () => {
    model = await startModelServer()
    model.scenarios.set('returned', { when: /was not landed on main/, script: repair })
    service = await startService()
    world = await createWorld({
      env: claudeEnv(model.url),
      files: shopFiles(service.url),
      patienceMs: TIME_LIMIT / 2,
    })
    const config = '[train]\nslots = 2\nupdate = "merge"\n'
    writeFiles(world.repo, { '.worktrain.local.toml': config, 'README.md': README })
  })
  afterEach(async () => {
    await world.close()
    await service.close()
    await model.close()
  })

  const session = (name: string) => world.client.call('session', { repo: world.repo, name })
  const journal = () => world.client.call('events', { after: 0, limit: 10_000 })
  const eventsOf = async (name: string) =>
    world.client.call('events', { session: (await session(name)).id, limit: 10_000 })
  const landed = async (names: Iterable<string>) => {
    for (const name of names) await world.until(name, (s) => s.stage === 'landed', 'lands')
  }

  test(
    'thirteen changes land, whatever goes wrong on the way, and main is green at every commit',
    async () => {
      writeFiles(world.dir, { 'plan.yaml': planOf(LIVE) })
      await world.json(['run', '-f', join(world.dir, 'plan.yaml')])
      const names = [...WORK.keys()]
      for (const name of names) await world.until(name, (s) => s.stage === 'handed-off', 'hands off')
      for (const name of ['ann', 'bob'])
        await world.until(name, (s) => s.lastMessage.startsWith('Waiting'), 'waits')
      const busy = await world.until('busy', (s) => s.activity.evidence.includes('while'), 'works')

      // Eleven at once; the supervisor dies in the middle of two checks, which end with the next command.
      const first = names.slice(0, -2)
      await world.json(['train', 'pause', 'until all are on it'])
      await world.json(['land', ...first])
      await world.json(['train', 'resume'])
      const { gone } = await service.held
      process.kill(await world.supervisor(), 'SIGKILL')
      service.open()
      await world.json(['train'])
      await gone
      await landed(first)

      // The person is at work in a file that a landing wants; behind it waits one whose check is flaky.
      const mine = 'nine to five, closed on Sundays\n'
      writeFiles(world.repo, { 'hours.txt': mine })
      await world.json(['land', 'hours', 'rates'])
      await world.untilEvent((e) => e.type === 'landing.blocked', 'the landing is blocked')
      const blocked = await world.json<TrainView>(['train'])
      expect(blocked.stuck).toContain('hours.txt')
      expect(blocked.changes.find((c) => c.name === 'hours')).toMatchObject({ state: 'blocked' })
      expect(readFileSync(join(world.repo, 'hours.txt'), 'utf8')).toBe(mine)
      world.git(['checkout', '-q', '--', 'hours.txt'])
      await landed(['hours', 'rates'])
      const train = await world.json<TrainView>(['train'])
      expect(train.stuck).toBeNull()
      expect(train.flaky).toMatchObject([{ command: 'sh check.sh', test: 'tests/rates.sh', times: 1 }])

      await slotsWereUsed()
      await everyCommitIsGreenAndExplained(train)
      await onlyTwoCameBack(names)
      await othersFollowed(busy)
      await personsOwnIsAsItWas()
      await nothingIsLeft([...names, ...LIVE.keys()])
    },
    TIME_LIMIT,
  )

  /** Two candidates were tested at a time, never more, and changes landed together. */
  async function slotsWereUsed(): Promise<void> {
    const events = await journal()
    const running = new Set<string>()
    let most = 0
    for (const e of events) {
      if (e.type === 'check.started') running.add(e.id)
      if (e.type === 'check.finished' || e.type === 'build.ended') running.delete(e.id)
      most = Math.max(most, running.size)
    }
    expect(most).toBe(2)
    const sizes = events.filter((e) => e.type === 'train.landed').map((e) => e.data.members.length)
    expect(Math.max(...sizes)).toBeGreaterThan(1)
  }

  /** With plain git, in directories that no train has made. */
  async function everyCommitIsGreenAndExplained(train: TrainView): Promise<void> {
    const landings = (await journal()).filter((e) => e.type === 'train.landed').map((e) => e.data)
    const all = landings.flatMap((landing) => landing.members.map((member) => member.name))
    expect(all.toSorted()).toEqual([...WORK.keys()].toSorted())
    const line = world.git(['rev-list', '--first-parent', '--reverse', 'main']).split('\n')
    expect(line).toHaveLength(1 + WORK.size)
    expect(landings.at(-1)?.new).toBe(line.at(-1))
    for (const [n, landing] of landings.entries()) {
      expect(line).toContain(landing.new)
      expect(landing.old).toBe(n === 0 ? line[0] : landings[n - 1]?.new)
      const clean = join(world.dir, `clean-${n}`)
      world.git(['clone', '-q', '--no-checkout', world.repo, clean], world.dir)
      world.git(['checkout', '-q', '--detach', landing.new], clean)
      expect(world.git(['rev-parse', 'HEAD^{tree}'], clean)).toBe(landing.tree)
      const said = await run('/bin/sh', ['check.sh'], { cwd: clean, env: world.env })
      expect(said).toMatchObject({ code: 0, stdout: expect.not.stringContaining('not ok') })
    }
    expect(train.landings.map((landing) => landing.new)).toEqual(landings.map((landing) => landing.new))
    for (const commit of line.slice(1)) {
      const why = await world.json<CommitView>(['why', commit])
      const landing = landings.find((one) => one.members.some((member) => member.commit === commit))
      expect(why).toMatchObject({ commit, landing: { new: landing?.new, tree: landing?.tree } })
      expect(why.why).toContain('exactly that was tested: `sh check.sh` ended with exit 0')
    }
    const root = await world.json<CommitView>(['why', line[0] ?? ''])
    expect(root).toMatchObject({ landing: null })
  }

  /** The conflict and the red one, once each, to their own sessions; the flaky one was only tested again. */
  async function onlyTwoCameBack(names: readonly string[]): Promise<void> {
    const events = await journal()
    const ejected = events.filter((e) => e.type === 'change.ejected')
    expect(ejected.map((e) => e.data.reason).toSorted()).toEqual(['checks', 'conflict'])
    for (const name of names) {
      const sent = (await eventsOf(name)).filter((e) => e.type === 'prompt.sent' && e.data.from === 'train')
      expect(sent, name).toHaveLength(['cart', 'discount'].includes(name) ? 1 : 0)
    }
    expect(world.git(['show', 'main:prices.txt'])).toBe('vat 20, discount 5')
    expect(world.git(['show', 'main:cart.sh'])).toBe('. ./lib.sh; sum 2 3')
  }

  async function othersFollowed(busy: SessionView): Promise<void> {
    const main = world.git(['rev-parse', 'main'])
    const updated = (id: string) => (e: Recorded) =>
      e.type === 'session.updated' && e.id === id && e.data.to === main && e.data.result === 'merged'
    for (const name of ['ann', 'bob']) {
      const { id, workspace } = await session(name)
      await world.untilEvent(updated(id), `${name} is updated`)
      expect(readFileSync(join(workspace.path, 'rates.txt'), 'utf8')).toBe('usd 1.1\n')
      const events = await eventsOf(name)
      const begun = events.findIndex((e) => e.type === 'session.updating')
      expect(events.slice(0, begun).some((e) => e.type === 'snapshot.taken')).toBe(true)
    }
    // All that time its tree was left alone.
    expect(existsSync(join(busy.workspace.path, 'api.txt'))).toBe(false)
    writeFileSync(join(busy.workspace.path, 'go'), '')
    await world.untilEvent(updated(busy.id), 'busy is updated')
    expect(readFileSync(join(busy.workspace.path, 'seen.txt'), 'utf8')).not.toContain('api.txt')
    expect(existsSync(join(busy.workspace.path, 'api.txt'))).toBe(true)
    const events = await eventsOf('busy')
    expect(events.findIndex((e) => e.type === 'session.updating')).toBeGreaterThan(
      events.findIndex((e) => e.type === 'turn.finished'),
    )
  }

  async function personsOwnIsAsItWas(): Promise<void> {
    expect(world.git(['symbolic-ref', 'HEAD'])).toBe('refs/heads/main')
    expect(world.git(['status', '--porcelain'])).toBe('M README.md')
    expect(readFileSync(join(world.repo, 'README.md'), 'utf8')).toBe(README)
    expect(readFileSync(join(world.repo, 'hours.txt'), 'utf8')).toBe('eight to six\n')
    expect(world.git(['stash', 'list'])).toBe('')
  }

  async function nothingIsLeft(names: readonly string[]): Promise<void> {
    for (const name of LIVE.keys()) await world.json(['stop', name])
    await world.json(['rm', ...WORK.keys()])
    await world.json(['rm', '--discard', ...LIVE.keys()])
    expect(await world.json(['ls'])).toEqual([])
    for (const name of names) expect(world.git(['branch', '--list', `worktrain/${name}`])).toBe('')
    expect(world.git(['worktree', 'list']).split('\n')).toHaveLength(1)
    expect(world.git(['for-each-ref', 'refs/worktrain/queue', 'refs/worktrain/cand'])).toBe('')
    const locks = execFileSync('find', [join(world.repo, '.git'), '-name', '*.lock'], { encoding: 'utf8' })
    expect(locks).toBe('')
    const trains = join(pathsFrom(world.env).state, 'trains')
    const [id = ''] = readdirSync(trains)
    expect(readdirSync(join(trains, id, 'attempts'))).toEqual([])
    expect(readdirSync(join(trains, id))).not.toContain('landing-in-flight.json')
    expect((await world.json<DoctorView>(['doctor'])).leftovers).toEqual([])
    world.git(['fsck', '--strict', '--no-dangling'])
    // Besides the supervisor nothing but the shells that stand by to start git for it.
    const commands = processesOf(null, `HOME=${world.home}`).map((pid) =>
      execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim(),
    )
    expect(commands.filter((command) => command !== '/bin/sh')).toEqual([
      expect.stringContaining('supervisor'),
    ])
  }
})
