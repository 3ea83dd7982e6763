import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRepository, type Repository } from '../../src/git/index.ts'
import { runBounded } from '../../src/platform/bounded.ts'
import { processesOf, startTimeOf } from '../../src/platform/processes.ts'
import { type CheckSpec, plainCheck } from '../../src/protocol/index.ts'
import { type AttemptOptions, createAttempt } from '../../src/train/checks/attempt.ts'
import { openOutput } from '../../src/train/checks/output.ts'
import type { RunCheck } from '../../src/train/ports.ts'
import { commit, repositoryWith, sh } from './repository.ts'

const MARKER = `WORKTRAIN_TEST_ATTEMPT=${process.pid}`
const never = new AbortController().signal
const MB = 1024 ** 2

let home: string
let repository: Repository
let ran: string[]
beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-attempt-')))
  repository = await repositoryWith(join(home, 'repo'), { 'a.txt': 'a\n', '.gitignore': 'out\n' })
  ran = []
})
afterEach(() => {
  const left = processesOf(null, MARKER)
  if (left.length > 0) throw new Error(`left behind: ${left.join(' ')}`)
  rmSync(home, { recursive: true, force: true })
})

/** As the supervisor runs checks, but for the cell. */
const runCheck: RunCheck = async ({ command, ...options }) => {
  ran.push(command)
  const [name = '', value = ''] = MARKER.split('=')
  const { code, ...ended } = await runBounded('/bin/sh', ['-c', command], {
    ...options,
    env: { PATH: process.env.PATH ?? '', HOME: home, [name]: value },
    marker: MARKER,
    outputBytes: 64 * MB,
  })
  return { exit: code, ...ended }
}

async function attempt(more: Partial<AttemptOptions> = {}) {
  const head = sh(repository.root, 'rev-parse', 'HEAD')
  return createAttempt({
    repository: await openRepository(repository.root),
    runCheck,
    setup: async () => [],
    defaults: { timeoutMs: 60_000, memoryBytes: null },
    now: Date.now,
    directory: join(home, 'attempt'),
    commit: head,
    tree: sh(repository.root, 'rev-parse', 'HEAD^{tree}'),
    environment: 'env1',
    ...more,
  })
}
const log = () => join(home, 'log')
const logged = () => readFileSync(log(), 'utf8')
const check = (run: string, more: Partial<CheckSpec> = {}): CheckSpec => ({ ...plainCheck(run), ...more })

