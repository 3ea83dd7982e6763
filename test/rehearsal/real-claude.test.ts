import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pathsFrom } from '../../src/platform/paths.ts'
import { run } from '../../src/platform/run.ts'
import { findOrFetchClaude } from '../../src/rehearsal/fetch-claude.ts'
import { startModelServer } from '../../src/rehearsal/model-server/index.ts'
import { makeSampleRepository } from '../../src/rehearsal/sample/repository.ts'
import { WEEK, weekScenarios } from '../../src/rehearsal/week/index.ts'
import type { ModelServer, Step } from '../../src/rehearsal/model-server/index.ts'

const named = process.env['WORKTRAIN_TEST_CLAUDE']
const claude = await findOrFetchClaude({
  cacheDir: pathsFrom(process.env).cache,
  env: { ...process.env, ...(named ? { WORKTRAIN_CLAUDE: named } : {}) },
  allowFetch: false,
})
const title = claude
  ? `Claude Code ${claude.version}`
  : 'Claude Code (skipped: not installed, and not in the cache)'

describe.skipIf(!claude)(title, () => {
  let root: string
  let server: ModelServer
  beforeEach(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-claude-')))
    for (const name of ['home', 'work']) mkdirSync(join(root, name))
    server = await startModelServer()
  })
  afterEach(async () => {
    await server.close()
    rmSync(root, { recursive: true, force: true })
  })

  /** One headless run in an empty directory with an empty environment. */
  async function headless(prompt: string, cwd = join(root, 'work')) {
    const args = [
      '-p',
      prompt,
      '--permission-mode',
      'acceptEdits',
      '--allowedTools',
      'Bash',
      '--output-format',
      'json',
    ]
    const ran = await run(claude?.path ?? '', args, {
      cwd,
      env: {
        PATH: process.env['PATH'],
        HOME: join(root, 'home'),
        LANG: 'C.UTF-8',
        ANTHROPIC_BASE_URL: server.url,
        ANTHROPIC_API_KEY: 'sk-fake',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_TELEMETRY: '1',
        DISABLE_AUTOUPDATER: '1',
      },
      timeoutMs: 50_000,
    })
    return { code: ran.code, said: JSON.parse(ran.stdout) as { result: string; is_error: boolean } }
  }
  const file = (name: string) => readFileSync(join(root, 'work', name), 'utf8')

  test('does what the script says, in several steps and with a subagent', async () => {
    const inner: Step[] = [
      { tool: 'Bash', input: { command: 'echo inner > inner.txt', description: 'Write' } },
      { text: 'inner is done' },
    ]
    const steps: Step[] = [
      { thinking: 'First a file.', tool: 'Write', input: { file_path: '${CWD}/a.txt', content: 'one\n' } },
      { tool: 'Edit', input: { file_path: '${CWD}/a.txt', old_string: 'one', new_string: 'two' } },
      {
        tool: 'Agent',
        input: {
          description: 'Look',
          subagent_type: 'general-purpose',
          run_in_background: false,
          prompt: `::script ${JSON.stringify(inner)}`,
        },
      },
      {
        tools: [
          { name: 'Bash', input: { command: 'cat a.txt inner.txt', description: 'Read' } },
          { name: 'Read', input: { file_path: '${CWD}/a.txt' } },
        ],
      },
      { text: 'all done: ${RESULT}', chunks: 5 },
    ]
    const { code, said } = await headless(`::script ${JSON.stringify(steps)}`)
    expect({ code, error: said.is_error }).toEqual({ code: 0, error: false })
    expect(said.result).toContain('\ntwo\ninner')
    expect([file('a.txt'), file('inner.txt')]).toEqual(['two\n', 'inner\n'])
    const main = server.requests.filter((record) => record.kind === 'main')
    expect(main.filter((record) => record.agent === null).map((record) => record.step)).toEqual([
      0, 1, 2, 3, 4,
    ])
    expect(main.filter((record) => record.agent !== null).map((record) => record.step)).toEqual([0, 1])
    expect(new Set(main.map((record) => record.cwd))).toEqual(new Set([join(root, 'work')]))
  })

  test('comes through faults that a network has', async () => {
    const steps: Step[] = [
      {
        tool: 'Write',
        input: { file_path: '${CWD}/a.txt', content: 'x' },
        fault: { status: 429, headers: { 'retry-after': '0' } },
      },
      { text: 'second', fault: { midStream: 'overloaded_error' } },
    ]
    const { code, said } = await headless(`::script ${JSON.stringify(steps)}`)
    expect({ code, result: said.result }).toEqual({ code: 0, result: 'second' })
    expect(
      server.requests.filter((record) => record.fault).map((record) => [record.step, record.status]),
    ).toEqual([
      [0, 429],
      [1, 200],
    ])
  })

  test('is driven by its prompt alone where a scenario matches it', async () => {
    server.scenarios.set('greeting', {
      when: /^Greet the (?<who>\w+)/,
      script: ({ prompt }) => [`Hello ${prompt.split(' ')[2]}`],
    })
    expect((await headless('Greet the world politely.')).said.result).toBe('Hello world')
  })

  test('does the week’s work exactly as the built-in scripted agent does', async () => {
    const main = join(root, 'shop')
    await makeSampleRepository(main, process.env)
    for (const [name, scenario] of weekScenarios(main, 0)) server.scenarios.set(name, scenario)
    const env = {
      PATH: process.env['PATH'],
      HOME: join(root, 'home'),
      GIT_CONFIG_GLOBAL: join(root, 'gitconfig'),
    }
    writeFileSync(env.GIT_CONFIG_GLOBAL, '[user]\nname = T\nemail = t@example.com\n')
    const git = async (at: string, ...args: string[]) => {
      const ran = await run('git', ['-C', at, ...args], { env })
      expect(ran.stderr + ran.code).toBe('0')
      return ran.stdout.trim()
    }
    const done = (name: string, how: string) => join(root, `${name}-${how}`)
    await Promise.all(
      ['sales-attribution', 'kamal-migration', 'shop-integration', 'events-pipeline'].map(async (name) => {
        for (const how of ['claude', 'scripted']) {
          await git(root, 'clone', '--quiet', main, done(name, how))
          await git(done(name, how), 'config', 'user.name', 'T')
          await git(done(name, how), 'config', 'user.email', 't@example.com')
        }
        // The pipeline waits for the fix: here it gets the fixed file without waiting.
        if (name === 'events-pipeline') {
          const fixed = (WEEK[1]?.steps(main)[3]?.tools?.[0]?.input ?? {}) as Record<string, string>
          for (const how of ['claude', 'scripted']) {
            const file = join(done(name, how), 'src/attribution.js')
            writeFileSync(
              file,
              readFileSync(file, 'utf8').replace(fixed['old_string'] ?? '', fixed['new_string'] ?? ''),
            )
            const report = join(done(name, how), 'src/reports.js')
            writeFileSync(report, readFileSync(report, 'utf8').replace('order.touches', 'order'))
          }
        }
        const agent = new URL('../../src/rehearsal/scripted-agent.ts', import.meta.url).pathname
        const scripted = await run(process.execPath, [agent, name, main, '0'], {
          cwd: done(name, 'scripted'),
          env,
        })
        expect(scripted.stdout + scripted.code).toMatch(/0$/)
        const goal = WEEK.find(({ brief }) => brief.name === name)?.brief.goal ?? ''
        const { code, said } = await headless(`${goal}\n\nReport at the end.`, done(name, 'claude'))
        expect({ code, said: said.result }).toEqual({
          code: 0,
          said: expect.stringContaining('```handoff') as string,
        })
        const tree = (how: string) => git(done(name, how), 'rev-parse', 'HEAD^{tree}')
        expect(await tree('claude')).toBe(await tree('scripted'))
      }),
    )
    const refused = server.requests.filter(
      (record) => record.lastResult.startsWith('ERROR: ') && record.scenario === 'events-pipeline',
    )
    expect(refused).toHaveLength(1)
  })
})
