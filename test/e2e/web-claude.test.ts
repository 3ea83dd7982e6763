/** The web board with real Claude Code sessions on the scripted model: asked, answered, landed, all in the browser. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted, writeAndCommit } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { chromiumPath, launchBrowser, sitDown } from './browser.ts'

const OPTIONS = ['Red', 'Blue'].map((label) => ({ label, description: `${label} it is` }))
const QUESTION = { question: 'Which colour?', header: 'Colour', multiSelect: false, options: OPTIONS }

describe.skipIf(!claude || !chromiumPath)(claudeTitle, () => {
  let browser: Browser
  let server: ModelServer
  let world: World
  beforeAll(async () => {
    browser = await launchBrowser()
    server = await startModelServer()
    world = await createWorld({
      env: claudeEnv(server.url),
      files: { '.worktrain.toml': 'checks = ["sh check.sh"]\n' },
    })
    await world.cli(['trust', '--yes'])
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
    await server?.close()
  })

  test('a permission, a question and a plan are settled by keys on the board, and the work lands', async () => {
    const { page, shot, accessible, complaints } = await sitDown(world, browser)
    const start = async (name: string, goal: string, mode: string) => {
      await world.json(['run', goal, '--name', name, '--permission-mode', mode])
      await world.until(name, (s) => s.question !== null, 'asks')
    }
    const touch = { tool: 'Bash', input: { command: 'touch seen; npm --version', description: 'Look' } }
    await start(
      'permit',
      scripted('Ask before it', [touch, ...writeAndCommit('colour.txt', 'Blue\n'), handoff(['colour.txt'])]),
      'manual',
    )
    await start(
      'ask',
      scripted('Ask which', [
        { tool: 'AskUserQuestion', input: { questions: [QUESTION] } },
        { text: '${RESULT}' },
      ]),
      'manual',
    )
    await start(
      'plan',
      scripted('Plan it', [
        { tool: 'ExitPlanMode', input: { plan: '# The plan\n\n1. Look\n2. Leap' } },
        { text: '${RESULT}' },
      ]),
      'plan',
    )

    await page.getByRole('button', { name: /^3 need you/ }).waitFor()
    await page.getByText('touch seen; npm --version', { exact: true }).waitFor()
    await shot('board')
    await accessible()
    await page.emulateMedia({ colorScheme: 'dark' })
    await shot('board-dark')
    await accessible()

    // The first row is the one that has waited longest: one key settles it.
    await page.keyboard.press('a')
    await world.until(
      'permit',
      (s) => s.question?.tool !== 'Bash' || s.question.summary !== 'touch seen; npm --version',
      'goes on',
    )
    for (const name of ['ask', 'plan']) {
      await page.keyboard.press('b')
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('region', { name: `${name} asks` }).waitFor()
      if (name === 'plan') await shot('session-plan')
      await page.keyboard.press(name === 'ask' ? '2' : 'a')
      await world.until(name, (s) => s.question === null && s.activity.state === 'idle', 'goes on')
    }
    expect((await world.client.call('session', { repo: null, name: 'ask' })).lastMessage).toContain(
      '"Which colour?"="Blue"',
    )

    await page.getByRole('link', { name: 'Board', exact: true }).click()
    await page.getByRole('link', { name: 'permit', exact: true }).click()
    await page.locator('.xterm-rows').waitFor()
    // Whatever else it asks is allowed here, until it has handed off.
    const before = world.git(['rev-parse', 'main'])
    for (;;) {
      const s = await world.until(
        'permit',
        (one) => one.question !== null || one.stage === 'handed-off',
        'asks or hands off',
      )
      if (s.stage === 'handed-off') break
      await page.locator(`[data-question="${s.question!.id}"]`).waitFor()
      await page.keyboard.press('a')
      await world.until('permit', (one) => one.question?.id !== s.question!.id, 'goes on')
    }
    await shot('session')
    await accessible()
    await page.getByRole('button', { name: /^Land/ }).last().click()
    await world.until('permit', (s) => s.stage === 'landed', 'lands')
    expect(world.git(['rev-parse', 'main'])).not.toBe(before)
    expect(world.git(['show', 'main:colour.txt'])).toBe('Blue')
    await page.getByRole('link', { name: 'Board', exact: true }).click()
    await page.getByRole('heading', { name: /^Landed/ }).waitFor()
    await shot('board-after')
    expect(complaints).toEqual([])
  })
})
