/** Single keys from the person's terminal, and lines where words are needed. */
import type { Context } from '../context.ts'
import { ask } from '../input.ts'
import { WorktrainError } from '../../protocol/errors.ts'

/** What is pasted comes as one sequence then, and is no key. */
const PASTE_ON = '\u001b[?2004h'
const PASTE_OFF = '\u001b[?2004l'

export interface KeyOptions {
  signal?: AbortSignal
  /** The page was just shown: what was typed before was not typed at it. */
  fresh?: boolean
}

export interface Keyboard {
  /** The next key; null once `signal` fires. Ctrl-C and Ctrl-D are `q`. */
  key: (options?: KeyOptions) => Promise<string | null>
  /** A line; null when the person leaves it with Ctrl-C or Ctrl-D. */
  line: (prompt: string) => Promise<string | null>
  /** Takes keys for so long, ms, and forgets them. */
  deaf: (ms: number) => Promise<void>
}

export function keyboard(ctx: Context): Keyboard {
  const { stdin, stdout } = ctx
  const key: Keyboard['key'] = async ({ signal, fresh = false } = {}) => {
    const typed = Promise.withResolvers<string | null>()
    const onData = (chunk: Buffer | string): void => {
      const text = chunk.toString()
      // A sequence, such as an arrow or a paste, is no key.
      if (text.startsWith('\u001b')) return
      const [first = '', ...rest] = text
      stdin.off('data', onData)
      // Before the rest is put back: what flows with nobody there is lost.
      stdin.pause()
      if (rest.length > 0) stdin.unshift(Buffer.from(rest.join('')))
      typed.resolve(/[\u0003\u0004]/.test(first) ? 'q' : first)
    }
    const onEnd = (): void => typed.resolve('q')
    const onAbort = (): void => typed.resolve(null)
    stdin.setRawMode(true)
    stdout.write(PASTE_ON)
    while (fresh && stdin.read() !== null);
    stdin.on('data', onData)
    stdin.once('end', onEnd)
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    stdin.resume()
    try {
      return await typed.promise
    } finally {
      stdin.pause()
      stdin.off('data', onData)
      stdin.off('end', onEnd)
      signal?.removeEventListener('abort', onAbort)
      stdout.write(PASTE_OFF)
      stdin.setRawMode(false)
    }
  }
  return {
    key,
    deaf: async (ms) => {
      const over = AbortSignal.timeout(ms)
      while ((await key({ signal: over })) !== null);
    },
    line: async (prompt) => {
      try {
        return await ask(ctx, prompt)
      } catch (error) {
        if (error instanceof WorktrainError && error.code === 'NEEDS_PERSON') return null
        throw error
      }
    },
  }
}
