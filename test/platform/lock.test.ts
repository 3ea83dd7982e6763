import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { acquireLock, lockOwner } from '../../src/platform/lock.ts'
import type { Lock } from '../../src/platform/lock.ts'
import { bootId, ownIdentity } from '../../src/platform/processes.ts'

let directory: string
let path: string
let takers: Taker[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'worktrain-lock-'))
  path = join(directory, 'run', 'the.lock')
  takers = []
})
afterEach(async () => {
  await Promise.all(takers.map((taker) => taker.kill()))
  rmSync(directory, { recursive: true, force: true })
})

interface Taker {
  pid: number
  tell(word: 'take' | 'drop' | 'release'): Promise<unknown>
  kill(): Promise<void>
}

async function startTaker(): Promise<Taker> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--expose-gc', join(import.meta.dirname, 'lock-taker.ts'), path],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {},
    },
  )
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const answer = async () => JSON.parse((await lines.next()).value as string) as unknown
  const taker: Taker = {
    pid: child.pid!,
    tell(word) {
      child.stdin!.write(`${word}\n`)
      return answer()
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
  takers.push(taker)
  expect(await answer()).toBe('ready')
  return taker
}

const startTakers = (count: number) => Promise.all(Array.from({ length: count }, startTaker))

test('is held until it is released, also against its own process', () => {
  const lock = acquireLock(path) as Lock
  expect(acquireLock(path)).toEqual({ heldBy: ownIdentity() })
  expect(lockOwner(path)).toEqual(ownIdentity())
  expect(statSync(`${path}.owner`).mode & 0o777).toBe(0o600)
  lock.release()
  expect(lockOwner(path)).toBeNull()
  const again = acquireLock(path)
  expect(again).toHaveProperty('release')
  lock.release()
  expect(acquireLock(path)).toEqual({ heldBy: ownIdentity() })
  ;(again as Lock).release()
})

test('of many who take it at once one wins, and again each time the winner is killed', async () => {
  let alive = await startTakers(8)
  while (alive.length > 1) {
    const answers = await Promise.all(
      alive.map(async (taker) => ({ taker, answer: await taker.tell('take') })),
    )
    const winners = answers.filter(({ answer }) => answer === 'won')
    expect(winners).toHaveLength(1)
    const winner = winners[0]!.taker
    for (const { taker, answer } of answers) if (taker !== winner) expect(answer).toBe(winner.pid)
    expect(lockOwner(path)?.pid).toBe(winner.pid)
    await winner.kill()
    expect(lockOwner(path)).toBeNull()
    alive = alive.filter((taker) => taker !== winner)
  }
})

test('many who take and release it in turn never hold it together', async () => {
  const all = await startTakers(4)
  let holders = 0
  let wins = 0
  await Promise.all(
    all.map(async (taker) => {
      for (let n = 0; n < 25; n += 1) {
        if ((await taker.tell('take')) !== 'won') continue
        wins += 1
        holders += 1
        // A round trip in which the others go on trying.
        expect(await taker.tell('take')).toBe(taker.pid)
        expect(holders).toBe(1)
        holders -= 1
        await taker.tell('release')
      }
    }),
  )
  expect(wins).toBeGreaterThan(0)
})

test('an owner that forgot the lock object still holds it', async () => {
  const [owner] = await startTakers(1)
  expect(await owner!.tell('take')).toBe('won')
  expect(await owner!.tell('drop')).toBe('dropped')
  expect(await owner!.tell('drop')).toBe('dropped')
  expect(acquireLock(path)).toEqual({ heldBy: expect.objectContaining({ pid: owner!.pid }) as unknown })
})

test('a record without a lock blocks nobody, whatever it says', () => {
  const first = acquireLock(path) as Lock
  first.release()
  for (const record of [
    JSON.stringify({ pid: process.pid, startTime: '1', bootId: bootId() }),
    JSON.stringify({ ...ownIdentity(), bootId: 'an earlier boot' }),
    JSON.stringify({ ...ownIdentity(), bootId: bootId() }),
    '{"pid":',
  ]) {
    writeFileSync(`${path}.owner`, record)
    const lock = acquireLock(path)
    expect(lock).toHaveProperty('release')
    expect(JSON.parse(readFileSync(`${path}.owner`, 'utf8'))).toEqual({ ...ownIdentity(), bootId: bootId() })
    ;(lock as Lock).release()
  }
})
