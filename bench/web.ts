/** How much does a browser load before the web board is there, and how long does that take? */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { chromiumPath, launchBrowser, sitDown } from '../test/e2e/browser.ts'
import type { World } from '../test/fixtures/world.ts'
import { milliseconds, summary, table } from './measure.ts'
import type { Summary, Wanted } from './measure.ts'
import { inPlace } from './place.ts'

export interface WebSize {
  file: string
  /** Whether the first page needs it. */
  first: boolean
  /** Bytes, as served: loopback needs no compression. */
  bytes: number
  /** What it would be over a network, bytes. */
  gzip: number
  brotli: number
}

export interface WebStart {
  /** Of the processor: 4 is a phone. */
  slower: number
  cold: boolean
  /** From the request to rows on the board, ms. */
  drawn: Summary
  /** Until the page has nothing more to do, ms. */
  interactive: Summary
  /** Longest task on the way there, ms. */
  longest: Summary
}

export interface WebResult {
  sizes: WebSize[]
  sessions: number
  starts: WebStart[]
  skipped: string[]
}

const BUILT = join(import.meta.dirname, '../dist/web')
/** A phone's processor, as browsers' own tools have it. */
const SLOWER = [1, 4]

export async function measureWeb(wanted: Wanted = {}): Promise<WebResult> {
  const { sessions: [sessions = 8] = [], quick = false, say = () => {} } = wanted
  const { repeat = quick ? 1 : 7 } = wanted
  const sizes = sizesOf()
  if (chromiumPath === null) return { sizes, sessions, starts: [], skipped: ['Chromium: not installed'] }
  const browser = await launchBrowser()
  try {
    const starts = await inPlace(50, {}, async (world) => {
      await begin(world, sessions)
      const measured: WebStart[] = []
      for (const slower of SLOWER) {
        say(`web: ${repeat} rounds, processor ${slower} x slower`)
        measured.push(...(await startsOf(world, browser, slower, repeat)))
      }
      return measured
    })
    return { sizes, sessions, starts, skipped: [] }
  } finally {
    await browser.close()
  }
}

/** The page of the last build, what it names, and what is loaded when it is needed. */
function sizesOf(): WebSize[] {
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path = '']) => path)
  const others = readdirSync(join(BUILT, 'assets')).map((name) => `assets/${name}`)
  const later = others.filter((path) => !named.includes(path))
  return ['index.html', ...named, ...later].map((file) => {
    const bytes = readFileSync(join(BUILT, file))
    return {
      ...{ file, first: !later.includes(file), bytes: bytes.length },
      ...{ gzip: gzipSync(bytes).length, brotli: brotliCompressSync(bytes).length },
    }
  })
}

async function begin(world: World, n: number): Promise<void> {
  await world.json(['ls'])
  const sessions = Array.from({ length: n }, (_, i) => ({
    ...{ name: `calm-${i}`, goal: 'Be there', agent: 'command', command: ['/bin/cat'] },
  }))
  await world.client.call('run', { repo: world.repo, sessions, limits: { active: n } })
  for (const { name } of sessions)
    await world.until(name, ({ process }) => process.state === 'running', 'runs')
}

/** In a page: when the first row was there, when it then had nothing to do, and how long a task took at most. */
const CLOCK = `
  window.benchStart = new Promise((done) => {
    let longest = 0
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration)
    }).observe({ type: 'longtask', buffered: true })
    const observer = new MutationObserver(() => {
      if (!document.querySelector('.row .name')) return
      observer.disconnect()
      requestAnimationFrame(() => {
        const drawn = performance.now()
        requestIdleCallback(() => done({ drawn, interactive: performance.now(), longest }))
      })
    })
    observer.observe(document, { subtree: true, childList: true })
  })`

type Start = Record<'drawn' | 'interactive' | 'longest', number>

async function startsOf(world: World, browser: Browser, slower: number, repeat: number): Promise<WebStart[]> {
  const cold: Start[] = []
  const warm: Start[] = []
  // Round 0 warms the machine.
  for (let round = 0; round <= repeat; round++) {
    const { page, context } = await sitDown(world, browser)
    const debug = await context.newCDPSession(page)
    await debug.send('Emulation.setCPUThrottlingRate', { rate: slower })
    await page.addInitScript(CLOCK)
    await debug.send('Network.clearBrowserCache')
    const times = [await loaded(page), await loaded(page)]
    if (round > 0) for (const [i, kept] of [cold, warm].entries()) kept.push(times[i] as Start)
    await context.close()
  }
  const of = (all: Start[], name: keyof Start): Summary =>
    summary(all.map((each) => each[name])) ?? { median: 0, min: 0, max: 0 }
  return [cold, warm].map((all, i) => ({
    ...{ slower, cold: i === 0, drawn: of(all, 'drawn') },
    ...{ interactive: of(all, 'interactive'), longest: of(all, 'longest') },
  }))
}

async function loaded(page: Page): Promise<Start> {
  await page.reload({ waitUntil: 'commit' })
  return (await page.evaluate('window.benchStart')) as Start
}

export function renderWeb({ sizes, sessions, starts, skipped }: WebResult): string {
  const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`
  const sum = (name: 'bytes' | 'gzip' | 'brotli'): string =>
    kb(sizes.reduce((all, each) => all + (each.first ? each[name] : 0), 0))
  return [
    'What a browser loads for the web board',
    '',
    table([
      ['file', 'served', 'gzip', 'brotli'],
      ...sizes.map(({ file, first, bytes, gzip, brotli }) => [
        first ? file : `${file} (later)`,
        ...[bytes, gzip, brotli].map(kb),
      ]),
      ['before the first page', sum('bytes'), sum('gzip'), sum('brotli')],
    ]),
    '',
    `How long it takes with ${sessions} sessions, median`,
    '',
    table([
      ['', 'drawn', 'interactive', 'slowest', 'longest task'],
      ...starts.map(({ slower, cold, drawn, interactive, longest }) => [
        `${slower === 1 ? 'this processor' : `${slower} x slower`}, ${cold ? 'nothing cached' : 'again'}`,
        ...[drawn.median, interactive.median, interactive.max, longest.median].map(milliseconds),
      ]),
    ]),
    ...skipped.map((what) => `skipped: ${what}`),
  ].join('\n')
}
