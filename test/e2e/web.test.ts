/** The web board in a real browser, against the built product, with programs for agents. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { WebView } from '../../src/protocol/api.ts'
import { createWorld, type World, writeFiles } from '../fixtures/world.ts'
import { chromiumPath, chromiumTitle, launchBrowser, PHONE, sitDown, type Seat } from './browser.ts'
import { cutOutlines } from './outlines.ts'

/** Says hello, takes a line, and commits it. */
const WRITER = `printf 'ready to write\\n'; read -r line; printf '%s\\n' "$line" > note.txt; git add -A; git commit -qm "Note $line"; printf 'wrote %s\\n' "$line"`

/** What a program may print to attack the terminal that shows it. */
const HOSTILE = [
  // Only then: what was printed before a page looks reaches it as a picture of the screen.
  'printf ready; read -r go',
  String.raw`printf '\033]52;c;c3RvbGVu\007\033]52;c;?\007'`,
  String.raw`printf '\033]2;<img src=x onerror=document.title=1>\007'`,
  String.raw`printf '\033]8;;javascript:document.title=2\007press\033]8;;\007\n'`,
  String.raw`printf '\033]8;;https://evil.example/\007look here\033]8;;\007\n'`,
  String.raw`printf '\033[38;2;1;100;3mgreen\033[m\n'`,
  String.raw`printf '\033[c\033[6n\033[>q'; read -r reply; printf 'got(%s)' "$reply"`,
].join('; ')

/** Changes code, a lock file, a binary file, and a name. */
const GREETER = [
  String.raw`printf 'export function greet(name: string): string {\n  return "Hello, " + name\n}\n\nexport const LEVEL = 2 // \342\200\256neve\n' > greet.ts`,
  `seq 1 40 | sed 's/.*/  "package-&": "1.0.&",/' > package-lock.json`,
  String.raw`printf '\001\000\377' > pixel.bin`,
  `printf '<script>document.title=4</script>\\n' > 'z<img src=x onerror=document.title=3>.txt'`,
  'git mv old.txt moved.txt; git add -A; git commit -qm "Greet in words"',
].join('; ')

/** Two sessions that own the same, and one that waits for both. */
const PLAN = `sessions:
  - { name: first, goal: One, agent: command, command: [sleep, "600"], owns: ["docs/**"] }
  - { name: second, goal: Two, agent: command, command: [sleep, "600"], owns: ["docs/a*"] }
  - { name: third, goal: Three, agent: command, command: [sleep, "600"], after: [first, second] }
`

/** What stands on the terminal, as drawn. */
const rowsOf = (page: Page): Locator => page.locator('.xterm-rows')

/** Presses it where it stands: the emulator draws a line anew at any time, so that no element of it can be held on to. */
async function pressOn(page: Page, text: string): Promise<void> {
  const letters = rowsOf(page).getByText(text)
  let at: Awaited<ReturnType<Locator['boundingBox']>> = null
  await expect.poll(async () => (at = await letters.boundingBox())).not.toBeNull()
  const { x, y, width, height } = at ?? { x: 0, y: 0, width: 0, height: 0 }
  await page.mouse.click(x + width / 2, y + height / 2)
}

