/** What the operating system writes down about sockets, and sockets as they really are. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { joinHolders, parseLsofListening, parseTcpTable } from '../../src/platform/listening.ts'
import { familyApart, ownIdentity, startedAt, startTimeOf } from '../../src/platform/processes.ts'
import { lookAtSockets } from '../../src/platform/sockets.ts'

const FOUR = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1435 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1475 1 00000000d650b6d6 100 0 0 10 0
   1: 0100007F:1F90 0100007F:B32B 01 00000000:00000000 00:00000000 00000000  1000        0 1476 1 000000004b1ac3fc 100 0 0 10 0
   2: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1477 1 000000004b1ac3fc 100 0 0 10 0
`
const SIX = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 21 1
   1: 00000000000000000000000001000000:1F92 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 22 1
   2: 0000000000000000FFFF00000100007F:1F93 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 23 1
   3: B80D0120000000000000000001000000:1F94 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 24 1
`

test('the tables of the kernel: what listens, by address and port', () => {
  expect(parseTcpTable(FOUR)).toEqual([
    { address: '0.0.0.0', port: 5173, inode: '1475' },
    { address: '127.0.0.1', port: 8080, inode: '1477' },
  ])
  expect(parseTcpTable(SIX)).toEqual([
    { address: '::', port: 8081, inode: '21' },
    { address: '::1', port: 8082, inode: '22' },
    { address: '127.0.0.1', port: 8083, inode: '23' },
    { address: '2001:db8::1', port: 8084, inode: '24' },
  ])
  expect(joinHolders(parseTcpTable(FOUR), new Map([[7, new Set(['1477', '9'])]]))).toEqual([
    { address: '0.0.0.0', port: 5173, pids: [] },
    { address: '127.0.0.1', port: 8080, pids: [7] },
  ])
})

test('what lsof tells, also where several processes hold one socket', () => {
  const said =
    'p15720\nf20\ntIPv6\nn*:3000\nf21\ntIPv4\nn127.0.0.1:3001\np15721\nf3\ntIPv4\nn127.0.0.1:3001\nf4\ntIPv6\nn[::1]:3002\nf5\ntIPv4\nn*:*\n'
  expect(parseLsofListening(said)).toEqual([
    { address: '::', port: 3000, pids: [15720] },
    { address: '127.0.0.1', port: 3001, pids: [15720, 15721] },
    { address: '::1', port: 3002, pids: [15721] },
  ])
})

test('a socket of this machine is found with its holder, and without where that one is not looked at', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const find = async (of: Parameters<typeof lookAtSockets>[0]) =>
    (await lookAtSockets(of)).sockets.find((socket) => socket.port === port)
  const me = ownIdentity()
  expect(await find([me])).toEqual({ address: '127.0.0.1', port, pids: [process.pid] })
  if (process.platform === 'linux') {
    expect((await find([]))?.pids).toEqual([])
    // The number of a process that has ended, and is another's by now.
    expect((await find([{ ...me, startTime: '1' }]))?.pids).toEqual([])
  }
  server.close()
  await once(server, 'close')
  expect(await find([me])).toBeUndefined()
  expect(Math.abs((startedAt(me) ?? 0) - (Date.now() - process.uptime() * 1000))).toBeLessThan(5000)
})

test('whose a process is: not what its environment says, where it descends from another session', async () => {
  const marker = `WT_TEST_FAMILY=${process.pid}`
  const script = 'echo; read _'
  const start = async (command: string, env: NodeJS.ProcessEnv = {}) => {
    const child = spawn('/bin/sh', ['-c', command], { env: { ...process.env, ...env } })
    await once(child.stdout, 'data')
    const pid = child.pid ?? 0
    return { child, pid, startTime: startTimeOf(pid) ?? '' }
  }
  const one = await start(script)
  const stray = await start(script, { WT_TEST_FAMILY: String(process.pid) })
  const other = await start(`WT_TEST_FAMILY=${process.pid} /bin/sh -c '${script}; :'; :`)
  const pids = (of: string | null, apart = [other]) => familyApart(one, of, apart).map(({ pid }) => pid)
  expect(pids(null)).toEqual([one.pid])
  expect(pids(marker)).toEqual([one.pid, stray.pid])
  expect(pids(marker, []).length).toBe(3)
  expect(familyApart({ ...one, startTime: '1' }, null, [])).toEqual([])
  for (const { child } of [one, stray, other]) {
    child.stdin.end()
    await once(child, 'close')
  }
})