describe('an attempt', () => {
  it('sets up once, and runs its checks one after another in one workspace', async () => {
    const one = await attempt({ setup: async () => ['echo setting up; echo ready > out'] })
    expect(existsSync(join(home, 'attempt'))).toBe(false)
    expect(await one.run(check('cat out a.txt; echo more >> out'), log(), never)).toEqual({
      command: 'cat out a.txt; echo more >> out',
      tree: sh(repository.root, 'rev-parse', 'HEAD^{tree}'),
      exit: 0,
      ms: expect.any(Number) as number,
      log: log(),
      tail: '$ echo setting up; echo ready > out\nsetting up\n$ cat out a.txt; echo more >> out\nready\na',
      timedOut: false,
      environment: 'env1',
    })
    expect(statSync(log()).mode & 0o777).toBe(0o600)
    expect(await one.run(check('cat out; exit 3'), log(), never)).toMatchObject({
      exit: 3,
      tail: '$ cat out; exit 3\nready\nmore',
    })
    expect(ran).toHaveLength(3)
    one.dispose()
    one.dispose()
    expect(existsSync(join(home, 'attempt'))).toBe(false)
  })

  it('says that set-up failed, and sets up anew for the next check', async () => {
    const one = await attempt({ setup: async () => ['echo broken >&2; exit 4', 'echo never'] })
    const failed = await one.run(check('true'), log(), never)
    expect(failed).toMatchObject({ command: 'true', exit: 4, timedOut: false })
    expect(failed?.tail).toContain(
      'broken\n\nThe check did not run: its set-up command `echo broken >&2; exit 4` failed.',
    )
    expect(existsSync(join(home, 'attempt'))).toBe(false)
    expect(await one.run(check('true'), log(), never)).toMatchObject({ exit: 4 })
    expect(ran).toEqual(['echo broken >&2; exit 4', 'echo broken >&2; exit 4'])
    one.dispose()
  })

  it('limits set-up by the defaults, a check by what it says', async () => {
    const slow = await attempt({
      setup: async () => ['sleep 1000'],
      defaults: { timeoutMs: 300, memoryBytes: null },
    })
    expect(await slow.run(check('true', { timeoutMs: 60_000 }), log(), never)).toMatchObject({
      exit: null,
      timedOut: true,
    })
    expect(logged()).toContain(
      'Ended: it took longer than 0.3 s.\n\nThe check did not run: its set-up command',
    )
    const one = await attempt()
    const result = await one.run(check('echo before; sleep 1000', { timeoutMs: 300 }), log(), never)
    expect(result).toMatchObject({ exit: null, timedOut: true })
    expect(result?.tail).toBe('$ echo before; sleep 1000\nbefore\n\nEnded: it took longer than 0.3 s.')
    const hog = `'${process.execPath}' -e 'const a = []; setInterval(() => a.push(Buffer.alloc(20 << 20, 1)), 20)'`
    const hogged = await one.run(check(`${hog}; exit 0`, { memoryBytes: 200 * MB }), log(), never)
    expect(hogged).toMatchObject({ exit: null, timedOut: false })
    expect(hogged?.limit).toMatch(/^Its processes held .* of memory, more than the limit of 200 MB\.$/)
    expect(logged()).toContain(`Ended: ${hogged?.limit}`)
    // Without a limit of its own, that of all.
    const two = await attempt({
      defaults: { timeoutMs: 60_000, memoryBytes: 200 * MB },
      directory: join(home, 'two'),
    })
    expect((await two.run(check(hog), log(), never))?.limit).toContain('200 MB')
    one.dispose()
    two.dispose()
  })

  it('gives no verdict when it is aborted, in set-up or in the check, and leaves nothing behind', async () => {
    for (const setup of [[], ['echo $$ > pid; sleep 1000']]) {
      const abort = new AbortController()
      const one = await attempt({ setup: async () => setup })
      const running = one.run(check('echo $$ > pid; sleep 1000'), log(), abort.signal)
      const pid = join(home, 'attempt', 'work', 'pid')
      await expect.poll(() => existsSync(pid) && readFileSync(pid, 'utf8').endsWith('\n')).toBe(true)
      const of = Number(readFileSync(pid, 'utf8'))
      abort.abort()
      expect(await running).toBeNull()
      expect(startTimeOf(of)).toBeNull()
      one.dispose()
      expect(existsSync(join(home, 'attempt'))).toBe(false)
    }
    const one = await attempt()
    expect(await one.run(check('echo no'), log(), AbortSignal.abort())).toBeNull()
    expect(logged()).toBe('')
    one.dispose()
  })

  it('runs beside others', async () => {
    const [one, two] = [await attempt(), await attempt({ directory: join(home, 'two') })]
    const meet = (mine: string, other: string) =>
      check(`echo x > ${home}/${mine}; until [ -s ${home}/${other} ]; do :; done; pwd`)
    const [first, second] = await Promise.all([
      one.run(meet('m1', 'm2'), log(), never),
      two.run(meet('m2', 'm1'), join(home, 'log2'), never),
    ])
    expect(first).toMatchObject({ exit: 0, tail: expect.stringContaining(join(home, 'attempt')) as string })
    expect(second).toMatchObject({ exit: 0, tail: expect.stringContaining(join(home, 'two')) as string })
    one.dispose()
    two.dispose()
  })

  it('gives no other check a workspace in which tracked files were changed', async () => {
    const one = await attempt({ setup: async () => ['touch out'] })
    expect(await one.run(check('echo b > a.txt'), log(), never)).toMatchObject({
      exit: 0,
      dirtied: ['a.txt'],
    })
    const next = await one.run(check('cat a.txt'), log(), never)
    expect(next).toMatchObject({ exit: 0, tail: '$ touch out\n$ cat a.txt\na' })
    expect(next).not.toHaveProperty('dirtied')
    one.dispose()
  })

  it('throws when the command could not be run at all, and removes the workspace', async () => {
    const one = await attempt({ runCheck: () => Promise.reject(new Error('no cell')) })
    await expect(one.run(check('true'), log(), never)).rejects.toThrow('no cell')
    expect(existsSync(join(home, 'attempt'))).toBe(false)
  })

  it('writes the log as it comes', async () => {
    const one = await attempt()
    const running = one.run(check('echo early; until [ -e out ]; do :; done; echo late'), log(), never)
    await expect.poll(() => existsSync(log()) && logged()).toContain('early\n')
    expect(logged()).not.toContain('\nlate')
    writeFileSync(join(home, 'attempt', 'work', 'out'), '')
    expect((await running)?.tail).toMatch(/\nearly\nlate$/)
    one.dispose()
  })
})

