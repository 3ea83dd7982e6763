import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { RecordLog } from '../../src/host/records.ts'
import { decodeRecords } from '../../src/protocol/frames.ts'
import type { HostRecord } from '../../src/protocol/host.ts'
import { cleanUp, follow, sh, specFor, start, temporaryDirectory } from './support.ts'

afterEach(cleanUp)

const fail = (error: unknown): void => {
  throw error
}
const open = (path: string, generation = 1): RecordLog => new RecordLog(path, generation, () => 5, fail)
const all = (log: RecordLog, since = 0): HostRecord[] => {
  const records: HostRecord[] = []
  for (let next = log.after(since); next !== null; next = log.after(next.seq)) {
    records.push(JSON.parse(Buffer.from(next.json).toString()) as HostRecord)
  }
  return records
}

test('records are on disk before anyone is told, and are read from there', async () => {
  const path = join(temporaryDirectory(), 'records.jsonl')
  const log = open(path)
  const seen: number[] = []
  log.onChange(() => seen.push(decodeRecords(readFileSync(path)).records.length))
  const first = log.append({ kind: 'started', pid: 1 })
  expect(log.after(0)).toBeNull()
  await Promise.all([
    first,
    log.append({ kind: 'title', title: 'ü\n' }),
    log.append({ kind: 'title', title: 'b' }),
  ])
  expect(all(log)).toEqual([
    { seq: 1, at: 5, generation: 1, kind: 'started', pid: 1 },
    { seq: 2, at: 5, generation: 1, kind: 'title', title: 'ü\n' },
    { seq: 3, at: 5, generation: 1, kind: 'title', title: 'b' },
  ])
  expect(all(log, 2)).toHaveLength(1)
  expect(seen.at(-1)).toBe(3)
})

test('numbers go on over generations, and a torn line is dropped', async () => {
  const path = join(temporaryDirectory(), 'records.jsonl')
  const first = open(path)
  await first.append({ kind: 'started', pid: 1 })
  await first.append({ kind: 'title', title: 'a' })
  appendFileSync(path, '{"seq":3,"kind":"title","tit')
  const second = open(path, 2)
  expect(second.last).toBe(2)
  await second.append({ kind: 'started', pid: 2 })
  const { records } = decodeRecords(readFileSync(path))
  expect(records.map((record) => [record.seq, record.generation, record.kind])).toEqual([
    [1, 1, 'started'],
    [2, 1, 'title'],
    [3, 2, 'started'],
  ])
})

test('acknowledged records are forgotten, the last number never', async () => {
  const path = join(temporaryDirectory(), 'records.jsonl')
  const log = open(path)
  const title = 'x'.repeat(100_000)
  for (let i = 0; i < 30; i++) await log.append({ kind: 'title', title })
  log.acknowledge(20)
  expect(statSync(path).size).toBeLessThan(1_100_000)
  expect(all(log).map((record) => record.seq)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30])
  expect(log.settled).toBe(false)
  for (let i = 0; i < 20; i++) await log.append({ kind: 'title', title })
  log.acknowledge(50)
  expect(log.settled).toBe(true)
  expect(all(log).map((record) => record.seq)).toEqual([50])
  // What nobody wrote yet cannot be acknowledged.
  log.acknowledge(1000)
  const next = open(path, 2)
  await next.append({ kind: 'started', pid: 1 })
  expect(all(next, 50).map((record) => record.seq)).toEqual([51])
  expect(next.settled).toBe(false)
})

test('a subscriber gets what it missed, across a killed host and a new generation', async () => {
  const spec = specFor(sh('exec cat'))
  const first = await start(spec)
  const before = await follow(first)
  await before.record('started')
  first.process.kill('SIGKILL')
  await first.ended
  appendFileSync(join(spec.stateDir, 'records.jsonl'), '{"seq":2,"gen')
  const second = await start({ ...spec, generation: 2 })
  const after = await follow(second)
  await after.record('started', (record) => record.generation === 2)
  expect(after.records.map((record) => [record.seq, record.generation])).toEqual([
    [1, 1],
    [2, 2],
  ])
  expect((await follow(second, 1)).records.map((record) => record.seq)).not.toContain(1)
})

test('the exit status of an earlier generation is not the present one', async () => {
  const spec = specFor(sh('exec cat'))
  mkdirSync(spec.stateDir, { recursive: true, mode: 0o700 })
  writeFileSync(join(spec.stateDir, 'exit.json'), '{"code":0,"generation":1}')
  await start({ ...spec, generation: 2 })
  expect(existsSync(join(spec.stateDir, 'exit.json'))).toBe(false)
})
