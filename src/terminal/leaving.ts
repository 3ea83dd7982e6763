/** How a command that would go on for ever is left: by a signal, or by a key. */

export interface Leaving {
  signal: AbortSignal
  leave: () => void
  /** Lets go of the signals again. */
  stop: () => void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export function leaving(): Leaving {
  const left = new AbortController()
  const leave = (): void => left.abort()
  for (const signal of SIGNALS) process.once(signal, leave)
  return {
    signal: left.signal,
    leave,
    stop: () => {
      for (const signal of SIGNALS) process.off(signal, leave)
    },
  }
}
