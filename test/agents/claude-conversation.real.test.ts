/** Conversations, follow-ups and the cell, against the real Claude Code. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claude } from '../../src/agents/claude/index.ts'
import { sessionFiles } from '../../src/agents/claude/files.ts'
import { run } from '../../src/platform/run.ts'
import { claudeTitle } from '../fixtures/claude.ts'
import { changed, hashOf } from './fleet.ts'
import { World, bash, hasCell, program, script } from './live.ts'

let world: World
const made = (name: string) => existsSync(join(world.workspace, name))
const walls = program !== null && (await hasCell())

describe.skipIf(!program)(claudeTitle, () => {
  beforeEach(async () => {
    world = await World.make()
  })
  afterEach(() => world.close())

  test('whatever is sent arrives as it was written, once', async () => {
    const long = Array.from({ length: 40 }, (_, i) => `line ${i} ${'y'.repeat(50)}`).join('\n')
    const texts = [
      '/help me',
      '!touch planted',
      '# note',
      'see @README.md',
      long,
      'z'.repeat(1500),
      'ends in \\',
    ]
    await world.start({ prompt: '/help first' })
    await world.turn(1)
    for (const [i, text] of texts.entries()) {
      await world.send(text)
      await world.turn(i + 2)
    }
    const command = 'As text, not as a command: '
    expect(world.prompts()).toEqual([
      `${command}/help first`,
      `${command}/help me`,
      ' !touch planted',
      ...texts.slice(2),
    ])
    expect(made('planted')).toBe(false)
  })

  test('killed before the first answer, it begins again', async () => {
    await world.start({ prompt: script([{ text: 'never', delayMs: 30_000 }]) })
    await world.until(() => world.prompts().length > 0)
    await world.kill()
    await world.start({ resume: true, prompt: 'hello' })
    expect(await world.turn(1)).toContain('hello')
    await world.observed((seen) => seen.conversation?.id === world.conversation)
  })

  test('killed and resumed: the conversation goes on; usage counts every message once', async () => {
    const inner = script([{ text: 'inner', usage: { input_tokens: 100, output_tokens: 10 } }])
    const agent = {
      tool: 'Agent',
      input: { description: 'd', prompt: inner, subagent_type: 'general-purpose', run_in_background: false },
      usage: { input_tokens: 1000, output_tokens: 20 },
    }
    const end = { text: 'end', usage: { input_tokens: 10_000, output_tokens: 30 } }
    // A subagent in the background gives the conversation one more turn.
    const late = { text: 'late', usage: { input_tokens: 0, output_tokens: 0 } }
    await world.start({ prompt: script([agent, end, late]) })
    await world.turn(1)
    await world.observed((seen) => seen.activity?.state === 'idle')
    const total = async () => Object.values((await claude.usage(world.context()))?.byModel ?? {})[0]
    const requests = () => world.model.requests.filter((each) => each.kind === 'main').length
    // The transcript is written a moment after the turn.
    await expect.poll(async () => (await total())?.requests).toBe(requests())
    expect(await total()).toMatchObject({ input: 11_100, output: 60, cacheRead: 0 })
    await world.kill()

    await world.start({
      resume: true,
      prompt: script([{ text: 'again', usage: { input_tokens: 1, output_tokens: 1 } }]),
    })
    expect(await world.turn(2)).toBe('again')
    expect((await world.observed((seen) => seen.activity?.state === 'idle')).conversation?.id).toBe(
      world.conversation,
    )
    expect(world.model.requests.filter((each) => each.kind === 'main').at(-1)?.messages).toBeGreaterThan(2)
    await expect.poll(async () => (await total())?.requests).toBe(requests())
  })

  test('headless: one process a turn, and the person can resume it as their own', async () => {
    const headless = async (prompt: string, resume: boolean) => {
      const { argv, env } = await world.prepare({ prompt, resume, brief: { headless: true } })
      return run(argv[0] ?? '', argv.slice(1), { cwd: world.workspace, env, timeoutMs: 40_000 })
    }
    const first = headless(script([bash('touch made; true'), { text: 'one' }]), false)
    await world.answer({ kind: 'allow', always: false })
    expect(await first).toMatchObject({ code: 0, stdout: 'one\n' })
    expect(made('made')).toBe(true)
    expect(await headless(script([{ text: 'two' }]), true)).toMatchObject({ code: 0, stdout: 'two\n' })
    expect(world.meanings.filter((each) => each.kind === 'session-ended')).toHaveLength(2)
    const args = ['-p', '--resume', world.conversation, script([{ text: 'mine' }])]
    const own = await run(program?.path ?? '', args, {
      cwd: world.workspace,
      env: world.env,
      timeoutMs: 40_000,
    })
    expect(own).toMatchObject({ code: 0, stdout: 'mine\n' })
  })

  test.skipIf(!walls)(
    'in a cell with the login in a file: nothing else of the person is writable',
    async () => {
      const oauth = {
        accessToken: 'fake-access',
        refreshToken: 'fake-refresh',
        expiresAt: Date.now() + 86_400_000,
        scopes: ['user:inference', 'user:profile'],
        subscriptionType: 'max',
        rateLimitTier: 'default_claude_max_5x',
      }
      world.put('home/.claude/.credentials.json', JSON.stringify({ claudeAiOauth: oauth }))
      world.put('home/.claude/agents/mine.md', 'mine')
      world.put('home/.claude.json', '{"hasCompletedOnboarding":true}')
      delete world.env.ANTHROPIC_API_KEY
      for (const name of ['history.jsonl', 'plugins/cache/p.js', 'projects/-other/c.jsonl', 'settings.json'])
        world.put(`home/.claude/${name}`, '{}')
      const before = hashOf(world.home)
      const person = join(world.home, '.claude')
      const attack = [
        `echo '{}' > ${person}/settings.json`,
        `rm -rf ${person}/settings.json ${person}/.credentials.json`,
        `mv ${person}/agents ${world.home}/x`,
        `mkdir -p ${person}/commands ${person}/hooks ${person}/projects/-other`,
        `touch ${person}/agents/evil.md ${person}/CLAUDE.md ${world.home}/.claude.json ${world.home}/.bashrc`,
        `touch ${join(world.root, 'repo/planted')} ${sessionFiles(join(world.root, 'state')).settings}`,
        `for f in $(find ${world.home} -type f); do echo evil >> $f; done`,
        `for d in $(find ${world.home} -type d | grep -v /-tmp-); do touch $d/evil; mkdir $d/evils; done`,
        'touch legit',
      ].join('; ')
      const brief = { permissionMode: 'bypassPermissions' }
      await world.start({ walled: true, brief, prompt: script([bash(attack), { text: 'done' }]) })
      expect(await world.turn(1)).toBe('done')
      expect(made('legit')).toBe(true)
      expect(world.names('repo')).not.toContain('planted')
      expect(changed(before, hashOf(world.home), world.workspace)).toEqual([])
    },
  )
})
