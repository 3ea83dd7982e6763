import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { turnOver } from '../../src/supervisor/log.ts'

test('a log that has grown is turned over under whoever writes to it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wt-log-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'supervisor.log')
  turnOver(path, 1)
  const fd = openSync(path, 'a')
  writeSync(fd, 'first\n')
  turnOver(path, 7)
  expect(readdirSync(directory)).toEqual(['supervisor.log'])
  turnOver(path, 6)
  writeSync(fd, 'second\n')
  closeSync(fd)
  expect(readFileSync(path, 'utf8')).toBe('second\n')
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('first\n')
})
