/** A supervisor that dies between an ejection or a landing and what follows from it: nothing is lost or doubled. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import {
  allowUntilLanded,
  claude,
  claudeEnv,
  claudeTitle,
  handoff,
  scripted,
  writeAndCommit,
} from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { sampled } from '../fixtures/sample.ts'
import { startDoomed } from './doomed.ts'

const bash = (command: string) => ({ tool: 'Bash', input: { command, description: 'Work' } })

describe.skipIf(!claude || process.platform !== 'linux')(claudeTitle, { timeout: 900_000 }, () => {
  let model: ModelServer
  let world: World
  beforeEach(async () => {
    model = await startModelServer()
    world = await createWorld({ env: claudeEnv(model.url), files: { 'list.txt': 'one\n' } })
  })
  afterEach(async () => {
    await world.close()
    await model.close()
  })

  const run = (name: string, steps: object[], more: string[] = []) =>
    world.json([
      ...['run', scripted(`Do ${name}`, steps as never), '--name', name, '--check', 'sh check.sh'],
      ...['--permission-mode', 'bypassPermissions', ...more],
    ])

  test.each(sampled(['change.ejected', 'prompt.queued', 'change.landed'], 1))(
    'right after %s: its session is told once, and its change lands',
    async (step) => {
      model.scenarios.set('returned', {
        when: /was not landed on main/,
        script: ({ prompt }) => [
          bash(
            `git merge ${/git merge ([0-9a-f]{40})/.exec(prompt)?.[1]}; printf "one\\nleft\\nright\\n" > list.txt; git add -A; git commit -qm both`,
          ),
          handoff(['list.txt']),
        ],
      })
      const { died } = await startDoomed(world, { after: step })
      await world.json(['train', 'pause', 'until both are on it'])
      for (const name of ['left', 'right']) {
        await run(
          name,
          [bash(`echo ${name} >> list.txt; git commit -qam ${name}`), handoff(['list.txt'])],
          ['--land'],
        )
        await world.until(name, (s) => s.stage === 'on-train', 'is on the train')
      }
      await world.cli(['train', 'resume'])
      expect(await died).toBe('SIGKILL')
      await world.json(['ls'])
      const one = await world.until('left', (s) => s.stage === 'landed', 'lands')
      const two = await world.until('right', (s) => s.stage === 'landed', 'lands')
      expect(world.git(['show', 'main:list.txt'])).toBe('one\nleft\nright')
      for (const s of [one, two]) {
        const events = await world.client.call('events', { session: s.id, limit: 10_000 })
        const prompts = events.filter((e) => e.type === 'prompt.sent' && e.data.from === 'train')
        expect(prompts.length, s.name).toBe(s.name === 'left' ? 0 : 1)
      }
      world.git(['fsck', '--strict'])
    },
  )

  test.each(sampled(['change.ejected', 'session.planned:2'], 1))(
    'right after %s of an undo: an agent is started on it once, and the landing is taken back',
    async (step) => {
      model.scenarios.set('returned', {
        when: /was not landed on main/,
        script: ({ prompt }) => [
          bash(
            `git merge ${/git merge ([0-9a-f]{40})/.exec(prompt)?.[1]}; printf "one\\nby hand\\n" > list.txt; git add -A; git commit -qm both`,
          ),
          handoff(['list.txt']),
        ],
      })
      writeFileSync(join(world.repo, '.worktrain.local.toml'), '[train]\nresolve_with = "claude"\n')
      const { died } = await startDoomed(world, { after: step })
      await world.json(['trust', '--yes'])
      await world.json([
        ...['run', 'Do api', '--name', 'api', '--check', 'sh check.sh', '--land'],
        ...['--', '/bin/sh', '-c', 'echo api >> list.txt; git commit -qam api'],
      ])
      const api = await world.until('api', (s) => s.stage === 'landed', 'lands')
      await world.json(['train', 'pause', 'until there is something in the way'])
      await world.json(['undo', 'api'])
      writeFileSync(join(world.repo, 'list.txt'), 'one\napi, by hand\n')
      world.git(['commit', '-qam', 'By hand'])
      await world.cli(['train', 'resume'])
      expect(await died).toBe('SIGKILL')
      // Nobody has to ask for it.
      await world.json(['ls'])
      await allowUntilLanded(world, 'undo-api-resolve')
      await world.untilEvent((e) => e.type === 'change.withdrawn', 'the undo is settled')
      expect(world.git(['show', 'main:list.txt'])).toBe('one\nby hand')
      const events = await world.client.call('events', { limit: 10_000 })
      expect(events.filter((e) => e.type === 'session.planned')).toHaveLength(2)
      const returned = events.flatMap((e) => (e.type === 'change.returned' ? [e.data] : []))
      expect(returned).toEqual([{ to: 'agent', why: 'undo-api-resolve repairs it.' }])
      const now = await world.client.call('session', { repo: world.repo, name: api.id })
      expect(now.takenBack).toMatchObject({ name: 'undo-api-resolve' })
      await expect.poll(() => world.git(['branch', '--list', 'worktrain/undo-api'])).toBe('')
      world.git(['fsck', '--strict'])
    },
  )

  test.each(sampled(['session.updating', 'session.updated'], 1))(
    'right after %s: the workspace is as it was, or updated, and the agent goes on',
    async (step) => {
      writeFileSync(join(world.repo, '.worktrain.local.toml'), '[train]\nupdate = "merge"\n')
      const { died } = await startDoomed(world, { after: step })
      await run('idle', [...writeAndCommit('idle.txt', 'x'), { text: 'Waiting.' }])
      const before = await world.until('idle', (s) => s.lastMessage === 'Waiting.', 'waits')
      await world.json([
        ...['run', 'Do first', '--name', 'first', '--check', 'sh check.sh', '--land'],
        ...['--', '/bin/sh', '-c', 'echo landed > landed.txt; git add -A; git commit -qm first'],
      ])
      expect(await died).toBe('SIGKILL')
      await world.json(['ls'])
      await world.untilEvent(
        (e) => e.type === 'session.updated' && e.id === before.id && e.data.result === 'merged',
        'is updated in the end',
      )
      expect(readFileSync(join(before.workspace.path, 'landed.txt'), 'utf8')).toBe('landed\n')
      expect(existsSync(join(before.workspace.path, '.git/MERGE_HEAD'))).toBe(false)
      await world.json(['send', 'idle', scripted('Go on', [{ text: 'Gone on.' }])])
      await world.until('idle', (s) => s.lastMessage === 'Gone on.', 'goes on')
      const events = await world.client.call('events', { session: before.id, limit: 10_000 })
      expect(events.filter((e) => e.type === 'session.updated' && e.data.result === 'merged')).toHaveLength(1)
    },
  )
})
