import { request } from 'node:http'
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { createConnection } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { GuardPolicy } from '../../src/protocol/guard.ts'
import type { HostRecord } from '../../src/protocol/host.ts'
import { Between } from '../../src/host/between.ts'
import { serveHooks } from '../../src/host/hooks.ts'
import { HeldQuestions } from '../../src/host/questions.ts'
import {
  cleanUp,
  follow,
  freePort,
  onCleanUp,
  sh,
  specFor,
  start,
  temporaryDirectory,
  until,
  view,
} from './support.ts'
import type { TestHost, Watch } from './support.ts'

afterEach(cleanUp)

const TOKEN = 'secret-token'

interface Reply {
  status: number
  body: Record<string, unknown>
}

interface Sent {
  reply: Promise<Reply>
  abandon: () => void
}

function send(
  port: number,
  path: string,
  body: unknown,
  more: { method?: string; headers?: Record<string, string> } = {},
): Sent {
  const answer = Promise.withResolvers<Reply>()
  const outgoing = request(
    {
      host: '127.0.0.1',
      port,
      path,
      method: more.method ?? 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...more.headers },
    },
    (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () =>
        answer.resolve({
          status: response.statusCode ?? 0,
          body: JSON.parse(text) as Record<string, unknown>,
        }),
      )
    },
  )
  outgoing.on('error', answer.reject)
  answer.promise.catch(() => {})
  if (more.method === 'GET') outgoing.end()
  else outgoing.end(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body))
  return { reply: answer.promise, abandon: () => outgoing.destroy() }
}

interface Hooked extends Watch {
  host: TestHost
  workspace: string
  hook: (event: string, body: unknown) => Promise<Reply>
  send: typeof send extends (port: number, ...rest: infer R) => infer S ? (...rest: R) => S : never
}

async function hooked(argv = sh('exec cat'), more: Partial<GuardPolicy> = {}): Promise<Hooked> {
  const port = await freePort()
  const spec = specFor(argv)
  const workspace = realpathSync(spec.cwd)
  const host = await start({
    ...spec,
    hooks: { port, token: TOKEN },
    guard: {
      workspace,
      writable: [],
      avoid: ['secret/**'],
      owns: ['src/**'],
      granted: [],
      strays: 'refuse',
      branch: 'worktrain/x',
      kernel: { hidden: ['/hidden'], says: ['EROFS', 'EXDEV'] },
      ...more,
    },
  })
  const bound: Hooked['send'] = (...rest) => send(port, ...rest)
  return {
    ...(await follow(host)),
    host,
    workspace,
    send: bound,
    hook: (event, body) => bound(`/hook/${event}`, body).reply,
  }
}

const write = (workspace: string, path: string, id = 'toolu_1'): Record<string, unknown> => ({
  hook_event_name: 'PreToolUse',
  cwd: workspace,
  tool_name: 'Write',
  tool_input: { file_path: path, content: 'x' },
  tool_use_id: id,
})
const denied = (reply: Reply): string =>
  (reply.body.hookSpecificOutput as Record<string, string> | undefined)?.permissionDecision === 'deny'
    ? (reply.body.hookSpecificOutput as Record<string, string>).permissionDecisionReason!
    : ''
const kinds = (records: HostRecord[]): string[] =>
  records.map((record) => record.kind).filter((kind) => kind !== 'started')

test('events are recorded as they came, and answered without an opinion', async () => {
  const { hook, record } = await hooked()
  const body = {
    hook_event_name: 'Stop',
    session_id: 's',
    last_assistant_message: 'dönë',
    background_tasks: [],
  }
  expect(await hook('Stop', body)).toEqual({ status: 200, body: {} })
  expect(await record('hook')).toMatchObject({ event: 'Stop', body })
})

