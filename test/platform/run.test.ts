import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { processesOf, signal } from '../../src/platform/processes.ts'
import { run } from '../../src/platform/run.ts'

const linux = process.platform === 'linux'

test.skipIf(!linux)(
  'a program that is stopped takes along what left its group, and orphans in it (Linux: setsid)',
  async () => {
    const marker = `MARK=${randomUUID()}`
    onTestFinished(() => {
      for (const pid of processesOf(null, marker)) signal(pid, 'SIGKILL')
    })
    const stop = new AbortController()
    // An orphan in the group; a child outside of it; and only then the word that both are there.
    const script = `(sleep 600 > /dev/null 2>&1 &); setsid sh -c 'sleep 600 & echo ready; wait' & wait`
    const result = await run('/bin/sh', ['-c', script], {
      env: { PATH: process.env.PATH, MARK: marker.slice(5) },
      signal: stop.signal,
      onOutput: () => {
        expect(processesOf(null, marker).length).toBeGreaterThanOrEqual(4)
        stop.abort()
      },
    })
    expect(result).toMatchObject({ code: null, signal: 'SIGKILL', stdout: 'ready\n', timedOut: false })
    await expect.poll(() => processesOf(null, marker)).toEqual([])
  },
)
