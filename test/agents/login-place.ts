/**
 * Runs in a network of its own, in which the login server of Claude Code is this process: tokens rotate, a
 * used refresh token is refused, an old access token is refused. Prints what was seen as JSON.
 */
import { createServer, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startModelServer } from '../../src/rehearsal/model-server/index.ts'
import { Logins } from '../../src/supervisor/session/logins.ts'
import type { Context } from '../../src/supervisor/context.ts'
import { claude as program } from '../fixtures/claude.ts'
import { brief } from '../fixtures/brief.ts'
import { changed, credentials, Fleet, hashOf } from './fleet.ts'

const [scenario = '', place = ''] = process.argv.slice(2)
const sent: { token: string; good: boolean }[] = []
/** Of the n-th login; 0 is the one in the file. `dead`: its access token does not work any more. */
let n = 0
let dead = scenario === 'ended'
/** Long enough for whoever refreshes at the same moment to do it before the first one is through, ms. */
const SLOW = 400

const tls = createTlsServer(
  { key: readFileSync(join(place, 'key.pem')), cert: readFileSync(join(place, 'cert.pem')) },
  (request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      if (request.url !== '/v1/oauth/token') return json(response, 404, {})
      const token = String((JSON.parse(text) as { refresh_token?: unknown }).refresh_token)
      const good = token === `refresh-${n}`
      sent.push({ token, good })
      if (good) [n, dead] = [n + 1, false]
      const answer = good
        ? {
            access_token: `access-${n}`,
            refresh_token: `refresh-${n}`,
            expires_in: 28_800,
            token_type: 'Bearer',
            scope: 'user:inference user:profile',
          }
        : { error: 'invalid_grant', error_description: 'Refresh token not found or invalid' }
      setTimeout(() => json(response, good ? 200 : 400, answer), SLOW)
      return undefined
    })
  },
)
await new Promise<void>((resolve) => tls.listen(443, '127.0.0.1', resolve))

const model = await startModelServer()
let refused = 0
const front = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (dead || request.headers.authorization !== `Bearer access-${n}`) {
      refused++
      return json(response, 401, { type: 'error', error: { type: 'authentication_error', message: 'ended' } })
    }
    void fetch(model.url + request.url, {
      method: request.method ?? 'GET',
      headers: request.headers as Record<string, string>,
      ...(request.method === 'POST' && { body: Buffer.concat(chunks) }),
    }).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
      response.end(Buffer.from(await answer.arrayBuffer()))
    })
    return undefined
  })
})
await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'r' })
  response.end(JSON.stringify(body))
}

const fleet = new Fleet({
  WORKTRAIN_CLAUDE: program?.path ?? '',
  ANTHROPIC_BASE_URL: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_TELEMETRY: '1',
  NODE_EXTRA_CA_CERTS: join(place, 'cert.pem'),
})
try {
  const minute = 60_000
  const ends = { near: 2 * minute, ended: -minute, later: 60 * minute }[scenario] ?? 0
  const file = fleet.put('home/.claude/.credentials.json', credentials(Date.now() + ends))
  fleet.put('home/.claude.json', '{"hasCompletedOnboarding":true}')
  const members = ['one', 'two', 'three'].map((name) => fleet.add(name))
  const { env } = fleet
  const paths = { state: join(fleet.root, 'state') } as Context['paths']
  const errors: unknown[] = []
  const keep = (_what: string, data: unknown) => void errors.push(data)
  const logins = new Logins({ env, paths, now: Date.now, log: { info() {}, warn: keep, error: keep } })
  const before = hashOf(fleet.home)

  // Each stops in the middle of its turn until the login has been renewed under it.
  const wait = `::script ${JSON.stringify([
    {
      tool: 'Bash',
      input: { command: 'touch here; until [ -e go ]; do sleep 0.05; done', description: 'x' },
    },
    { text: 'went on' },
  ])}`
  let results
  if (scenario === 'later') {
    const running = members.map((member) => fleet.turn(member, wait))
    const here = () => members.every((member) => readdirSync(member.workspace).includes('here'))
    for (const end = Date.now() + 60_000; !here() && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 50))
    writeFileSync(file, credentials(Date.now() + 2 * minute), { mode: 0o600 })
    await Promise.all([logins.fresh(brief), logins.fresh(brief)])
    for (const member of members) writeFileSync(join(member.workspace, 'go'), '')
    results = await Promise.all(running)
  } else {
    // The person's own, at the same moment.
    const own = { ...fleet.env, CLAUDE_CODE_TMPDIR: fleet.root }
    const mine = fleet.run([program?.path ?? '', '-p', 'hello'], { cwd: fleet.repository, env: own })
    const theirs = members.map(async (member) => {
      await logins.fresh(brief)
      return fleet.turn(member, 'hello')
    })
    results = await Promise.all([mine, ...theirs])
  }
  const after = hashOf(fleet.home)
  const stored = JSON.parse(readFileSync(file, 'utf8')) as {
    claudeAiOauth: { refreshToken: string; expiresAt: number }
  }
  const told = {
    sent,
    refused,
    errors: errors.map(String),
    results,
    stored: stored.claudeAiOauth.refreshToken,
    valid: stored.claudeAiOauth.expiresAt > Date.now() + 60 * minute,
    changed: changed(before, after, ...members.map((each) => each.workspace), fleet.repository),
    person: readdirSync(join(fleet.home, '.claude')).sort(),
  }
  process.stdout.write(JSON.stringify(told))
} finally {
  fleet.close()
}
process.exit(0)
