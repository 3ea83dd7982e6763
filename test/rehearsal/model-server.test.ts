import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startModelServer } from '../../src/rehearsal/model-server/index.ts'
import type { ModelServer } from '../../src/rehearsal/model-server/index.ts'

type Message = { role: string; content: unknown }
const TOOLS = [{ name: 'Write' }]

let server: ModelServer
beforeEach(async () => {
  server = await startModelServer()
})
afterEach(() => server.close())

function post(
  body: Record<string, unknown>,
  options: { path?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
) {
  return fetch(`${server.url}${options.path ?? '/v1/messages?beta=true'}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-claude-code-session-id': 's1', ...options.headers },
    body: JSON.stringify({ model: 'opus', tools: TOOLS, ...body }),
    ...(options.signal ? { signal: options.signal } : {}),
  })
}

type Answered = {
  content: { type: string; text?: string; name?: string; input?: unknown; id?: string }[]
  stop_reason: string
  usage: Record<string, number>
}

async function ask(messages: Message[], extra: Record<string, unknown> = {}): Promise<Answered> {
  const response = await post({ messages, ...extra })
  expect(response.status).toBe(200)
  return (await response.json()) as Answered
}

const user = (content: unknown): Message => ({ role: 'user', content })
const assistant = (content: unknown = 'x'): Message => ({ role: 'assistant', content })
const result = (text: string, error = false): Record<string, unknown> => ({
  type: 'tool_result',
  tool_use_id: 't',
  content: [{ type: 'text', text }],
  is_error: error,
})

interface Sse {
  type: string
  data: Record<string, unknown>
}
async function events(response: Response): Promise<Sse[]> {
  return (await response.text())
    .split('\n\n')
    .filter(Boolean)
    .map((chunk) => {
      const [event = '', data = ''] = chunk.split('\n')
      return {
        type: event.slice('event: '.length),
        data: JSON.parse(data.slice('data: '.length)) as Record<string, unknown>,
      }
    })
}

describe('steps', () => {
  const script =
    '::script [{"tool":"Write","input":{"file_path":"${CWD}/a","content":"x"}},{"text":"done: ${RESULT}"}] and go on'

  test('are found by the number of answers since the prompt, whoever asks again', async () => {
    const system = [{ type: 'text', text: 'You code.\nPrimary working directory: /some/place\n' }]
    const first = await ask([user(script)], { system })
    expect(first.stop_reason).toBe('tool_use')
    expect(first.content).toEqual([
      {
        type: 'tool_use',
        id: expect.any(String) as string,
        name: 'Write',
        input: { file_path: '/some/place/a', content: 'x' },
      },
    ])
    const again = await ask([user(script)], { system })
    expect(again.content[0]?.input).toEqual(first.content[0]?.input)
    const second = await ask([user(script), assistant(first.content), user([result('wrote it')])])
    expect(second).toMatchObject({
      stop_reason: 'end_turn',
      content: [{ type: 'text', text: 'done: wrote it' }],
    })
    const past = await ask([user(script), assistant(), user([result('')]), assistant(), user([result('')])])
    expect(past.content[0]?.text).toBe('script finished')
  })

  test('of a new prompt start anew, and reminders are no prompt', async () => {
    const reminder = { type: 'text', text: '<system-reminder>::script ["never"]</system-reminder>' }
    const text = { type: 'text', text: '::script ["second"]' }
    expect((await ask([user(script), assistant(), user([reminder, text])])).content[0]?.text).toBe('second')
    const notice = user('<task-notification>a task ended</task-notification>')
    expect((await ask([user('::script ["one","two"]'), assistant('one'), notice])).content[0]?.text).toBe(
      'two',
    )
  })

  test('in one answer may think, speak and use several tools', async () => {
    const step = {
      thinking: 'hm',
      text: 'I will',
      tools: [
        { name: 'Read', input: { a: 1 } },
        { name: 'Bash', input: { b: 2 } },
      ],
    }
    const answer = await ask([user(`::script ${JSON.stringify([step])}`)])
    expect(answer.content.map((block) => block.type)).toEqual(['thinking', 'text', 'tool_use', 'tool_use'])
    expect(new Set(answer.content.slice(2).map((block) => block.id)).size).toBe(2)
  })

  test('survive a line break that a terminal put into a string, and say when they are broken', async () => {
    expect((await ask([user('::script ["a long\n   line"]')])).content[0]?.text).toBe('a long line')
    expect((await ask([user('::script ["open')])).content[0]?.text).toBe('bad script: unbalanced brackets')
    expect((await ask([user('::script [nonsense]')])).content[0]?.text).toBe('bad script: not JSON')
  })

  test('of a subagent follow the script in its own prompt', async () => {
    const inner = '::script ["inner answer"]'
    const outer = `::script ${JSON.stringify([{ tool: 'Agent', input: { prompt: inner } }, 'outer answer'])}`
    const answer = await ask([user(outer)])
    expect(answer.content[0]?.input).toEqual({ prompt: inner })
    expect((await ask([user(inner)])).content[0]?.text).toBe('inner answer')
  })

  test('default to an answer that names the prompt', async () => {
    expect((await ask([user('Say   something')])).content[0]?.text).toBe('OK: Say something')
  })
})

describe('scenarios', () => {
  test('are called by name', async () => {
    server.scenarios.set('greet', { script: ['hello'] })
    expect((await ask([user('::script:greet')])).content[0]?.text).toBe('hello')
    expect((await ask([user('::script:other')])).content[0]?.text).toBe('no scenario other')
  })

  test('apply by the latest prompt, also one that comes later to the same conversation', async () => {
    server.scenarios.set('work', { when: /move the deployment/i, script: ['working', 'worked'] })
    server.scenarios.set('repair', { when: /checks failed/, script: ['repairing'] })
    const first = user('Move the deployment to Kamal.')
    expect((await ask([first])).content[0]?.text).toBe('working')
    expect((await ask([first, assistant(), user([result('')])])).content[0]?.text).toBe('worked')
    expect((await ask([first, assistant(), user('The checks failed:\nnot ok 1')])).content[0]?.text).toBe(
      'repairing',
    )
    expect(server.requests.map((record) => [record.scenario, record.step])).toEqual([
      ['work', 0],
      ['work', 1],
      ['repair', 0],
    ])
  })

  test('may look at the whole conversation', async () => {
    server.scenarios.set('by-look', {
      when: (conversation) => conversation.prompts[0] === 'begin',
      script: ({ prompts, results }) => [
        'never',
        `prompt ${prompts.length}, ${results
          .flat()
          .map((r) => `${r.error}:${r.text}`)
          .join()}`,
      ],
    })
    const messages = [user('begin'), assistant(), user('go on'), assistant(), user([result('no', true)])]
    expect((await ask(messages)).content[0]?.text).toBe('prompt 2, true:no')
  })

  test('are not derailed by words typed while the agent works', async () => {
    const steered = user([result('ran'), { type: 'text', text: 'and hurry' }])
    expect((await ask([user('::script ["one","two"]'), assistant(), steered])).content[0]?.text).toBe('two')
    server.scenarios.set('whole', { when: () => true, script: ['first', 'second'] })
    expect((await ask([user('begin'), assistant(), steered])).content[0]?.text).toBe('second')
    server.scenarios.set('named', { when: /^and hurry/, script: ['hurrying'] })
    expect((await ask([user('begin'), assistant(), steered])).content[0]?.text).toBe('hurrying')
  })
})

describe('streaming', () => {
  test('sends each block in order, text in the wanted chunks', async () => {
    const step = {
      thinking: 'hm',
      text: 'abcdef',
      chunks: 3,
      tool: 'Write',
      input: { x: 1 },
      usage: { output_tokens: 77, cache_read_input_tokens: 5 },
    }
    const response = await post({ stream: true, messages: [user(`::script ${JSON.stringify([step])}`)] })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const all = await events(response)
    expect(all.map((e) => e.type)).toEqual([
      'message_start',
      'ping',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    const texts = all
      .map((e) => e.data['delta'] as { type?: string; text?: string } | undefined)
      .filter((d) => d?.type === 'text_delta')
    expect(texts.map((d) => d?.text)).toEqual(['ab', 'cd', 'ef'])
    expect(all.at(-2)?.data).toMatchObject({
      delta: { stop_reason: 'tool_use' },
      usage: { output_tokens: 77 },
    })
    expect(all[0]?.data).toMatchObject({
      message: { model: 'opus', usage: { cache_read_input_tokens: 5, output_tokens: 1 } },
    })
  })

  test('of an interrupted client is recorded as aborted', async () => {
    const stop = new AbortController()
    const slow = [user('::script [{"text":"abc","chunks":3,"chunkMs":600000}]')]
    const response = await post({ stream: true, messages: slow }, { signal: stop.signal })
    const rest = expect(response.text()).rejects.toThrow()
    stop.abort()
    await rest
    expect(await server.until((record) => record.aborted)).toMatchObject({ status: 0, fault: false })
  })

  test('does not hold up the end of the server', async () => {
    const hung = await post({ stream: true, messages: [user('::script [{"text":"abc","chunkMs":600000}]')] })
    const cut = expect(hung.text()).rejects.toThrow()
    await server.close()
    await cut
    server = await startModelServer()
  })
})

describe('faults', () => {
  const scripted = (step: Record<string, unknown>) => [user(`::script ${JSON.stringify([step])}`)]

  test('fail a step as often as asked, then answer it', async () => {
    const messages = scripted({
      text: 'fine',
      fault: { status: 429, times: 2, headers: { 'retry-after': '1' } },
    })
    for (let i = 0; i < 2; i++) {
      const response = await post({ messages })
      expect(response.status).toBe(429)
      expect(response.headers.get('retry-after')).toBe('1')
      expect(await response.json()).toMatchObject({
        type: 'error',
        error: { type: 'rate_limit_error' },
        request_id: response.headers.get('request-id'),
      })
    }
    expect((await ask(messages)).content[0]?.text).toBe('fine')
  })

  test('for ever are for ever, and count apart for each conversation', async () => {
    const messages = scripted({ fault: { status: 529, times: -1 } })
    for (let i = 0; i < 3; i++) expect((await post({ messages })).status).toBe(529)
    const once = scripted({ text: 'ok', fault: { status: 500 } })
    expect((await post({ messages: once })).status).toBe(500)
    expect((await post({ messages: once }, { headers: { 'x-claude-code-session-id': 's2' } })).status).toBe(
      500,
    )
    expect((await post({ messages: once })).status).toBe(200)
  })

  test('for all spare side requests when told to, and only hit their session', async () => {
    server.fail({ status: 500, mainOnly: true, session: 's1' })
    expect((await post({ tools: [], messages: [user('title?')] })).status).toBe(200)
    expect(
      (await post({ messages: [user('x')] }, { headers: { 'x-claude-code-session-id': 's2' } })).status,
    ).toBe(200)
    expect((await post({ messages: [user('x')] })).status).toBe(500)
    expect((await post({ messages: [user('x')] })).status).toBe(200)
  })

  test('drop the connection, break the stream, stall it', async () => {
    await expect(post({ messages: scripted({ fault: { drop: true } }) })).rejects.toThrow()
    expect(server.requests.at(-1)).toMatchObject({ status: 0, fault: true })
    const broken = await events(
      await post({
        stream: true,
        messages: scripted({ text: 'abc', fault: { midStream: 'overloaded_error' } }),
      }),
    )
    expect(broken.at(-1)).toEqual({
      type: 'error',
      data: { type: 'error', error: { type: 'overloaded_error', message: expect.any(String) as string } },
    })
    const stalled = await post({
      stream: true,
      messages: scripted({ text: 'abc', chunks: 3, fault: { stallMs: 5 } }),
    })
    await expect(stalled.text()).rejects.toThrow()
    const slow = await ask(scripted({ text: 'after a while', fault: { hangMs: 5 } }))
    expect(slow.content[0]?.text).toBe('after a while')
  })

  test('of a subscription carry the unified headers', async () => {
    const limits = {
      status: 'rejected',
      fiveHour: { utilization: 1, resetsAt: 1800000000 },
      sevenDay: { utilization: 0.4, resetsAt: 1800500000 },
      surpassed: 0.9,
    }
    const refused = await post({ messages: scripted({ fault: { status: 429, limits } }) })
    const get = (name: string) => refused.headers.get(`anthropic-ratelimit-unified-${name}`)
    expect([
      get('status'),
      get('reset'),
      get('representative-claim'),
      get('5h-utilization'),
      get('5h-surpassed-threshold'),
      get('7d-utilization'),
      get('7d-reset'),
    ]).toEqual(['rejected', '1800000000', 'five_hour', '1', '0.9', '0.4', '1800500000'])
    const warned = await post({
      messages: scripted({ text: 'x', limits: { ...limits, status: 'allowed_warning' } }),
    })
    expect(warned.headers.get('anthropic-ratelimit-unified-5h-status')).toBe('allowed_warning')
  })
})

describe('everything else', () => {
  test('side requests satisfy the schema they ask for', async () => {
    const schema = {
      type: 'object',
      properties: {
        title: { type: 'string' },
        kind: { enum: ['a', 'b'] },
        tags: { type: 'array', minItems: 1, items: { type: 'integer', minimum: 3 } },
        ok: { anyOf: [{ type: 'boolean' }, { type: 'null' }] },
      },
    }
    const answer = await ask([user('::script ["never for a side request"]')], {
      tools: [],
      output_config: { format: { type: 'json_schema', schema } },
    })
    expect(JSON.parse(answer.content[0]?.text ?? '')).toEqual({
      title: 'Scripted session',
      kind: 'a',
      tags: [3],
      ok: false,
    })
    const state = await ask([user('Assistant message tail:\nBLOCKED: need a key')], {
      tools: [],
      system: 'decide which of four states it is in',
    })
    expect(JSON.parse(state.content[0]?.text ?? '')).toMatchObject({
      state: 'blocked',
      needs: expect.stringContaining('need a key') as string,
    })
  })

  test('probes, token counts, unknown paths, broken bodies', async () => {
    expect((await fetch(server.url, { method: 'HEAD' })).status).toBe(200)
    const counted = await post({ messages: [user('hello')] }, { path: '/v1/messages/count_tokens?beta=true' })
    expect(((await counted.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(10)
    const missing = await fetch(`${server.url}/v1/models`)
    expect([missing.status, ((await missing.json()) as { error: { type: string } }).error.type]).toEqual([
      404,
      'not_found_error',
    ])
    expect((await fetch(`${server.url}/v1/messages`, { method: 'POST', body: 'x' })).status).toBe(400)
  })

  test('a web page is refused', async () => {
    const response = await fetch(`${server.url}/__script/scenario`, {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
      body: '{}',
    })
    expect(response.status).toBe(403)
  })

  test('the session of an older agent is read from the metadata', async () => {
    await post(
      { messages: [user('x')], metadata: { user_id: '{"session_id":"old"}' } },
      { headers: { 'x-claude-code-session-id': '' } },
    )
    const body = JSON.stringify({
      model: 'm',
      tools: TOOLS,
      messages: [user('x')],
      metadata: { user_id: '{"session_id":"old"}' },
    })
    await fetch(`${server.url}/v1/messages`, { method: 'POST', body })
    expect(server.requests.at(-1)?.session).toBe('old')
  })

  test('a wanted request is awaited, or was there already', async () => {
    const wanted = server.until((record) => record.prompt === 'second')
    await ask([user('first')])
    await ask([user('second')])
    expect((await wanted).n).toBe(2)
    expect((await server.until((record) => record.prompt === 'first')).n).toBe(1)
    await expect(server.until(() => false, AbortSignal.timeout(1))).rejects.toThrow()
  })
})

test('it runs as a program with control end points and a log file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'worktrain-model-'))
  const file = join(directory, 'requests.jsonl')
  const main = new URL('../../src/rehearsal/model-server/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], SCRIPT_LOG: file },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const { listening, pid } = JSON.parse(line) as { listening: string; pid: number }
    expect(pid).toBe(child.pid)
    const call = async (path: string, body?: unknown) => {
      const response = await fetch(
        `${listening}${path}`,
        body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
      )
      return { status: response.status, body: await response.json() }
    }
    expect(await call('/__script/scenario', { name: 'x', steps: ['by name'], when: 'please' })).toMatchObject(
      { status: 200 },
    )
    expect(await call('/__script/scenario', { name: 'y', steps: [], when: '(' })).toMatchObject({
      status: 400,
    })
    expect(await call('/__script/fault', { status: 503 })).toMatchObject({ status: 200 })
    const request = { model: 'm', tools: TOOLS, messages: [user('please')] }
    expect(await call('/v1/messages', request)).toMatchObject({ status: 503 })
    expect(await call('/v1/messages', request)).toMatchObject({
      status: 200,
      body: { content: [{ text: 'by name' }] },
    })
    expect(await call('/__script/requests')).toMatchObject({
      body: [
        { n: 1, status: 503, fault: true },
        { n: 2, scenario: 'x' },
      ],
    })
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2)
    await call('/__script/reset', {})
    expect(await call('/__script/health')).toMatchObject({ body: { ok: true, requests: 0 } })
  } finally {
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).toBe(0)
    rmSync(directory, { recursive: true })
  }
})
