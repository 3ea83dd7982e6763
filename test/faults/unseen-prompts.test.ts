/** A prompt that nobody saw arrive is said to be one, whoever dies, until it arrives late or is said again. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sessionFiles } from '../../src/agents/claude/files.ts'
import { groupOf } from '../../src/board/groups.ts'
import { signal } from '../../src/platform/processes.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import type { AttentionItem } from '../../src/protocol/api.ts'
import { claudeEnv } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { startDoomed } from './doomed.ts'

let world: World
beforeEach(async () => {
  const agent = join(import.meta.dirname, 'deaf-claude.sh')
  world = await createWorld({ env: { ...claudeEnv('http://127.0.0.1:9'), WORKTRAIN_CLAUDE: agent } })
})
afterEach(() => world.close())

interface Hook {
  url: string
  headers: Record<string, string>
}

/** Tells a session's host what its agent would tell. */
function hooksOf(session: string): (event: string, body: object) => Promise<void> {
  const { settings } = sessionFiles(pathsFrom(world.env).sessionState(session))
  const { hooks } = JSON.parse(readFileSync(settings, 'utf8')) as {
    hooks: Record<string, [{ hooks: [Hook] }]>
  }
  return async (event, body) => {
    const { url, headers } = hooks[event]![0].hooks[0]
    const told = { session_id: 'c', hook_event_name: event, ...body }
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(told),
    })
    expect(answer.status).toBe(200)
  }
}

const isUnseen = ({ kind }: AttentionItem): boolean => kind === 'unconfirmed'

describe.skipIf(process.platform !== 'linux')('an agent that tells of no prompt (Linux: reads /proc)', () => {
  test('is given each once; what it may not have heard stands in every list until that is known', async () => {
    const { died } = await startDoomed(world, { before: 'prompt.sent:2' })
    await world.json(['run', 'Listen', '--name', 'ear'])
    const { id, workspace } = await world.until('ear', (s) => s.process.state === 'running', 'runs')
    const tell = hooksOf(id)
    const file = join(workspace.path, 'typed.txt')
    const times = (text: string): number =>
      existsSync(file) ? readFileSync(file, 'utf8').split(text).length - 1 : 0
    const rest = (): Promise<void> => tell('Stop', { last_assistant_message: 'Listening.' })
    const unseen = () => world.until('ear', (s) => s.attention.some(isUnseen), 'may not have heard it')
    const settled = () => world.until('ear', (s) => !s.attention.some(isUnseen), 'is settled')
    const given = (text: string) => expect.poll(() => times(text), { timeout: 60_000 }).toBe(1)

    await tell('UserPromptSubmit', { prompt: 'Listen' })
    await rest()
    await world.until('ear', (s) => s.activity.state === 'idle', 'rests')
    // The supervisor dies when it is typed and nothing says so, and again later.
    await world.cli(['send', 'ear', 'The first'])
    expect(await died).toBe('SIGKILL')
    await world.json(['ls'])
    const before = await world.until('ear', (s) => s.activity.state === 'working', 'is given it')
    expect(before.attention.filter(isUnseen)).toEqual([])
    await rest()
    await unseen()
    const pid = await world.supervisor()
    signal(pid, 'SIGKILL')

    const line = 'not known whether this has arrived: The first'
    const next = await world.cli(['next'])
    expect([next.code, next.stdout]).toMatchObject([4, /^ear: unconfirmed, waits/])
    expect(next.stdout).toContain(line)
    expect((await world.cli(['ls'])).stdout).toMatch(new RegExp(`needs you \\(1\\)[^]*${line}`))
    expect(await world.supervisor()).not.toBe(pid)
    const shown = await unseen()
    expect(groupOf(shown)).toBe('needs')
    const { items } = await world.client.call('attention', { repo: null })
    expect(items.filter(isUnseen)).toMatchObject([{ why: line, session: { name: 'ear' } }])

    // It arrives late.
    await tell('UserPromptSubmit', { prompt: 'The first' })
    await settled()
    await rest()

    await world.until('ear', (s) => s.activity.state === 'idle', 'rests')
    await world.json(['send', 'ear', 'The second'])
    await given('The second')
    await rest()
    const [item] = (await unseen()).attention
    const [again] = item?.actions ?? []
    if (again?.does === undefined || !('call' in again.does) || again.does.call !== 'send')
      throw new Error('nothing says it again')
    await world.client.call('send', again.does.input)
    await settled()
    await expect.poll(() => times('The second'), { timeout: 60_000 }).toBe(2)
    await tell('UserPromptSubmit', { prompt: 'The second' })
    await rest()
    const done = await world.until('ear', (s) => s.activity.state === 'idle', 'rests')
    expect(done.attention.filter(isUnseen)).toEqual([])

    expect(times('The first')).toBe(1)
    const sent = (await world.client.call('events', { session: id, limit: 10_000 })).flatMap((e) =>
      e.type === 'prompt.sent' ? [e.data.text] : [],
    )
    expect(sent).toEqual(['Listen', 'The first', 'The second', 'The second'])
  })
})
