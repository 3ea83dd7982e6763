import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionView, UsageView } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { credentials } from '../agents/fleet.ts'
import { claude, claudeEnv, claudeTitle, scripted } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'

describe.skipIf(!claude)(claudeTitle, () => {
  let server: ModelServer
  let world: World
  beforeEach(async () => {
    server = await startModelServer()
    // Limits are told to who has a subscription.
    world = await createWorld({ env: { ...claudeEnv(server.url), ANTHROPIC_API_KEY: '' } })
    mkdirSync(join(world.home, '.claude'), { recursive: true })
    writeFileSync(join(world.home, '.claude/.credentials.json'), credentials(Date.now() + 8 * 3_600_000))
  })
  afterEach(async () => {
    await world.close()
    await server.close()
  })

  test('usage: what the agent counted, dated, said to cost, and how much of its limit it says is left', async () => {
    const at = Math.floor(Date.now() / 1000) + 3600
    const limits = {
      status: 'allowed' as const,
      fiveHour: { utilization: 0.42, resetsAt: at },
      sevenDay: { utilization: 0.07, resetsAt: at },
    }
    const goal = scripted('Say something', [
      {
        tool: 'Bash',
        input: { command: 'true', description: 'Nothing' },
        usage: { input_tokens: 1000, output_tokens: 50 },
        limits,
      },
      { text: 'Said.', usage: { input_tokens: 2000, output_tokens: 70 }, limits },
    ])
    await world.json(['run', goal, '--name', 'say'])
    // Its last words may come into its transcript after its turn has ended, and into its status line as well.
    const tokens = (s: SessionView) => Object.values(s.usage?.byModel ?? {}).map((each) => each.input)
    await world.until('say', (s) => s.lastMessage === 'Said.' && tokens(s).includes(3000), 'has said it')
    await world.until('say', (s) => s.usage?.told?.windows.length === 2, 'has shown what is left')
    await world.json(['stop', 'say'])
    await world.until('say', (s) => (s.usage?.costUsd ?? 0) > 0, 'has stated what it cost')
    const by = (what: string) => world.json<UsageView>(['usage', '--by', what])
    const { rows } = await by('session')
    expect(rows).toMatchObject([
      { label: 'say', input: 3000, output: 120, requests: 2, source: 'transcript' },
    ])
    const days = await by('day')
    expect(days.rows).toMatchObject([
      { key: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), input: 3000, cost: null },
    ])
    // Its end is when it states what it cost; its status line said so before.
    const last = await by('session')
    expect(last.rows[0]?.cost?.usd).toBeGreaterThan(0)
    expect(last.windows).toMatchObject([
      { name: 'five_hour', usedPercent: 42, resetsAt: at * 1000, session: 'say', source: 'status line' },
      { name: 'seven_day', usedPercent: 7 },
    ])
    const shown = await world.cli(['usage'])
    expect(shown.stdout).toMatch(/claude five hour: 42% used, begins anew in \d+m \(status line of say, /)
  })
})
