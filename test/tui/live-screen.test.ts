import { expect, test } from 'vitest'
import type { Client } from '../../src/client/api.ts'
import type { HostScreen } from '../../src/protocol/host.ts'
import { liveScreen } from '../../src/tui/live-screen.ts'
import { session } from '../cli/fixtures.ts'

test('a picture that could not be had is tried again', async () => {
  const picture = { lines: ['hello'] } as HostScreen
  let asked = 0
  const call = (): Promise<HostScreen> =>
    asked++ === 0 ? Promise.reject(new Error('connect ENOENT /run/one/host.sock')) : Promise.resolve(picture)
  const told: [HostScreen | null, string][] = []
  const shown = Promise.withResolvers<void>()
  const live = liveScreen(
    { call } as unknown as Client,
    () => '',
    (_session, screen, why) => {
      told.push([screen, why])
      if (screen) shown.resolve()
    },
  )
  live.of({ ...session({ name: 'one' }), hostSocket: null })
  await shown.promise
  live.close()
  expect(told).toEqual([
    [null, 'no picture yet: its terminal does not answer'],
    [picture, ''],
  ])
})
