/** The guard of real sessions: what it refuses, what the person allows, and that silence lets nothing through. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pathsFrom } from '../../src/platform/paths.ts'
import { readJson } from '../../src/platform/files.ts'
import { processesOf, signal } from '../../src/platform/processes.ts'
import type { HostIdentity } from '../../src/protocol/host.ts'
import type { SessionView, WhyView } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer, type Step } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { noCell } from '../walls/world.ts'

const write = (path: string): Step => ({
  tool: 'Write',
  input: { file_path: `\${CWD}/${path}`, content: 'x\n' },
})
const bash = (command: string): Step => ({ tool: 'Bash', input: { command, description: 'x' } })

/**
 * That nothing happens has no event. Longer than any time-out that hooks had when they still let a tool
 * call pass, milliseconds.
 */
const SILENCE = 7000

describe.skipIf(!claude)(claudeTitle, () => {
  let server: ModelServer
  let world: World
  beforeEach(async () => {
    server = await startModelServer()
    world = await createWorld({ env: claudeEnv(server.url) })
  })
  afterEach(async () => {
    await world.close()
    await server.close()
  })

  const start = async (steps: Step[], more: string[] = []): Promise<SessionView> => {
    const { sessions } = await world.json<{ sessions: SessionView[] }>([
      ...['run', scripted('Do it', steps), '--name', 'one'],
      ...more,
    ])
    return sessions[0] as SessionView
  }
  const made = (s: SessionView, path: string) => existsSync(join(s.workspace.path, path))
  const results = () => server.requests.map(({ lastResult }) => lastResult).join('\n')
  const idle = (turns: string) =>
    world.until('one', (s) => s.lastMessage === turns && s.activity.state === 'idle', turns)

  test.skipIf(noCell !== '')(
    `owned paths are held, allowed by the person at once and for good; the kernel's refusals are explained${noCell}`,
    async () => {
      const kernel = bash(`touch '${world.repo}/f'; git -C '${world.repo}' -c x.y=z rev-parse HEAD`)
      const unseen = bash(
        `python3 -c "open('unseen.md', 'w')" || node -e "require('fs').writeFileSync('unseen.md','')"`,
      )
      const s = await start(
        [write('src/a'), write('docs/b.md'), kernel, unseen, { text: 'first' }],
        [...['--owns', 'src/**', '--permission-mode', 'bypassPermissions']],
      )
      const first = await idle('first')
      expect([made(s, 'src/a'), made(s, 'docs/b.md')]).toEqual([true, false])
      expect(first.attention.at(-1)).toMatchObject({
        kind: 'wants-paths',
        action: 'worktrain allow one docs/b.md',
      })
      expect(results()).toMatch(/docs\/b\.md lies outside what this session owns \(src\/\*\*\)/)
      const strayed = await world.untilEvent((e) => e.type === 'session.strayed', 'strays')
      expect(strayed.data).toMatchObject({ paths: ['unseen.md'] })
      const why = await world.json<WhyView>(['why', 'one'])
      expect(why.refusals).toMatchObject([
        { source: 'guard', tool: 'Write', target: 'docs/b.md' },
        { source: 'kernel', tool: 'Bash', target: join(world.repo, 'f') },
      ])

      const allowed = await world.cli(['allow', 'one', 'docs/b.md', join(world.repo, 'unseen.md')])
      expect(allowed.stdout).toContain('src/**, docs/b.md, unseen.md')
      signal(await world.supervisor(), 'SIGKILL')
      await world.json([
        'send',
        'one',
        scripted('Again', [write('docs/b.md'), write('docs/c.md'), { text: 'second' }]),
      ])
      const second = await idle('second')
      expect([made(s, 'docs/b.md'), made(s, 'docs/c.md')]).toEqual([true, false])
      expect(second.warnings.join()).not.toContain('unseen.md')
      expect(second.attention.at(-1)?.action).toBe('worktrain allow one docs/c.md')
      await world.json(['stop', 'one'])
      await world.json(['allow', 'one', 'docs/'])
      await world.json(['resume', 'one', scripted('More', [write('docs/c.md'), { text: 'third' }])])
      expect((await idle('third')).attention.map(({ kind }) => kind)).not.toContain('wants-paths')
      expect(made(s, 'docs/c.md')).toBe(true)
      expect((await world.cli(['allow', 'one', '/etc/passwd'])).stderr).toContain(
        'not relative to the repository',
      )
    },
  )

  /** A session whose host stands still while its agent has just been given a tool call by the model. */
  const stalled = async (mode: string): Promise<{ s: SessionView; host: number }> => {
    const steps = [bash('echo x > begun'), write('late'), handoff(['late'])]
    const s = await start(steps, ['--permission-mode', mode, '--headless'])
    await poll(() => made(s, 'begun'))
    const file = join(pathsFrom(world.env).sessionRun(s.id), 'host.json')
    const identity = readJson<HostIdentity>(file)
    if (!identity) throw new Error(`no ${file}`)
    signal(identity.pid, 'SIGSTOP')
    await server.until((r) => r.answered.includes('Write'))
    return { s, host: identity.pid }
  }

  test.skipIf(noCell !== '')(`while the host stands still no tool runs; then it does${noCell}`, async () => {
    const { s, host } = await stalled('bypassPermissions')
    await delay(SILENCE)
    expect(made(s, 'late')).toBe(false)
    signal(host, 'SIGCONT')
    await world.until('one', ({ stage }) => stage === 'handed-off', 'hands off')
    expect(made(s, 'late')).toBe(true)
  })

  test.skipIf(noCell !== '')(`with its host the agent dies before the tool runs${noCell}`, async () => {
    const { s, host } = await stalled('bypassPermissions')
    signal(host, 'SIGKILL')
    await world.until('one', ({ process }) => process.state === 'lost', 'is lost')
    expect(processesOf(null, `WORKTRAIN_SESSION=${s.id}`)).toEqual([])
    expect(made(s, 'late')).toBe(false)
  })

  test('without a wall too', async () => {
    await world.close()
    world = await createWorld({ env: { ...claudeEnv(server.url), WORKTRAIN_WALLS: 'hooks' } })
    const { s, host } = await stalled('acceptEdits')
    await delay(SILENCE)
    expect(made(s, 'late')).toBe(false)
    signal(host, 'SIGKILL')
    await world.until('one', ({ process }) => process.state === 'lost', 'is lost')
    expect(processesOf(null, `WORKTRAIN_SESSION=${s.id}`)).toEqual([])
    expect(made(s, 'late')).toBe(false)
  })
})

