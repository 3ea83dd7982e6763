import { expect, test } from 'vitest'
import { WorktrainError, toErrorBody } from '../../src/protocol/errors.ts'

test('a full disk is told as one, whoever met it', () => {
  const errors = [
    Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
    Object.assign(new Error('EDQUOT: disk quota exceeded'), { code: 'EDQUOT' }),
    // SQLITE_FULL, also with an extended code in the higher bits.
    Object.assign(new Error('database or disk is full'), { errcode: 13 | (2 << 8) }),
  ]
  for (const error of errors)
    expect(toErrorBody(error)).toMatchObject({
      code: 'DISK_FULL',
      hint: expect.stringContaining('Free some'),
    })
})

test('what is not ours is a defect, and keeps its message', () => {
  const locked = Object.assign(new Error('database is locked'), { errcode: 5 })
  for (const error of [locked, new Error('boom'), 'boom', null, undefined])
    expect(toErrorBody(error).code).toBe('INTERNAL')
  expect(toErrorBody(new WorktrainError('USAGE', 'so')).code).toBe('USAGE')
})