describe('the log', () => {
  it('keeps the beginning and the end of what is too much, and says what it lost', () => {
    const output = openOutput(log(), 1000)
    const lines = Array.from({ length: 2000 }, (_, n) => `line ${n}\n`)
    for (const line of lines) {
      output.write(Buffer.from(line))
      expect(statSync(log()).size).toBeLessThanOrEqual(2000)
    }
    output.close()
    const [head = '', lost = '', tail = ''] = logged().split(
      /\n\n\[\.\.\. about (\d+) bytes are left out here \.\.\.\]\n\n/,
    )
    const whole = lines.join('')
    expect(head).toHaveLength(1000)
    expect(whole.startsWith(head)).toBe(true)
    expect(whole.endsWith(tail)).toBe(true)
    expect(tail.length).toBeGreaterThanOrEqual(500)
    // The sentences that said it before were lost with the rest, and are counted.
    expect(Number(lost)).toBeGreaterThanOrEqual(whole.length - head.length - tail.length)
    expect(output.tail()).toContain('line 1999')
  })

  it('holds everything that is not too much, byte by byte', () => {
    const output = openOutput(log())
    output.write(Buffer.from([0, 255, 10]))
    output.write(Buffer.alloc(3 * MB, 'x'))
    output.close()
    expect(statSync(log()).size).toBe(3 * MB + 3)
    expect(readFileSync(log()).subarray(0, 3)).toEqual(Buffer.from([0, 255, 10]))
  })
})

const JUNIT =
  '<testsuite><testcase name="works"/><testcase name="fails"><failure message="no"/></testcase></testsuite>'