test('only the owner of the token is heard, on loopback, by its own name', async () => {
  const { send: to, records, host } = await hooked()
  const status = async (path: string, more: Parameters<typeof to>[2]): Promise<number> =>
    (await to(path, {}, more).reply).status
  expect(await status('/hook/Stop', { headers: { authorization: 'Bearer wrong' } })).toBe(401)
  expect(await status('/hook/Stop', { headers: { authorization: `Bearer ${TOKEN}x` } })).toBe(401)
  expect(await status('/hook/Stop', { headers: { authorization: '' } })).toBe(401)
  expect(await status('/hook/PreToolUse', { headers: { authorization: 'Bearer wrong' } })).toBe(401)
  expect(await status('/hook/Stop', { headers: { host: 'evil.example' } })).toBe(421)
  expect(await status('/hook/Stop', { headers: { origin: 'http://127.0.0.1:1' } })).toBe(403)
  expect(await status('/hook/Stop', { method: 'GET' })).toBe(405)
  expect(await status('/', {})).toBe(404)
  expect(await status('/hook/../x', {})).toBe(404)
  expect((await to('/hook/Stop', 'no json').reply).status).toBe(400)
  expect((await to('/hook/Stop', '[]').reply).status).toBe(400)
  expect(kinds(records)).toEqual([])
  for (const { address, family, internal } of Object.values(networkInterfaces()).flatMap(
    (each) => each ?? [],
  )) {
    if (internal || family !== 'IPv4') continue
    const socket = createConnection({ host: address, port: host.spec.hooks!.port })
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  }
})

test('the guard refuses a write outside, with a sentence, and says what lies outside the owned paths', async () => {
  const { hook, record, workspace } = await hooked()
  expect(await hook('PreToolUse', write(workspace, join(workspace, 'src/a.ts')))).toEqual({
    status: 200,
    body: {},
  })
  const refused = await hook('PreToolUse', write(workspace, '/etc/passwd'))
  expect(refused.status).toBe(200)
  expect(denied(refused)).toContain('/etc/passwd')
  expect(await record('refusal')).toMatchObject({ tool: 'Write', target: '/etc/passwd', agentId: null })
  expect(denied(await hook('PreToolUse', write(workspace, join(workspace, 'secret/key'))))).not.toBe('')
  expect(denied(await hook('PreToolUse', write(workspace, join(workspace, 'docs/b.md'))))).toContain(
    'docs/b.md',
  )
  expect(await record('refusal', (each) => each.wanted !== undefined)).toMatchObject({
    wanted: ['docs/b.md'],
  })
})

test('where the person has it so, what lies outside the owned paths is only recorded', async () => {
  const { hook, record, workspace } = await hooked(undefined, { strays: 'report' })
  const reply = await hook('PreToolUse', write(workspace, join(workspace, 'docs/b.md')))
  expect(reply).toEqual({ status: 200, body: {} })
  const strayed = { outsideOwned: ['docs/b.md'] }
  expect(await record('hook', (each) => each.outsideOwned !== undefined)).toMatchObject(strayed)
})

const after = (workspace: string, command: string, more: Record<string, unknown>) => ({
  cwd: workspace,
  tool_name: 'Bash',
  tool_input: { command },
  tool_use_id: 'toolu_2',
  ...more,
})
const advice = (reply: Reply): unknown =>
  (reply.body.hookSpecificOutput as Reply['body'] | undefined)?.additionalContext

test('what the kernel refused is recorded and explained, once a turn', async () => {
  const { hook, record, records, workspace } = await hooked()
  const said = "Exit code 1\ntouch: cannot touch '/etc/x': Read-only file system"
  const failed = after(workspace, 'touch /etc/x', { error: said })
  const reply = await hook('PostToolUseFailure', failed)
  expect(reply.body.hookSpecificOutput).toMatchObject({ hookEventName: 'PostToolUseFailure' })
  expect(advice(reply)).toMatch(/\/etc\/x lies outside .*EROFS.*Write below/s)
  expect(await record('refusal')).toMatchObject({ source: 'kernel', tool: 'Bash', target: '/etc/x' })
  expect((await hook('PostToolUseFailure', failed)).body).toEqual({})
  await hook('UserPromptSubmit', { prompt: '<task-notification>x</task-notification>' })
  expect((await hook('PostToolUseFailure', failed)).body).toEqual({})
  expect(kinds(records).filter((kind) => kind === 'refusal')).toHaveLength(1)
  await hook('UserPromptSubmit', { prompt: 'again' })
  const stdout = {
    tool_response: { stdout: '', stderr: '/bin/sh: 1: cannot create /etc/x: Read-only file system' },
  }
  expect(advice(await hook('PostToolUse', after(workspace, 'true', stdout)))).toContain('/etc/x')
  const hidden = { error: 'cat: /hidden/other/f: No such file or directory' }
  expect(advice(await hook('PostToolUseFailure', after(workspace, 'cat', hidden)))).toContain('hidden')
})

