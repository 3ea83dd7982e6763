/** A supervisor that dies while it gives a prompt: the prompt arrives, and once. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../fixtures/world.ts'
import { startDoomed, type Step } from './doomed.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

/** The first prompt is the brief, which is given with the start. */
const STEPS: Step[] = [{ after: 'prompt.queued' }, { before: 'prompt.sent:2' }, { after: 'prompt.sent:2' }]

describe.skipIf(process.platform !== 'linux')('SIGKILL of the supervisor (Linux: reads /proc)', () => {
  test.each(STEPS)('%o: the prompt arrives once, and the next one after it', async (step) => {
    const { died } = await startDoomed(world, step)
    const lines = 'while read -r line; do echo "$line" >> got.txt; done'
    await world.json(['run', 'Keep what is said', '--name', 'ear', '--', '/bin/sh', '-c', lines])
    const { workspace } = await world.until('ear', (s) => s.process.state === 'running', 'runs')
    const got = () => {
      const path = join(workspace.path, 'got.txt')
      return existsSync(path) ? readFileSync(path, 'utf8') : ''
    }
    // Its answer dies with the supervisor.
    await world.cli(['send', 'ear', 'first'])
    expect(await died).toBe('SIGKILL')
    await world.json(['ls'])
    await expect.poll(got, { timeout: 60_000 }).toContain('first')
    await world.json(['send', 'ear', 'second'])
    await expect.poll(got, { timeout: 60_000 }).toContain('second')
    expect(got()).toBe('first\nsecond\n')
    const { id } = await world.until('ear', () => true, 'is there')
    const events = await world.client.call('events', { session: id, limit: 10_000 })
    const sent = events.flatMap((e) => (e.type === 'prompt.sent' ? [e.data.text] : []))
    expect(sent).toEqual(['Keep what is said', 'first', 'second'])
  })
})
