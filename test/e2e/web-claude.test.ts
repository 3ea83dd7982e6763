/** The web board with real Claude Code sessions on the scripted model: asked, answered, landed, all in the browser. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionView } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted, writeAndCommit } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { chromiumPath, launchBrowser, sitDown } from './browser.ts'

const OPTIONS = ['Red', 'Blue'].map((label) => ({ label, description: `${label} it is` }))
const QUESTION = { question: 'Which colour?', header: 'Colour', multiSelect: false, options: OPTIONS }

const REPLY = [
  'Mended.',
  '',
  '```handoff',
  ...['review:', '  - comment: c1', '    status: done', '    reply: It is green now.'],
  '```',
].join('\n')

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

  test('a permission, a question and a plan are settled by keys, a comment is taken up, and the work lands', async () => {
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

    const onPage = async (name: string): Promise<void> => {
      await page.getByRole('heading', { name, level: 1, exact: true }).waitFor()
      await page.getByRole('region', { name: `${name} asks` }).waitFor()
    }
    // One key to what needs the person most, one to settle it: then the next one is there by itself.
    await page.keyboard.press('n')
    await onPage('permit')
    await page.keyboard.press('a')
    await onPage('ask')
    await page.keyboard.press('2')
    await onPage('plan')
    await shot('session-plan')
    await page.keyboard.press('a')
    for (const name of ['ask', 'plan'])
      await world.until(name, (s) => s.question === null && s.activity.state === 'idle', 'goes on')
    expect((await world.client.call('session', { repo: null, name: 'ask' })).lastMessage).toContain(
      '"Which colour?"="Blue"',
    )

    await page.getByRole('link', { name: 'Board', exact: true }).click()
    await page.getByRole('link', { name: 'permit', exact: true }).click()
    await page.locator('.xterm-rows').waitFor()
    // Whatever else it asks is allowed here, until it has handed off.
    const before = world.git(['rev-parse', 'main'])
    const allowUntil = async (there: (s: SessionView) => boolean): Promise<void> => {
      for (;;) {
        const s = await world.until(
          'permit',
          (one) => one.question !== null || there(one),
          'asks or is there',
        )
        if (s.question === null) return
        await page.locator(`[data-question="${s.question.id}"]`).waitFor()
        await page.keyboard.press('a')
        await world.until('permit', (one) => one.question?.id !== s.question?.id, 'goes on')
      }
    }
    await allowUntil((s) => s.stage === 'handed-off')
    await shot('session')
    await accessible()

    // A comment on a line goes to the session with a word; it takes it up, and says so.
    await page.getByRole('tab', { name: 'Review' }).click()
    await page.locator('tr.added', { hasText: 'Blue' }).getByRole('button').click()
    await page.keyboard.type('Rather green.')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('article', { name: 'Comment c1' }).getByText('draft').waitFor()
    const script = [...writeAndCommit('colour.txt', 'Green\n'), { text: REPLY }]
    await page.getByLabel('A word with the comments').fill(`Please.\n::script ${JSON.stringify(script)}`)
    await page.getByRole('button', { name: 'Hand back with 1 comment' }).click()
    await allowUntil((s) => s.stage === 'handed-off' && s.lastMessage.includes('Mended'))
    await page.getByText('It is green now.').waitFor()
    await page.locator('tr.added', { hasText: 'Green' }).waitFor()
    await shot('review-answered')
    await accessible()
    await page.keyboard.press('Y')
    await world.until('permit', (s) => s.stage === 'landed', 'lands')
    expect(world.git(['rev-parse', 'main'])).not.toBe(before)
    expect(world.git(['show', 'main:colour.txt'])).toBe('Green')
    await page.getByRole('link', { name: 'Board', exact: true }).click()
    await page.getByRole('heading', { name: /^Landed/ }).waitFor()
    await shot('board-after')
    // What it cost, as the agent itself reports it.
    await page.getByRole('link', { name: 'Usage' }).click()
    await page.getByRole('row', { name: /^permit/ }).waitFor()
    await shot('usage')
    await accessible()
    expect(complaints).toEqual([])
  })
})