describe('test results', () => {
  it('come from the configured report', async () => {
    const one = await attempt()
    const result = await one.run(
      check(`mkdir -p out && echo '${JUNIT}' > out/junit.xml; exit 1`, { report: 'out/junit.xml' }),
      log(),
      never,
    )
    expect(result).toMatchObject({
      exit: 1,
      tests: {
        format: 'junit',
        passed: 1,
        failed: 1,
        skipped: 0,
        failures: [{ name: 'fails', message: 'no' }],
      },
    })
    // What an earlier check wrote says nothing about this one.
    const next = await one.run(check('true', { report: 'out/junit.xml' }), log(), never)
    expect(next).not.toHaveProperty('tests')
    expect(logged()).toContain('No test results from out/junit.xml: it was not written anew.')
    one.dispose()
  })

  it.each([
    ['nothing', 'true', 'it was not written'],
    ['a link', `echo '${JUNIT}' > ../outside; ln -s ../../outside out/r`, 'it is not a file'],
    [
      'a link to a directory',
      `mkdir ../d; echo '${JUNIT}' > ../d/r; rmdir out; ln -s ../d out`,
      'it is not in a directory',
    ],
    ['a pipe', 'mkfifo out/r', 'it is not a file'],
    ['a directory', 'mkdir out/r', 'it is not a file'],
    [
      'gigabytes',
      `: > out/r; '${process.execPath}' -e 'require("fs").truncateSync("out/r", 2**33)'`,
      'too large',
    ],
    ['something else', 'echo hello > out/r', 'in no format that is known'],
    ['half of it', `printf '<testsuite><testcase name="a"/>' > out/r`, 'in no format that is known'],
  ])('are not read from %s', async (_, command, why) => {
    const one = await attempt()
    const result = await one.run(check(`mkdir -p out; ${command}`, { report: 'out/r' }), log(), never)
    expect(result).toMatchObject({ exit: 0 })
    expect(result).not.toHaveProperty('tests')
    expect(logged()).toMatch(new RegExp(`No test results from out/r: .*${why}`))
    one.dispose()
  })

  it('are told from TAP on the output, as node --test prints it, without the place it ran in', async () => {
    commit(repository.root, {
      'some.test.mjs': `import { test, describe, it } from 'node:test'
import assert from 'node:assert'
test('adds', () => assert.equal(1 + 1, 2))
describe('cart', () => {
  it('is empty', () => assert.equal(1, 2))
  it('later', { skip: true }, () => {})
  it('someday', { todo: true }, () => assert.fail('not yet'))
  describe('with items', () => { it('throws', () => { throw new Error('boom in ' + import.meta.filename) }) })
})
`,
    })
    const one = await attempt()
    const result = await one.run(check(`'${process.execPath}' --test --test-reporter=tap`), log(), never)
    expect(result).toMatchObject({ exit: 1, tests: { format: 'tap', passed: 1, failed: 2, skipped: 2 } })
    expect(result?.tests?.failures.map(({ name }) => name)).toEqual([
      'cart > is empty',
      'cart > with items > throws',
    ])
    expect(result?.tests?.failures[0]?.message).toContain('1 == 2')
    expect(result?.tests?.failures[1]?.message).toBe('boom in some.test.mjs')
    one.dispose()
  })

  it('are read from what vitest writes', async () => {
    const module = join(import.meta.dirname, '../../node_modules/vitest')
    commit(repository.root, {
      '.gitignore': 'out\nnode_modules\n',
      'a.test.js': `import { describe, expect, test } from 'vitest'
test('adds', () => expect(1 + 1).toBe(2))
describe('cart', () => { test('is empty', () => expect([1]).toEqual([])); test['skip']('later', () => {}) })
`,
      'b.test.js': `import './missing.js'\n`,
    })
    const one = await attempt({ setup: async () => ['mkdir out'] })
    const vitest = `'${process.execPath}' '${join(module, 'vitest.mjs')}' run --root .`
    const named = (of: Awaited<ReturnType<typeof one.run>>) =>
      of?.tests?.failures.map(({ name }) => name).toSorted()
    const link = `mkdir -p node_modules && ln -sfn '${module}' node_modules/vitest`
    const json = await one.run(
      check(`${link}; ${vitest} --reporter=json --outputFile=out/r.json`, { report: 'out/r.json' }),
      log(),
      never,
    )
    expect(json, logged()).toMatchObject({
      exit: 1,
      tests: { format: 'vitest', passed: 1, failed: 2, skipped: 1 },
    })
    expect(named(json)).toEqual(['a.test.js > cart > is empty', 'b.test.js'])
    const junit = await one.run(
      check(`${vitest} --reporter=junit --outputFile=out/r.xml`, { report: 'out/r.xml' }),
      log(),
      never,
    )
    expect(junit?.tests, logged()).toMatchObject({ format: 'junit', failed: 2, skipped: 1 })
    expect(named(junit)).toContain('a.test.js > cart > is empty')
    one.dispose()
  })

  const pytest = has('pytest')
  it.skipIf(!pytest)('are read from what pytest writes', async () => {
    commit(repository.root, {
      'test_a.py':
        'import pytest\ndef test_ok(): pass\ndef test_no(): assert 1 == 2\n@pytest.mark.skip\ndef test_later(): pass\n',
    })
    const one = await attempt()
    const result = await one.run(
      check('pytest -q -p no:cacheprovider --junitxml=out/r.xml', { report: 'out/r.xml' }),
      log(),
      never,
    )
    expect(result?.tests, logged()).toMatchObject({
      format: 'junit',
      passed: 1,
      failed: 1,
      skipped: 1,
      failures: [{ name: 'test_a > test_no', message: expect.stringContaining('assert 1 == 2') as string }],
    })
    one.dispose()
  })
})

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], {
      stdio: 'ignore',
      env: { PATH: process.env.PATH, HOME: '/nonexistent' },
    })
    return true
  } catch {
    return false
  }
}
