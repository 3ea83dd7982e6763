/** Notifications by push in a real browser; only its vendor's service, which needs the internet, is not there. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DoctorView, WebView } from '../../src/protocol/api.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { chromiumPath, chromiumTitle, launchBrowser, type Seat, sitDown } from './browser.ts'

/** What a browser with the internet would have: a subscription at a service, of a name that leads nowhere. */
const SUBSCRIBED = `(() => {
  const own = {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  }
  const subscription = {
    toJSON: () => ({ endpoint: 'https://push.worktrain.invalid/here', keys: own }),
    unsubscribe: async () => { current = null; return true },
  }
  let current = null
  PushManager.prototype.getSubscription = async () => current
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey.length !== 87) throw new Error('not as a service wants it')
    return (current = subscription)
  }
})()`

/**
 * Pressing a notification cannot be done from outside, and without it no window may be focused or opened: that the worker
 * asks for the right one is what is seen here. When a notification stands is seen here too: whoever asks Chromium for
 * those that are shown while it is about to show one makes it forget that one.
 */
const WATCH = `(() => {
  globalThis.did = []
  globalThis.shown = 0
  const { showNotification } = ServiceWorkerRegistration.prototype
  ServiceWorkerRegistration.prototype.showNotification = async function (...one) {
    await showNotification.apply(this, one)
    shown++
  }
  WindowClient.prototype.focus = async () => { did.push('focus') }
  clients.openWindow = async (address) => { did.push('open ' + address) }
})()`

describe.skipIf(!chromiumPath)(chromiumTitle, () => {
  let browser: Browser
  let world: World
  let seat: Seat
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    world = await createWorld()
    seat = await sitDown(world, browser)
    await seat.page.evaluate(SUBSCRIBED)
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.error(await seat.told())
    await seat.context.close()
    await world.close()
  })
  const pushed = async () => (await world.json<DoctorView>(['doctor'])).pushed
  const switchOf = (page: Page) => page.getByRole('switch', { name: /^Notify me in this browser/ })
  const worker = async () =>
    seat.context.serviceWorkers()[0] ?? (await seat.context.waitForEvent('serviceworker'))

  /** As the browser hands on what its vendor's service told it. */
  async function deliver(page: Page, message: object): Promise<void> {
    const session = await seat.context.newCDPSession(page)
    const registered = new Promise<string>((resolve) => {
      session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const [first] = registrations
        if (first) resolve(first.registrationId)
      })
    })
    await session.send('ServiceWorker.enable')
    const { origin } = new URL(page.url())
    const [registrationId, data] = [await registered, JSON.stringify(message)]
    await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data })
  }

  test('it is off; turned on, a message is shown, and leads to its session in the board that is open', async () => {
    const { page, context } = seat
    await world.json(['run', 'Wait', '--name', 'waiter', '--', 'sleep', '600'])
    const { id } = await world.until('waiter', (s) => s.process.state === 'running', 'runs')
    await context.grantPermissions(['notifications'])
    await page.getByRole('link', { name: 'Settings' }).click()
    const toggle = switchOf(page)
    await toggle.waitFor()
    expect(await toggle.isChecked()).toBe(false)
    expect(await pushed()).toEqual([])
    await toggle.click()
    await page.getByText('Through push.worktrain.invalid.').waitFor()
    expect(await toggle.isChecked()).toBe(true)
    await seat.shots('push')
    await seat.accessible()

    // What fails is said at once with what to do, and stays to be seen.
    await page.getByRole('button', { name: 'Send a test' }).click()
    const tested = page.getByRole('region', { name: 'How you are told' })
    await tested.getByText(/^failed: push\.worktrain\.invalid for .+/).waitFor()
    await tested.getByText(/^See that this machine reaches https:\/\/push\.worktrain\.invalid/).waitFor()
    await tested.getByText('To have it: `desktop = true`').waitFor()
    await seat.shots('push-tested')
    await seat.accessible()
    await page
      .getByText(/^The last message failed: .+/)
      .first()
      .waitFor()
    expect(await pushed()).toMatchObject([
      { service: 'push.worktrain.invalid', error: expect.stringMatching(/./) as string },
    ])

    const message = {
      title: '<b>waiter</b> needs you: failed',
      body: 'exited with code 3',
      about: { session: id },
    }
    const service = await worker()
    await service.evaluate(WATCH)
    const shown = () => service.evaluate('shown')
    await deliver(page, message)
    await expect.poll(shown).toBe(1)
    const standing = `navigator.serviceWorker.ready.then((registration) => registration.getNotifications())
      .then((all) => all.map(({ title, body }) => ({ title, body })))`
    const { title, body } = message
    expect(await page.evaluate(standing)).toEqual([{ title, body }])

    const press = () =>
      service.evaluate(`registration.getNotifications().then(([notification]) =>
        dispatchEvent(new NotificationEvent('notificationclick', { notification })))`)
    const did = () => service.evaluate('did')
    await press()
    await page.getByRole('heading', { name: 'waiter' }).waitFor()
    await expect.poll(did).toEqual(['focus'])
    expect(new URL(page.url()).pathname).toBe(`/s/${id}`)
    await expect.poll(() => page.evaluate(standing)).toEqual([])
    // The page asked nothing of anybody else.
    const { origin } = new URL(page.url())
    expect(seat.requests.filter((url) => new URL(url).origin !== origin)).toEqual([])
    expect(seat.complaints).toEqual([])

    // Where no board is open it opens one, at the same place.
    const { origin: board } = new URL(page.url())
    await deliver(page, message)
    await expect.poll(shown).toBe(2)
    await page.goto('about:blank')
    // A page that was left is a window of the worker until it is torn down.
    const windows =
      'clients.matchAll({ type: "window", includeUncontrolled: true }).then((all) => all.length)'
    await expect.poll(() => service.evaluate(windows)).toBe(0)
    await press()
    await expect.poll(did).toEqual(['focus', `open /s/${id}`])
    await page.goto(`${board}/s/${id}`)
    await page.getByRole('heading', { name: 'waiter' }).waitFor()
    await page.evaluate(SUBSCRIBED)
    await page.evaluate(
      'navigator.serviceWorker.ready.then(({ pushManager }) => pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: "x".repeat(87) }))',
    )

    await page.getByRole('link', { name: 'Settings' }).click()
    await toggle.click()
    await page.getByText('Through push.worktrain.invalid.').waitFor({ state: 'detached' })
    expect(await toggle.isChecked()).toBe(false)
    expect(await pushed()).toEqual([])
  })

  test('where it cannot be had the switch says why; with its access it ends', async () => {
    const { page, context } = seat
    await context.grantPermissions(['notifications'])
    await page.getByRole('link', { name: 'Settings' }).click()
    await switchOf(page).click()
    await page.getByText('Through push.worktrain.invalid.').waitFor()
    await world.json<WebView>(['web', '--revoke', 'all'])
    expect(await pushed()).toEqual([])

    const other = await sitDown(world, browser)
    await other.page.evaluate('delete globalThis.PushManager')
    await other.page.getByRole('link', { name: 'Settings' }).click()
    await other.page.getByText('This browser has no push notifications for this page.').waitFor()
    expect(await switchOf(other.page).isDisabled()).toBe(true)
    await other.context.close()
  })
})
