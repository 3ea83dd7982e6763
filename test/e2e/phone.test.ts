/** The board on a phone: a real Chromium of a phone's size, over TLS in the machine's network, with a real Claude Code. */
import { networkInterfaces } from 'node:os'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownAddresses } from '../../src/platform/addresses.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, scripted } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { chromiumPath, launchBrowser, type Seat, sitDown } from './browser.ts'

const address = ownAddresses(networkInterfaces()).find(({ address: each }) => each.includes('.'))?.address
const PHONE = {
  ...{ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  // It has compared the fingerprint.
  ignoreHTTPSErrors: true,
}

const REFUSED_WORKER = /^An (SSL certificate|unknown) error occurred when fetching the script\.$/

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

    // A second one sees all of it, and is offered nothing that would change it.
    const looker = await sitDown(world, browser, PHONE, [...open.slice(0, -1), 'glass', '--scope', 'look'])
    await looksAround(looker)

    await page.getByRole('link', { name: 'permit' }).tap()
    await page.getByText('Nothing is typed into a terminal from a phone').waitFor()
    await page.getByRole('button', { name: /^Allow once/ }).tap()
    // It is told by events that the session went on.
    await page.getByText('Seen.', { exact: true }).first().waitFor()
    await looker.page.getByText('Seen.', { exact: true }).first().waitFor()
    await looker.context.close()
    await shot('phone-session')
    await accessible()

    await page.getByRole('link', { name: 'New', exact: true }).tap()
    await page.getByText('That is done at the machine, not from a phone.').waitFor()
    await expect(page.getByLabel(/^Goal/).count()).resolves.toBe(0)
    await page.getByRole('link', { name: 'Settings' }).tap()
    await page.getByText('Phones with access: pixel (answer), glass (look).').waitFor()
    await accessible()
    expect(requests.filter((url) => new URL(url).origin !== new URL(page.url()).origin)).toEqual([])
    // It has asked whether a push worker can be had, which the browser tells its console in one of two ways.
    await page.getByText('Browsers refuse push notifications to a page whose certificate').waitFor()
    expect(complaints.filter((said) => !REFUSED_WORKER.test(said))).toEqual([])

    await world.json(['phone', '--revoke', 'pixel'])
    await page.getByRole('heading', { name: 'This browser has no access' }).waitFor()
    await page.getByText('worktrain phone', { exact: true }).waitFor()
    await seat.context.close()
  })
})

/** What one may press on each page, and that what one may not is refused by the supervisor too. */
async function looksAround({ page, shot, accessible, complaints }: Seat): Promise<void> {
  const offered = (): Promise<string[]> =>
    page.locator('main').locator('button, textarea, input:not([type=search])').allInnerTexts()
  await page.getByText('This phone may only look.').waitFor()
  await page.getByText('touch seen; npm --version', { exact: true }).waitFor()
  expect(await offered()).toEqual([])
  await shot('phone-look')
  await accessible()
  await page.getByRole('link', { name: 'permit' }).tap()
  await page.getByLabel('Screen of permit').waitFor()
  expect(await offered()).toEqual(['Terminal', 'Review', 'Conversation', 'Story', 'Cell'])
  await page.getByRole('tab', { name: 'Review' }).tap()
  await page.getByRole('heading', { name: 'Your word' }).waitFor()
  expect(
    await page.getByRole('button', { name: /^(Approve|Reject|Hand back|Comment|Restore)/ }).count(),
  ).toBe(0)
  await page.getByRole('link', { name: 'Train', exact: true }).tap()
  await page.getByText('Nothing is on the train.').waitFor()
  expect(await offered()).toEqual([])
  await page.getByRole('link', { name: 'New', exact: true }).tap()
  await page.getByText('That is done at the machine, not from a phone.').waitFor()
  expect(await offered()).toEqual([])
  const refused = await page.evaluate(async () => {
    const { token } = JSON.parse(localStorage.getItem('worktrain.access') ?? '{}') as { token: string }
    const of = { repo: null, name: 'permit' }
    const tried = {
      answer: { ...of, answer: { kind: 'allow' } },
      land: of,
      stop: of,
      note: { ...of, note: 'x' },
    }
    const answers = Object.entries(tried).map(async ([name, input]) => {
      const response = await fetch(`/api/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(input),
      })
      const { error } = (await response.json()) as { error: { message: string } }
      return error.message
    })
    return Promise.all(answers)
  })
  expect(new Set(refused)).toEqual(new Set(['This phone may only look.']))
  await page.getByRole('link', { name: 'Board', exact: true }).tap()
  expect(complaints).toEqual([])
}