test('files that a command was seen to change outside the owned paths are recorded', async () => {
  const { hook, record, workspace } = await hooked()
  const diff = { files: [{ filePath: join(workspace, 'docs/a.md') }, { filePath: join(workspace, 'src/x') }] }
  await hook('PostToolUse', after(workspace, 'make', { tool_response: { bashEditDiff: diff } }))
  expect(await record('hook', (each) => each.outsideOwned !== undefined)).toMatchObject({
    event: 'PostToolUse',
    outsideOwned: ['docs/a.md'],
  })
})

test('a call that ran otherwise than it was judged is recorded', async () => {
  const { hook, record, workspace } = await hooked()
  await hook('PreToolUse', write(workspace, join(workspace, 'src/a')))
  await hook('PostToolUse', write(workspace, '/etc/passwd'))
  const why = expect.stringContaining('It ran all the same')
  expect(await record('refusal')).toMatchObject({ tool: 'Write', target: '/etc/passwd', why })
})

test('settings changed in mid-session do not count, but for the person; worktrees are not made', async () => {
  const { hook, record, workspace } = await hooked()
  const file = join(workspace, '.claude/settings.local.json')
  expect(await hook('ConfigChange', { source: 'local_settings', file_path: file })).toMatchObject({
    status: 200,
    body: { decision: 'block' },
  })
  expect(await record('refusal')).toMatchObject({ tool: 'ConfigChange', target: file })
  expect(
    await hook('ConfigChange', { source: 'user_settings', file_path: '/h/.claude/settings.json' }),
  ).toEqual({
    status: 200,
    body: {},
  })
  expect((await hook('WorktreeCreate', { name: 'foo' })).status).toBe(403)
  expect(await record('refusal', (each) => each.tool === 'WorktreeCreate')).toMatchObject({ target: 'foo' })
})

test('the terminal of an agent without hooks is read for what the kernel refused', async () => {
  const spec = specFor(sh('printf "touch: cannot touch \'/etc/x\': Read-only file system\\n"; exec cat'))
  const workspace = realpathSync(spec.cwd)
  const guard = {
    ...{ workspace, writable: [], avoid: [], owns: [], granted: [], branch: 'b' },
    ...{ strays: 'refuse' as const, kernel: { hidden: [], says: ['EROFS' as const] } },
  }
  const { record } = await follow(await start({ ...spec, guard }))
  expect(await record('refusal')).toMatchObject({ source: 'kernel', tool: 'terminal', target: '/etc/x' })
})

test('the guard follows links, and takes a new policy', async () => {
  const { hook, control, workspace, host } = await hooked()
  symlinkSync('/etc', join(workspace, 'link'))
  expect(denied(await hook('PreToolUse', write(workspace, join(workspace, 'link/x'))))).not.toBe('')
  mkdirSync(join(workspace, 'src'))
  const inside = write(workspace, join(workspace, 'src/a.ts'))
  expect(denied(await hook('PreToolUse', inside))).toBe('')
  await control.request({ op: 'guard', policy: { ...host.spec.guard!, avoid: ['src/**'] } })
  expect(denied(await hook('PreToolUse', inside))).not.toBe('')
})

test('what cannot be judged is refused: malformed, too large, an exception in the guard', async () => {
  const { hook, send: to, control, host, workspace } = await hooked()
  expect(denied(await hook('PreToolUse', {}))).not.toBe('')
  expect(denied(await to('/hook/PreToolUse', 'no json').reply)).not.toBe('')
  const large = JSON.stringify({
    ...write(workspace, join(workspace, 'src/a')),
    padding: 'x'.repeat(5 * 1024 * 1024),
  })
  expect(denied(await to('/hook/PreToolUse', large).reply)).toContain('larger')
  // A policy that makes the decision throw: its globs are no strings by the time they are read.
  await control.request({ op: 'guard', policy: { ...host.spec.guard!, avoid: ['x'.repeat(70_000)] } })
  expect(denied(await hook('PreToolUse', write(workspace, join(workspace, 'src/a'))))).toContain(
    'could not check',
  )
})