describe.skipIf(!chromiumPath)(chromiumTitle, () => {
  let browser: Browser
  let world: World
  let seat: Seat
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    world = await createWorld({
      files: {
        '.worktrain.toml': 'checks = ["sh check.sh"]\n',
        'greet.ts': 'export function greet(name: string): string {\n  return "Hi, " + name\n}\n',
        'old.txt': 'one\ntwo\nthree\nfour\n',
      },
    })
    await world.cli(['trust', '--yes'])
    seat = await sitDown(world, browser)
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.error(await seat.told())
    await seat.context.close()
    await world.close()
  })

  test('from a brief to main: start, type into its terminal, look at the change, land', async () => {
    const { page } = seat
    // The code is gone from the address, and nothing of it is kept there.
    expect(new URL(page.url()).hash).toBe('')
    await page.getByText('No sessions yet.').waitFor()
    await seat.accessible()
    await page.keyboard.press('c')
    await page.getByLabel(/^Goal/).fill('Write a note')
    await page.getByLabel(/^Name/).fill('writer')
    await page.getByLabel(/^Permissions/).selectOption('plan')
    await seat.shots('new')
    await page.getByText('Base, branch, workspace').click()
    await page.getByLabel(/^Branch/).fill('notes')
    await seat.shot('new-more')
    await seat.accessible()
    // What its agent does not know is not asked.
    await page.getByLabel(/^Agent/).selectOption('command')
    expect(await page.getByLabel(/^Permissions/).count()).toBe(0)
    await page.getByLabel(/^Command/).fill(WRITER)
    // A second press that comes before the page has drawn the first starts nothing more.
    await page.evaluate(`for (let i = 0; i < 2; i++) document.querySelector('form .main').click()`)

    await page.getByRole('heading', { name: 'writer' }).waitFor()
    expect(seat.requests.filter((url) => url.endsWith('/run'))).toHaveLength(1)
    const screen = rowsOf(page)
    await screen.getByText('ready to write').waitFor()
    await page.keyboard.press('i')
    await page.keyboard.type('from the ')
    // As dictation and pickers of characters do: without a key.
    await page.keyboard.insertText('browser')
    await page.keyboard.type('\n')
    await world.until('writer', (s) => s.process.state === 'exited', 'ends')
    await page.getByText('Its process has ended').waitFor()

    await page.getByRole('button', { name: 'Show in my checkout' }).click()
    await page.getByText(/shop shows snapshot \d+ of writer/).waitFor()
    expect(readFileSync(join(world.repo, 'note.txt'), 'utf8')).toBe('from the browser\n')
    await seat.shot('spotlight')
    await seat.accessible()
    expect(await cutOutlines(page)).toEqual([])
    // What is kept stands in the settings, with the way back, and what was changed meanwhile with the command for it.
    writeFileSync(join(world.repo, 'note.txt'), 'tried\n')
    world.git(['add', 'note.txt'])
    await page.getByRole('link', { name: 'Settings' }).click()
    const kept = page.getByRole('region', { name: /^Kept of looks/ }).getByRole('listitem')
    await kept.getByText('where writer was looked at').waitFor()
    await kept.getByText('and stays until you go back').waitFor()
    await seat.accessible()
    await kept.getByRole('button', { name: /^Go back in/ }).click()
    await kept.getByText(/forgotten on \d{4}-/).waitFor()
    const shows = await kept.getByText(/^git show/).textContent()
    expect(await kept.getByText('what you had there').count()).toBe(0)
    expect(world.git([...(shows ?? '').split(' ').slice(1), '--', 'note.txt'])).toContain('+tried')
    await kept.scrollIntoViewIfNeeded()
    await seat.shots('kept')
    await page.goBack()
    await page.getByRole('button', { name: 'Show in my checkout' }).waitFor()
    expect(world.git(['status', '--porcelain', '--branch'])).toBe('## main')

    await page.getByRole('tab', { name: 'Review' }).click()
    await page.locator('tr.added', { hasText: 'from the browser' }).waitFor()
    const before = world.git(['rev-parse', 'main'])
    await page.keyboard.press('Y')
    await world.until('writer', (s) => s.stage === 'landed', 'lands')
    expect(world.git(['rev-parse', 'main'])).not.toBe(before)
    expect(world.git(['show', 'main:note.txt'])).toBe('from the browser')
    expect(world.git(['show', 'notes:note.txt'])).toBe('from the browser')

    await page.keyboard.press('t')
    await page.getByRole('listitem').filter({ hasText: 'writer' }).waitFor()
    await page.keyboard.press('b')
    await page.getByRole('heading', { name: /Landed/ }).waitFor()
    await seat.steady()
    expect(seat.complaints).toEqual([])
    const { origin } = new URL(page.url())
    const foreign = seat.requests.filter((url) => new URL(url).host !== new URL(origin).host)
    expect(foreign).toEqual([])
    expect(seat.requests.join()).not.toMatch(/code=|token|ticket=/)
    expect(await seat.context.cookies()).toEqual([])
    for (const request of seat.answered) {
      const { cookie, referer } = await request.allHeaders()
      expect([cookie, referer ?? ''], request.url()).toEqual([undefined, ''])
    }
  })

  test('a review: files as they are, comments on lines, what is new, and no approval of what was not seen', async () => {
    const { page } = seat
    await world.json(['run', 'Greet in words', '--name', 'greeter', '--', '/bin/sh', '-c', GREETER])
    await world.until('greeter', (s) => s.process.state === 'exited', 'ends')
    await page.getByRole('link', { name: 'greeter' }).click()
    await page.getByRole('tab', { name: 'Review' }).click()
    const file = (name: string): Locator => page.locator('.file').filter({ hasText: name })
    // Word by word, coloured, and with what would deceive the eye made visible.
    await file('greet.ts').locator('.added .word').first().waitFor()
    await file('greet.ts').locator('.k-keyword').first().waitFor()
    await file('greet.ts').getByText('⟨U+202E⟩').waitFor()
    await file('package-lock.json').getByText('lock file').waitFor()
    expect(await file('package-lock.json').getByRole('row').count()).toBe(0)
    await file('pixel.bin')
      .getByText(/binary/)
      .waitFor()
    await file('moved.txt').getByText('old.txt →').waitFor()
    await file('<img src=x').getByText('<script>document.title=4</script>').waitFor()
    expect(await page.title()).not.toMatch(/^[34]$/)

    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Also say goodbye.')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('article', { name: 'Comment c1' }).getByText('Also say goodbye.').waitFor()
    await seat.shots('review')
    await seat.accessible()
    await page.keyboard.press('|')
    await page.emulateMedia({ colorScheme: 'dark' })
    await seat.shot('review-split-dark')
    await seat.accessible()
    await page.emulateMedia({ colorScheme: 'light' })

    // What changes behind the back of an open page is not approved.
    const { workspace } = await world.client.call('session', { repo: null, name: 'greeter' })
    writeFileSync(join(workspace.path, 'late.txt'), 'late\n')
    await page.keyboard.press('y')
    await page.getByRole('alert').getByText('has changed since you looked').waitFor()
    await file('late.txt').waitFor()
    await page.getByRole('tab', { name: 'Story' }).click()
    writeFileSync(join(workspace.path, 'later.txt'), 'later\n')
    await page.getByRole('tab', { name: 'Review' }).click()
    await file('later.txt').waitFor()
    await page.getByRole('button', { name: 'Show what is new' }).click()
    await file('greet.ts').waitFor({ state: 'detached' })
    await file('later.txt').waitFor()
    await page.keyboard.press('y')
    await page.getByText('the newest snapshot is what was approved').waitFor()
    await page.setViewportSize(PHONE)
    await seat.shot('phone-review')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(seat.complaints).toEqual([])
  })

  test('a plan file is checked before it starts; how it is set up, and what was used', async () => {
    const { page } = seat
    await page.keyboard.press('c')
    await page.getByRole('tab', { name: 'Plan file' }).click()
    await page.getByLabel('Plan file').last().fill(PLAN)
    await page.getByRole('button', { name: 'See what it says' }).click()
    await page.getByText('3 sessions in 2 waves').waitFor()
    await page.getByText(/first and second overlap/).waitFor()
    await seat.shots('plan')
    await seat.accessible()
    await page.getByRole('button', { name: /^Start 3 sessions/ }).click()
    await page.getByRole('link', { name: 'third' }).waitFor()
    // What was to be known of what was started stands there until one goes on.
    const said = page.getByText(/^first and second both own/)
    await said.waitFor()
    await seat.shot('started')
    await world.until('third', (s) => s.stage === 'waiting', 'waits')

    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('row', { name: /^checks/ }).waitFor()
    expect(await said.count()).toBe(0)
    // What is found where nothing is configured.
    await page.getByText(/^\d+ as they are by default$/).click()
    await page.getByRole('row', { name: /^target "main" default: the remote's/ }).waitFor()
    await page.getByRole('row', { name: /^train\.slots \d+ default: this machine has/ }).waitFor()
    await page.getByText('You trust the commands of its configuration').waitFor()
    await page.getByRole('heading', { name: 'Walls', exact: true }).waitFor()
    await seat.shots('settings')
    await seat.accessible()
    await page.getByRole('link', { name: 'Usage' }).click()
    await page.getByText('No agent has reported anything yet.').waitFor()
    await seat.accessible()
    expect(seat.complaints).toEqual([])
  })

  test('commands of a repository wait for trust, and new work at the review limit for a review', async () => {
    const { page } = seat
    writeFiles(world.repo, {
      '.worktrain.toml': 'checks = ["sh check.sh", "sh other.sh"]\n',
      '.worktrain.local.toml': '[limits]\nunreviewed = 1\n',
      'other.sh': 'exit 0\n',
    })
    const begin = async (name: string): Promise<void> => {
      await page.keyboard.press('c')
      await page.getByLabel(/^Goal/).fill(`Write ${name}`)
      await page.getByLabel(/^Name/).fill(name)
      await page.getByLabel(/^Agent/).selectOption('command')
      await page
        .getByLabel(/^Command/)
        .fill(`echo ${name} > ${name}; git add .; git commit -qm "Add ${name}"`)
      await page.getByRole('button', { name: /^Start/ }).click()
    }
    await begin('one')
    await page.getByRole('alert').getByText('trust').waitFor()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByText('commands that do not run before you trust them').waitFor()
    await page.locator('.trust li', { hasText: 'sh other.sh' }).waitFor()
    await seat.shot('settings-untrusted')
    await page.getByRole('button', { name: 'Trust these' }).click()
    await page.getByText('You trust the commands of its configuration').waitFor()

    await begin('one')
    await world.until('one', (s) => s.stage === 'handed-off', 'hands off')
    await begin('two')
    await world.until('two', (s) => s.stage === 'waiting', 'waits')
    await page.getByRole('link', { name: 'Board', exact: true }).click()
    await page.getByText(/1 of 1 sessions .* may wait for your review \(one\): two starts once/).waitFor()
    await page.getByRole('heading', { name: /^Waiting/ }).waitFor()
    await seat.shot('review-limit')
    await seat.accessible()
    // To what needs the person, and approved: then there is a place.
    await page.keyboard.press('n')
    await page.locator('tr.added', { hasText: 'one' }).waitFor()
    await page.keyboard.press('y')
    await world.until('two', (s) => s.stage === 'handed-off', 'starts, and hands off')
    expect(seat.complaints).toEqual([])
  })

  test('what a filter hides, or stands behind the line above, is not before the person', async () => {
    const { page } = seat
    // Main itself is red, which is of no session.
    const red = 'echo red > red; git add .; git commit -qm Red'
    writeFiles(world.repo, { 'check.sh': 'exit 1\n' })
    world.git(['commit', '-qam', 'Break the check'])
    await world.json(['run', 'Try it', '--name', 'tried', '--', 'sh', '-c', red])
    await world.until('tried', (s) => s.stage === 'handed-off', 'hands off')
    await world.cli(['land', 'tried', '--wait'])
    await world.json(['train', 'eject', 'tried'])
    const row = page.getByRole('listitem').filter({ hasText: /^train of/ })
    await row.getByText('train red').waitFor()

    /** Items that the page says it shows now. */
    const shown = async (): Promise<string[]> => {
      const said = page.waitForRequest((request) => request.url().endsWith('/api/showing'))
      await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
      const { items = [] } = (await said).postDataJSON() as { items?: string[] }
      return items.map((id) => id.split(':')[0] ?? '')
    }
    expect(await shown()).toContain('train-red')
    await page.getByLabel('Filter sessions').fill('tried')
    await row.waitFor({ state: 'detached' })
    expect((await shown()).filter((kind) => kind.startsWith('train'))).toEqual([])
    expect(await shown()).not.toEqual([])
    await page.getByLabel('Filter sessions').fill('')
    await row.waitFor()
    // The last of it is still on the page, where the line above covers it.
    await page.setViewportSize({ width: 1440, height: 120 })
    const bottom = (): Promise<number> => row.evaluate((at) => at.getBoundingClientRect().bottom)
    await page.mouse.wheel(0, (await bottom()) - 30)
    await expect.poll(bottom).toBeCloseTo(30, 0)
    expect(await shown()).not.toContain('train-red')
  })

  test('lives through the end of the supervisor without a reload, and ends with its access', async () => {
    const { page } = seat
    await world.json([
      'run',
      'Wait',
      '--name',
      'waiter',
      '--',
      '/bin/sh',
      '-c',
      'echo up; read -r line; echo "heard $line"; read -r end',
    ])
    await page.getByRole('link', { name: 'waiter' }).click()
    const screen = rowsOf(page)
    await screen.getByText('up').waitFor()
    await page.evaluate('window.stillTheSamePage = true')

    process.kill(await world.supervisor(), 'SIGKILL')
    await page.getByText('Not connected: what you see').waitFor()
    await world.json(['run', 'Other', '--name', 'other', '--', '/bin/sh', '-c', 'read -r line'])
    await page.getByText('Not connected: what you see').waitFor({ state: 'detached' })
    await page.getByText('live;').waitFor()
    await page.keyboard.press('i')
    await page.keyboard.type('again\n')
    await screen.getByText('heard again').waitFor()
    await page.keyboard.press('Control+]')
    await page.keyboard.press('b')
    const other = page.getByRole('link', { name: 'other', exact: true })
    await other.waitFor()
    expect(await page.evaluate('window.stillTheSamePage')).toBe(true)

    // What is half out of sight does not move away below the pointer that presses it.
    const place = async () => (await other.boundingBox()) ?? { x: NaN, y: NaN, height: NaN }
    const { x, y, height } = await place()
    await page.setViewportSize({ width: 1440, height: Math.round(y + height / 2) })
    await page.mouse.move(x + 4, y + height / 4)
    await page.mouse.down()
    await page.locator('.row.selected', { has: other }).waitFor()
    expect((await place()).y).toBe(y)
    await page.mouse.up()
    await page.getByRole('heading', { name: 'other', exact: true }).waitFor()
    await page.goBack()
    // By keys it comes into sight, below what stays at the top and above what ends the page.
    const seen = async (name: string) => {
      const row = page.locator('.row.selected', { has: page.getByRole('link', { name, exact: true }) })
      const { y: top = 0, height: high = 0 } = (await row.boundingBox()) ?? {}
      const bar = await page.getByRole('banner').boundingBox()
      return top >= (bar?.height ?? NaN) && top + high <= (page.viewportSize()?.height ?? NaN)
    }
    await page.keyboard.press('j')
    await expect.poll(() => seen('other')).toBe(true)
    await page.setViewportSize({ width: 1440, height: 100 })
    await page.evaluate('scrollTo(0, 1000)')
    await page.keyboard.press('k')
    await expect.poll(() => seen('waiter')).toBe(true)
    await page.setViewportSize({ width: 1440, height: 900 })

    // The person's own words on it: pinned it is above what was there before, and a note says why.
    const rows = page.locator('.row')
    await page.keyboard.press('j')
    await page.keyboard.press('p')
    await rows.first().getByRole('img', { name: 'pinned' }).waitFor()
    await page.keyboard.press('o')
    await page.keyboard.type('ask Kim first\n')
    await rows.first().getByText('ask Kim first').waitFor()
    await page.keyboard.press('e')
    await page.getByLabel('New name of other').fill('another')
    await page.keyboard.press('Enter')
    await rows.first().getByRole('link', { name: 'another', exact: true }).waitFor()
    // A second repository, and each under its own name.
    const second = join(world.dir, 'depot')
    world.git(['clone', '-q', world.repo, second])
    await world.cli(['trust', '--yes'], { cwd: second })
    await world.json(['run', 'Third', '--name', 'third', '--', '/bin/sh', '-c', 'read -r line'], {
      cwd: second,
    })
    await page.getByText('depot ·').waitFor()
    await page.keyboard.press('g')
    const depot = page.getByRole('region', { name: 'depot', exact: true })
    await depot.getByRole('link', { name: 'third' }).waitFor()
    expect(await depot.locator('.row').count()).toBe(1)
    await seat.shots('board-repositories')
    await seat.accessible()
    expect(await cutOutlines(page)).toEqual([])
    await seat.steady()

    const { access } = await world.json<WebView>(['web', '--list'])
    await world.json(['web', '--revoke', access[0]!.id])
    await page.getByText('This browser has no access').waitFor()
    expect(await page.getByRole('link', { name: 'another' }).count()).toBe(0)
  })

  test('nothing on the board moves when the keys mean another row: what is pressed there stays', async () => {
    const { page } = seat
    for (const name of ['one', 'two']) {
      const script = `echo x > ${name}; git add .; git commit -qm ${name}`
      await world.json(['run', 'Add it', '--name', name, '--', '/bin/sh', '-c', script])
      await world.until(name, (s) => s.stage === 'handed-off', 'hands off')
    }
    await page.getByRole('button', { name: 'Approve and land it' }).nth(1).waitFor()
    const places = () =>
      page.evaluate(
        `[...document.querySelectorAll('.row button')].map((b) => JSON.stringify(b.getBoundingClientRect()))`,
      )
    const before = await places()
    const selected = page.locator('.row.selected')
    const first = await selected.getAttribute('id')
    await page.locator(`.row:not(#${first})`).getByRole('button').first().focus()
    await page.locator(`.row.selected:not(#${first})`).waitFor()
    expect(await places()).toEqual(before)

    // It stays where it is as well while it is pressed, whatever is heard of it meanwhile.
    const link = page.getByRole('link', { name: 'one', exact: true })
    const { x = NaN, y = NaN } = (await link.boundingBox()) ?? {}
    const asked = Promise.withResolvers<Route>()
    await page.route('**/overview', (question) => asked.resolve(question), { times: 1 })
    await world.client.call('pin', { repo: null, name: 'two', pinned: true })
    const question = await asked.promise
    await page.mouse.move(x + 4, y + 4)
    await page.mouse.down()
    const told = page.waitForResponse('**/overview')
    await question.continue()
    expect(await (await told).text()).toContain('"pinned":true')
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
    await page.mouse.up()
    await page.getByRole('heading', { name: 'one', exact: true }).waitFor()
    await page.goBack()

    // What fails after one has gone on is said where one is.
    const held = Promise.withResolvers<void>()
    await page.route('**/run', async (route) => {
      await held.promise
      await route.continue()
    })
    await page.keyboard.press('c')
    await page.getByLabel(/^Goal/).fill('Once more')
    await page.getByLabel(/^Name/).fill('one')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('link', { name: 'Board', exact: true }).click()
    held.resolve()
    await page.getByRole('alert').getByText('There is a session called one already.').waitFor()
    await seat.shot('late')
    await page.getByRole('link', { name: 'Train', exact: true }).click()
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })

  test('what a program said last is in sight once it has ended', async () => {
    const { page } = seat
    await world.json([
      'run',
      'Count',
      '--name',
      'count',
      '--',
      '/bin/sh',
      '-c',
      'read -r go; seq 1 99; exit 3',
    ])
    await page.getByRole('link', { name: 'count', exact: true }).click()
    await page.getByText('live;').waitFor()
    await page.keyboard.press('i')
    await page.keyboard.press('Enter')
    await page.getByText('Its process has ended with exit 3.').waitFor()
    await page.getByLabel('Last screen of count').waitFor()
    const last = `(({ scrollHeight, clientHeight, scrollTop }) => ({
      above: scrollTop, below: scrollHeight - clientHeight - scrollTop }))(document.querySelector('.screen.text'))`
    const { above, below } = (await page.evaluate(last)) as { above: number; below: number }
    expect(above).toBeGreaterThan(0)
    expect(below).toBeLessThan(2)
  })

  test('what a program prints stays on its screen', async () => {
    const { page, context } = seat
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.evaluate(`navigator.clipboard.writeText('what I copied')`)
    await world.json(['run', '<b>bold</b> \u202egoal', '--name', 'hostile', '--', '/bin/sh', '-c', HOSTILE])
    await page.getByRole('link', { name: 'hostile' }).click()
    const screen = rowsOf(page)
    await screen.getByText('ready').waitFor()
    await page.keyboard.press('i')
    await page.keyboard.press('Enter')
    await screen.getByText('green').waitFor()
    await page.getByText('<b>bold</b> ⟨U+202E⟩goal').first().waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('what I copied')
    // Colours of any kind are drawn, although the page allows no style in itself.
    const green = `[...document.querySelectorAll('.xterm-rows span')].find((e) => e.textContent === 'green')`
    expect(await page.evaluate(`getComputedStyle(${green}).color`)).toBe('rgb(1, 100, 3)')

    // A link is shown whole before anything opens, and only those of the web are links.
    await pressOn(page, 'press')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await pressOn(page, 'look here')
    await page.getByRole('dialog').getByText('https://evil.example/').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Back' }).click()
    // They are so in the picture of the screen as well that a page gets which looks later.
    await page.reload()
    await pressOn(page, 'press')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await pressOn(page, 'look here')
    await page.getByRole('dialog').getByText('https://evil.example/').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Back' }).click()
    expect(context.pages()).toHaveLength(1)

    // The host has answered what the program asked its terminal, once; this emulator's answers went nowhere.
    await page.keyboard.press('i')
    await page.keyboard.press('Enter')
    await world.until('hostile', (s) => s.process.state === 'exited', 'ends')
    const { lines } = await world.client.call('screen', { repo: null, name: 'hostile' })
    expect(lines.join('\n').match(/\[\?[\d;]*c/g) ?? []).toHaveLength(1)
    expect(lines.join('')).not.toContain(Buffer.from('what I copied').toString('base64').slice(0, 12))
    expect(await page.title()).not.toMatch(/^[12]$/)
    expect(seat.complaints).toEqual([])
  })

  test('a phone', async () => {
    await world.json([
      'run',
      'Look',
      '--name',
      'looker',
      '--',
      '/bin/sh',
      '-c',
      'echo on a phone; read -r line',
    ])
    const phone = await sitDown(world, browser, {
      viewport: PHONE,
      isMobile: true,
      hasTouch: true,
    })
    await phone.page.getByRole('link', { name: 'looker' }).waitFor()
    await phone.shot('phone-board')
    await phone.page.getByRole('link', { name: 'looker' }).tap()
    await rowsOf(phone.page).getByText('on a phone').waitFor()
    await phone.shot('phone-session')
    await phone.accessible()
    // Nothing is wider than the screen.
    expect(await phone.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)

    // It may have a keyboard. What waits has more buttons than there is room for beside each other.
    await world.json(['run', 'Write', '--name', 'writer', '--', 'sh', '-c', 'echo new > greet.ts'])
    await world.until('writer', (s) => s.stage === 'handed-off', 'hands off')
    const cut: string[] = []
    for (const name of ['Terminals', 'Train', 'New', 'Usage', 'Settings', 'Board']) {
      await phone.page.getByRole('link', { name, exact: true }).tap()
      cut.push(...(await cutOutlines(phone.page)))
    }
    await phone.page.getByRole('link', { name: 'writer' }).tap()
    await phone.page.getByRole('button', { name: /^Approve and land it/ }).waitFor()
    for (const tab of await phone.page.getByRole('tab').all()) {
      await tab.tap()
      cut.push(...(await cutOutlines(phone.page)))
    }
    expect(cut).toEqual([])
    await phone.context.close()
  })
})