describe('a command as the agent', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld()
  })
  afterEach(() => world.close())

  test.skipIf(noCell !== '')(`what the kernel refuses it is told to the person, once${noCell}`, async () => {
    const script =
      'touch "$0/f"; touch "$0/f"; cat "$1/nothing"; echo x > "$0/../shop/README.md"; cat nothing-here'
    const args = [world.repo, `${world.env.WORKTRAIN_HOME}/state`]
    await world.cli(['run', 'Try', '--name', 'one', '--agent', 'command', '--', 'sh', '-c', script, ...args])
    await world.until('one', ({ process }) => process.state === 'exited', 'ends')
    const { refusals, story } = await world.json<WhyView>(['why', 'one'])
    const hidden = expect.stringContaining('is hidden from this session')
    expect(refusals.map(({ source, tool }) => `${source} ${tool}`)).toEqual(Array(3).fill('kernel terminal'))
    expect(refusals).toMatchObject([
      { target: join(world.repo, 'f') },
      { target: join(args[1] ?? '', 'nothing'), why: hidden },
      { target: join(world.repo, 'README.md') },
    ])
    expect(story.map(({ what }) => what).join('\n')).toContain('the kernel refused')
  })
})

async function poll(condition: () => boolean): Promise<void> {
  const end = Date.now() + 60_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never happened: ${condition.toString()}`)
    await delay(20)
  }
}
