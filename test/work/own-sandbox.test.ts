/** The agent's own sandbox, and a browser's, nested in the cell. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { WhyView } from '../../src/protocol/api.ts'
import { startModelServer, type Step } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted } from '../fixtures/claude.ts'
import { createWorld } from '../fixtures/world.ts'
import { noCell } from '../walls/world.ts'
import { BROWSE, has, PAGE } from './chores.ts'

const root = process.getuid?.() === 0
const bash = (command: string): Step => ({ tool: 'Bash', input: { command, description: 'Work' } })
const noSocat = has('socat') ? '' : ' (skipped: no socat, which the sandbox of Claude Code needs)'

test.skipIf(!claude || noCell || noSocat)(
  `${claudeTitle}${noCell}${noSocat}: its own sandbox works`,
  async () => {
    const server = await startModelServer()
    onTestFinished(() => server.close())
    const settings = {
      sandbox: {
        ...{ enabled: true, allowUnsandboxedCommands: false, failIfUnavailable: true },
        // bubblewrap covers parts of root's /proc, and what is covered cannot be mounted again further in.
        ...(root && { enableWeakerNestedSandbox: true }),
      },
    }
    const world = await createWorld({
      env: claudeEnv(server.url),
      files: { '.claude/settings.json': JSON.stringify(settings) },
    })
    onTestFinished(() => world.close())
    const goal = scripted('Work in a sandbox', [
      // What only the inner one refuses: a network that is not its own.
      bash(
        'echo inside > in.txt; readlink /proc/self/ns/net > net.txt; readlink /proc/self/ns/mnt > mnt.txt',
      ),
      { tool: 'Write', input: { file_path: '${CWD}/out.txt', content: 'outside\n' } },
      handoff(['in.txt', 'out.txt']),
    ])
    await world.json(['run', goal, '--name', 'boxed', '--permission-mode', 'bypassPermissions'])
    const { workspace } = await world.until('boxed', (s) => s.stage === 'handed-off', 'hands off')
    const said = server.requests.map(({ lastResult }) => lastResult).join('\n')
    expect(existsSync(join(workspace.path, 'in.txt')), said).toBe(true)
    const inner = readFileSync(join(workspace.path, 'net.txt'), 'utf8').trim()
    expect(inner).toMatch(/^net:/)
    expect(inner).not.toBe(spawnSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' }).stdout.trim())
    expect((await world.json<WhyView>(['why', 'boxed'])).refusals).toEqual([])
  },
)

const PROGRAM = join(import.meta.dirname, '../walls/ordinary-user.ts')
const start = [
  ...(root ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] : []),
  process.execPath,
]
const able = spawnSync(start[0] ?? '', [...start.slice(1), '-e', `fs.accessSync(${JSON.stringify(PROGRAM)})`])
const without = noCell || (able.status === 0 ? '' : ' (skipped: user nobody cannot read the sources)')
const noBrowser = has('chromium') ? '' : ' (skipped: no chromium)'

test.skipIf(without || noBrowser)(
  `a browser sandboxes its pages, for an ordinary user${without || noBrowser}`,
  () => {
    const home = mkdtempSync(join(tmpdir(), 'worktrain-nobody-'))
    onTestFinished(() => rmSync(home, { recursive: true, force: true }))
    chmodSync(home, 0o777)
    const [program = '', ...args] = [...start, PROGRAM, 'bubblewrap', `${BROWSE} --dump-dom ${PAGE}`]
    const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home }
    const result = spawnSync(program, args, { cwd: home, env, encoding: 'utf8' })
    expect(result.status, result.stderr).toBe(0)
    const { code, stdout, stderr } = JSON.parse(result.stdout) as {
      code: number
      stdout: string
      stderr: string
    }
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('>42</p>')
  },
)
