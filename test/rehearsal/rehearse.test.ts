import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pathsFrom } from '../../src/platform/paths.ts'
import { processesOf } from '../../src/platform/processes.ts'
import { run } from '../../src/platform/run.ts'
import { VERSION } from '../../src/protocol/version.ts'
import { findOrFetchClaude } from '../../src/rehearsal/fetch-claude.ts'
import { rehearse } from '../../src/rehearsal/rehearse.ts'
import type { RehearseRequest } from '../../src/rehearsal/rehearse.ts'

const SUPERVISOR = new URL('../../dist/supervisor.js', import.meta.url).pathname
const named = process.env['WORKTRAIN_TEST_CLAUDE']
const claude = await findOrFetchClaude({
  cacheDir: pathsFrom(process.env).cache,
  env: { ...process.env, ...(named ? { WORKTRAIN_CLAUDE: named } : {}) },
  allowFetch: false,
})

// A minute on two busy cores is usual.
describe.skipIf(process.platform !== 'linux')('a rehearsal', { timeout: 240_000 }, () => {
  let root: string
  // Not below /tmp: there, each session has a private one.
  beforeEach(() => {
    root = realpathSync(
      mkdtempSync(join(existsSync('/var/tmp') ? '/var/tmp' : homedir(), 'worktrain-rehearse-')),
    )
  })
  afterEach(() => {
    for (const pid of processesOf(null, `HOME=${join(root, 'place', 'home')}`)) process.kill(pid, 'SIGKILL')
    rmSync(root, { recursive: true, force: true })
  })

  function request(options: RehearseRequest['options'], out: (text: string) => void): RehearseRequest {
    return {
      env: { PATH: process.env['PATH'], HOME: root, ...(claude ? { WORKTRAIN_CLAUDE: claude.path } : {}) },
      out: { write: out },
      isTTY: false,
      look: { width: 80, paint: (_, text) => text },
      spawn: { node: process.execPath, entry: SUPERVISOR },
      version: VERSION,
      options: { dir: join(root, 'place'), pace: 0, ...options },
    }
  }
  async function rehearsed(options: RehearseRequest['options']) {
    let text = ''
    const code = await rehearse(request(options, (more) => (text += more)))
    return { code, text }
  }
  const leftProcesses = () => processesOf(null, `HOME=${join(root, 'place', 'home')}`)

  test('with the built-in scripted agent holds, leaves the repository alone, and no process', async () => {
    const { code, text } = await rehearsed({ agent: 'scripted' })
    expect(text).toContain('It held: 3 landed')
    expect(code).toBe(0)
    expect(readdirSync(join(root, 'place'))).toEqual(['shop'])
    expect(leftProcesses()).toEqual([])
    const log = await run('git', [
      '-C',
      join(root, 'place', 'shop'),
      'log',
      '--first-parent',
      '--format=%s',
      'main',
    ])
    expect(
      log.stdout
        .split('\n')
        .filter((line) => /^(sales-attribution|kamal-migration|events-pipeline): /.test(line)),
    ).toHaveLength(3)
  })

  test.skipIf(!claude)(
    `with ${claude ? `Claude Code ${claude.version}` : 'Claude Code (skipped: not installed, and not in the cache)'} holds, and says what the guard refused`,
    async () => {
      const { code, text } = await rehearsed({ agent: 'claude', json: true })
      const said = JSON.parse(text) as {
        held: boolean
        findings: { differences: string[] }
        stuck: string | null
        story: { sessions: { name: string; refusals: { source: string }[]; answer: string | null }[] }
      }
      expect({ differences: said.findings.differences, stuck: said.stuck }).toEqual({
        differences: [],
        stuck: null,
      })
      expect(code).toBe(0)
      const by = (name: string) => said.story.sessions.find((session) => session.name === name)
      expect(by('events-pipeline')?.refusals).toMatchObject([{ source: 'guard' }])
      expect(by('shop-integration')?.answer).toContain('needs a decision by the person')
      expect(leftProcesses()).toEqual([])
    },
  )

  test('that is interrupted ends its sessions and says that it did not come to its end', async () => {
    let text = ''
    const running = rehearse(
      request({ agent: 'scripted', pace: 100 }, (more) => {
        text += more
        if (more.includes('starts; its wall')) process.emit('SIGINT')
      }),
    )
    expect(await running).toBe(1)
    expect(text).toContain('it was interrupted')
    expect(leftProcesses()).toEqual([])
  })

  test('is refused a directory that holds something', async () => {
    const options = { agent: 'scripted', dir: process.cwd() } as const
    await expect(rehearse(request(options, () => {}))).rejects.toMatchObject({ code: 'DIRECTORY_EXISTS' })
  })
})