test('what would grow or nest beyond what can be kept is refused as well', async () => {
  const { hook, send: to, workspace } = await hooked()
  const call = write(workspace, join(workspace, 'src/a'))
  const spread = Buffer.concat([
    Buffer.from(`${JSON.stringify(call).slice(0, -1)},"padding":"`),
    Buffer.alloc(3 * 1024 * 1024, 0xff),
    Buffer.from('"}'),
  ])
  expect(denied(await to('/hook/PreToolUse', spread).reply)).toContain('larger')
  const nested = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`
  expect((await to('/hook/PermissionRequest', nested).reply).status).toBe(400)
  expect(denied(await hook('PreToolUse', call))).toBe('')
})

test('other events above the limit are refused, and the agent goes on', async () => {
  const { send: to, records } = await hooked()
  expect(
    (await to('/hook/PostToolUse', JSON.stringify({ x: 'x'.repeat(5 * 1024 * 1024) })).reply).status,
  ).toBe(413)
  expect(kinds(records)).toEqual([])
})

const permission = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  hook_event_name: 'PermissionRequest',
  tool_name: 'Bash',
  tool_input: { command: 'rm -rf\n build' },
  permission_suggestions: [{ type: 'addRules' }],
  ...more,
})

test('a question is held until it is answered from outside', async () => {
  const { send: to, record, control } = await hooked()
  const { reply } = to('/hook/PermissionRequest', permission())
  const { question, body } = await record('question')
  expect(question).toMatchObject({
    kind: 'permission',
    tool: 'Bash',
    summary: 'Bash: rm -rf build',
    input: { command: 'rm -rf\n build' },
    questions: [],
  })
  expect(body).toMatchObject({ permission_suggestions: [{ type: 'addRules' }] })
  expect((await control.request({ op: 'status' })).openQuestions).toEqual([question])
  const decision = {
    hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } },
  }
  await control.request({ op: 'answer', question: question.id, body: decision })
  expect(await reply).toEqual({ status: 200, body: decision })
  expect(await record('question-closed')).toMatchObject({ id: question.id, by: 'outside' })
  expect((await control.request({ op: 'status' })).openQuestions).toEqual([])
  await expect(control.request({ op: 'answer', question: question.id, body: {} })).rejects.toMatchObject({
    code: 'QUESTION_UNKNOWN',
  })
})

test('questions and plans come with what is needed to answer them', async () => {
  const { send: to, record } = await hooked()
  to('/hook/PermissionRequest', {
    tool_name: 'AskUserQuestion',
    tool_input: {
      questions: [
        {
          question: 'Which one?',
          header: 'Choice',
          multiSelect: true,
          options: [{ label: 'A', description: 'first' }],
        },
      ],
    },
  })
  expect((await record('question')).question).toMatchObject({
    kind: 'question',
    summary: 'Which one?',
    questions: [
      {
        header: 'Choice',
        question: 'Which one?',
        multiple: true,
        options: [{ label: 'A', description: 'first' }],
      },
    ],
  })
  to('/hook/PermissionRequest', { tool_name: 'ExitPlanMode', tool_input: { plan: '\n# Move it\n1. …' } })
  expect((await record('question', ({ question }) => question.kind === 'plan')).question.summary).toBe(
    'Move it',
  )
})

const id = 'toolu_9'
const SETTLED: [string, string, Record<string, unknown>][] = [
  ['the tool ran', 'PostToolUse', { tool_use_id: id, tool_name: 'Bash', tool_input: { command: 'changed' } }],
  ['the tool failed', 'PostToolUseFailure', { tool_use_id: id, tool_name: 'Bash' }],
  ['its batch ended', 'PostToolBatch', { tool_calls: [{ tool_use_id: id }] }],
  ['the person typed a prompt', 'UserPromptSubmit', { prompt: 'go on' }],
  ['the turn ended', 'Stop', { background_tasks: [] }],
]
test.each(SETTLED)('a question is closed as settled at the terminal when %s', async (_, event, body) => {
  const { send: to, hook, record, workspace } = await hooked()
  await hook('PreToolUse', {
    ...write(workspace, 'x', id),
    tool_name: 'Bash',
    tool_input: permission().tool_input,
  })
  const { reply } = to('/hook/PermissionRequest', permission())
  const { question } = await record('question')
  await hook(event, body)
  expect(await record('question-closed')).toMatchObject({ id: question.id, by: 'terminal' })
  expect(await reply).toEqual({ status: 200, body: {} })
})

test('a question whose dialog has gone is closed by whoever sees that, without an answer', async () => {
  const { send: to, record, control } = await hooked()
  const { reply } = to('/hook/PermissionRequest', permission())
  const { question } = await record('question')
  expect(await control.request({ op: 'close', question: question.id })).toBe(true)
  expect(await record('question-closed')).toMatchObject({ id: question.id, by: 'terminal' })
  expect(await reply).toEqual({ status: 200, body: {} })
  expect(await control.request({ op: 'close', question: question.id })).toBe(false)
})

test('without an id, the same tool with the same input settles it', async () => {
  const { send: to, hook, record } = await hooked()
  void to('/hook/PermissionRequest', permission())
  await record('question')
  await hook('PostToolUse', { tool_use_id: 'x', tool_name: 'Bash', tool_input: permission().tool_input })
  expect(await record('question-closed')).toMatchObject({ by: 'terminal' })
})

test("another call, another agent's end, or a machine's prompt settles nothing; giving up does", async () => {
  const { send: to, hook, record, records } = await hooked()
  const { abandon } = to('/hook/PermissionRequest', permission({ agent_id: 'sub' }))
  await record('question')
  await hook('PostToolUse', { tool_use_id: 'x', tool_name: 'Bash', tool_input: { command: 'ls' } })
  await hook('Stop', { background_tasks: [{ id: 'sub' }] })
  await hook('SubagentStop', { agent_id: 'other' })
  await hook('UserPromptSubmit', { prompt: '<task-notification>x</task-notification>' })
  await until(() => kinds(records).length >= 5)
  expect(kinds(records)).toEqual(['question', 'hook', 'hook', 'hook', 'hook'])
  abandon()
  expect(await record('question-closed')).toMatchObject({ by: 'terminal' })
})

test('the end of the process ends its questions, before it is told', async () => {
  const { send: to, record, records, control } = await hooked(sh('read x; exit 0'))
  void to('/hook/PermissionRequest', permission())
  await record('question')
  await control.request({ op: 'input', data: '\n' })
  expect(await record('question-closed')).toMatchObject({ by: 'ended' })
  await until(() => records.at(-1)?.kind === 'exit')
})

test('a full disk and a flood hold up no answer', async () => {
  const workspace = temporaryDirectory()
  const guard = { workspace, writable: [], avoid: [], owns: [], granted: [], branch: 'b', kernel: null }
  const questions = new HeldQuestions(
    async () => {},
    Date.now,
    () => 'q',
  )
  const port = await freePort()
  const server = await serveHooks(
    { port, token: TOKEN },
    {
      // Never on disk.
      append: () => new Promise(() => {}),
      questions,
      between: new Between(null),
      guard: () => ({ ...guard, strays: 'refuse' }),
      log: () => {},
    },
  )
  onCleanUp(() => void server.close())
  const calls = Array.from({ length: 300 }, (_, i) => {
    const path = i % 3 === 0 ? '/etc/passwd' : join(workspace, `${i}`)
    return send(port, '/hook/PreToolUse', write(workspace, path, `toolu_${i}`)).reply
  })
  const replies = await Promise.all(calls)
  expect(replies.map((reply) => denied(reply) !== '')).toEqual(replies.map((_, i) => i % 3 === 0))
})

const prompted = (text: string) => ({ hook_event_name: 'UserPromptSubmit', session_id: 's', prompt: text })
const heard = (reply: Reply): string =>
  (reply.body.hookSpecificOutput as Record<string, string> | undefined)?.additionalContext ?? ''

test('news is told once, to the conversation itself, with the first answer that can carry it', async () => {
  const { hook, control, records, workspace } = await hooked()
  await control.request({ op: 'tell', main: 'a1', text: 'main is at a1' })
  await control.request({ op: 'tell', main: 'a2', text: 'main is at a2' })
  const result = { cwd: workspace, tool_name: 'Bash', tool_input: { command: 'true' }, tool_response: {} }
  // A subagent would keep it to itself, and a guard's answer or the end of a turn carries nothing.
  expect(heard(await hook('PostToolUse', { ...result, agent_id: 'sub' }))).toBe('')
  expect(heard(await hook('PreToolUse', { ...result, tool_use_id: 't1' }))).toBe('')
  expect((await hook('Stop', { session_id: 's' })).body).toEqual({})
  expect(heard(await hook('PostToolUse', result))).toBe('main is at a2')
  expect(heard(await hook('PostToolUse', result))).toBe('')
  // A supervisor that starts anew brings what it does not know to be told.
  await control.request({ op: 'tell', main: 'a2', text: 'main is at a2' })
  expect(heard(await hook('UserPromptSubmit', prompted('go on')))).toBe('')
  await control.request({ op: 'tell', main: 'a3', text: 'main is at a3' })
  expect(heard(await hook('UserPromptSubmit', prompted('go on')))).toBe('main is at a3')
  const told = records.filter((record) => record.kind === 'told')
  expect(told).toMatchObject([
    { main: 'a2', how: 'PostToolUse' },
    { main: 'a3', how: 'UserPromptSubmit' },
  ])
})

test('no turn begins while the workspace is changed, and quiet means that nothing is unknown', async () => {
  const { hook, control, records, record } = await hooked()
  await hook('Stop', { session_id: 's' })
  const stop = await record('hook')
  expect(await control.request({ op: 'hold', ms: 60_000 })).toEqual({ quiet: false })
  await control.request({ op: 'acknowledge', seq: stop.seq })
  expect(await control.request({ op: 'hold', ms: 60_000 })).toEqual({ quiet: true })
  // What was just typed is about to begin a turn.
  await control.request({ op: 'prompt', prompt: 'p1', keys: ['go on\r'] })
  const typed = await record('prompted')
  expect(await control.request({ op: 'hold', ms: 60_000 })).toEqual({ quiet: false })
  await control.request({ op: 'acknowledge', seq: typed.seq })
  expect(await control.request({ op: 'hold', ms: 60_000 })).toEqual({ quiet: true })
  // Given up after a moment: the agent would begin all the same if it had to wait for longer.
  const refused = await hook('UserPromptSubmit', prompted('now'))
  expect(refused.body).toMatchObject({ decision: 'block' })
  expect(records.filter((one) => one.kind === 'hook')).toHaveLength(1)
  const waits = hook('UserPromptSubmit', prompted('now'))
  const others = await hook('Notification', { session_id: 's', message: 'idle' })
  expect(others.body).toEqual({})
  await control.request({ op: 'release' })
  expect((await waits).body).toEqual({})
  expect((await hook('UserPromptSubmit', prompted('again'))).body).toEqual({})
})

test('a prompt is typed into no dialog, and not before all that was told is taken in', async () => {
  const { control, host, hook, record, records, send: start } = await hooked()
  const viewer = await view(host)
  const give = () => control.request({ op: 'prompt', prompt: 'p1', keys: ['yes', '\r'] })
  const asked = start('/hook/PermissionRequest', { session_id: 's', tool_name: 'Bash', tool_input: {} })
  const { seq, question } = await record('question')
  await control.request({ op: 'acknowledge', seq })
  await expect(give()).rejects.toMatchObject({ code: 'DIALOG_OPEN', exit: 3 })
  await control.request({ op: 'answer', question: question.id, body: {} })
  await asked.reply
  // The turn goes on, of which the supervisor does not know yet.
  await hook('PostToolUse', { session_id: 's', tool_name: 'Bash', tool_input: {} })
  await expect(give()).rejects.toMatchObject({ code: 'SESSION_BUSY' })
  const told = await record('hook')
  await control.request({ op: 'acknowledge', seq: told.seq })
  await give()
  await give()
  // As it is typed, and by the program.
  await viewer.shows((lines) => lines.filter((line) => line === 'yes').length === 2)
  expect(records.filter(({ kind }) => kind === 'prompted')).toHaveLength(1)
})

test('a hold ends by itself when nobody takes it back', async () => {
  const { hook, control } = await hooked()
  await control.request({ op: 'hold', ms: 50 })
  expect((await hook('UserPromptSubmit', prompted('now'))).body).toEqual({})
})
