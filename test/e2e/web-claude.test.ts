/** The web board with real Claude Code sessions on the scripted model: asked, answered, landed, all in the browser. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionView } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer, type Scenario } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, presentPlan, writeAndCommit } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { chromiumPath, launchBrowser, sitDown } from './browser.ts'

const SEPARATORS = [
  { label: 'Comma', description: 'as in most of the files of last year' },
  { label: 'Semicolon', description: 'as the two new suppliers send them' },
]
const QUESTION = {
  question: 'Which separator do the files have?',
  header: 'Format',
  multiSelect: false,
  options: SEPARATORS,
}
const PLAN =
  '# Round as the tax office does\n\n1. See where prices are rounded\n2. Round them half to even there'
const RATE = 'export const REDUCED = 0.07\n'
const RATE_OF_TABLE = "import { rates } from './table.ts'\n\nexport const REDUCED = rates.reduced\n"

const REPLY = [
  'It comes from the table now.',
  '',
  '```handoff',
  ...['review:', '  - comment: c1', '    status: done', '    reply: The table has it.'],
  '```',
].join('\n')

/** More than one page of a conversation, with what tries to be more than text. */
const HOSTILE = '<img src=x onerror=alert(1)> \u202etxt.exe'
const MANY = Array.from({ length: 12 }, (_, round) => ({
  text: `Round ${round + 1}: ${HOSTILE}`,
  tools: Array.from({ length: 6 }, (_each, i) => ({
    name: 'Read',
    input: { file_path: i === 5 ? `\${CWD}/no-${round}` : '${CWD}/table.ts' },
  })),
}))

/** What the model does, by what it is told. */
const SCENARIOS = new Map<string, Scenario>([
  [
    'tax',
    {
      when: /^Add the reduced rate/,
      script: [
        { tool: 'Bash', input: { command: 'mkdir -p dist && date > dist/built', description: 'Build' } },
        ...writeAndCommit('tax.ts', RATE),
        handoff(['tax.ts']),
      ],
    },
  ],
  [
    'import',
    {
      when: /^Import the files/,
      script: [{ tool: 'AskUserQuestion', input: { questions: [QUESTION] } }, { text: '${RESULT}' }],
    },
  ],
  ['rounding', { when: /^Round prices/, script: [...presentPlan(PLAN), { text: '${RESULT}' }] }],
  [
    'table',
    { when: /Take it from the table/, script: [...writeAndCommit('tax.ts', RATE_OF_TABLE), { text: REPLY }] },
  ],
  [
    'paint',
    {
      when: /^Paint the shop/,
      script: [
        ...presentPlan('# Paint it\n\n1. Buy any paint'),
        ...presentPlan('# Paint it\n\n1. Buy blue paint'),
        ...writeAndCommit('paint.txt', 'Blue\n'),
        handoff(['paint.txt']),
      ],
    },
  ],
  ['count', { when: /^Count the shelves/, script: [...MANY, 'Counted all of them.'] }],
  [
    'again',
    {
      when: /^And the cellar/,
      script: [{ tool: 'Read', input: { file_path: '${CWD}/table.ts' } }, 'The cellar as well.'],
    },
  ],
  [
    'green',
    { when: /Too cold/, script: [...writeAndCommit('paint.txt', 'Green\n'), { text: 'Painted it green.' }] },
  ],
])

