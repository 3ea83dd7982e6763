/** Marks that a measurement puts into names, questions and output, and where they are first seen. */
import { spawn } from '@lydell/node-pty'
import headless from '@xterm/headless'
import type { Page } from 'playwright-core'
import { BIN, type World } from '../../test/fixtures/world.ts'

/** `ask-7-1764330000000`: what, which, and when it was said, ms since the epoch. A name (`ren-7`) has no room for when. */
const MARK = String.raw`\b(?:(ask|out)-(\d+)-(\d{13})|(ren)-(\d+))\b`

export interface Seen {
  /** Which, such as `ask-7`. */
  mark: string
  /** When it was said, ms since the epoch; null: the mark does not tell. */
  said: number | null
  /** When it was on the screen. */
  at: number
}

/** The marks that one screen has shown, each as it was first seen. */
export class Sightings {
  readonly all: Seen[] = []
  readonly #known = new Set<string>()
  readonly #awaited = new Map<string, () => void>()

  read(text: string, at: number): void {
    for (const [, timed, n, said, name, of] of text.matchAll(new RegExp(MARK, 'g'))) {
      const mark = `${timed ?? name}-${n ?? of}`
      if (this.#known.has(mark)) continue
      this.#known.add(mark)
      this.all.push({ mark, said: said === undefined ? null : Number(said), at })
      this.#awaited.get(mark)?.()
    }
  }

  /** Resolves once it was seen. */
  of(mark: string): Promise<void> {
    if (this.#known.has(mark)) return Promise.resolve()
    return new Promise((resolve) => this.#awaited.set(mark, resolve))
  }
}

/** In a page: tells of marks that it has not told yet, when the frame that holds them is about to be painted. */
const OBSERVE = `{
  const known = new Set()
  let fresh = []
  const look = (text) => {
    for (const [mark] of (text ?? '').matchAll(/${MARK}/g))
      if (!known.has(mark)) known.add(mark) && fresh.push(mark)
  }
  const tell = () => {
    if (fresh.length === 0) return
    const all = fresh.join(' ')
    fresh = []
    requestAnimationFrame(() => benchSaw(all, Date.now()))
  }
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes)
      if (type === 'characterData') look(target.textContent)
      else addedNodes.forEach((node) => look(node.textContent))
    tell()
  }).observe(document, { subtree: true, childList: true, characterData: true })
  look(document.body?.textContent)
  tell()
}`

/** In a page: the tasks that kept it from answering a key or a finger at once. */
const COUNT = `
  window.benchLong = { count: 0, totalMs: 0, maxMs: 0 }
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      benchLong.count++
      benchLong.totalMs += duration
      benchLong.maxMs = Math.max(benchLong.maxMs, duration)
    }
  }).observe({ type: 'longtask' })`

/** Tasks of more than 50 ms. */
export interface LongTasks {
  count: number
  totalMs: number
  maxMs: number
}

/** Those of a page since it was loaded, or since the last call. */
export async function longTasks(page: Page): Promise<LongTasks> {
  const counted = (await page.evaluate('benchLong')) as LongTasks
  await page.evaluate('Object.assign(benchLong, { count: 0, totalMs: 0, maxMs: 0 })')
  return counted
}

/** What a page shows from now on, also after it was loaded anew. */
export async function watchPage(page: Page): Promise<Sightings> {
  const seen = new Sightings()
  await page.exposeFunction('benchSaw', (text: string, at: number) => seen.read(text, at))
  // By the debugger: a script in the page would be against its policy.
  for (const script of [COUNT, OBSERVE]) {
    await page.addInitScript(script)
    await page.evaluate(script)
  }
  return seen
}

export interface Shown {
  seen: Sightings
  pid: number
  /** Lines as they stand on it now. */
  text: () => string
  type: (keys: string) => void
  close: () => void
}

/** What `worktrain ARGS` shows in a terminal; a mark counts once an emulator has drawn it. */
export function watchTerminal(
  world: World,
  args: readonly string[],
  size: { cols: number; rows: number },
  told: () => void = () => {},
): Shown {
  const seen = new Sightings()
  const screen = new headless.Terminal({ ...size, allowProposedApi: true, scrollback: 0 })
  const options = { ...size, cwd: world.repo, env: world.env, name: 'xterm-256color' }
  const program = spawn(process.execPath, [BIN, ...args], options)
  const text = (): string => {
    const { active } = screen.buffer
    const rows = Array.from({ length: size.rows }, (_, i) => active.getLine(active.viewportY + i))
    return rows.map((row) => row?.translateToString(true) ?? '').join('\n')
  }
  program.onData((data) =>
    screen.write(data, () => {
      seen.read(text(), Date.now())
      told()
    }),
  )
  return {
    ...{ seen, text, pid: program.pid },
    type: (keys) => program.write(keys),
    close: () => program.kill('SIGKILL'),
  }
}
