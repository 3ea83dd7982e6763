/** A number that another process has by now is not the process it once was. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockOwner } from '../../src/platform/lock.ts'
import { bootId, familyOf, isAlive, ownIdentity, startTimeOf } from '../../src/platform/processes.ts'

const reused = { pid: process.pid, startTime: '1' }

test('a process is told by its start time', () => {
  expect(isAlive(ownIdentity())).toBe(true)
  expect(isAlive(reused)).toBe(false)
  expect(startTimeOf(2 ** 30)).toBeNull()
  expect(isAlive({ pid: 2 ** 30, startTime: '' })).toBe(false)
})

test('its descendants are not those of the process that has its number now', () => {
  expect(familyOf([reused])).toEqual([])
})

test('a lock that it held is held by nobody', () => {
  const directory = mkdtempSync(join(tmpdir(), 'worktrain-lock-'))
  const path = join(directory, 'the.lock')
  const record = (of: object) => writeFileSync(`${path}.owner`, JSON.stringify(of))
  record({ ...ownIdentity(), bootId: bootId() })
  expect(lockOwner(path)).toEqual(ownIdentity())
  record({ ...reused, bootId: bootId() })
  expect(lockOwner(path)).toBeNull()
  record({ ...ownIdentity(), bootId: 'an earlier boot' })
  expect(lockOwner(path)).toBeNull()
  rmSync(directory, { recursive: true })
})
