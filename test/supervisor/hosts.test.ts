import { expect, test, vi } from 'vitest'
import { HostControl } from '../../src/client/host.ts'
import type { Context } from '../../src/supervisor/context.ts'
import { Hosts } from '../../src/supervisor/session/hosts.ts'

const ctx = {
  journal: { get: async () => ({ state: { process: { state: 'running', generation: 1 } } }) },
  paths: { sessionRun: () => import.meta.dirname, sessionState: () => import.meta.dirname },
} as unknown as Context

test('what is asked of a session that runs looks for its host first, once for all who ask', async () => {
  const control = {
    hello: { session: 'one', generation: 1 },
    onClose: () => {},
    onRecord: () => {},
    request: async ({ op }: { op: string }) => op,
  }
  const connect = vi.spyOn(HostControl, 'connect').mockResolvedValue(control as unknown as HostControl)
  const hosts = new Hosts(ctx)
  const asked = hosts.request('one', { op: 'status' })
  expect(await Promise.all([hosts.adopt('one', 1), asked])).toEqual([true, 'status'])
  expect(connect).toHaveBeenCalledTimes(1)
})

test('a host that is not there is said to be gone', async () => {
  vi.spyOn(HostControl, 'connect').mockRejectedValue(Object.assign(new Error('gone'), { code: 'ENOENT' }))
  await expect(new Hosts(ctx).request('one', { op: 'status' })).rejects.toMatchObject({
    code: 'HOST_UNREACHABLE',
  })
})
