/** How long does it take from what an agent does to the person's screen, in both boards, idle and under load? */
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import type { Input } from '../../src/protocol/api.ts'
import { launchBrowser, sitDown } from '../../test/e2e/browser.ts'
import { claudeEnv } from '../../test/fixtures/claude.ts'
import type { World } from '../../test/fixtures/world.ts'
import { milliseconds, table } from '../measure.ts'
import type { Wanted } from '../measure.ts'
import { inPlace } from '../place.ts'
import { longTasks, type LongTasks, type Shown, type Sightings, watchPage, watchTerminal } from './marks.ts'

type Brief = Input<'run'>['sessions'][number]

const AGENT = join(import.meta.dirname, 'agent.mjs')
/** Of the product, for the slowest of a hundred, ms. */
const GOAL_MS = 1000
/** What has not come by then never counts as seen, ms. */
const GIVE_UP_MS = 20_000
/** Between looks at what has started, ms. */
const LOOK_MS = 500
/** What is under way at the end of the rounds has this long to come, ms. */
const LATE_MS = 2000
/** Sessions that report tool calls all the time, when there is a load. */
const WORKERS = 4
/** Tall enough that the terminal board shows two lines of each session. */
const TALL = { cols: 120, rows: 220 }

/** What happens, and where it is looked for. */
const WAYS = [
  { what: 'a question of an agent', mark: 'ask', where: ['web board', 'terminal board'] },
  { what: 'a change in the journal', mark: 'ren', where: ['web board', 'terminal board'] },
  { what: 'output of a program', mark: 'out', where: ['web terminal', 'attached terminal'] },
] as const
type Where = (typeof WAYS)[number]['where'][number]

export interface Delays {
  count: number
  /** Never seen. */
  missed: number
  p50: number
  p99: number
  max: number
}

export interface LatencyResult {
  sessions: number
  rows: { what: string; where: Where; idle: Delays; loaded: Delays }[]
  /** While loaded: tasks that kept a page from answering. */
  busy: { page: string; seconds: number; tasks: LongTasks }[]
}

export async function measureLatency(wanted: Wanted): Promise<LatencyResult> {
  const { sessions: [sessions = 64] = [], quick = false, say = () => {} } = wanted
  const { repeat = quick ? 10 : 100 } = wanted
  const env = { ...claudeEnv('http://127.0.0.1:9'), WORKTRAIN_CLAUDE: AGENT }
  const browser = await launchBrowser()
  try {
    return await inPlace(50, env, async (world) => {
      await world.json(['ls'])
      const seats = await takeSeats(world, browser)
      try {
        say(`seat-latency: ${repeat} rounds with 3 sessions`)
        const idle = await rounds(world, seats, 0, repeat)
        say(`seat-latency: starting ${sessions} sessions, one of which floods`)
        await load(world, seats, sessions)
        say(`seat-latency: ${repeat} rounds with ${sessions} sessions`)
        const began = performance.now()
        for (const { page } of seats.pages) await longTasks(page)
        const loaded = await rounds(world, seats, repeat, repeat)
        const seconds = (performance.now() - began) / 1000
        const busy = await Promise.all(
          seats.pages.map(async ({ title, page }) => ({
            page: title,
            seconds,
            tasks: await longTasks(page),
          })),
        )
        const rows = WAYS.flatMap(({ what, mark, where }) =>
          where.map((each) => ({
            ...{ what, where: each },
            idle: delays(idle, mark, seats.sights[each]),
            loaded: delays(loaded, mark, seats.sights[each]),
          })),
        )
        return { sessions, rows, busy }
      } finally {
        for (const terminal of seats.terminals) terminal.close()
      }
    })
  } finally {
    await browser.close()
  }
}

interface Seats {
  sights: Record<Where, Sightings>
  terminals: Shown[]
  pages: { title: string; page: Page }[]
  /** Shows these sessions side by side in the browser. */
  watch: (names: string[]) => Promise<void>
}

/** Everywhere a person may sit: the board and a terminal in the browser, the board and an attached terminal in terminals. */
async function takeSeats(world: World, browser: Browser): Promise<Seats> {
  const briefs = [
    program('ticker', 'n=0; while sleep 0.3; do n=$((n+1)); echo "out-$n-$(date +%s%3N)"; done'),
    program('ren-0', 'exec cat'),
  ]
  await start(world, briefs, 3)
  const { page } = await sitDown(world, browser)
  // In a window of its own: what lies behind another page is drawn once a second.
  const { page: side } = await sitDown(world, browser)
  const watch = async (names: string[]): Promise<void> => {
    const all = await world.client.call('sessions', { repo: world.repo, all: false })
    const ids = names.map((name) => ['s', all.find((each) => each.name === name)?.id ?? ''])
    await side.goto(new URL(`/terminals?${new URLSearchParams(ids)}`, page.url()).href)
    await side.locator('.xterm-rows').first().waitFor()
  }
  await watch(['ticker'])
  const board = watchTerminal(world, [], TALL)
  const attached = watchTerminal(world, ['attach', 'ticker'], { cols: 100, rows: 30 })
  const sights = {
    'web board': await watchPage(page),
    'web terminal': await watchPage(side),
    'terminal board': board.seen,
    'attached terminal': attached.seen,
  }
  await board.seen.of('ren-0')
  const pages = [
    { title: 'the board', page },
    { title: 'four terminals, one floods', page: side },
  ]
  return { sights, terminals: [board, attached], pages, watch }
}

function agent(name: string, what: object): Brief {
  return { name, goal: JSON.stringify(what), agent: 'claude', permissionMode: 'manual' }
}

function program(name: string, script: string): Brief {
  return { name, goal: `Be ${name}`, agent: 'command', command: ['/bin/sh', '-c', script] }
}

