import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openRepository, type Repository } from '../../src/git/index.ts'
import { mergeConfig } from '../../src/partition/index.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { startedWith, startTimeOf } from '../../src/platform/processes.ts'
import { checkRunner } from '../../src/supervisor/trains/checks.ts'
import type { Context } from '../../src/supervisor/context.ts'
import type { RepositoryContext } from '../../src/supervisor/repositories.ts'
import { LADDER, probeRung } from '../../src/walls/probe.ts'
import { repositoryWith } from '../train/repository.ts'

let home: string
let repository: Repository
let cwd: string
beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-checks-')))
  repository = await openRepository((await repositoryWith(join(home, 'repo'), { 'a.txt': 'a\n' })).root)
  cwd = join(home, 'attempt', 'work')
  mkdirSync(cwd, { recursive: true })
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const MB = 1024 ** 2
const rungs = ['hooks', ...LADDER] as const
const able = new Set<string>(['hooks'])
for (const rung of LADDER) {
  const found = await probeRung({ env: { ...process.env, WORKTRAIN_WALLS: rung } }).catch(() => null)
  if (found?.rung === rung) able.add(rung)
}

describe.each(rungs)('a check behind %s', (walls) => {
  async function run(command: string, more: { timeoutMs?: number; memoryBytes?: number } = {}) {
    const env = { PATH: process.env.PATH, HOME: home, WORKTRAIN_WALLS: walls }
    const paths = pathsFrom({ ...env, WORKTRAIN_HOME: join(home, 'own') })
    mkdirSync(paths.state, { recursive: true })
    let ids = 0
    const ctx = { env, paths, now: Date.now, id: (prefix: string) => `${prefix}${process.pid}n${ids++}` }
    const repo = {
      repository,
      workspacesDir: join(home, 'worktrees'),
      config: mergeConfig(null, null, null).values,
    }
    let printed = ''
    const runCheck = checkRunner(ctx as unknown as Context, async () => repo as unknown as RepositoryContext)
    const ended = await runCheck({
      command,
      cwd,
      log: '',
      timeoutMs: 60_000,
      memoryBytes: null,
      signal: new AbortController().signal,
      onOutput: (chunk) => {
        printed += Buffer.from(chunk).toString()
      },
      ...more,
    })
    const marks = startedWith('WORKTRAIN_CHECK_RUN').filter(({ value }) =>
      value?.startsWith(`k${process.pid}n`),
    )
    expect(marks).toEqual([])
    return { ...ended, printed }
  }

  test.skipIf(!able.has(walls))('is told how it ended, and where and how it runs', async () => {
    const result = await run('pwd; echo $CI $WORKTRAIN_CHECK $TMPDIR; ps -o ni= -p $$; exit 3')
    expect(result).toMatchObject({ exit: 3, timedOut: false, limit: null })
    const [where, variables, nice] = result.printed.trim().split('\n')
    expect(where).toBe(cwd)
    expect(variables).toMatch(/^1 1 \/\S+$/)
    expect(Number(nice)).toBeGreaterThanOrEqual(10)
  })

  test.skipIf(!able.has(walls))('is ended above its memory, or its time, with all it started', async () => {
    const hog = `perl -e '$x = "a" x 120_000_000; $| = 1; print "."; sleep 1000'`
    const hogged = await run(`${hog} & ${hog} & wait`, { memoryBytes: 180 * MB })
    expect(hogged).toMatchObject({ exit: null, timedOut: false })
    expect(hogged.limit).toMatch(/more than the limit of 180 MB/)
    expect(await run('sleep 1000 & wait', { timeoutMs: 500 })).toMatchObject({ exit: null, timedOut: true })
  })

  // macOS shows no environment of its own programs: a daemon is found there if it was seen once.
  test.skipIf(!able.has(walls) || process.platform !== 'linux')('leaves no daemon (Linux)', async () => {
    const daemon = `perl -MPOSIX -e 'exit if fork; setsid(); open(F, ">", "pid"); print F $$; close F; close STDOUT; close STDERR; sleep 1000'`
    expect(await run(`${daemon}; until [ -s pid ]; do :; done`)).toMatchObject({ exit: 0 })
    expect(existsSync(join(cwd, 'pid'))).toBe(true)
    // In a pid namespace of its own the number is another's outside.
    if (walls !== 'bubblewrap') expect(startTimeOf(Number(readFileSync(join(cwd, 'pid'), 'utf8')))).toBeNull()
  })
})
