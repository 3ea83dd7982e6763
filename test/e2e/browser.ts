/** A real Chromium on the web board, as a person uses it. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page, Request } from 'playwright-core'
import { findProgram } from '../../src/platform/find.ts'
import type { World } from '../fixtures/world.ts'

/** Where pictures of the pages are kept. */
const SHOTS = join(import.meta.dirname, '../../.cache/screenshots')
/** Those of them that the guide shows: made anew with `WORKTRAIN_PICTURES=1`. */
const IN_THE_GUIDE = join(import.meta.dirname, '../../docs/guide/pictures')
/** Longest wait for something on the page, ms. A bound for a hanging test, not a measure. */
const PATIENCE_MS = 30_000

/** What counts as good: the most that may move within one window (web.dev/articles/cls). */
const SHIFT_MOST = 0.1
/** A window lasts so long at most, and ends when nothing has moved for so long, ms. */
const WINDOW = { most: 5000, calm: 1000 }
/** Adds up what moved on the page without the person having done anything just before. */
const WATCH_SHIFTS = `
window.shifts = []
new PerformanceObserver((list) => {
  for (const { startTime: at, value, hadRecentInput, sources } of list.getEntries())
    if (!hadRecentInput)
      window.shifts.push({ at, value, of: sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? node?.textContent) })
}).observe({ type: 'layout-shift', buffered: true })`

/** What was pressed where, and when the window took another size: for `told`. */
const WATCH_PRESSES = `
window.presses = []
for (const what of ['pointerdown', 'pointerup', 'pointercancel', 'dragstart', 'click', 'resize'])
  addEventListener(what, ({ clientX, clientY, target }) => presses.push(
    [Math.round(performance.now()), what, clientX, clientY, target.outerHTML?.slice(0, 80), innerWidth, innerHeight].join(' '),
  ), { capture: true })`

const DESKTOP = { width: 1440, height: 900 }
export const PHONE = { width: 390, height: 844 }

const path = process.env.PATH ?? ''
export const chromiumPath = findProgram('chromium', path) ?? findProgram('chromium-browser', path)
export const chromiumTitle = chromiumPath ? 'Chromium' : 'Chromium (skipped: not installed)'

export interface Seat {
  page: Page
  context: BrowserContext
  /** Everything the page asked for. */
  requests: string[]
  /** Those that were answered. */
  answered: Request[]
  /** Errors that the page told its console. */
  complaints: string[]
  /** What stands on the page, and what it complained of: for whoever has to find out why a story failed. */
  told: () => Promise<string>
  /** Keeps a picture of the page as it is. */
  shot: (name: string) => Promise<void>
  /** Keeps it in every form: also in the dark, and on a phone, on which nothing may be wider than the screen. */
  shots: (name: string) => Promise<void>
  /** Nothing on the page keeps somebody from using it, by axe's rules. */
  accessible: () => Promise<void>
  /** Nothing on the page jumped by itself since it was loaded. */
  steady: () => Promise<void>
}

export async function launchBrowser(): Promise<Browser> {
  mkdirSync(SHOTS, { recursive: true })
  return chromium.launch({
    executablePath: chromiumPath ?? '',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
}

/**
 * Opens the board by the address that `worktrain web` prints, in a browser of its own.
 * @param command another command that prints one
 */
export async function sitDown(
  world: World,
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
  command = ['web'],
): Promise<Seat> {
  const { url } = await world.json<{ url: string }>(command)
  const context = await browser.newContext({ viewport: DESKTOP, ...options })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  await page.addInitScript(WATCH_SHIFTS)
  await page.addInitScript(WATCH_PRESSES)
  const requests: string[] = []
  const answered: Request[] = []
  const complaints: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('requestfinished', (request) => answered.push(request))
  page.on('console', (message) => {
    // An answer that says no is none of the page's defects.
    const refused = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !refused) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(url)
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  const shot = async (name: string): Promise<void> => {
    const file = `${name}.png`
    await page.screenshot({ path: join(SHOTS, file) })
    if (process.env.WORKTRAIN_PICTURES === '1' && existsSync(join(IN_THE_GUIDE, file)))
      copyFileSync(join(SHOTS, file), join(IN_THE_GUIDE, file))
  }
  return {
    page,
    context,
    requests,
    answered,
    complaints,
    told: async () => {
      const presses = (await page.evaluate('window.presses')) as string[]
      return [page.url(), await page.locator('body').innerText(), ...presses, ...complaints].join('\n')
    },
    shot,
    async shots(name) {
      const before = page.viewportSize() ?? DESKTOP
      await page.emulateMedia({ colorScheme: 'light' })
      await shot(name)
      await page.emulateMedia({ colorScheme: 'dark' })
      await shot(`${name}-dark`)
      await page.setViewportSize(PHONE)
      await shot(`phone-${name}-dark`)
      await page.emulateMedia({ colorScheme: 'light' })
      await shot(`phone-${name}`)
      const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
      await page.setViewportSize(before)
      if (wide) throw new Error(`on a phone the page "${name}" is wider than the screen`)
    },
    async accessible() {
      // By the debugger: a script in the page would be against its policy.
      await page.evaluate(axe.source)
      const found = (await page.evaluate(
        `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })`,
      )) as {
        violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
      }
      const serious = found.violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
      const said = serious.map(({ id, nodes }) =>
        [id, ...nodes.map((node) => `${node.html} ${node.failureSummary}`)].join('\n'),
      )
      if (said.length > 0) throw new Error(`the page keeps somebody from using it: ${said.join('\n\n')}`)
    },
    async steady() {
      const shifts = (await page.evaluate('window.shifts')) as Shift[]
      const moved = windowsOf(shifts).find((some) => sum(some) > SHIFT_MOST)
      if (moved) throw new Error(`the page jumps: ${JSON.stringify(moved, null, 1)}`)
    },
  }
}

interface Shift {
  /** Since the page was loaded, ms. */
  at: number
  /** Share of what is seen, times share of the height it moved by. */
  value: number
  of: (string | null)[]
}

const sum = (shifts: readonly Shift[]): number => shifts.reduce((total, { value }) => total + value, 0)

function windowsOf(shifts: readonly Shift[]): Shift[][] {
  const windows: Shift[][] = []
  for (const shift of shifts) {
    const [first, last] = [windows.at(-1)?.[0], windows.at(-1)?.at(-1)]
    if (first && last && shift.at - first.at < WINDOW.most && shift.at - last.at < WINDOW.calm)
      windows.at(-1)?.push(shift)
    else windows.push([shift])
  }
  return windows
}
