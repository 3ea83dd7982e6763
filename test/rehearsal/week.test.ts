import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BriefInput } from '../../src/protocol/api.ts'
import { run } from '../../src/platform/run.ts'
import { makeSampleRepository } from '../../src/rehearsal/sample/repository.ts'
import { EXPECTED, WEEK } from '../../src/rehearsal/week/index.ts'
import { sampled } from '../fixtures/sample.ts'

const AGENT = new URL('../../src/rehearsal/scripted-agent.ts', import.meta.url).pathname

let root: string
let main: string
let base: string

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-week-')))
  main = join(root, 'shop')
  base = await makeSampleRepository(main, process.env)
  await work('sales-attribution', base)
  await work('kamal-migration', base)
  await work('shop-integration', base)
  await work('events-pipeline', 'sales-attribution')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const env = () => ({ PATH: process.env['PATH'], HOME: root, GIT_CONFIG_GLOBAL: '/dev/null' })

async function git(at: string, ...args: string[]): Promise<string> {
  const ran = await run('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', '-C', at, ...args], {
    env: env(),
  })
  if (ran.code !== 0) throw new Error(`git ${args.join(' ')}: ${ran.stderr}${ran.stdout}`)
  return ran.stdout.trim()
}

function npmTest(at: string) {
  return run('npm', ['test'], { cwd: at, env: env() })
}

async function clone(name: string, from: string): Promise<string> {
  const directory = join(root, name)
  await git(root, 'clone', '--quiet', main, directory)
  await git(directory, 'config', 'user.name', 'T')
  await git(directory, 'config', 'user.email', 't@example.com')
  await git(directory, 'checkout', '--quiet', from)
  return directory
}

/** Lets the scripted agent do a brief in a plain clone, and fetches the result as a branch of that name. */
async function work(name: string, from: string): Promise<void> {
  const directory = await clone(`work-${name}`, from === base ? base : `origin/${from}`)
  const ran = await run(process.execPath, [AGENT, name, main, '0'], { cwd: directory, env: env() })
  if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr)
  await git(main, 'fetch', '--quiet', directory, `HEAD:${name}`)
}

/** Merges branches one after the other onto the first state. */
async function merged(name: string, branches: string[]): Promise<string> {
  const directory = await clone(name, base)
  for (const branch of branches) await git(directory, 'merge', '--quiet', '--no-edit', `origin/${branch}`)
  return directory
}

describe('the sample', () => {
  test('is the same everywhere, and its tests pass', async () => {
    const again = join(root, 'again')
    expect(await makeSampleRepository(again, { ...process.env, GIT_AUTHOR_NAME: 'Somebody' })).toBe(base)
    expect(await git(again, 'status', '--porcelain')).toBe('')
    expect((await npmTest(again)).code).toBe(0)
  })
})

describe('the week', () => {
  test('is a valid plan', () => {
    for (const { brief } of WEEK) expect(BriefInput.safeParse(brief).error).toBeUndefined()
    const names = WEEK.map(({ brief }) => brief.name)
    expect([...EXPECTED.landed, EXPECTED.ejected].toSorted()).toEqual(names.toSorted())
    expect(WEEK.flatMap(({ brief }) => brief.after ?? [])).toEqual(['sales-attribution'])
  })

  test.each(sampled(WEEK, 2).map(({ brief }) => brief.name))(
    '%s is green alone, and one commit',
    async (name) => {
      const directory = join(root, `work-${name}`)
      expect(await git(directory, 'status', '--porcelain')).toBe('')
      expect(
        await git(directory, 'rev-list', '--count', `${await git(directory, 'rev-parse', 'HEAD~1')}..HEAD`),
      ).toBe('1')
      expect((await npmTest(directory)).code).toBe(0)
    },
  )

  test('the fix comes with a test that fails without it', async () => {
    const directory = await clone('without-fix', base)
    await git(directory, 'checkout', '--quiet', 'origin/sales-attribution', '--', 'test')
    expect((await npmTest(directory)).code).not.toBe(0)
  })

  test('two changes share a file and merge in either order; the three that land are green together', async () => {
    const changed = (name: string) => git(main, 'diff', '--name-only', `main...${name}`)
    expect(await changed('kamal-migration')).toContain(EXPECTED.shared)
    expect(await changed('events-pipeline')).toContain(EXPECTED.shared)
    expect(await changed('shop-integration')).not.toContain(EXPECTED.shared)
    const one = await merged('order-1', ['sales-attribution', 'kamal-migration', 'events-pipeline'])
    const two = await merged('order-2', ['sales-attribution', 'events-pipeline', 'kamal-migration'])
    expect((await npmTest(one)).code).toBe(0)
    expect(await git(one, 'rev-parse', 'HEAD^{tree}')).toBe(await git(two, 'rev-parse', 'HEAD^{tree}'))
  })

  test('the shop merges without conflict and is red on every main that has the fix', async () => {
    for (const before of [['sales-attribution'], EXPECTED.landed]) {
      const directory = await merged(`red-${before.length}`, [...before, EXPECTED.ejected])
      const ran = await npmTest(directory)
      expect(ran.code).not.toBe(0)
      expect(ran.stdout).toMatch(/not ok|✖ an order of the marketplace/)
      expect(ran.stdout).toContain('TypeError')
    }
  })

  test('the pipeline could not start before the fix', async () => {
    const directory = await clone('too-early', base)
    await git(
      directory,
      'checkout',
      '--quiet',
      'origin/events-pipeline',
      '--',
      'src/events.js',
      'src/app.js',
      'src/routes.js',
      'test/events.test.js',
    )
    expect((await npmTest(directory)).code).not.toBe(0)
  })

  test('one agent reaches for the person’s checkout; without a wall it succeeds, in a file that git ignores', async () => {
    expect(existsSync(join(main, '.env'))).toBe(true)
    expect(await git(main, 'status', '--porcelain')).toBe('')
  })
})
