/** How many keys does it take from "something waits" to "it goes on", in each seat and for each kind of wait? */
import { setTimeout as pass } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { AttentionAction, AttentionItem, AttentionKind } from '../../src/protocol/api.ts'
import { cleanUp } from '../../src/rehearsal/conduct.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { launchBrowser, sitDown } from '../../test/e2e/browser.ts'
import { claude, claudeEnv } from '../../test/fixtures/claude.ts'
import type { World } from '../../test/fixtures/world.ts'
import { table } from '../measure.ts'
import type { Wanted } from '../measure.ts'
import { inPlace } from '../place.ts'
import { type Shown, watchTerminal } from './marks.ts'
import { FILES, type Wait, WAITS } from './waits.ts'

/** Of the product. */
const GOAL = 2
/** What is not settled by then is not settled by those keys, ms. */
const GIVE_UP_MS = 20_000
const SIZE = { cols: 120, rows: 50 }

const SEATS = ['web board', 'terminal board', 'worktrain next'] as const
type SeatName = (typeof SEATS)[number]

export interface KeysRow {
  title: string
  kind: AttentionKind
  /** What was pressed, from the board or the start of `next`; a sentence: why that did not settle it. */
  pressed: Record<SeatName, string[] | string>
}

export interface KeysResult {
  rows: KeysRow[]
  skipped: string[]
}

/** @returns what was pressed once the item was on the screen, or why it is not settled */
type Seat = (item: AttentionItem, wait: Wait) => Promise<string[]>

export async function measureKeys(wanted: Wanted): Promise<KeysResult> {
  const { quick = false, say = () => {} } = wanted
  const waits = WAITS.filter((wait) => claude !== null || !wait.claude)
  const server = await startModelServer()
  const browser = await launchBrowser()
  try {
    const env = { ...claudeEnv(server.url), CLAUDE_CODE_MAX_RETRIES: '0' }
    const body = async (world: World): Promise<KeysResult> => {
      await world.cli(['trust', '--yes'])
      const { page } = await sitDown(world, browser)
      const seats: Record<SeatName, Seat> = {
        'web board': web(page),
        'terminal board': terminal(world, [], 'n'),
        'worktrain next': terminal(world, ['next', '--stay'], null),
      }
      const rows: KeysRow[] = []
      for (const wait of quick ? waits.filter(({ kind }) => kind === 'interrupted') : waits) {
        const pressed = {} as KeysRow['pressed']
        for (const [i, name] of SEATS.entries())
          pressed[name] = await settled(world, server, wait, `${wait.title.split(' ')[0]}-${i}`, seats[name])
        rows.push({ title: wait.title, kind: wait.kind, pressed })
        say(`seat-keys: ${wait.title}: ${SEATS.map((name) => cellOf(pressed[name])).join(', ')}`)
      }
      return { rows, skipped: claude === null ? ['what the real agent asks: Claude Code was not found'] : [] }
    }
    return await inPlace(5, env, body, FILES)
  } finally {
    await browser.close()
    await server.close()
  }
}

async function settled(
  world: World,
  server: ModelServer,
  wait: Wait,
  name: string,
  seat: Seat,
): Promise<string[] | string> {
  await wait.arrange(world, name, server)
  try {
    const item = await until(world, (items) => items.find(({ kind }) => kind === wait.kind), 'never waited')
    const pressed = await seat(item, wait)
    await until(world, (items) => (items.some(({ id }) => id === item.id) ? undefined : true), 'not settled')
    return pressed
  } catch (error) {
    return (error as Error).message.split('\n')[0] ?? ''
  } finally {
    await cleanUp(world.client, world.repo)
  }
}

/** Looks at the list of what waits after each event until `find` finds something in it. */
async function until<T>(
  world: World,
  find: (items: AttentionItem[]) => T | undefined,
  otherwise: string,
): Promise<T> {
  const late = AbortSignal.timeout(GIVE_UP_MS)
  for await (const _event of world.client.events({ signal: late })) {
    const { items } = await world.client.call('attention', { repo: null })
    const found = find(items)
    if (found !== undefined) return found
  }
  throw new Error(otherwise)
}

/** The key by which a seat settles it: that of an action of the item, but none that begins another session. */
function keyOf({ actions }: AttentionItem, { by }: Wait): { key: string; action: AttentionAction } {
  const action = actions.find(
    ({ does, needs }) =>
      'call' in does && by.includes(does.call) && !('resolveWith' in does.input) && needs?.what !== 'text',
  )
  if (action === undefined) throw new Error('no action settles it without words')
  return { key: action.needs?.what === 'choices' ? '2' : action.key, action }
}

function web(page: Page): Seat {
  return async (item, wait) => {
    await page.keyboard.press('b')
    await page
      .getByRole('button', { name: /need|ready/ })
      .and(page.locator(':enabled'))
      .waitFor()
    const key = wait.web ?? keyOf(item, wait).key
    await page.keyboard.press('n')
    await page
      .locator('main:not(.page-board) kbd', { hasText: new RegExp(`^${key}$`) })
      .first()
      .waitFor()
    await page.keyboard.press(key)
    return ['n', key]
  }
}

/** @param open the key that leads to what needs the person most; null: it stands there at once */
function terminal(world: World, args: string[], open: string | null): Seat {
  return async (item, wait) => {
    const { key, action } = keyOf(item, wait)
    const shown = watchTerminal(world, args, SIZE)
    try {
      if (open !== null) {
        await shows(shown, item.session?.name ?? 'train')
        shown.type(open)
      }
      await shows(shown, action.needs?.what === 'choices' ? '1. Red' : `${action.key} ${action.label}`)
      shown.type(key)
      // It must be carried out before the terminal is taken away.
      await until(
        world,
        (items) => (items.some(({ id }) => id === item.id) ? undefined : true),
        'not settled',
      )
      return open === null ? [key] : [open, key]
    } finally {
      shown.close()
    }
  }
}

async function shows(shown: Shown, text: string): Promise<void> {
  for (const deadline = Date.now() + GIVE_UP_MS; Date.now() < deadline; await pass(20))
    if (shown.text().includes(text)) return
  throw new Error(`never showed "${text}"`)
}

function cellOf(pressed: string[] | string): string {
  return typeof pressed === 'string' ? pressed : `${pressed.length}: ${pressed.join(' ')}`
}

export function renderKeys({ rows, skipped }: KeysResult): string {
  const over = rows.flatMap(({ title, pressed }) =>
    SEATS.filter((seat) => typeof pressed[seat] === 'string' || pressed[seat].length > GOAL).map(
      (seat) => `${title} in the ${seat}`,
    ),
  )
  return [
    `Keys from the board (or the start of worktrain next) to settle it; goal: ${GOAL}`,
    '',
    table([
      ['', ...SEATS],
      ...rows.map(({ title, pressed }) => [title, ...SEATS.map((seat) => cellOf(pressed[seat]))]),
    ]),
    over.length === 0 ? `at most ${GOAL} for each kind in each seat` : `above the goal: ${over.join(', ')}`,
    ...skipped.map((what) => `skipped: ${what}`),
  ].join('\n')
}
