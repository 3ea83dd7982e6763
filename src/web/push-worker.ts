/**
 * The board's service worker: shows what the supervisor pushes, and leads to it when it is pressed.
 *
 * It keeps nothing, fetches nothing, and stands between no page and the network.
 */
import type { PushMessage } from '../protocol/web-api.ts'
import { addressOf } from './address.ts'

interface Work {
  waitUntil(work: Promise<unknown>): void
}
interface BoardWindow {
  visibilityState: DocumentVisibilityState
  postMessage(message: { go: string }): void
  focus(): Promise<unknown>
}
/** What is used here of a service worker's world: the compiler knows that of pages. */
interface Worker {
  registration: ServiceWorkerRegistration
  clients: {
    matchAll(which: { type: 'window'; includeUncontrolled: true }): Promise<readonly BoardWindow[]>
    openWindow(address: string): Promise<unknown>
  }
  addEventListener(type: 'push', take: (event: Work & { data: { json(): unknown } | null }) => void): void
  addEventListener(
    type: 'notificationclick',
    take: (event: Work & { notification: Notification }) => void,
  ): void
}

const worker = globalThis as unknown as Worker

worker.addEventListener('push', (event) => {
  // Only the supervisor can have encrypted it: it is what it should be.
  const message = event.data?.json() as PushMessage | undefined
  if (message === undefined) return
  const { title, body, about } = message
  event.waitUntil(worker.registration.showNotification(title, { body, data: addressFor(about) }))
})

worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data as string))
})

function addressFor(about: PushMessage['about']): string {
  if (about === null) return addressOf({ page: 'board' })
  if ('session' in about) return addressOf({ page: 'session', id: about.session })
  return addressOf({ page: 'train', repo: about.train })
}

/** In a window of the board that is open already, the one that is seen first; else in a new one. */
async function open(address: string): Promise<void> {
  const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const board = windows.find(({ visibilityState }) => visibilityState === 'visible') ?? windows[0]
  if (board === undefined) {
    await worker.clients.openWindow(address)
    return
  }
  board.postMessage({ go: address })
  await board.focus()
}
