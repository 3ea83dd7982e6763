/** What is written before Claude Code starts, and how it is started. */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { claude } from '../../src/agents/claude/index.ts'
import { projectName, sessionFiles } from '../../src/agents/claude/files.ts'
import { brief, env, home, json, put, request, root } from './home.ts'

const snapshot = (directory: string) =>
  (readdirSync(directory, { recursive: true }) as string[])
    .sort()
    .map((name) => [
      name,
      statSync(join(directory, name)).isFile() && readFileSync(join(directory, name), 'utf8'),
    ])

describe('preparing Claude Code', () => {
  const files = () => sessionFiles(join(root, 'state'))
  const config = (name: string) => join(files().config, name)

  test('command line: settings once, the prompt last and never an option', async () => {
    const { argv } = await claude.prepare(
      request({ prompt: '--help', brief: { ...brief, model: 'opus', permissionMode: 'manual' } }),
    )
    const settings = files().settings
    expect(argv).toEqual(
      [
        ['/opt/claude/claude', '--session-id', 'c0ffee', '--name', 'fix it', '--permission-mode', 'default'],
        ['--model', 'opus', '--settings', settings, '--', '--help'],
      ].flat(),
    )
    expect(statSync(settings).mode & 0o777).toBe(0o600)
    expect(statSync(files().config).mode & 0o777).toBe(0o700)
  })
  test('a conversation that is on disk is resumed, one that never got there begins', async () => {
    const resumed = request({ prompt: null, conversation: { id: 'c0ffee', resume: true } })
    const { argv } = await claude.prepare(resumed)
    expect(argv).toContain('--session-id')
    expect(argv.at(-1)).toMatch(/^g\n\nWhen the work is done/)
    put(home(`.claude/projects/${projectName(join(root, 'ws'))}/c0ffee.jsonl`), '{}\n')
    expect((await claude.prepare(resumed)).argv.at(-1)).toBe(files().settings)
    for (const conversation of [
      { id: 'c0ffee', resume: true },
      { id: 'c0ffee', resume: false },
    ])
      expect((await claude.prepare(request({ conversation }))).argv).toContain('--resume')
  })
  test('resumed, headless, unwalled', async () => {
    put(home(`.claude/projects/${projectName(join(root, 'ws'))}/c0ffee.jsonl`), '{}\n')
    const plan = await claude.prepare(
      request({
        prompt: null,
        conversation: { id: 'c0ffee', resume: true },
        brief: { ...brief, headless: true },
        walled: false,
      }),
    )
    expect(plan.argv.slice(1, 6)).toEqual(['-p', '--output-format', 'text', '--resume', 'c0ffee'])
    expect(plan.argv).not.toContain('--permission-mode')
    expect(plan.argv.at(-1)).toBe('Continue where you stopped.')
  })
  test('an old version says that its guard lets calls pass when nobody answers', async () => {
    const installation = (version: string) => ({ path: '/opt/claude/claude', version })
    const old = await claude.prepare(request({ installation: installation('2.1.294') }))
    expect(old.unguarded).toMatch(/2\.1\.294.*claude update/)
    expect((await claude.prepare(request({ installation: installation('2.1.295') }))).unguarded).toBeNull()
  })
  test('permission modes', async () => {
    const withMode = (permissionMode: string, walled: boolean) =>
      claude.prepare(request({ walled, brief: { ...brief, permissionMode } }))
    expect((await claude.prepare(request())).argv).toContain('acceptEdits')
    await expect(withMode('yolo', true)).rejects.toMatchObject({ code: 'USAGE' })
    const root = process.getuid?.() === 0
    const bypass = await withMode('bypassPermissions', true)
    expect(bypass.env.IS_SANDBOX).toBe(root ? '1' : undefined)
    expect(json(files().settings)).toMatchObject({ skipDangerousModePermissionPrompt: true })
    if (root)
      await expect(withMode('bypassPermissions', false)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
  test('environment: nothing of an outer session or terminal', async () => {
    const { env: given } = await claude.prepare(
      request({
        env: {
          ...env,
          ANTHROPIC_API_KEY: 'k',
          ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
          CLAUDECODE: '1',
          CLAUDE_CODE_CHILD_SESSION: '1',
          CLAUDE_CODE_SESSION_ID: 'x',
          CLAUDE_CODE_USE_BEDROCK: '0',
          AI_AGENT: 'x',
          TMUX: '/tmp/tmux',
          TERM: 'dumb',
          WORKTRAIN_HOME: '/w',
          LANG: 'C.UTF-8',
          GONE: undefined,
        },
      }),
    )
    expect(given).toEqual({
      HOME: join(root, 'home'),
      PATH: env.PATH,
      ANTHROPIC_API_KEY: 'k',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
      CLAUDE_CODE_USE_BEDROCK: '0',
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
      CLAUDE_CONFIG_DIR: files().config,
      DISABLE_AUTOUPDATER: '1',
    })
  })
  test('the person keeps their settings; only the place of the conversations is added', async () => {
    put(home('.claude/settings.json'), '{"model":"opus"}')
    put(home('.claude/agents/a.md'), 'agent')
    put(join(root, 'dotfiles/CLAUDE.md'), 'be good')
    symlinkSync(join(root, 'dotfiles/CLAUDE.md'), home('.claude/CLAUDE.md'))
    put(
      home('.claude.json'),
      JSON.stringify({
        theme: 'dark',
        mcpServers: { db: { command: 'db' } },
        projects: {
          [join(root, 'repo')]: {
            mcpServers: { x: { command: 'x' } },
            lastCost: 3,
            hasTrustDialogAccepted: true,
          },
          '/elsewhere': { history: ['secret'] },
        },
      }),
    )
    const before = snapshot(home('.'))
    const plan = await claude.prepare(request())
    const project = join('.claude/projects', projectName(join(root, 'ws')) ?? '')
    expect(snapshot(home('.')).filter(([name]) => !String(name).startsWith('.claude/projects'))).toEqual(
      before,
    )
    expect(readlinkSync(config('settings.json'))).toBe(home('.claude/settings.json'))
    expect(readlinkSync(config('CLAUDE.md'))).toBe(join(root, 'dotfiles/CLAUDE.md'))
    expect(existsSync(config('skills'))).toBe(false)
    expect(plan.readable).toContain(join(root, 'dotfiles/CLAUDE.md'))
    expect(plan.writable).toEqual([files().config, home(project)])
    const state = json(config('.claude.json'))
    expect(state).toMatchObject({
      theme: 'dark',
      mcpServers: { db: { command: 'db' } },
      hasCompletedOnboarding: true,
      customApiKeyResponses: { approved: ['6789-abcdefghijklmnop'.slice(-20)], rejected: [] },
    })
    const entry = { mcpServers: { x: { command: 'x' } }, hasTrustDialogAccepted: true }
    expect(state.projects).toEqual({ [join(root, 'repo')]: entry, [join(root, 'ws')]: entry })
  })
  test('again, after the session: what it learned stays, what it planted goes', async () => {
    await claude.prepare(request())
    const own = json(config('.claude.json'))
    put(config('.claude.json'), JSON.stringify({ ...own, learned: 1, fullscreenBootPending: {} }))
    put(config('sessions/2.json'), '{"status":"busy"}')
    put(config('settings.json'), '{"disableAllHooks":true}')
    rmSync(config('projects'), { recursive: true })
    symlinkSync(join(root, 'home'), config('projects'))
    await claude.prepare(request({ conversation: { id: 'c0ffee', resume: true } }))
    expect(json(config('.claude.json'))).toMatchObject({ learned: 1 })
    expect(json(config('.claude.json'))).not.toHaveProperty('fullscreenBootPending')
    expect(existsSync(config('sessions'))).toBe(false)
    expect(existsSync(config('settings.json'))).toBe(false)
    expect(lstatSync(config('projects')).isDirectory()).toBe(true)
    expect(readdirSync(home('.'))).toEqual(['.claude'])
    // A link would have our copy carry another file's content into the cell.
    put(join(root, 'secret.json'), '{"secret":1}')
    rmSync(config('.claude.json'))
    symlinkSync(join(root, 'secret.json'), config('.claude.json'))
    await claude.prepare(request())
    expect(json(config('.claude.json'))).not.toHaveProperty('secret')
    expect(json(join(root, 'secret.json'))).toEqual({ secret: 1 })
  })
  test('a login by file is read where it is, and neither copied nor writable', async () => {
    put(home('.claude/.credentials.json'), '{"claudeAiOauth":{"accessToken":"a"}}')
    const plan = await claude.prepare(request({ env }))
    expect(plan.env.CLAUDE_SECURESTORAGE_CONFIG_DIR).toBe('')
    expect(plan.readable).toContain(home('.claude'))
    const project = projectName(join(root, 'ws')) ?? ''
    expect(plan.writable).toEqual([files().config, home(`.claude/projects/${project}`)])
    expect(existsSync(config('.credentials.json'))).toBe(false)
    expect(readdirSync(home('.claude'))).toEqual(['.credentials.json', 'projects'])
  })
  test('it remembers what was remembered of the repository, and keeps to itself what it learns', async () => {
    const theirs = home(`.claude/projects/${projectName(join(root, 'repo'))}/memory/MEMORY.md`)
    put(theirs, 'ours')
    const plan = await claude.prepare(request())
    expect(json(files().settings)).toMatchObject({ autoMemoryDirectory: config('memory') })
    expect(plan.toolWritable).toContain(config('memory'))
    expect(readFileSync(config('memory/MEMORY.md'), 'utf8')).toBe('ours')
    put(config('memory/MEMORY.md'), 'learned')
    await claude.prepare(request())
    expect(readFileSync(config('memory/MEMORY.md'), 'utf8')).toBe('learned')
    expect(readFileSync(theirs, 'utf8')).toBe('ours')
  })
  test('memory in a directory that the person chose', async () => {
    put(home('.claude/settings.json'), '{"autoMemoryDirectory":"~/notes"}')
    put(home('notes/MEMORY.md'), 'chosen')
    await claude.prepare(request())
    expect(readFileSync(config('memory/MEMORY.md'), 'utf8')).toBe('chosen')
  })
  test('what a session left among the conversations and is none is taken away', async () => {
    await claude.prepare(request())
    const kept = home(`.claude/projects/${projectName(join(root, 'ws'))}`)
    put(join(kept, 'a.jsonl'), '{}')
    put(join(kept, 'a/subagents/agent-1.jsonl'), '{}')
    put(home('.bashrc'), 'mine')
    symlinkSync(home('.bashrc'), join(kept, 'b.jsonl'))
    symlinkSync(home('.'), join(kept, 'a/memory'))
    execFileSync('mkfifo', [join(kept, 'c.jsonl')])
    claude.ended?.({ env, workspace: join(root, 'ws') })
    expect((readdirSync(kept, { recursive: true }) as string[]).sort()).toEqual([
      'a',
      'a.jsonl',
      'a/subagents',
      'a/subagents/agent-1.jsonl',
    ])
    expect(readFileSync(home('.bashrc'), 'utf8')).toBe('mine')
    rmSync(kept, { recursive: true })
    await claude.prepare(request())
    expect(existsSync(kept)).toBe(true)
    claude.ended?.({ env, workspace: join(root, 'ws') })
    expect(existsSync(kept)).toBe(false)
  })
})