describe.skipIf(!claude || !chromiumPath)(claudeTitle, () => {
  let browser: Browser
  let server: ModelServer
  let world: World
  beforeAll(async () => {
    browser = await launchBrowser()
    server = await startModelServer({ scenarios: SCENARIOS })
    world = await createWorld({
      env: claudeEnv(server.url),
      files: {
        '.worktrain.toml': 'checks = ["sh check.sh"]\n',
        '.gitignore': 'dist/\n',
        'table.ts': 'export const rates = { full: 0.19, reduced: 0.07 }\n',
      },
    })
    await world.cli(['trust', '--yes'])
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
    await server?.close()
  })

  test('a permission, a question and a plan are settled by keys, a comment is taken up, and the work lands', async () => {
    const { page, shot, shots, accessible, complaints } = await sitDown(world, browser)
    const start = async (name: string, goal: string, mode: string) => {
      await world.json(['run', goal, '--name', name, '--permission-mode', mode])
      await world.until(name, (s) => s.question !== null, 'asks')
    }
    const program = (name: string, goal: string, script: string, ...more: string[]) =>
      world.json(['run', goal, '--name', name, ...more, '--', '/bin/sh', '-c', script])
    await program(
      'links',
      'Mend dead links',
      'echo x > links; git add .; git commit -qm "Mend links"',
      '--land',
    )
    await world.until('links', (s) => s.stage === 'landed', 'lands')
    await program('search', 'Index the shop for searching', 'echo indexing; exec cat')
    await start('tax', 'Add the reduced rate of value added tax.', 'manual')
    await start('import', 'Import the files of the suppliers.', 'manual')
    await page.keyboard.press('c')
    await page.getByLabel(/^Goal/).fill('Round prices as the tax office does.')
    await page.getByLabel(/^Name/).fill('rounding')
    await page.getByLabel(/^Permissions/).selectOption('plan')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { name: 'rounding', level: 1 }).waitFor()
    await world.until('rounding', (s) => s.question !== null, 'asks')
    await page.getByRole('link', { name: 'Board', exact: true }).click()

    await page.getByRole('button', { name: /^3 need you/ }).waitFor()
    await page.getByText('mkdir -p dist && date > dist/built', { exact: true }).waitFor()
    await page.getByText('Round them half to even there').waitFor()
    await shots('board')
    await accessible()
    await page.emulateMedia({ colorScheme: 'dark' })
    await accessible()
    await page.emulateMedia({ colorScheme: 'light' })

    const onPage = async (name: string): Promise<void> => {
      await page.getByRole('heading', { name, level: 1, exact: true }).waitFor()
      await page.getByRole('region', { name: `${name} asks` }).waitFor()
    }
    // One key to what needs the person most, one to settle it: then the next one is there by itself.
    await page.keyboard.press('n')
    await onPage('tax')
    await page.keyboard.press('a')
    await onPage('import')
    await page.keyboard.press('2')
    await onPage('rounding')
    await page.getByText('live;').waitFor()
    await shots('session-plan')
    await page.keyboard.press('a')
    for (const name of ['import', 'rounding'])
      await world.until(name, (s) => s.question === null && s.activity.state === 'idle', 'goes on')
    expect((await world.client.call('session', { repo: null, name: 'import' })).lastMessage).toContain(
      '"Which separator do the files have?"="Semicolon"',
    )

    await page.getByRole('link', { name: 'Board', exact: true }).click()
    await page.getByRole('link', { name: 'tax', exact: true }).click()
    await page.locator('.xterm-rows').waitFor()
    // Whatever else it asks is allowed here, until it has handed off.
    const before = world.git(['rev-parse', 'main'])
    const allowUntil = async (there: (s: SessionView) => boolean): Promise<void> => {
      for (;;) {
        const s = await world.until('tax', (one) => one.question !== null || there(one), 'asks or is there')
        if (s.question === null) return
        await page.locator(`[data-question="${s.question.id}"]`).waitFor()
        await page.keyboard.press('a')
        await world.until('tax', (one) => one.question?.id !== s.question?.id, 'goes on')
      }
    }
    await allowUntil((s) => s.stage === 'handed-off')
    await shots('session')
    await accessible()
    await page.getByRole('tab', { name: 'Conversation' }).click()
    await page.locator('.conversation .steers', { hasText: 'Add the reduced rate' }).waitFor()
    await page.getByText('As the agent recorded it.').waitFor()
    await page
      .locator('.conversation .used', { hasText: /date > dist\/built .*you: allowed/ })
      .first()
      .waitFor()
    await shots('conversation')
    await accessible()
    await page.getByRole('tab', { name: 'Cell' }).click()
    await page.getByRole('heading', { name: 'It may write' }).waitFor()
    await shots('cell')
    await accessible()

    // A comment on a line goes to the session with a word; it takes it up, and says so.
    await page.getByRole('tab', { name: 'Review' }).click()
    await page.locator('tr.added', { hasText: 'REDUCED' }).getByRole('button').click()
    await page.keyboard.type('Take it from the table.')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('article', { name: 'Comment c1' }).getByText('draft').waitFor()
    await page.getByRole('button', { name: 'Hand back with 1 comment' }).click()
    await allowUntil((s) => s.stage === 'handed-off' && s.lastMessage.includes('from the table'))
    await page.getByText('The table has it.').waitFor()
    await page.locator('tr.added', { hasText: 'rates.reduced' }).waitFor()
    await page.locator('.added .k-keyword').first().waitFor()
    await shots('review-answered')
    await accessible()
    await page.keyboard.press('Y')
    await world.until('tax', (s) => s.stage === 'landed', 'lands')
    expect(world.git(['rev-parse', 'main'])).not.toBe(before)
    expect(world.git(['show', 'main:tax.ts'])).toBe(RATE_OF_TABLE.trim())
    await page.getByRole('link', { name: 'Board', exact: true }).click()
    await page.getByRole('heading', { name: 'Landed 2' }).waitFor()
    await shot('board-after')
    // What landed and why, and what did not.
    await program('typo', 'Mend a typo', 'echo x > broken; git add .; git commit -qm "Mend it"', '--land')
    await page.keyboard.press('t')
    const gone = page.getByRole('region', { name: 'Not landed' })
    await gone.getByText('what speaks against it').click()
    await gone.getByText('exit 1').first().waitFor()
    await page.getByRole('region', { name: 'Landed' }).getByText('tax', { exact: true }).click()
    await page.getByText('the tree that was tested').first().waitFor()
    await shots('train')
    await accessible()
    // What it cost, as the agent itself reports it.
    await page.getByRole('link', { name: 'Usage' }).click()
    await page.getByRole('row', { name: /^tax/ }).waitFor()
    await shots('usage')
    await accessible()
    expect(complaints).toEqual([])
    await world.json(['rm', 'typo', '--discard'])
  })

  test('a plan is amended and approved, the work rejected with a reason, and a saved state put back', async () => {
    const { page, shot, accessible, complaints } = await sitDown(world, browser)
    await world.json(['run', 'Paint the shop.', '--name', 'paint', '--permission-mode', 'plan'])
    await page.getByText('Buy any paint').waitFor()
    await page.getByRole('button', { name: '1 needs you' }).waitFor()
    await page.keyboard.press('n')
    const asked = page.getByRole('region', { name: 'paint asks' })
    await asked.waitFor()
    await page.keyboard.press('d')
    await asked.getByRole('textbox').waitFor()
    await page.keyboard.type('Rather blue')
    await page.keyboard.press('Enter')
    const results = (): string => server.requests.map(({ lastResult }) => lastResult ?? '').join('\n')
    await world.until('paint', (s) => s.question !== null && results().includes('Rather blue'), 'asks again')
    // What was settled on the round led on: back to it, to stay.
    await page.getByRole('link', { name: 'Board', exact: true }).click()
    await page.getByRole('link', { name: 'paint', exact: true }).click()
    await page.getByText('Buy blue paint').first().waitFor()
    await page.locator('.xterm-rows').waitFor()

    /** Allows whatever it asks, in the browser. */
    const allowUntil = async (there: (s: SessionView) => boolean): Promise<void> => {
      for (;;) {
        const s = await world.until('paint', (one) => one.question !== null || there(one), 'asks or is there')
        if (s.question === null) return
        await page.locator(`[data-question="${s.question.id}"]`).waitFor()
        await page.keyboard.press('a')
        await world.until('paint', (one) => one.question?.id !== s.question?.id, 'goes on')
      }
    }
    await allowUntil((s) => s.stage === 'handed-off')
    await page.getByRole('tab', { name: 'Review' }).click()
    await page.locator('tr.added', { hasText: 'Blue' }).waitFor()
    await page.keyboard.press('R')
    await page.keyboard.type('Too cold.')
    await page.keyboard.press('Control+Enter')
    await allowUntil((s) => s.lastMessage.includes('Painted it green') && s.activity.state === 'idle')
    await page.locator('tr.added', { hasText: 'Green' }).waitFor()
    await page.getByText(/rejected .* ago, and changed since: Too cold\./).waitFor()

    // What there was before the rejection, uncommitted over the branch as it is now.
    const { snapshots } = await world.client
      .call('snapshots', { repo: null, name: 'paint' })
      .then((all) => ({ snapshots: all.filter(({ turn }) => turn === 1) }))
    const row = page.getByRole('listitem').filter({ hasText: new RegExp(`^${snapshots.at(-1)?.n}, `) })
    await row.getByRole('button', { name: 'Restore…' }).click()
    await row.getByRole('button', { name: 'Yes, put the files back' }).click()
    await page.locator('tr.added', { hasText: 'Blue' }).waitFor()
    await page.locator('tr.added', { hasText: 'Green' }).waitFor({ state: 'detached' })
    await shot('review-restored')
    await accessible()
    expect(complaints).toEqual([])
  })

  test('a long conversation is read from its end, goes on by itself, and is only text', async () => {
    const { page, shots, accessible, complaints, requests, steady } = await sitDown(world, browser)
    await world.json([
      'run',
      'Count the shelves.',
      '--name',
      'count',
      '--permission-mode',
      'bypassPermissions',
    ])
    await world.until('count', (s) => s.lastMessage === 'Counted all of them.', 'has counted')
    await page.getByRole('link', { name: 'count', exact: true }).click()
    await page.getByRole('tab', { name: 'Conversation' }).click()
    const talk = page.getByRole('tabpanel')
    const shown = (): Promise<number> => talk.locator('.words-of, .used').count()
    await talk.getByText('Counted all of them.').waitFor()
    expect(await shown()).toBe(60)
    expect(await talk.getByText('Counted all of them.').isVisible()).toBe(true)
    await shots('conversation-long')
    await accessible()

    // What is before it comes above what is read, which stays where it is; nothing is asked while nothing happens.
    const earlier = talk.getByRole('button', { name: 'Show what was said before' })
    await earlier.scrollIntoViewIfNeeded()
    const mark = talk.locator('.used').first()
    await mark.evaluate((element) => element.setAttribute('data-mark', ''))
    const top = async () => Math.round((await talk.locator('[data-mark]').boundingBox())?.y ?? 0)
    const was = await top()
    await earlier.click()
    await talk.locator('.steers', { hasText: 'Count the shelves.' }).waitFor({ state: 'attached' })
    expect(Math.abs((await top()) - was)).toBeLessThan(60)
    expect(await shown()).toBe(12 * 7 + 2)
    expect(await earlier.count()).toBe(0)
    const asked = (): number => requests.filter((url) => url.endsWith('/api/conversation')).length

    // A failed tool says so, and what came of it.
    await talk.locator('summary', { hasText: 'no-0' }).click()
    await talk.getByText('does not exist').first().waitFor()
    expect(await talk.locator('img').count()).toBe(0)
    await talk.getByText('⟨U+202E⟩txt.exe').first().waitFor()

    // Whoever reads stays there; whoever follows sees the end.
    const before = asked()
    await page.getByRole('textbox', { name: /Message/ }).fill('And the cellar?')
    await page.keyboard.press('Control+Enter')
    await talk.getByText('The cellar as well.').waitFor({ state: 'attached' })
    expect(asked()).toBeGreaterThan(before)
    const inSight = (text: string): Promise<boolean> =>
      talk.getByText(text).evaluate((element) => {
        const { top: above, bottom } = element.getBoundingClientRect()
        return above >= 0 && bottom <= element.ownerDocument.documentElement.clientHeight
      })
    expect(await inSight('The cellar as well.')).toBe(false)
    await steady()

    // In a terminal the same is said in the same words.
    const said = (await world.cli(['conversation', 'count'])).stdout
    expect(said).toMatch(/^As the agent recorded it\.\n/)
    expect(said).toMatch(/\nbrief, .+ ago\nCount the shelves\.\n/)
    expect(said).toMatch(/\nyou, (now|.+ ago)\nAnd the cellar\?\n/)
    expect(said).toContain('  Read, failed: ')
    await world.json(['run', 'Print', '--name', 'printer', '--', 'sleep', '600'])
    await page.getByRole('link', { name: 'Board', exact: true }).click()
    await page.getByRole('link', { name: 'printer', exact: true }).click()
    await page.getByRole('tab', { name: 'Conversation' }).click()
    await talk.getByText(/^As observed by Worktrain\. The agent “command” keeps no conversation/).waitFor()
    await talk.locator('.steers', { hasText: 'Print' }).waitFor()
    await accessible()
    expect((await world.cli(['conversation', 'printer'])).stdout).toMatch(/^As observed by Worktrain\./)
    expect(complaints).toEqual([])
  })
})
