/**
 * A scripted stand-in for the Messages API on loopback: the real agent runs against it without an
 * account, without a network and without any model.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CONTROL, control } from './control.ts'
import { cwdOf, identityOf, turnsOf, planFileOf } from './conversation.ts'
import { FaultLedger, apiError } from './faults.ts'
import { bodyOf, pauseUntil } from './http.ts'
import { unifiedHeaders } from './limits.ts'
import { planStep } from './plan.ts'
import { RequestLog } from './requests.ts'
import { lastText, sideAnswer } from './side.ts'
import { streamMessage, wholeMessage } from './sse.ts'
import { blocksOf, fill } from './steps.ts'
import type { Conversation, MessagesRequest } from './conversation.ts'
import type { ApiError, GlobalFault } from './faults.ts'
import type { Scenario } from './plan.ts'
import type { RequestRecord } from './requests.ts'
import type { Answer } from './sse.ts'
import type { Step } from './steps.ts'

export interface ModelServer {
  /** Base URL for the agent, e.g. `http://127.0.0.1:41234`. */
  url: string
  port: number
  /** The request log, oldest first; grows while the server lives. */
  requests: RequestRecord[]
  /** By name; may be changed at any time. */
  scenarios: Map<string, Scenario>
  /** Adds a fault for coming requests. */
  fail(fault: GlobalFault): void
  /** The first answered request that is wanted, past ones included. */
  until(wanted: (record: RequestRecord) => boolean, signal?: AbortSignal): Promise<RequestRecord>
  /** Ends at once, open connections included. */
  close(): Promise<void>
}

export interface ModelServerOptions {
  /** 0, the default: any free port. */
  port?: number
  host?: string
  /** File that gets one JSON line a request. */
  log?: string
  scenarios?: Map<string, Scenario>
  /** Serve the control end points. Default true. */
  control?: boolean
}

const RESULT_MAX = 2000

/** Starts the server. @throws the listen error, e.g. EADDRINUSE */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const host = options.host ?? '127.0.0.1'
  const log = new RequestLog(options.log)
  const faults = new FaultLedger()
  const scenarios = options.scenarios ?? new Map<string, Scenario>()
  const closing = new AbortController()

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now()
    const url = new URL(request.url ?? '/', 'http://loopback')
    const raw = await bodyOf(request)
    const json = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify(body))
    }
    // A web page must not be able to tell the agent what to do: browsers name the origin.
    if (request.headers.origin !== undefined) return json(403, { error: 'not for browsers' })
    if (options.control !== false && url.pathname.startsWith(CONTROL)) {
      const { status, body } = control(url, raw, { log, faults, scenarios })
      return json(status, body)
    }
    const record = log.open(at, request.method ?? '', request.url ?? '')
    const requestId = `req_script_${record.n}`
    const fail = (error: ApiError, fault: boolean): void => {
      log.close(record, { status: error.status, fault })
      json(error.status, error.body, error.headers)
    }
    const counts = url.pathname.endsWith('/v1/messages/count_tokens')
    if (!counts && !url.pathname.endsWith('/v1/messages')) {
      if (request.method !== 'HEAD')
        return fail(apiError(requestId, 404, { message: `no ${url.pathname}` }), false)
      log.close(record, { status: 200 })
      response.writeHead(200).end()
      return
    }
    const body = parse(raw)
    if (!body) return fail(apiError(requestId, 400, { message: 'the body is not a JSON object' }), false)
    if (counts) {
      log.close(record, { status: 200, kind: 'count' })
      return json(200, { input_tokens: tokensIn(raw) })
    }

    const identity = { ...identityOf(request.headers, body), cwd: cwdOf(body) }
    const main = (body.tools ?? []).length > 0
    const planned = main ? planStep(turnsOf(body), identity, scenarios) : null
    const result = lastResultOf(planned?.conversation)
    Object.assign(record, {
      ...identity,
      kind: main ? 'main' : 'side',
      model: body.model ?? '',
      stream: body.stream === true,
      tools: (body.tools ?? []).length,
      messages: (body.messages ?? []).length,
      scenario: planned?.scenario ?? null,
      step: planned?.conversation.step ?? -1,
      prompt: (planned?.conversation.prompt ?? lastText(body)).slice(0, 200),
      lastResult: result,
    } satisfies Partial<RequestRecord>)

    const chosen: Step = planned?.step ?? { text: sideAnswer(body) }
    const stepKey = JSON.stringify([identity, record.step, planned?.conversation.prompt])
    const fault = faults.take(chosen.fault, stepKey, { session: identity.session, main })
    const pause = pauseUntil(response, closing.signal)
    const gone = (): void => log.close(record, { status: 0, aborted: true })
    response.on('close', gone)
    if (!(await pause((fault?.delayMs ?? 0) + (fault?.hangMs ?? 0)))) return
    if (fault?.drop) {
      log.close(record, { status: 0, fault: true })
      request.socket.destroy()
      return
    }
    if (fault?.status !== undefined) return fail(apiError(requestId, fault.status, fault), true)

    const placeholders = {
      CWD: identity.cwd ?? '',
      RESULT: result,
      SESSION: identity.session ?? '',
      PLAN: planFileOf(body) ?? '',
      N: String(record.n),
    }
    const step = fill(chosen, placeholders)
    const answer = answerOf(step, record, raw)
    const headers = {
      'request-id': requestId,
      ...(step.limits ? unifiedHeaders(step.limits) : {}),
      ...step.headers,
    }
    if (!(await pause(step.delayMs ?? 0))) return
    const answered = answer.blocks.flatMap((block) => (block.type === 'tool_use' ? [block.name] : []))
    if (!body.stream) {
      log.close(record, { status: 200, answered })
      return json(200, wholeMessage(answer), headers)
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...headers })
    const whole = await streamMessage(response, answer, step, fault, pause)
    if (whole) log.close(record, { status: 200, answered })
    else if (fault) log.close(record, { status: 200, fault: true })
  }

  // An agent keeps connections open between turns; the default of 5 s makes it meet closed ones.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host}:${port}`,
    port,
    requests: log.records,
    scenarios,
    fail: (fault) => void faults.global.push(fault),
    until: (wanted, signal) => log.until(wanted, signal),
    close: () =>
      new Promise((resolve, reject) => {
        closing.abort()
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

function parse(raw: string): MessagesRequest | null {
  try {
    const body: unknown = JSON.parse(raw)
    return body !== null && typeof body === 'object' ? (body as MessagesRequest) : null
  } catch {
    return null
  }
}

/** Four bytes a token: an estimate is all that a server without a tokenizer can give. */
function tokensIn(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4))
}

function lastResultOf(conversation: Conversation | undefined): string {
  const last = conversation?.results.at(-1) ?? []
  return last
    .map((result) => `${result.error ? 'ERROR: ' : ''}${result.text}`)
    .join('\n')
    .slice(0, RESULT_MAX)
}

function answerOf(step: Step, record: RequestRecord, raw: string): Answer {
  const blocks = blocksOf(step, record.n)
  return {
    id: `msg_script_${record.n}`,
    model: record.model,
    blocks,
    stopReason: step.stop ?? (blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn'),
    usage: {
      input_tokens: tokensIn(raw),
      output_tokens: tokensIn(JSON.stringify(blocks)),
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      ...step.usage,
    },
  }
}
