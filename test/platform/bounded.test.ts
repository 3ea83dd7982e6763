import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Bounds, runBounded } from '../../src/platform/bounded.ts'
import { processesOf, startTimeOf } from '../../src/platform/processes.ts'

let cwd: string
let marker: string
let runs = 0
beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-bounded-')))
  marker = `WORKTRAIN_TEST_BOUNDED=${process.pid}-${runs++}`
})
afterEach(() => {
  const left = processesOf(null, marker)
  if (left.length > 0) throw new Error(`left behind: ${left.join(' ')}`)
  rmSync(cwd, { recursive: true, force: true })
})

const MB = 1024 ** 2
const node = (code: string) => `'${process.execPath}' -e '${code}'`

async function sh(command: string, more: Partial<Bounds> = {}) {
  let printed = ''
  const [name = '', value = ''] = marker.split('=')
  const result = await runBounded('/bin/sh', ['-c', command], {
    cwd,
    env: { PATH: process.env.PATH ?? '', [name]: value },
    marker,
    timeoutMs: 60_000,
    memoryBytes: null,
    outputBytes: 64 * MB,
    signal: new AbortController().signal,
    onOutput: (chunk, stream) => {
      printed += `${stream === 'stderr' ? 'E:' : ''}${chunk.toString()}`
    },
    ...more,
  })
  return { ...result, printed }
}
const pidIn = (name: string) => Number(readFileSync(join(cwd, name), 'utf8'))

test('what a program does by itself is its result', async () => {
  expect(await sh('echo out; echo err >&2; exit 3')).toEqual({
    code: 3,
    signal: null,
    timedOut: false,
    limit: null,
    printed: expect.stringMatching(/^(out\nE:err\n|E:err\nout\n)$/) as string,
  })
  expect(await sh('kill -TERM $$')).toMatchObject({ code: null, signal: 'SIGTERM', limit: null })
  const { cwd: here, ...env } = { cwd, env: { PATH: '' } }
  await expect(
    runBounded(join(here, 'nothing'), [], {
      ...env,
      cwd: here,
      marker,
      timeoutMs: 1000,
      memoryBytes: null,
      outputBytes: 1,
      signal: new AbortController().signal,
      onOutput: () => {},
    }),
  ).rejects.toMatchObject({ code: 'ENOENT' })
})

test('it runs behind the person, and so does what it starts', async () => {
  const { printed } = await sh('ps -o ni= -p $$; sh -c "ps -o ni= -p \\$\\$"')
  expect(printed.trim().split(/\s+/).map(Number)).toEqual([expect.any(Number), expect.any(Number)])
  expect(
    printed
      .trim()
      .split(/\s+/)
      .every((nice) => Number(nice) >= 10),
  ).toBe(true)
})

test('a program that takes too long is ended, with children that want to stay', async () => {
  const stubborn = `trap "" TERM HUP; echo $$ > stubborn; while :; do sleep 1; done`
  const result = await sh(`(${stubborn}) & wait`, { timeoutMs: 1000 })
  expect(result).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: true, limit: null })
  expect(startTimeOf(pidIn('stubborn'))).toBeNull()
})

test('an aborted program is ended', async () => {
  const abort = new AbortController()
  const result = await sh('echo ready; sleep 1000; echo no', {
    signal: abort.signal,
    onOutput: () => abort.abort(),
  })
  expect(result).toMatchObject({ code: null, timedOut: false, limit: null })
  expect(await sh('sleep 1000', { signal: abort.signal })).toMatchObject({ code: null })
})

test('memory counts over all of its processes', async () => {
  const hog = node(
    'const a = []; for (let i = 0; i < 12; i++) a.push(Buffer.alloc(10 << 20, 1)); setInterval(() => a, 1e6)',
  )
  const result = await sh(`${hog} & ${hog} & ${hog} & wait`, { memoryBytes: 300 * MB })
  expect(result).toMatchObject({ code: null, timedOut: false })
  expect(result.limit).toMatch(
    /^Its processes held \d+(\.\d)? MB of memory, more than the limit of 300 MB\.$/,
  )
  // One of them alone is well below.
  expect(await sh(hog, { memoryBytes: 300 * MB, timeoutMs: 2000 })).toMatchObject({
    timedOut: true,
    limit: null,
  })
})

test.skipIf(process.platform !== 'linux')('memory that they share counts once', async () => {
  const forks = `perl -e 'my $x = "a" x 100_000_000; for (1..3) { if (!fork) { sleep 1; exit 0 } } 1 while wait != -1; exit 7'`
  expect(await sh(forks, { memoryBytes: 300 * MB })).toMatchObject({ code: 7, limit: null })
})

test('a program that prints without end is ended', async () => {
  const result = await sh('yes', { outputBytes: 4 * MB })
  expect(result).toMatchObject({ code: null, limit: 'It printed more than 4 MB.' })
  expect(result.printed.length).toBeLessThan(6 * MB)
})

const DAEMON = (env: string, wait: number) =>
  node(
    `const { spawn } = require("node:child_process");` +
      `const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1e6)"], { detached: true, stdio: "inherit", env: ${env} });` +
      `require("node:fs").writeFileSync("daemon", String(child.pid)); child.unref(); setTimeout(() => process.exit(0), ${wait})`,
  )

test('a daemon is ended with it, also one that keeps the output open', async () => {
  expect(await sh(`${DAEMON('process.env', 0)}; exit 5`)).toMatchObject({ code: 5, timedOut: false })
  expect(startTimeOf(pidIn('daemon'))).toBeNull()
})

test('a daemon that was seen once is ended, whatever it throws away', async () => {
  const result = await sh(`${DAEMON('{}', 2000)}; exit 5`, { memoryBytes: 1024 * MB })
  expect(result).toMatchObject({ code: 5 })
  expect(startTimeOf(pidIn('daemon'))).toBeNull()
})

test('who threw its environment away but stayed in the group is ended', async () => {
  expect(
    await sh('env -i /bin/sh -c "echo \\$\\$ > left; exec sleep 1000" & while [ ! -s left ]; do :; done'),
  ).toMatchObject({
    code: 0,
  })
  expect(existsSync(join(cwd, 'left'))).toBe(true)
  expect(startTimeOf(pidIn('left'))).toBeNull()
})
