import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { journalContract } from './contract.ts'
import { noted, notes } from './fixtures.ts'

const appender = join(import.meta.dirname, 'appender.ts')

journalContract('sqlite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'worktrain-journal-'))
  const path = join(directory, 'state', 'journal.db')
  return {
    open: (projections) => openSqliteJournal({ path, projections, now: Date.now }),
    appender: [appender, path],
    dispose: async () => rmSync(directory, { recursive: true, force: true }),
  }
})

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'worktrain-journal-'))
  path = join(directory, 'journal.db')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = (options: { readOnly?: boolean; onListenerError?: (error: unknown) => void } = {}) =>
  openSqliteJournal({ path, projections: [notes], now: Date.now, ...options })

test('only this user can read the files', async () => {
  const journal = await open()
  await journal.append([noted('s1', 'secret')])
  for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600)
  await journal.close()
})

test('commits are synchronous and in WAL mode', async () => {
  const journal = await open()
  const db = new DatabaseSync(path)
  expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  db.close()
  await journal.close()
})

test('refuses a schema that is newer than this program, and leaves it alone', async () => {
  await (await open()).close()
  const db = new DatabaseSync(path)
  db.exec("INSERT INTO migration VALUES (99, 'from the future', 0)")
  db.close()
  await expect(open()).rejects.toMatchObject({ code: 'JOURNAL_NEWER' })
  await expect(open({ readOnly: true })).rejects.toMatchObject({ code: 'JOURNAL_NEWER' })
})

test('says so when the file is not a journal', async () => {
  writeFileSync(path, 'x'.repeat(8192))
  await expect(open()).rejects.toMatchObject({
    code: 'INTERNAL',
    message: expect.stringContaining('is damaged') as string,
  })
})

test('a read-only handle reads, writes nothing and makes nothing', async () => {
  await expect(open({ readOnly: true })).rejects.toThrow()
  const journal = await open()
  await journal.append([noted('s1', 'a')])
  const reader = await open({ readOnly: true })
  expect(await reader.get(notes, 's1')).toMatchObject({ version: 1 })
  await expect(reader.append([noted('s1', 'b')])).rejects.toThrow()
  expect(await journal.head()).toBe(1)
  const other = { ...notes, version: 9 }
  const stranger = await openSqliteJournal({ path, projections: [other], now: Date.now, readOnly: true })
  await expect(stranger.get(other, 's1')).rejects.toMatchObject({ code: 'JOURNAL_NEWER' })
  await journal.append([noted('s1', 'b')])
  expect(await stranger.read()).toHaveLength(2)
  for (const handle of [journal, reader, stranger]) await handle.close()
})

test('a listener that throws stops neither the append nor the other listeners', async () => {
  const errors: unknown[] = []
  const seen: number[] = []
  const journal = await open({ onListenerError: (error) => errors.push(error) })
  journal.subscribe(() => {
    throw new Error('listener')
  })
  journal.subscribe((events) => seen.push(events.length))
  await journal.append([noted('s1', 'a')])
  await journal.append([noted('s1', 'b')])
  expect(errors).toHaveLength(2)
  expect(seen).toEqual([1, 1])
  await journal.close()
})

test('many processes that make the same journal at once all succeed', async () => {
  const script = `
    import { openSqliteJournal } from ${JSON.stringify(join(import.meta.dirname, '../../src/journal/sqlite.ts'))}
    const journal = await openSqliteJournal({ path: ${JSON.stringify(path)}, projections: [], now: Date.now })
    await journal.claim()
    await journal.close()`
  const exits = Array.from({ length: 8 }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: 'inherit',
      env: {},
    })
    return (await once(child, 'exit'))[0] as number
  })
  expect(await Promise.all(exits)).toEqual(Array.from({ length: 8 }, () => 0))
  const journal = await open()
  expect(await journal.claim()).toEqual({ epoch: 9 })
  await journal.close()
})

const small = join(directoryForProbe(), 'small')
const tinyDisk = (argv: string[], mount: string) =>
  spawnSync('bwrap', ['--dev-bind', '/', '/', '--size', '400000', '--tmpfs', mount, ...argv], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '' },
  })
const canMount = tinyDisk(['true'], small).status === 0
rmSync(join(small, '..'), { recursive: true, force: true })

function directoryForProbe(): string {
  const probe = mkdtempSync(join(tmpdir(), 'worktrain-probe-'))
  mkdirSync(join(probe, 'small'))
  return probe
}

test.skipIf(!canMount)(
  'a full disk is DISK_FULL; nothing is lost and it goes on when there is room (needs bwrap with a tmpfs)',
  () => {
    const script = `
    import { rmSync, writeFileSync } from 'node:fs'
    import { openSqliteJournal } from ${JSON.stringify(join(import.meta.dirname, '../../src/journal/sqlite.ts'))}
    import { notes, noted } from ${JSON.stringify(join(import.meta.dirname, 'fixtures.ts'))}
    writeFileSync('${directory}/ballast', 'x'.repeat(100_000))
    const journal = await openSqliteJournal({ path: '${directory}/journal.db', projections: [notes], now: Date.now })
    let acknowledged = 0
    let code = null
    while (code === null) await journal.append([noted('s1', 'x'.repeat(1000))]).then(() => { acknowledged += 1 }, (error) => { code = error.code })
    const kept = (await journal.read()).length
    rmSync('${directory}/ballast')
    const [next] = await journal.append([noted('s1', 'room again')])
    console.log(JSON.stringify({ code, lost: acknowledged - kept, gap: next.seq - acknowledged - 1 }))`
    const result = tinyDisk([process.execPath, '--input-type=module', '-e', script], directory)
    expect(result.stderr).toBe('')
    expect(JSON.parse(result.stdout)).toEqual({ code: 'DISK_FULL', lost: 0, gap: 0 })
  },
)
