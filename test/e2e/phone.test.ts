/** The board on a phone: a real Chromium of a phone's size, over TLS in the machine's network, with a real Claude Code. */
import { networkInterfaces } from 'node:os'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownAddresses } from '../../src/platform/addresses.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, scripted } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { chromiumPath, launchBrowser, sitDown } from './browser.ts'

const address = ownAddresses(networkInterfaces()).find(({ address: each }) => each.includes('.'))?.address
const PHONE = {
  ...{ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  // It has compared the fingerprint.
  ignoreHTTPSErrors: true,
}

describe.skipIf(!claude || !chromiumPath || !address)(claudeTitle, () => {
  let browser: Browser
  let server: ModelServer
  let world: World
  beforeAll(async () => {
    browser = await launchBrowser()
    server = await startModelServer()
    world = await createWorld({ env: claudeEnv(server.url) })
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
    await server?.close()
  })

  test('it allows once what waits, and is refused a new session and more with a reason; revoked it says so', async () => {
    const touch = { tool: 'Bash', input: { command: 'touch seen; npm --version', description: 'Look' } }
    await world.json([
      ...['run', scripted('Ask before it', [touch, { text: 'Seen.' }])],
      ...['--name', 'permit', '--permission-mode', 'manual'],
    ])
    const open = ['phone', '--address', address ?? '', '--name', 'pixel']
    const seat = await sitDown(world, browser, PHONE, open)
    const { page, shot, accessible, complaints, requests } = seat
    expect(new URL(page.url()).hash).toBe('')
    await page.getByText('touch seen; npm --version', { exact: true }).waitFor()
    await expect(page.getByRole('button', { name: /^Always/ }).isDisabled()).resolves.toBe(true)
    await page.getByText('a phone allows once').waitFor()
    await shot('phone')
    await accessible()

    await page.getByRole('link', { name: 'permit' }).tap()
    await page.getByText('Nothing is typed into a terminal from a phone').waitFor()
    await page.getByRole('button', { name: /^Allow once/ }).tap()
    // It is told by events that the session went on.
    await page.getByText('Seen.', { exact: true }).first().waitFor()
    await shot('phone-session')
    await accessible()

    await page.getByRole('link', { name: 'New', exact: true }).tap()
    await page.getByText('That is done at the machine, not from a phone.').waitFor()
    await expect(page.getByLabel(/^Goal/).count()).resolves.toBe(0)
    await page.getByRole('link', { name: 'Settings' }).tap()
    await page.getByText('Phones with access: pixel (answer).').waitFor()
    await accessible()
    expect(requests.filter((url) => new URL(url).origin !== new URL(page.url()).origin)).toEqual([])
    expect(complaints).toEqual([])

    await world.json(['phone', '--revoke', 'pixel'])
    await page.getByRole('heading', { name: 'This browser has no access' }).waitFor()
    await page.getByText('worktrain phone', { exact: true }).waitFor()
    await seat.context.close()
  })
})
