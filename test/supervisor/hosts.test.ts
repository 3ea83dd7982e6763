import { setImmediate as soon } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Context } from '../../src/supervisor/context.ts'
import { Hosts } from '../../src/supervisor/session/hosts.ts'

test('of a session that runs nobody is told that it does not before its host was looked for', async () => {
  const ctx = {
    journal: { get: async () => ({ state: { process: { state: 'running', generation: 1 } } }) },
    paths: { sessionRun: () => '/nowhere', sessionState: () => '/nowhere' },
  } as unknown as Context
  const hosts = new Hosts(ctx)
  let told: unknown = null
  const asked = hosts.request('one', { op: 'status' }).catch((error: unknown) => (told = error))
  await soon()
  expect(told).toBe(null)
  expect(await hosts.adopt('one', 1)).toBe(false)
  await asked
  expect(told).toMatchObject({ code: 'HOST_UNREACHABLE' })
})
