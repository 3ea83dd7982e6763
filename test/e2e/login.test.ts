/** The supervisor keeps a shared login alive: before a start, while sessions run, and it says when it cannot. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { credentials } from '../agents/fleet.ts'
import { createWorld, type World } from '../fixtures/world.ts'

/** In place of Claude Code: what it does on the command line for a login, and a session that waits. */
const PROGRAM = `#!/bin/sh
case "$*" in
  --version) echo "2.1.329 (Claude Code)" ;;
  "auth status --json")
    echo "$CLAUDE_CONFIG_DIR" >> "$HOME/renewals"
    [ -e "$HOME/offline" ] && { echo "no network" >&2; exit 1; }
    cp "$HOME/renewed.json" "$HOME/.claude/.credentials.json" ;;
  *) exec sleep 1000 ;;
esac
`
const MINUTE = 60_000

describe('a login in a file', () => {
  let world: World
  const at = (name: string) => join(world.home, name)
  const login = (minutes: number, n = 0) => {
    mkdirSync(at('.claude'), { recursive: true })
    writeFileSync(at('.claude/.credentials.json'), credentials(Date.now() + minutes * MINUTE, n))
  }
  const refreshToken = () =>
    (
      JSON.parse(readFileSync(at('.claude/.credentials.json'), 'utf8')) as {
        claudeAiOauth: { refreshToken: string }
      }
    ).claudeAiOauth.refreshToken
  const renewals = () => readFileSync(at('renewals'), 'utf8').trim().split('\n')

  beforeEach(async () => {
    world = await createWorld()
    world.env.WORKTRAIN_CLAUDE = at('claude')
    writeFileSync(at('claude'), PROGRAM)
    chmodSync(at('claude'), 0o755)
    writeFileSync(at('renewed.json'), credentials(Date.now() + 480 * MINUTE, 1))
  })
  afterEach(() => world.close())

  const start = async (name: string) => {
    await world.json(['run', name, '--name', name])
    return world.until(name, (x) => x.process.state === 'running', 'runs')
  }

  test('is renewed before a start and while a session runs', async () => {
    login(2)
    await start('one')
    expect(refreshToken()).toBe('refresh-1')
    await start('two')
    expect(renewals()).toEqual([join(world.dir, 'wt/state/agents/claude')])

    writeFileSync(at('renewed.json'), credentials(Date.now() + 480 * MINUTE, 2))
    login(2)
    await expect.poll(refreshToken).toBe('refresh-2')
    expect(renewals()).toHaveLength(2)
  })

  test('that has ended and cannot be renewed stops a start and says why; one that lasts a little does not', async () => {
    writeFileSync(at('offline'), '')
    login(2)
    await start('one')
    login(-1)
    await world.cli(['run', 'two', '--name', 'two'])
    const two = await world.until('two', (x) => x.attention.length > 0, 'fails')
    expect(two.attention[0]).toMatchObject({ kind: 'setup-failed', action: 'worktrain resume two' })
    expect(two.stageWhy).toMatch(/login of Claude Code ended at .* could not be renewed: no network/)
    rmSync(at('offline'))
    await world.json(['resume', 'two'])
    await world.until('two', (x) => x.process.state === 'running', 'runs')
    expect(refreshToken()).toBe('refresh-1')
  })
})
