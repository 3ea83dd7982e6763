/** The review in the browser while its session goes on: what is shown is what holds now, and the place in it stays. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted, writeAndCommit } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { chromiumPath, launchBrowser, sitDown } from './browser.ts'

/** Goes on once there is a file that git ignores. */
const WAIT = { command: 'until test -e .env; do sleep 0.1; done', description: 'Wait' }

describe.skipIf(!claude || !chromiumPath)(claudeTitle, () => {
  let browser: Browser
  let server: ModelServer
  let world: World
  beforeEach(async () => {
    browser = await launchBrowser()
    server = await startModelServer()
    world = await createWorld({ env: claudeEnv(server.url) })
  })
  afterEach(async () => {
    await browser?.close()
    await world?.close()
    await server?.close()
  })

  test('a refusal goes with what it was about, a turn that changed nothing comes, and the focus stays', async () => {
    const goal = scripted('Add a greeting', [
      ...writeAndCommit('greeting.txt', 'top\nhello\n'),
      handoff(['greeting.txt']),
    ])
    const run = ['run', goal, '--name', 'greet', '--check', 'sh check.sh']
    await world.json([...run, '--permission-mode', 'bypassPermissions'])
    const first = await world.until('greet', (s) => s.stage === 'handed-off', 'hands off')
    const { page, complaints } = await sitDown(world, browser)
    // What a filter finds is gone through, and opened, by the keys of the board.
    await page.getByRole('link', { name: 'greet', exact: true }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('greet')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'greet', level: 1 }).waitFor()
    await page.getByRole('tab', { name: 'Review' }).click()
    await page.locator('tr.added', { hasText: 'hello' }).waitFor()
    const focused = (): Promise<string> =>
      page.evaluate(
        'document.activeElement.tagName + " " + document.activeElement.textContent.trim().slice(0, 12)',
      )

    await page.keyboard.press('j')
    await page.keyboard.press('j')
    expect(await focused()).toBe('BUTTON 2')
    await page.keyboard.press('|')
    await page.locator('table.split').waitFor()
    expect(await focused()).toBe('BUTTON 2')
    await page.keyboard.press('m')
    await page.getByText('✓ gone through').waitFor()
    expect(await focused()).toBe('SUMMARY greeting.txt')

    const turn = scripted('Only look.', [{ tool: 'Bash', input: WAIT }, { text: 'Looked.' }])
    await world.json(['send', 'greet', turn])
    await world.until('greet', (s) => s.activity.state === 'working', 'works')
    await page.keyboard.press('Y')
    const refusal = page.getByRole('alert').filter({ hasText: 'greet is still working' })
    await refusal.waitFor()
    writeFileSync(join(first.workspace.path, '.env'), '')
    await world.until('greet', (s) => s.activity.state === 'idle', 'is idle')
    await refusal.waitFor({ state: 'detached' })
    await page.getByText('turn 2', { exact: false }).first().waitFor()
    await world.json(['send', 'greet', scripted('And once more.', [{ text: 'Looked again.' }])])
    await page.getByText('turn 3', { exact: false }).first().waitFor()
    expect(complaints).toEqual([])
  })
})
