/** Notifications by push in this browser: whether it can have them, turning them on and off, and where they lead. */
import { pageAt } from './address.ts'
import { barred, client, phone } from './connection.ts'
import { go } from './router.ts'

/** Where the supervisor serves `push-worker.ts`. */
const WORKER = '/push-worker.js'

const canWork = (): boolean => 'serviceWorker' in navigator

/** Why there are none here, as a sentence for the person; null: they can be turned on. */
export async function whyNoPush(): Promise<string | null> {
  const why = barred('pushStart')
  if (why !== null) return why
  if (!window.isSecureContext)
    return 'Browsers have push notifications on secure pages only, and do not take this for one.'
  if (!canWork() || !('PushManager' in window) || !('Notification' in window))
    return (
      'This browser has no push notifications for this page. Safari on an iPhone or iPad has them only for web ' +
      'apps on the home screen, and in private windows there are none.'
    )
  if (Notification.permission === 'denied')
    return 'Notifications of this page are denied in the settings of this browser.'
  // By its own account it is a secure page; what runs in the background is refused all the same.
  if (phone() !== null && !(await navigator.serviceWorker.register(WORKER).then(Boolean, () => false)))
    return 'Browsers refuse push notifications to a page whose certificate they know by your word alone.'
  return null
}

/** Does this browser take messages? What the supervisor knows of it is another question. */
export async function takesPush(): Promise<boolean> {
  if (!canWork()) return false
  // A browser in which it cannot be had at all may refuse the question.
  const registration = await navigator.serviceWorker.getRegistration().catch(() => undefined)
  return Boolean(await registration?.pushManager?.getSubscription())
}

/** Call it when the person presses something: browsers ask them then. @throws Error with a sentence */
export async function startPush(): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted')
    throw new Error('This browser was not allowed to show notifications.')
  await navigator.serviceWorker.register(WORKER)
  const { pushManager } = await navigator.serviceWorker.ready
  const { key } = await client.call('pushKey', {})
  // It may be for a key that the supervisor no longer has.
  await (await pushManager.getSubscription())?.unsubscribe()
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  const { endpoint = '', keys = {} } = subscription.toJSON()
  await client.call('pushStart', { endpoint, p256dh: keys['p256dh'] ?? '', auth: keys['auth'] ?? '' })
}

export async function endPush(): Promise<void> {
  await client.call('pushEnd', {})
  const registration = await navigator.serviceWorker.getRegistration()
  await (await registration?.pushManager.getSubscription())?.unsubscribe()
  await registration?.unregister()
}

/** Goes where a notification leads that was pressed while the board is open. */
export function followNotifications(): void {
  if (!canWork()) return
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<{ go: string }>) => {
    const { pathname, search } = new URL(data.go, location.href)
    go(pageAt(pathname, search), { round: true })
  })
  navigator.serviceWorker.startMessages()
}
