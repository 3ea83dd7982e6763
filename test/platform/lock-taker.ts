/** Takes and releases a lock as told on stdin, one word a line; answers each with a line of JSON. */
import { createInterface } from 'node:readline'
import { acquireLock } from '../../src/platform/lock.ts'
import type { Lock } from '../../src/platform/lock.ts'

const [path = ''] = process.argv.slice(2)
let lock: Lock | null = null
const answer = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
answer('ready')
for await (const word of createInterface({ input: process.stdin })) {
  if (word === 'take') {
    const result = acquireLock(path)
    if ('release' in result) lock = result
    answer('release' in result ? 'won' : result.heldBy.pid)
  } else if (word === 'drop') {
    // Forgets the lock without releasing it.
    lock = null
    globalThis.gc?.()
    answer('dropped')
  } else if (word === 'release') {
    lock?.release()
    answer('released')
  }
}
