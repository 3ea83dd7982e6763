/** Two sessions serve something, each in its own cell: each is told its own address, and no other's. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PreviewView } from '../../src/protocol/api.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { chromiumPath, chromiumTitle, launchBrowser, sitDown } from './browser.ts'

let world: World
let meeting: Server
let met: Map<string, number>
beforeEach(async () => {
  met = new Map()
  meeting = createServer((request, response) => {
    const [, name = '', port = ''] = (request.url ?? '').split('/')
    met.set(name, Number(port))
    meeting.emit('met')
    response.end()
  }).listen(0, '127.0.0.1')
  await once(meeting, 'listening')
})
afterEach(async () => {
  await world.close()
  meeting.closeAllConnections()
  meeting.close()
})

/** Starts a session whose program serves its own name, left by whoever started it; resolves with its port. */
async function serving(name: string, at: string, port = 0): Promise<number> {
  const { port: there } = meeting.address() as AddressInfo
  const program = [
    'import http.server, urllib.request',
    'class Says(http.server.BaseHTTPRequestHandler):',
    '  def do_GET(self):',
    '    self.send_response(200)',
    '    self.end_headers()',
    `    self.wfile.write(b"${name}")`,
    `server = http.server.HTTPServer(("${at}", ${port}), Says)`,
    `urllib.request.urlopen("http://127.0.0.1:${there}/${name}/" + str(server.server_port))`,
    'server.serve_forever()',
  ].join('\n')
  const script = '(setsid python3 -c "$0" > server.log 2>&1 &); exec sleep 1000'
  await world.json(['run', `Serve ${name}`, '--name', name, '--', '/bin/sh', '-c', script, program])
  while (!met.has(name)) await once(meeting, 'met')
  await world.until(name, (s) => s.process.state === 'running', 'runs')
  return met.get(name) ?? 0
}

/** Another address of this machine alone. */
const OTHER = '127.0.0.2'
const otherUrl = (port: number) => `http://${OTHER}:${port}`

/** @param since what was seen before, such as a moment ago by somebody else, is not enough */
async function preview(name: string, since = 0): Promise<PreviewView> {
  for (;;) {
    const view = await world.json<PreviewView>(['preview', name])
    if (view.at >= since) return view
  }
}
const text = async (url: string) => (await fetch(url)).text()

test.each([
  ['the best wall of this machine', {}],
  ['no wall', { WORKTRAIN_WALLS: 'hooks' }],
])('each its own, with %s', async (_title, env) => {
  world = await createWorld({ env })
  const port = await serving('one', '127.0.0.1')
  const before = Date.now()
  const alone = await preview('one')
  expect(alone).toMatchObject({ ended: null, omitted: 0, unseen: 0 })
  expect(alone.servers).toMatchObject([
    { port, addresses: ['127.0.0.1'], exposed: false, url: `http://localhost:${port}`, program: 'python3' },
  ])
  expect(alone.at).toBeGreaterThanOrEqual(before - 1000)
  expect(await text(alone.servers[0]?.url ?? '')).toBe('one')

  // The same port at another address: a name that means both leads to neither for certain.
  await serving('two', OTHER, port)
  const wide = await serving('wide', '0.0.0.0')
  const all = Date.now()
  const [one, two, three] = await Promise.all(['one', 'two', 'wide'].map((name) => preview(name, all)))
  expect(one?.servers.map(({ url }) => url)).toEqual([`http://127.0.0.1:${port}`])
  expect(two?.servers.map(({ url }) => url)).toEqual([otherUrl(port)])
  expect(three?.servers).toMatchObject([{ port: wide, exposed: true, url: `http://localhost:${wide}` }])
  expect(await Promise.all([one, two, three].map((view) => text(view?.servers[0]?.url ?? '')))).toEqual([
    'one',
    'two',
    'wide',
  ])
  const told = await world.cli(['preview', 'wide'])
  expect(told.stdout).toContain(`http://localhost:${wide}`)
  expect(told.stdout).toContain('the network reaches it')

  await world.json(['stop', 'one'])
  const ended = await preview('one')
  expect(ended).toMatchObject({ ended: 'one has ended: nothing of it runs.', servers: [] })
  expect((await world.cli(['preview', 'one'])).stdout).toContain('worktrain spotlight one')
  expect((await preview('two')).servers).toMatchObject([{ url: otherUrl(port) }])
})

test.skipIf(!chromiumPath)(`on the session's page, in ${chromiumTitle}`, async () => {
  world = await createWorld()
  const port = await serving('one', '127.0.0.1')
  const [session] = await world.client.call('sessions', { repo: null, all: false })
  const browser = await launchBrowser()
  try {
    const { page, context, complaints, accessible, shot } = await sitDown(world, browser)
    const board = new URL(page.url()).origin
    await page.goto(`${board}/s/${session?.id}`)
    const running = page.getByRole('region', { name: 'Running' })
    const link = running.getByRole('link', { name: `http://localhost:${port}` })
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer')
    await running.getByText(/Seen .* ago/).waitFor()
    await accessible()
    await shot('running')
    const opened = context.waitForEvent('page')
    await link.click()
    const theirs = await opened
    await theirs.waitForLoadState()
    expect(await theirs.textContent('body')).toBe('one')
    // Whatever it serves: it finds nothing of the board, cannot ask it, and has no hold on its page.
    const has = await theirs.evaluate(async (origin) => {
      const body = JSON.stringify({ repo: null, all: false })
      const headers = { 'content-type': 'application/json' }
      const asked = await fetch(`${origin}/api/sessions`, { method: 'POST', headers, body }).then(
        ({ status }) => status,
        () => 'kept out',
      )
      const held = [localStorage.length, document.cookie, document.referrer]
      return { opener: window.opener === null, held, asked }
    }, board)
    expect(has).toEqual({ opener: true, held: [0, '', ''], asked: 'kept out' })
    expect(complaints).toEqual([])

    await page.bringToFront()
    await world.json(['stop', 'one'])
    await running.waitFor({ state: 'detached' })
  } finally {
    await browser.close()
  }
})
