/** The person is told outside of every client: once for each item, not of what they look at, over restarts. */
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorld, type World, writeFiles } from '../fixtures/world.ts'

let world: World
const PATIENCE = { timeout: 60_000 }

beforeEach(async () => {
  world = await createWorld()
  const bin = join(world.dir, 'bin')
  writeFiles(world.dir, {
    'bin/notify-send': `#!/bin/sh\nfor word in "$@"; do echo "$word" >> ${world.dir}/desktop; done\n`,
    'wt/config/config.toml': `[notify]\ndesktop = true\ncommand = "cat >> ${world.dir}/told; echo >> ${world.dir}/told"\n`,
  })
  chmodSync(join(bin, 'notify-send'), 0o755)
  world.env['PATH'] = `${bin}:${world.env['PATH']}`
})
afterEach(() => world.close())

/** Titles of what the command was told, oldest first. */
function told(): string[] {
  const path = join(world.dir, 'told')
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => (JSON.parse(line) as { title: string }).title)
}

async function fails(name: string): Promise<void> {
  await world.json(['run', `Do ${name}`, '--name', name, '--', '/bin/sh', '-c', 'exit 3'])
  await world.until(name, (s) => s.activity.state === 'failing', 'fails')
}

test('by the desktop and by a command, once, also after the supervisor was killed', async () => {
  await fails('one')
  await expect.poll(told, PATIENCE).toEqual(['one needs you: failed'])
  const words = () => readFileSync(join(world.dir, 'desktop'), 'utf8').trimEnd().split('\n')
  await expect
    .poll(words, PATIENCE)
    .toEqual(['--app-name=Worktrain', '--', 'one needs you: failed', 'exited with code 3'])

  process.kill(await world.supervisor(), 'SIGKILL')
  await fails('two')
  // What comes next is told alone: what was told before is not told with it.
  await expect.poll(told, PATIENCE).toEqual(['one needs you: failed', 'two needs you: failed'])

  // It is proved without waiting for something to happen, and what fails says why.
  const proved = await world.cli(['notify', '--test'])
  expect(proved).toMatchObject({ code: 0, stdout: expect.stringMatching(/^desktop +told +.+notify-send/) })
  expect(told().at(-1)).toBe('Worktrain')
  expect(words().slice(-2)).toEqual(['Worktrain', 'This is how you are told.'])
  writeFiles(world.dir, { 'wt/config/config.toml': '[notify]\ncommand = "echo broken >&2; exit 3"\n' })
  expect(await world.cli(['notify', '--test', '--json'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('It ended with exit code 3. It printed: broken'),
  })
  expect(await world.json(['notify'])).toMatchObject([
    { channel: 'desktop', state: 'off' },
    { channel: 'command', state: 'on' },
    { channel: 'push', state: 'off', todo: expect.stringContaining('web board') as string },
  ])
})

test('not of what a client shows, and never by what a repository says', async () => {
  await world.json(['ls'])
  await fails('one')
  await expect.poll(told, PATIENCE).toEqual(['one needs you: failed'])
  const [first] = await world.client.call('sessions', { repo: null, all: false })
  await world.client.call('showing', { client: 'board', sessions: [first?.id ?? ''] })
  await world.cli(['resume', 'one'])
  await world.until('one', (s) => s.process.generation === 2 && s.activity.state === 'failing', 'fails again')
  await fails('two')
  await expect.poll(told, PATIENCE).toEqual(['one needs you: failed', 'two needs you: failed'])

  writeFiles(world.repo, { '.worktrain.toml': `[notify]\ncommand = "touch ${world.dir}/owned"\n` })
  const refused = await world.cli(['run', 'x', '--name', 'x', '--', 'true'])
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('notify: unknown key') })
  expect(existsSync(join(world.dir, 'owned'))).toBe(false)
})
