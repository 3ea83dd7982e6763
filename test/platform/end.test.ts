import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { SESSION_MARKER, sweepOrphans } from '../../src/platform/end.ts'
import { processesOf, signal, startTimeOf } from '../../src/platform/processes.ts'

const linux = process.platform === 'linux'

/** Starts a shell that says the pids it wants watched, and leaves before they do. */
async function start(script: string, env: Record<string, string>): Promise<number[]> {
  const child = spawn('/bin/sh', ['-c', script], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  let out = ''
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (data) => {
      out += String(data)
      if (out.includes('ready')) resolve()
    })
  })
  const pids = out.split('\n').map(Number).filter(Boolean)
  onTestFinished(() => {
    for (const pid of pids) signal(pid, 'SIGKILL')
  })
  return pids
}

test.skipIf(!linux)(
  'a session ends with whoever left its group, and with children that threw its mark away (Linux)',
  async () => {
    const session = randomUUID()
    const marker = `${SESSION_MARKER}=${session}`
    const deaf = `trap '' HUP TERM INT; echo $$;`
    // An orphan in a session of its own that is marked, and its child that is not.
    const pids = await start(
      `setsid sh -c "${deaf.replace('$$', String.raw`\$\$`)} env -i sh -c 'trap \\"\\" HUP TERM; echo \\$\\$; echo ready; while :; do sleep 0.1; done'; :" &`,
      { [SESSION_MARKER]: session },
    )
    expect(pids).toHaveLength(2)
    expect(processesOf(null, marker)).toEqual(expect.arrayContaining(pids))
    expect(await sweepOrphans(session)).toEqual([])
    expect(pids.map(startTimeOf)).toEqual([null, null])
    expect(processesOf(null, marker)).toEqual([])
  },
)

test('who asks is never among them', () => {
  expect(processesOf(process.pid, 'NOBODY=has this')).not.toContain(process.pid)
})
