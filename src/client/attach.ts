/** `attach`: the person's own terminal becomes the session's, byte for byte, until they detach. */
import type { ReadStream, WriteStream } from 'node:tty'
import { WorktrainError } from '../protocol/errors.ts'
import { HostViewer } from './host.ts'
import { TerminalInput } from './terminal-input.ts'

/**
 * Ctrl-]. telnet's escape key: nothing an agent or a shell binds by default needs it, while tmux's Ctrl-b,
 * screen's Ctrl-a and docker's Ctrl-p all take away a key that line editors use.
 */
export const DETACH_KEY = '\x1d'

/** What a snapshot begins with. To the person's own terminal it would clear their scrollback. */
const HARD_RESET = Buffer.from('\x1bc\x1b[3J')

const off = (...modes: number[]): string => modes.map((mode) => `\x1b[?${mode}l`).join('')

/**
 * Puts a terminal into the state in which shells expect it, without clearing anything: mouse, focus, paste
 * and colour reports off, both kitty keyboard stacks and modifyOtherKeys reset, normal screen, cursor
 * visible and of the default shape, no margins, no attributes, no hyperlink, default colours.
 */
const DEFAULTS = [
  off(9, 1000, 1002, 1003, 1005, 1006, 1015, 1016, 1004, 2004, 2026, 2031, 2048),
  '\x1b[<99u',
  // 1049 restores a saved cursor also where the normal screen is shown already: save this one.
  '\x1b7\x1b[?1049l',
  '\x1b[<99u\x1b[>4m',
  '\x1b[!p',
  off(1, 6, 12, 45, 66),
  '\x1b[?7h\x1b[?25h\x1b[0 q\x1b(B\x0f\x1b[m',
  '\x1b]8;;\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\',
].join('')

const KEEP_TITLE = '\x1b[22;0t'
const RESTORE_TITLE = '\x1b[23;0t'
/** Below everything: where the shell's next prompt belongs. */
const TO_BOTTOM = '\x1b[999;1H'

export interface AttachOptions {
  /** Path of the host's socket. */
  socket: string
  /** The host's token. */
  token: string
  stdin: ReadStream
  stdout: WriteStream
  /** What was typed for it before it was there. */
  typed?: Buffer
  /** One control character. Default {@link DETACH_KEY}. */
  detachKey?: string
  /** Detaches when it fires. */
  signal?: AbortSignal
}

/** How it ended: the person left, the session's process ended, or its host went away. */
export type AttachEnd =
  | { how: 'detached' }
  | { how: 'ended'; code: number | null; signal: string | null }
  | { how: 'lost' }

/**
 * Shows the session until the person detaches or it ends, and leaves their terminal as a shell expects it.
 * @throws USAGE without a terminal; ENOENT, ECONNREFUSED or HOST_UNREACHABLE when no host is there
 */
export async function attach(options: AttachOptions): Promise<AttachEnd> {
  const { stdin, stdout } = options
  if (!stdin.isTTY || !stdout.isTTY) throw new WorktrainError('USAGE', 'Attaching needs a terminal.')
  const input = new TerminalInput((options.detachKey ?? DETACH_KEY).charCodeAt(0))
  const ended = Promise.withResolvers<AttachEnd>()
  let shown = false

  const show = (bytes: Uint8Array | string): void => {
    if (stdout.write(bytes)) return
    // The host goes on without us and sends a snapshot once we read again.
    viewer?.pause()
    stdout.once('drain', () => viewer?.resume())
  }
  // Its first frames may come before connect returns.
  let viewer: HostViewer | null = null
  const connected = await HostViewer.connect(
    options.socket,
    {
      output: (bytes) => show(bytes),
      snapshot: (bytes) => {
        const content = HARD_RESET.equals(bytes.subarray(0, HARD_RESET.length))
          ? bytes.subarray(HARD_RESET.length)
          : bytes
        // What the person had on the screen scrolls up instead of being painted over.
        const before = shown ? '' : KEEP_TITLE + TO_BOTTOM + '\n'.repeat(stdout.rows)
        shown = true
        show(Buffer.concat([Buffer.from(`${before}${DEFAULTS}\x1b[H\x1b[2J`), content]))
      },
      end: (exit) => ended.resolve({ how: 'ended', ...exit }),
      close: () => ended.resolve({ how: 'lost' }),
    },
    { token: options.token, cols: stdout.columns, rows: stdout.rows },
  )

  viewer = connected
  let timer: NodeJS.Timeout | undefined
  const detach = (): void => ended.resolve({ how: 'detached' })
  const onInput = (bytes: Buffer): void => {
    clearTimeout(timer)
    const typed = input.push(bytes)
    if (typed.forward.length > 0) connected.input(typed.forward)
    if (typed.detach) detach()
    else if (input.unfinished) timer = setTimeout(() => connected.input(input.flush()), input.patience)
  }
  const onResize = (): void => connected.resize(stdout.columns, stdout.rows)

  stdin.setRawMode(true)
  stdin.on('data', onInput)
  stdin.on('end', detach)
  // Whoever had the terminal before may have paused it.
  stdin.resume()
  stdout.on('resize', onResize)
  if (options.typed) onInput(options.typed)
  process.on('SIGTERM', detach)
  options.signal?.addEventListener('abort', detach)
  if (options.signal?.aborted) detach()
  try {
    return await ended.promise
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', detach)
    process.off('SIGTERM', detach)
    stdout.off('resize', onResize)
    stdin.off('data', onInput)
    stdin.off('end', detach)
    connected.close()
    await new Promise<void>((resolve) => {
      stdout.write(shown ? `${DEFAULTS}${TO_BOTTOM}\r\n${RESTORE_TITLE}` : '', () => resolve())
    })
    stdin.setRawMode(false)
    stdin.pause()
  }
}
