/** The screen of one session, looked at again whenever its terminal has changed. */
import type { Client } from '../client/api.ts'
import { HostControl, HostViewer } from '../client/host.ts'
import { pause } from '../client/pause.ts'
import type { SessionView } from '../protocol/api.ts'
import { toErrorBody } from '../protocol/errors.ts'
import type { HostScreen } from '../protocol/host.ts'

/** Between two looks at a screen that goes on changing, ms. */
const LOOK_EVERY_MS = 250
/** The cursor that runs through the list opens no terminal on its way, ms. */
const SETTLE_MS = 80
/** Until a host that was not there is looked for again, ms: a session has its address before it listens. */
const AGAIN_MS = 1000

export interface LiveScreen {
  /** Whose screen is wanted; null: nobody's. Cheap to say again. */
  of: (session: SessionView | null) => void
  close: () => void
}

export function liveScreen(
  client: Client,
  hostToken: (session: string) => string,
  tell: (session: string, screen: HostScreen | null, why: string) => void,
): LiveScreen {
  let wanted = ''
  let stop = (): void => {}
  const of: LiveScreen['of'] = (session) => {
    // Another process of the same session has another host.
    const key = session === null ? '' : [session.id, session.process.generation, session.hostSocket].join(' ')
    if (key === wanted) return
    wanted = key
    stop()
    if (session === null) return
    const over = new AbortController()
    const timer = setTimeout(
      () => void keepWatching(client, hostToken, session, over.signal, tell),
      SETTLE_MS,
    )
    stop = () => {
      clearTimeout(timer)
      over.abort()
    }
  }
  return { of, close: () => of(null) }
}

/** Until its terminal has ended, or nobody wants to see it: whatever went wrong is tried again. */
async function keepWatching(
  client: Client,
  hostToken: (session: string) => string,
  session: SessionView,
  signal: AbortSignal,
  tell: (session: string, screen: HostScreen | null, why: string) => void,
): Promise<void> {
  const told = (screen: HostScreen | null, why: string): void => {
    if (!signal.aborted) tell(session.id, screen, why)
  }
  while (!signal.aborted) {
    try {
      return await watch(client, hostToken, session, signal, (screen) => told(screen, ''))
    } catch (error) {
      const { message } = toErrorBody(error)
      // The address of a socket says nothing to a person.
      const why = /^connect (ENOENT|ECONNREFUSED)/.test(message) ? 'its terminal does not answer' : message
      told(null, `no picture yet: ${why}`)
      await pause(AGAIN_MS, signal)
    }
  }
}

/** @throws what the supervisor or the host says, and where the host is not there the error of its socket */
async function watch(
  client: Client,
  hostToken: (session: string) => string,
  { id, hostSocket }: SessionView,
  signal: AbortSignal,
  tell: (screen: HostScreen) => void,
): Promise<void> {
  if (hostSocket === null) return tell(await client.call('screen', { repo: null, name: id }, { signal }))
  // Straight to its host: also while the supervisor is away.
  const token = hostToken(id)
  const control = await HostControl.connect(hostSocket, { token })
  signal.addEventListener('abort', () => control.close(), { once: true })
  if (signal.aborted) return control.close()
  await follow(hostSocket, token, control, signal, tell)
}

/** Bytes only say that there is something new: the host, which has drawn them, is asked for the screen. */
async function follow(
  socket: string,
  token: string,
  control: HostControl,
  signal: AbortSignal,
  tell: (screen: HostScreen) => void,
): Promise<void> {
  const look = async (): Promise<void> => tell(await control.request({ op: 'screen', styled: true }))
  await look()
  const ended = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  const news = (): void => {
    if (timer !== undefined) return
    // What comes meanwhile is skipped by the host, and makes no work here.
    viewer?.pause()
    timer = setTimeout(() => {
      timer = undefined
      look().then(() => viewer?.resume(), ended.reject)
    }, LOOK_EVERY_MS)
  }
  /** The screen as the process left it. */
  let final: Promise<void> | undefined
  let first = true
  // Its first frames may come before connect returns.
  let viewer: HostViewer | null = null
  const connected = await HostViewer.connect(
    socket,
    {
      output: () => news(),
      // The first one is the screen that was just asked for.
      snapshot: () => (first ? (first = false) : news()),
      end: () => {
        final = look()
        final.catch(ended.reject)
      },
      close: () => ended.resolve(),
    },
    { token },
  )
  viewer = connected
  signal.addEventListener('abort', () => connected.close(), { once: true })
  if (signal.aborted) connected.close()
  try {
    await ended.promise
    await final
  } finally {
    clearTimeout(timer)
    connected.close()
    control.close()
  }
}
