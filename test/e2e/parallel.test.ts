import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionView, TrainView } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted, writeAndCommit } from '../fixtures/claude.ts'
import { createWorld, writeFiles, type World } from '../fixtures/world.ts'
import { sampled } from '../fixtures/sample.ts'

/** A file of the person's own that nothing may touch, and what it says. */
const OWN = { '.bashrc': '# mine\n', '.claude/settings.json': '{"model":"opus"}\n' }

describe.skipIf(!claude)(claudeTitle, () => {
  let server: ModelServer
  let world: World
  beforeEach(async () => {
    server = await startModelServer()
    world = await createWorld({ env: claudeEnv(server.url) })
    writeFiles(world.home, OWN)
  })
  afterEach(async () => {
    await world.close()
    await server.close()
  })

  /** Runs a plan of n sessions, lands them all, and checks the repository from outside. */
  async function runAndLand(n: number, headless: boolean): Promise<void> {
    const names = Array.from({ length: n }, (_, i) => `s${String(i + 1).padStart(2, '0')}`)
    const sessions = names.map((name) => ({
      name,
      headless,
      // Every write and every command asks.
      permissionMode: 'manual',
      goal: scripted(`Add ${name}`, [
        ...writeAndCommit(`${name}.txt`, `${name}\n`),
        handoff([`${name}.txt`]),
      ]),
    }))
    // JSON is YAML.
    writeFiles(world.dir, {
      'plan.yaml': JSON.stringify({ checks: ['sh check.sh'], limits: { active: n }, sessions }),
    })
    const before = world.git(['for-each-ref', 'refs/heads/main'])
    await world.json(['run', '-f', join(world.dir, 'plan.yaml')])
    const answering = answerAll(world)
    for (const name of names) await world.until(name, (s) => s.stage === 'handed-off', 'hands off')
    // A write and a commit each; a prompt that was not answered from outside would still be on the screen.
    expect(await answering.stop()).toBeGreaterThanOrEqual(2 * n)
    expect(world.git(['for-each-ref', 'refs/heads/main'])).toBe(before)
    expect(world.git(['status', '--porcelain'])).toBe('')
    const listed = world.git(['worktree', 'list', '--porcelain'])
    for (const name of names) expect(listed).toContain(`branch refs/heads/worktrain/${name}\n`)

    await world.json(['land', ...names])
    for (const name of names) await world.until(name, (s) => s.stage === 'landed', 'lands')
    const train = await world.json<TrainView>(['train'])
    expect(train.stuck).toBeNull()
    expect(train.changes.filter((c) => c.landed !== null)).toHaveLength(n)
    // Every commit that main was moved to is a tree that the checks passed on; between two of them stand merges
    // that landed together with the next one.
    const line = world.git(['log', '--first-parent', '--merges', '--format=%H %T', 'main']).split('\n')
    expect(line).toHaveLength(n)
    const events = await world.client.call('events', { after: 0, limit: 10_000 })
    const tested = events
      .filter((e) => e.type === 'check.finished')
      .filter((e) => e.data.exit === 0)
      .map((e) => e.data.tree)
    const landings = events.filter((e) => e.type === 'train.landed').map((e) => e.data)
    for (const landing of landings) {
      expect(line).toContain(`${landing.new} ${landing.tree}`)
      expect(tested).toContain(landing.tree)
    }
    const landed = landings.flatMap((landing) =>
      landing.members.map(({ commit, tree }) => `${commit} ${tree}`),
    )
    expect(landed.toSorted()).toEqual(line.toSorted())
    expect(line[0]).toBe(`${landings.at(-1)?.new} ${landings.at(-1)?.tree}`)

    for (const name of names) expect((await world.cli(['rm', name])).code).toBe(0)
    expect(await world.json<SessionView[]>(['ls'])).toEqual([])
    expect(world.git(['worktree', 'list']).split('\n')).toHaveLength(1)
    expect(execFileSync('find', [join(world.repo, '.git'), '-name', '*.lock'], { encoding: 'utf8' })).toBe('')
    world.git(['fsck', '--strict', '--no-dangling'])
    for (const [path, content] of Object.entries(OWN))
      expect(readFileSync(join(world.home, path), 'utf8')).toBe(content)
  }

  const FLEETS: [string, number, boolean][] = [
    ['four interactive sessions at once: all hand off, all land, nothing else is touched', 4, false],
    [
      'thirteen headless sessions at once: none fails, no lock is left, main is tested at every commit',
      13,
      true,
    ],
  ]
  test.each(sampled(FLEETS, 1))('%s', (_, count, headless) => runAndLand(count, headless))
})

/** A person at the board: allows whatever any session asks, from outside its terminal. */
function answerAll(world: World): { stop: () => Promise<number> } {
  const stop = new AbortController()
  let answered = 0
  const loop = (async () => {
    for await (const event of world.client.events({ signal: stop.signal })) {
      if (event.type !== 'question.opened') continue
      const input = {
        repo: null,
        name: event.id,
        question: event.data.question.id,
        answer: { kind: 'allow' },
      } as const
      await world.client.call('answer', input)
      answered++
    }
  })()
  return {
    stop: async () => {
      stop.abort()
      await loop
      return answered
    },
  }
}
