/**
 * The end point of the agent's hooks: HTTP on loopback, for this session alone.
 *
 * It lives in the host, which the agent does not outlive: neither the guard nor an event may depend on the
 * supervisor. A tool call that nobody answers does not run (docs/decisions/0019).
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { sameSecret } from '../platform/access.ts'
import { realpathOfNew } from '../platform/files.ts'
import { refuseOtherWorkspace } from '../protocol/guard-refusals.ts'
import { decideToolCall } from '../protocol/guard.ts'
import type { GuardPolicy } from '../protocol/guard.ts'
import type { HookEndpoint, HostRecordBody } from '../protocol/host.ts'
import type { Between } from './between.ts'
import { NO_OPINION, additionalContext, changedSettingsOf, denial, keepSettings } from './claude-hooks.ts'
import { beginsTurn, kindOf, notNow, subagentOf, tellsConversation, toolCallOf } from './claude-hooks.ts'
import type { HookBody } from './claude-hooks.ts'
import { Afterwards, type Seen } from './afterwards.ts'
import type { HeldQuestions } from './questions.ts'

// Importing it by name would load the whole of undici for exports nobody uses here: 40 ms of every start.
const { createServer } = process.getBuiltinModule('node:http')

/** Largest hook body, bytes. */
export const HOOK_BODY_MAX = 4 * 1024 * 1024

/**
 * Deepest nesting of a hook body. Who writes thousands of levels may find a depth that can be stored here and
 * not in the journal, where such a record would stand in the way of all that follow.
 */
export const HOOK_DEPTH_MAX = 200

/**
 * How long an answer waits for its record to reach the disk, milliseconds. On a full disk the record
 * waits for room; the agent's work need not.
 */
const RECORD_WAIT = 1000

const BUSY = 'Worktrain is bringing new commits into this workspace. Send it again in a moment.'

export interface HookPort {
  append: (body: HostRecordBody) => Promise<void>
  questions: HeldQuestions
  between: Between
  /** The policy in force; null: this session has no guard. */
  guard: () => GuardPolicy | null
  log: (message: string, error: unknown) => void
}

class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * Listens on 127.0.0.1.
 * @throws the listen error, e.g. EADDRINUSE: the agent would then run without its guard
 */
