/** The web board with 64 sessions, each a real program in its own terminal; four of them watched, one of which floods. */
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Input } from '../../src/protocol/api.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { chromiumPath, chromiumTitle, launchBrowser, sitDown } from './browser.ts'

type Brief = Input<'run'>['sessions'][number]

const ALL = 64
const WATCHED = ['flood', 'echo-1', 'echo-2', 'echo-3']

/** Says what it hears. */
const ECHO = 'echo "here is $0"; while read -r line; do echo "$0 heard $line"; done'
/** Does not stop to print once it is told to begin. */
const FLOOD = 'echo "here is $0"; read -r go; while :; do seq 1 100000; done'

function program(name: string, ...command: string[]): Brief {
  return { name, goal: `Be ${name}`, agent: 'command', command }
}

describe.skipIf(!chromiumPath)(chromiumTitle, () => {
  let browser: Browser
  let world: World
  beforeAll(async () => {
    browser = await launchBrowser()
    world = await createWorld()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  test('64 sessions: all on the board, and what is typed into one terminal arrives while another floods', async () => {
    const [flood = '', ...echoes] = WATCHED
    const sessions = [
      program(flood, '/bin/sh', '-c', FLOOD, flood),
      ...echoes.map((name) => program(name, '/bin/sh', '-c', ECHO, name)),
      ...Array.from({ length: ALL - WATCHED.length }, (_, i) => program(`calm-${i}`, '/bin/cat')),
    ]
    await world.json(['ls'])
    const { page, complaints, shots, accessible } = await sitDown(world, browser)
    await world.client.call('run', { repo: world.repo, sessions, limits: { active: ALL } })
    // Preparing so many takes its time.
    await page.getByRole('heading', { name: `Working ${ALL}` }).waitFor({ timeout: 180_000 })
    for (const name of [...WATCHED, 'calm-0'])
      await world.until(name, ({ process }) => process.state === 'running', 'runs')
    expect(await page.locator('.row').count()).toBe(ALL)

    await page.keyboard.press('w')
    const tile = (name: string): Locator => page.getByRole('region', { name, exact: true })
    const screen = (name: string): Locator => tile(name).locator('.xterm-rows')
    for (const name of WATCHED) await screen(name).getByText(`here is ${name}`).waitFor()
    await accessible()

    const type = async (place: number, text: string): Promise<void> => {
      await page.keyboard.press(String(place))
      await page.keyboard.type(`${text}\n`)
      await page.keyboard.press('Control+]')
    }
    await type(1, 'go')
    await screen(flood)
      .getByText(/^\d{4,}/)
      .first()
      .waitFor()
    for (const [i, name] of echoes.entries()) {
      await type(i + 2, `hello ${i}`)
      await screen(name).getByText(`${name} heard hello ${i}`).waitFor()
    }
    // It still does.
    const before = await screen(flood).textContent()
    await expect.poll(() => screen(flood).textContent()).not.toBe(before)
    await shots('terminals')

    // The board follows meanwhile.
    await page.keyboard.press('b')
    await world.json(['stop', 'calm-0'])
    await page.getByRole('heading', { name: `Working ${ALL - 1}` }).waitFor()
    expect(await page.locator('.row').count()).toBe(ALL)
    await shots('board-64')
    expect(complaints).toEqual([])
  })
})
