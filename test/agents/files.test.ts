/** What agents write and read on disk: real files in a throw-away home. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LaunchRequest } from '../../src/agents/agent.ts'
import { claude } from '../../src/agents/claude/index.ts'
import { projectName, sessionFiles } from '../../src/agents/claude/files.ts'
import { findLogin } from '../../src/agents/claude/login.ts'
import { command } from '../../src/agents/command/index.ts'
import type { Brief } from '../../src/protocol/index.ts'

let root: string
let env: Record<string, string>
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-agents-')))
  for (const name of ['home', 'ws', 'repo', 'state', 'tmp', 'bin']) mkdirSync(join(root, name))
  env = { HOME: join(root, 'home'), PATH: `${join(root, 'bin')}:${process.env.PATH}` }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const put = (path: string, content: string) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
const home = (name: string) => join(root, 'home', name)
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
const snapshot = (directory: string) =>
  (readdirSync(directory, { recursive: true }) as string[])
    .sort()
    .map((name) => [
      name,
      statSync(join(directory, name)).isFile() && readFileSync(join(directory, name), 'utf8'),
    ])

const brief: Brief = {
  goal: 'g',
  owns: [],
  avoid: [],
  after: [],
  agent: 'claude',
  command: [],
  model: null,
  permissionMode: null,
  headless: false,
  checks: [],
  land: false,
}
const request = (over: Partial<LaunchRequest> = {}): LaunchRequest => ({
  session: 's1',
  name: 'fix it',
  generation: 1,
  brief,
  workspace: join(root, 'ws'),
  repositoryRoot: join(root, 'repo'),
  stateDir: join(root, 'state'),
  tempDir: join(root, 'tmp'),
  prompt: 'do it',
  conversation: { id: 'c0ffee', resume: false },
  hooks: { port: 1234, token: 'tok' },
  env: { ...env, ANTHROPIC_API_KEY: 'sk-0123456789-abcdefghijklmnop' },
  installation: { path: '/opt/claude/claude', version: '2.1.329' },
  walled: true,
  ...over,
})
const context = (conversation: string | null = null) => ({
  session: 's1',
  stateDir: join(root, 'state'),
  workspace: join(root, 'ws'),
  repositoryRoot: join(root, 'repo'),
  conversation,
  pid: null,
  env,
  now: 0,
})

describe('finding Claude Code', () => {
  const program = (says: string, name = 'claude') => {
    const path = join(root, 'bin', name)
    writeFileSync(path, `#!/bin/sh\necho '${says}'\n`)
    chmodSync(path, 0o755)
    return path
  }
  const find = (more: Record<string, string> = {}) =>
    claude.find(brief, { ...env, PATH: `${join(root, 'bin')}:/usr/bin:/bin`, ...more })

  test('on PATH, through links, with its version', async () => {
    symlinkSync(program('2.1.329 (Claude Code)', 'real'), join(root, 'bin', 'claude'))
    expect(await find()).toEqual({ path: join(root, 'bin', 'real'), version: '2.1.329' })
  })
  test('none on PATH', async () => {
    expect(await claude.find(brief, { ...env, PATH: join(root, 'bin') })).toBeNull()
  })
  test.each([
    ['too old', '2.1.99 (Claude Code)', /2\.1\.99; Worktrain needs 2\.1\.197/],
    ['something else', 'hello', /gave no version/],
  ])('%s', async (_, says, message) => {
    program(says)
    await expect(find()).rejects.toMatchObject({ code: 'AGENT_NOT_INSTALLED', message })
  })
  test('WORKTRAIN_CLAUDE wins, and must name a program', async () => {
    program('2.1.200')
    const other = program('2.1.300', 'other')
    expect(await find({ WORKTRAIN_CLAUDE: other })).toEqual({ path: other, version: '2.1.300' })
    await expect(find({ WORKTRAIN_CLAUDE: join(root, 'none') })).rejects.toMatchObject({
      code: 'AGENT_NOT_INSTALLED',
    })
  })
})

describe('login', () => {
  const oauth = '{"claudeAiOauth":{"accessToken":"a","refreshToken":"r"}}'
  test('none', async () => {
    expect(findLogin(env, 'linux')).toBeNull()
    expect(findLogin(env, 'darwin')).toEqual({ kind: 'keychain' })
    if (process.platform === 'linux')
      await expect(claude.ready({ path: '', version: '' }, env)).rejects.toMatchObject({
        code: 'AGENT_NOT_LOGGED_IN',
      })
  })
  test('of every kind', () => {
    const kind = (more: Record<string, string> = {}) => findLogin({ ...env, ...more }, 'linux')?.kind
    expect(kind({ ANTHROPIC_API_KEY: 'k' })).toBe('key')
    expect(kind({ ANTHROPIC_AUTH_TOKEN: 't' })).toBe('environment')
    expect(kind({ CLAUDE_CODE_OAUTH_TOKEN: 't' })).toBe('environment')
    expect(kind({ CLAUDE_CODE_USE_BEDROCK: '1' })).toBe('environment')
    put(home('.claude.json'), '{"primaryApiKey":"k"}')
    expect(kind()).toBe('state')
    put(home('.claude/.credentials.json'), oauth)
    expect(kind()).toBe('file')
    put(home('.claude/settings.json'), '{"apiKeyHelper":"/bin/key"}')
    expect(kind()).toBe('helper')
    put(home('.claude/settings.json'), '{"env":{"ANTHROPIC_API_KEY":"k"}}')
    expect(kind()).toBe('key')
  })
  test('in the directory the person uses', () => {
    const own = { ...env, CLAUDE_CONFIG_DIR: join(root, 'own') }
    put(home('.claude/.credentials.json'), oauth)
    expect(findLogin(own, 'linux')).toBeNull()
    put(join(root, 'own/.credentials.json'), oauth)
    expect(findLogin(own, 'linux')).toEqual({ kind: 'file' })
  })
})

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
    expect(plan.protect).toEqual([])
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
  test('a login by file is shared in place, and every setting beside it held read-only', async () => {
    put(home('.claude/.credentials.json'), '{"claudeAiOauth":{"accessToken":"a"}}')
    put(home('.claude/settings.json'), '{"model":"opus"}')
    const plan = await claude.prepare(request({ env }))
    expect(plan.env.CLAUDE_SECURESTORAGE_CONFIG_DIR).toBe('')
    expect(plan.writable.at(-1)).toBe(home('.claude'))
    for (const name of ['settings.json', 'CLAUDE.md', 'agents', 'skills', 'commands', 'plugins', 'projects'])
      expect(plan.protect).toContain(home(`.claude/${name}`))
    expect(existsSync(config('.credentials.json'))).toBe(false)
    expect(json(home('.claude/settings.json'))).toEqual({ model: 'opus' })
    expect(plan.toolWritable).not.toContain(home('.claude'))
  })
})

describe('what Claude Code leaves on disk', () => {
  const files = () => sessionFiles(join(root, 'state'))
  const session = (name: string, body: unknown) =>
    put(join(files().config, 'sessions', name), typeof body === 'string' ? body : JSON.stringify(body))

  test('the session file', async () => {
    expect(await claude.observe(context())).toBeNull()
    session('2.json', { sessionId: 'a', status: 'busy', statusUpdatedAt: 5 })
    session('9.json', {
      sessionId: 'b',
      status: 'waiting',
      waitingFor: 'permission prompt',
      statusUpdatedAt: 7,
    })
    session('10.json', '{"torn')
    put(join(files().config, 'projects/-w/b.jsonl'), '')
    expect(await claude.observe(context())).toEqual({
      activity: {
        state: 'needs-permission',
        source: 'file',
        at: 7,
        evidence: 'session file: waiting, permission prompt',
      },
      conversation: { id: 'b', transcript: join(files().config, 'projects/-w/b.jsonl') },
    })
  })
  test.each([
    ['busy', undefined, 'working'],
    ['idle', undefined, 'idle'],
    ['waiting', 'input needed', 'needs-answer'],
    ['waiting', 'dialog open', 'needs-answer'],
    ['new-word', undefined, undefined],
  ])('status %s %s', async (status, waitingFor, state) => {
    session('2.json', { sessionId: 'a', status, waitingFor, statusUpdatedAt: 5 })
    expect((await claude.observe(context()))?.activity?.state).toBe(state)
  })
  test.skipIf(process.platform === 'win32')(
    'a planted pipe or link is not waited for, nor followed',
    async () => {
      mkdirSync(join(files().config, 'sessions'), { recursive: true })
      const make = 'mkfifo'
      execFileSync(make, [join(files().config, 'sessions/1.json')])
      put(join(root, 'other.json'), '{"sessionId":"x","status":"idle"}')
      symlinkSync(join(root, 'other.json'), join(files().config, 'sessions/2.json'))
      expect(await claude.observe(context())).toBeNull()
    },
  )

  const line = (id: string, output: number, more: Record<string, unknown> = {}) =>
    `${JSON.stringify({
      type: 'assistant',
      message: {
        id,
        model: 'claude-opus-5-5',
        usage: {
          input_tokens: 10,
          cache_creation_input_tokens: 2,
          cache_read_input_tokens: 3,
          output_tokens: output,
        },
      },
      ...more,
    })}\n`
  const transcript = (name: string) => join(files().config, 'projects/-w', name)

  test('usage: once a message, subagents included, torn lines later, over several looks', async () => {
    expect(await claude.usage(context('c1'))).toBeNull()
    const whole = line('m3', 9)
    put(
      transcript('c1.jsonl'),
      `${line('m1', 1)}{"type":"user","message":{"usage":{}}}\nnot json "usage"\n${line('m1', 4)}${whole.slice(0, 40)}`,
    )
    put(transcript('c1/subagents/agent-x.jsonl'), line('m2', 5))
    const opus = { input: 20, output: 9, cacheRead: 6, cacheWrite: 4, requests: 2 }
    expect(await claude.usage(context('c1'))).toEqual({ byModel: { 'claude-opus-5-5': opus }, costUsd: null })
    writeFileSync(transcript('c1.jsonl'), whole.slice(40), { flag: 'a' })
    const three = { input: 30, output: 18, cacheRead: 9, cacheWrite: 6, requests: 3 }
    for (let look = 0; look < 2; look++)
      expect((await claude.usage(context('c1')))?.byModel['claude-opus-5-5']).toEqual(three)
    // After /clear the first conversation still counts.
    put(transcript('c2.jsonl'), line('m4', 2))
    expect((await claude.usage(context('c2')))?.byModel['claude-opus-5-5']?.requests).toBe(4)
  })
  test('cost: as the agent states it, and only while it is up to date', async () => {
    const cost = (usd: number) => `{"type":"cost-state","totalCostUSD":${usd}}\n`
    put(transcript('c1.jsonl'), line('m1', 1) + cost(0.25))
    expect((await claude.usage(context('c1')))?.costUsd).toBe(0.25)
    writeFileSync(transcript('c1.jsonl'), line('m2', 1), { flag: 'a' })
    expect((await claude.usage(context('c1')))?.costUsd).toBeNull()
    writeFileSync(transcript('c1.jsonl'), cost(0.5), { flag: 'a' })
    expect((await claude.usage(context('c1')))?.costUsd).toBe(0.5)
  })
  test('a line longer than one read', async () => {
    const long = line('m1', 1, { text: 'x'.repeat(3 * 1024 * 1024) })
    put(transcript('c1.jsonl'), long + line('m2', 1))
    expect((await claude.usage(context('c1')))?.byModel['claude-opus-5-5']?.requests).toBe(2)
    truncateSync(transcript('c1.jsonl'), 0)
    expect((await claude.usage(context('c1')))?.byModel['claude-opus-5-5']?.requests).toBe(2)
  })
})

describe('any command', () => {
  const withCommand = (...argv: string[]): Brief => ({ ...brief, agent: 'command', command: argv })
  const start = async (prompt: string | null, ...argv: string[]) => {
    const asked = withCommand(...argv)
    const installation = await command.find(asked, env)
    if (!installation) throw new Error('not found')
    return command.prepare(
      request({ brief: asked, prompt, installation, hooks: null, conversation: null, env }),
    )
  }
  test('gets the prompt three ways, and hands off by a file', async () => {
    const script = `printf '%s|' "$WORKTRAIN_PROMPT" "$(cat "$WORKTRAIN_PROMPT_FILE")" "$1"
printf 'files_changed: [a.txt]\\nrisks: none\\n' > "$WORKTRAIN_HANDOFF"`
    const plan = await start("it's $& {x}", 'sh', '-c', script, 'sh', 'do: {prompt}')
    const [program = '', ...args] = plan.argv
    const said = execFileSync(program, args, { env: plan.env, encoding: 'utf8' })
    expect(said).toBe("it's $& {x}|it's $& {x}|do: it's $& {x}|")
    expect(await command.report?.(context())).toMatchObject({ filesChanged: ['a.txt'], risks: '' })
    expect(plan.writable.every((path) => (plan.env.WORKTRAIN_HANDOFF ?? '').startsWith(path))).toBe(true)
    // The next process starts without the report of the last.
    await start(null, 'sh')
    expect(await command.report?.(context())).toBeNull()
  })
  test('a planted link is no report', async () => {
    const plan = await start(null, 'sh')
    put(join(root, 'secret'), 'risks: secret')
    symlinkSync(join(root, 'secret'), plan.env.WORKTRAIN_HANDOFF ?? '')
    expect(await command.report?.(context())).toBeNull()
  })
  test('a prompt too long for a variable is in the file', async () => {
    const plan = await start('x'.repeat(200_000), 'sh')
    expect(plan.env).not.toHaveProperty('WORKTRAIN_PROMPT')
    expect(readFileSync(plan.env.WORKTRAIN_PROMPT_FILE ?? '', 'utf8')).toHaveLength(200_000)
  })
  test('programs that are not there', async () => {
    await expect(command.find(withCommand(), env)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(command.find(withCommand('no-such-program'), env)).rejects.toMatchObject({
      code: 'AGENT_NOT_INSTALLED',
    })
    expect(await command.find(withCommand('./run.sh'), env)).toEqual({ path: './run.sh', version: '' })
  })
  test('keys', () => {
    expect(command.keys('yes', { bracketedPaste: false })).toEqual(['yes', '\r'])
    expect(command.keys('a\nb', { bracketedPaste: false })).toBeNull()
    expect(command.keys('a\nb', { bracketedPaste: true })).toEqual(['\u001b[200~a\rb\u001b[201~', '\r'])
  })
})