export async function serveHooks(endpoint: HookEndpoint, port: HookPort): Promise<Server> {
  const afterwards = new Afterwards(port.guard)
  const server = createServer((request, response) => {
    void serve(endpoint, port, afterwards, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(endpoint.port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', (error) => port.log('hook server', error))
  return server
}

async function serve(
  endpoint: HookEndpoint,
  port: HookPort,
  afterwards: Afterwards,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A connection kept open and closed by us just as the agent uses it again would be a tool call refused.
  response.shouldKeepAlive = false
  let event = ''
  try {
    event = admit(endpoint, request)
    const body = await bodyOf(request)
    const kind = kindOf(event)
    if (kind === 'question') await hold(port, body, response)
    else if (kind === 'call') send(response, 200, await judge(port, event, body))
    else if (kind === 'worktree') await refuseWorktree(port, event, body)
    else if (beginsTurn(event) && !(await port.between.admit())) send(response, 200, notNow(BUSY))
    else send(response, 200, await note(port, afterwards, event, body))
  } catch (error) {
    if (kindOf(event) === 'call') {
      // Any answer but a refusal lets the tool run.
      if (!(error instanceof Refused)) port.log('guard', error)
      const why = error instanceof Error ? error.message : String(error)
      send(response, 200, denial(`Worktrain could not check this call, so it was refused: ${why}.`))
    } else if (error instanceof Refused) send(response, error.status, { error: error.message })
    else {
      port.log(`hook ${event}`, error)
      send(response, 500, { error: 'the hook could not be taken' })
    }
  }
}

/** @returns the event's name */
function admit(endpoint: HookEndpoint, request: IncomingMessage): string {
  const host = request.headers.host
  // A page that rebinds its own name to 127.0.0.1 still sends that name.
  if (host !== `127.0.0.1:${endpoint.port}` && host !== `localhost:${endpoint.port}`) {
    throw new Refused(421, 'wrong host')
  }
  if (request.headers.origin !== undefined) throw new Refused(403, 'not for web pages')
  if (!sameSecret(request.headers.authorization ?? '', `Bearer ${endpoint.token}`)) {
    throw new Refused(401, 'wrong token')
  }
  const event = /^\/hook\/([A-Za-z]{1,64})$/.exec(request.url ?? '')?.[1]
  if (event === undefined) throw new Refused(404, 'no such hook')
  if (request.method !== 'POST') throw new Refused(405, 'hooks are posted')
  return event
}

async function bodyOf(request: IncomingMessage): Promise<HookBody> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    // Read to the end all the same: an answer before that is lost to a client that still writes.
    if (size <= HOOK_BODY_MAX) chunks.push(chunk)
    else chunks.length = 0
  }
  if (size > HOOK_BODY_MAX) throw new Refused(413, `its input is larger than ${HOOK_BODY_MAX} bytes`)
  let value: unknown
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Refused(400, 'the hook body is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused(400, 'the hook body is not an object')
  }
  if (isDeeper(value, HOOK_DEPTH_MAX)) throw new Refused(400, 'the hook body is nested too deeply')
  // Written again it can be several times as long (`1e20`, bytes that are not UTF-8), and outgrow a frame.
  if (size > HOOK_BODY_MAX / 8 && Buffer.byteLength(JSON.stringify(value)) > HOOK_BODY_MAX)
    throw new Refused(413, `its input is larger than ${HOOK_BODY_MAX} bytes`)
  return value as HookBody
}

/** Level by level: a recursion would end where it is to protect from. */
function isDeeper(value: object, max: number): boolean {
  let level: object[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > max) return true
    level = level
      .flatMap((each): unknown[] => Object.values(each))
      .filter((each) => typeof each === 'object' && each !== null)
  }
  return false
}

async function judge(port: HookPort, event: string, body: HookBody): Promise<HookBody> {
  const call = toolCallOf(body)
  const policy = port.guard()
  const verdict = policy === null ? null : decideToolCall(policy, call, realpathOfNew)
  port.questions.see(event, body)
  const outsideOwned = verdict?.allow ? verdict.outsideOwned : []
  const kept = port.append({
    kind: 'hook',
    event,
    body,
    ...(outsideOwned.length > 0 && { outsideOwned }),
  })
  if (verdict === null || verdict.allow) {
    await recorded(kept)
    return NO_OPINION
  }
  const { target, why, instead, wanted } = verdict
  const agentId = subagentOf(body)
  const refusal = { kind: 'refusal', tool: call.tool, target, why, instead, agentId } as const
  await recorded(port.append({ ...refusal, ...(wanted && { wanted }) }))
  return denial(`${why} ${instead}`)
}

async function note(
  port: HookPort,
  afterwards: Afterwards,
  event: string,
  body: HookBody,
): Promise<HookBody> {
  const { refusals, outsideOwned, advice } = look(port, afterwards, event, body)
  const kept = [
    port.append({ kind: 'hook', event, body, ...(outsideOwned.length > 0 && { outsideOwned }) }),
    ...refusals.map(port.append),
  ]
  // After the event itself, so that the records tell cause before effect.
  port.questions.see(event, body)
  const settings = kindOf(event) === 'settings' ? changedSettingsOf(body) : null
  if (settings !== null) {
    kept.push(
      port.append({
        ...{ kind: 'refusal', tool: event, target: settings, agentId: subagentOf(body) },
        why: `${settings} was changed while the session runs: what it says could take the guard away.`,
        instead: 'It counts from the next start of the session: stop and resume it.',
      }),
    )
  }
  const news = settings === null && tellsConversation(event, body) ? port.between.take() : null
  if (news !== null) kept.push(port.append({ kind: 'told', main: news.main, how: event }))
  await recorded(Promise.all(kept))
  if (settings !== null) return keepSettings('Settings of the workspace count from the next start.')
  const text = [advice, news?.text ?? ''].filter((part) => part !== '').join('\n')
  return text === '' ? NO_OPINION : additionalContext(event, text)
}

/** The event itself is kept whatever can be read out of it. */
function look(port: HookPort, afterwards: Afterwards, event: string, body: HookBody): Seen {
  try {
    return afterwards.see(event, body)
  } catch (error) {
    port.log(`after ${event}`, error)
    return { refusals: [], outsideOwned: [], advice: '' }
  }
}

/** Whatever way a worktree is asked for; the agent takes any failure of this hook for a no. */
async function refuseWorktree(port: HookPort, event: string, body: HookBody): Promise<never> {
  const policy = port.guard()
  const target = typeof body.name === 'string' ? body.name : 'a worktree'
  const { why, instead } = refuseOtherWorkspace(policy, false)
  const kept = [
    port.append({ kind: 'hook', event, body }),
    port.append({ kind: 'refusal', tool: event, target, why, instead, agentId: subagentOf(body) }),
  ]
  await recorded(Promise.all(kept))
  throw new Refused(403, why)
}

async function recorded(append: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([append, new Promise<void>((resolve) => (timer = setTimeout(resolve, RECORD_WAIT)))])
  clearTimeout(timer)
}

/** The request stays open until the question is closed. */
async function hold(port: HookPort, body: HookBody, response: ServerResponse): Promise<void> {
  let gone = response.destroyed
  let id: string | null = null
  response.on('close', () => {
    gone = true
    if (id !== null) void port.questions.close(id, 'terminal')
  })
  id = await port.questions.ask(body, (answer) => send(response, 200, answer))
  if (gone) await port.questions.close(id, 'terminal')
}

function send(response: ServerResponse, status: number, body: HookBody): void {
  if (response.destroyed || response.headersSent) return
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.end(bytes)
}