/** @param active how many may run at once, with them */
async function start(world: World, sessions: Brief[], active: number): Promise<void> {
  if (sessions.length === 0) return
  await world.client.call('run', { repo: world.repo, sessions, limits: { active } })
  // Not after each event: under load there are more of them than looks.
  for (;;) {
    const all = await world.client.call('sessions', { repo: world.repo, all: false })
    const running = new Set(all.flatMap(({ name, process }) => (process.state === 'running' ? [name] : [])))
    if (sessions.every(({ name = '' }) => running.has(name))) return
    await pass(LOOK_MS)
  }
}

/** As many sessions as a person has on a busy day and more: some work, one floods its terminal, the others are there. */
async function load(world: World, seats: Seats, sessions: number): Promise<void> {
  const busy = Array.from({ length: WORKERS }, (_, i) => agent(`worker-${i}`, { work: 250 }))
  const calm = Array.from({ length: Math.max(0, sessions - WORKERS - 4) }, (_, i) =>
    program(`calm-${i}`, 'exec cat'),
  )
  await start(world, calm, sessions)
  await start(world, busy, sessions)
  await start(world, [program('flood', 'while :; do seq 1 100000; done')], sessions)
  await seats.watch(['flood', 'ticker', 'worker-0', 'calm-0'])
}

interface Rounds {
  /** When a mark was said, where it does not tell itself. */
  said: Map<string, number>
  /** Marks of these rounds. */
  marks: Record<(typeof WAYS)[number]['mark'], string[]>
}

/** One question and one change of the journal a round; the ticker ticks meanwhile. */
async function rounds(world: World, { sights }: Seats, from: number, repeat: number): Promise<Rounds> {
  const boards = [sights['web board'], sights['terminal board']]
  const said = new Map<string, number>()
  const seenBy = (mark: string): Promise<unknown> =>
    Promise.race([Promise.all(boards.map((board) => board.of(mark))), pass(GIVE_UP_MS, null, { ref: false })])
  const asker = `asker-${from}`
  const brief = agent(asker, { ask: repeat, from, pauseMs: 100 })
  const { client } = world
  await client.call('run', { repo: world.repo, sessions: [brief], limits: { active: 1000 } })
  const all = await client.call('sessions', { repo: world.repo, all: false })
  const renamed = all.find(({ name }) => name.startsWith('ren-'))?.id ?? ''
  const session = all.find(({ name }) => name === asker)?.id ?? ''
  const began = Date.now()
  const marks = { ask: [] as string[], ren: [] as string[], out: [] as string[] }
  for await (const event of client.events({ session })) {
    if (event.type !== 'question.opened') continue
    const { id: question, summary } = event.data.question
    const [, n = ''] = /ask-(\d+)/.exec(summary) ?? []
    marks.ask.push(`ask-${n}`)
    await seenBy(`ask-${n}`)
    await client.call('answer', { repo: null, name: session, question, answer: { kind: 'allow' } })
    const name = `ren-${Number(n) + 1}`
    marks.ren.push(name)
    said.set(name, Date.now())
    await client.call('rename', { repo: null, name: renamed, to: name })
    await seenBy(name)
    if (marks.ask.length === repeat) break
  }
  const ended = Date.now()
  // The last ticks may still be on their way.
  await pass(LATE_MS)
  const terminals = [sights['web terminal'], sights['attached terminal']]
  const ticks = terminals.flatMap(({ all: seen }) =>
    seen.filter(({ said: at }) => at !== null && at > began && at < ended).map(({ mark }) => mark),
  )
  marks.out = [...new Set(ticks)].filter((mark) => mark.startsWith('out-'))
  return { said, marks }
}

function delays({ said, marks }: Rounds, kind: keyof Rounds['marks'], sight: Sightings): Delays {
  const wanted = new Set(marks[kind])
  const found = sight.all.filter(({ mark }) => wanted.has(mark))
  const values = found
    .map(({ mark, said: told, at }) => at - (told ?? said.get(mark) ?? Number.NaN))
    .toSorted((a, b) => a - b)
  const of = (share: number): number =>
    values[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN
  return {
    count: values.length,
    missed: wanted.size - values.length,
    ...{ p50: of(0.5), p99: of(0.99), max: of(1) },
  }
}

export function renderLatency({ sessions, rows, busy }: LatencyResult): string {
  const cells = ({ p50, p99, count, missed }: Delays): string[] => [
    String(Math.round(p50)),
    String(Math.round(p99)),
    missed === 0 ? String(count) : `${count}-${missed}`,
  ]
  return [
    `From what happens to the screen, ms; goal: p99 under ${GOAL_MS} under load`,
    `(loaded: ${sessions} sessions, ${WORKERS} of them at work, one floods a terminal in sight)`,
    '',
    table([
      ['', 'p50', 'p99', 'n', 'loaded p50', 'p99', 'n', 'of goal'],
      ...rows.flatMap(({ what, where, idle, loaded }, i) => [
        ...(rows[i - 1]?.what === what ? [] : [[what]]),
        [`  ${where}`, ...cells(idle), ...cells(loaded), `${Math.round((loaded.p99 / GOAL_MS) * 100)} %`],
      ]),
    ]),
    '',
    'Tasks of more than 50 ms in a page meanwhile',
    '',
    table([
      ['', 'tasks a minute', 'longest', 'of the time'],
      ...busy.map(({ page, seconds, tasks: { count, totalMs, maxMs } }) => [
        page,
        String(Math.round((count / seconds) * 60)),
        milliseconds(maxMs),
        `${Math.round(totalMs / seconds / 10)} %`,
      ]),
    ]),
  ].join('\n')
}
