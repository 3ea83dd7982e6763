/** The same work by a real agent in a real session: nothing of it is refused, by the guard or by the kernel. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { WhyView } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer, type Step } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted } from '../fixtures/claude.ts'
import { everydayResults, everydayScript } from '../fixtures/everyday-git.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { noCell } from '../walls/world.ts'
import { CHORES, missing } from './chores.ts'

let server: ModelServer
let world: World
beforeEach(async () => {
  server = await startModelServer()
  world = await createWorld({
    env: claudeEnv(server.url),
    files: { 'everyday.sh': everydayScript('/tmp/everyday') },
  })
})
afterEach(async () => {
  await world.close()
  await server.close()
})

const bash = (command: string): Step => ({ tool: 'Bash', input: { command, description: 'Work' } })

test.skipIf(!claude || noCell)(`${claudeTitle}${noCell}: a day's work is refused nothing`, async () => {
  const possible = CHORES.filter((chore) => missing(chore) === '')
  const steps = possible.map(({ script }, i) => bash(`(set -e\n${script}) && touch worked-${i}`))
  const goal = scripted('A day of work', [
    bash('sh everyday.sh > /tmp/git; cp /tmp/git git-results'),
    ...steps,
    handoff([]),
  ])
  await world.json(['run', goal, '--name', 'day', '--permission-mode', 'bypassPermissions'])
  const { workspace } = await world.until('day', (s) => s.stage === 'handed-off', 'hands off')

  const told = (record: { lastResult: string }) => record.lastResult
  const answers = server.requests.filter(({ kind, agent }) => kind === 'main' && agent === null).map(told)
  const failed = possible.filter((_, i) => !existsSync(join(workspace.path, `worked-${i}`)))
  expect(
    failed.map(({ name }) => name),
    answers.filter((each) => each.startsWith('ERROR')).join('\n'),
  ).toEqual([])
  const git = everydayResults(readFileSync(join(workspace.path, 'git-results'), 'utf8'))
  expect(git.filter(({ ok }) => !ok)).toEqual([])
  expect(git.length).toBeGreaterThan(30)

  const why = await world.json<WhyView>(['why', 'day'])
  expect(why.cell?.rung).toBe('bubblewrap')
  expect(why.refusals).toEqual([])
})
