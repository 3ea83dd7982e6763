/** The end of the trash as the product does it: in a process of its own, at its time, and going on after a kill. */
import { existsSync, lstatSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pathsFrom, type Paths } from '../../src/platform/paths.ts'
import { signal, startTimeOf, startedWith } from '../../src/platform/processes.ts'
import type { SessionView } from '../../src/protocol/api.ts'
import { createWorld, writeFiles, type World } from '../fixtures/world.ts'

let world: World
let paths: Paths
beforeEach(async () => {
  world = await createWorld()
  paths = pathsFrom(world.env)
})
afterEach(async () => {
  await world.close()
})

async function gone(pid: number): Promise<void> {
  while (startTimeOf(pid) !== null) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** The next supervisor looks through the trash as soon as it is up. */
async function restarted(): Promise<void> {
  const pid = await world.supervisor()
  signal(pid, 'SIGKILL')
  await gone(pid)
  expect((await world.cli(['ls'])).code).toBe(0)
}

describe('what has lain in the trash for its time', () => {
  test('is deleted, by whoever comes after a killed one, and answers meanwhile', async () => {
    writeFiles(world.repo, {
      '.worktrain.local.toml': '[trash]\ndays = 0\n',
      '.git/info/exclude': '*.toml\n',
    })
    const script =
      'mkdir d; cd d; for i in $(seq 1 3000); do : > $i; done; mkdir closed; : > closed/x; chmod 000 closed'
    await world.json(['run', 'Work', '--name', 'one', '--', '/bin/sh', '-c', script])
    const s = await world.until('one', (each) => each.process.state === 'exited', 'ends')
    expect((await world.cli(['rm', 'one', '--discard'])).code).toBe(0)
    const trash = join(s.workspace.path, '../.trash')
    const [name = ''] = readdirSync(trash)
    expect(name).toContain(s.id)

    // A directory of ours that belonged to nobody, with its record.
    const own = join(paths.state, 'trash', 'old')
    writeFiles(own, { 'a/b': '1' })
    const { dev, ino } = lstatSync(own)
    writeFileSync(`${own}.json`, JSON.stringify({ from: '/x', directory: own, dev, ino, until: 1 }))

    await restarted()
    // Killed in the middle of it, if it is caught: the next one goes on.
    const eraser = () => startedWith('HOME').find(({ args }) => args.some((arg) => arg.includes(name)))
    const caught = Date.now() + 10_000
    while (!eraser() && existsSync(join(trash, name)) && Date.now() < caught)
      await new Promise((resolve) => setImmediate(resolve))
    signal(eraser()?.pid ?? 0x7fffffff, 'SIGKILL')
    await restarted()
    await world.untilEvent((e) => e.type === 'removal.purged' && e.id === s.id, 'is deleted for good')
    expect(existsSync(join(trash, name))).toBe(false)
    expect(world.git(['for-each-ref', 'refs/worktrain'])).toBe('')
    expect(existsSync(paths.sessionState(s.id))).toBe(false)
    const deadline = Date.now() + 30_000
    while (existsSync(`${own}.json`) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(readdirSync(join(paths.state, 'trash'))).toEqual([])
    expect((await world.json<SessionView[]>(['trash'])).length).toBe(0)
  })
})
