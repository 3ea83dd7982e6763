/** Payloads as Claude Code 2.1.329 sent them, ids and paths shortened. */
import { describe, expect, test } from 'vitest'
import { claude } from '../../src/agents/claude/index.ts'
import { command } from '../../src/agents/command/index.ts'
import type { HostRecord, HostRecordBody } from '../../src/protocol/index.ts'

const AT = 1_795_222_055_341
const record = (body: HostRecordBody): HostRecord => ({ seq: 1, at: AT, generation: 1, ...body })
const hook = (event: string, body: Record<string, unknown>) =>
  claude.interpret(
    record({
      kind: 'hook',
      event,
      body: {
        session_id: 'a4e7fac1',
        transcript_path: '/c/projects/-w/a4e7fac1.jsonl',
        cwd: '/w',
        permission_mode: 'default',
        hook_event_name: event,
        ...body,
      },
    }),
  )
const stateOf = (meanings: ReturnType<typeof hook>) => {
  const found = meanings.find((each) => each.kind === 'activity')
  return found?.kind === 'activity' ? [found.activity.state, found.background] : null
}

describe('hooks of Claude Code', () => {
  test('a prompt starts a turn and names the conversation', () => {
    expect(hook('UserPromptSubmit', { prompt: 'fix\nthe bug' })).toEqual([
      { kind: 'conversation', id: 'a4e7fac1', transcript: '/c/projects/-w/a4e7fac1.jsonl' },
      {
        kind: 'activity',
        activity: { state: 'working', source: 'hook', at: AT, evidence: 'UserPromptSubmit: fix the bug' },
        background: 0,
      },
      { kind: 'prompt-seen', text: 'fix\nthe bug' },
    ])
  })

  test('the turn a machine starts when a background task ends is work as well', () => {
    const prompt = '<task-notification>\n<task-id>a34e</task-id>\n</task-notification>'
    expect(stateOf(hook('UserPromptSubmit', { prompt }))).toEqual(['working', 0])
  })

  test('a subagent is work, a chore of the program itself beside an idle conversation is none', () => {
    const body = { agent_id: 'a34e', background_tasks: [], session_crons: [], stop_hook_active: false }
    expect(stateOf(hook('SubagentStop', { ...body, agent_type: 'general-purpose' }))).toEqual(['working', 0])
    // As Claude Code's recap ends, which it writes for a person who comes back after a turn.
    expect(hook('SubagentStop', { ...body, agent_type: '', last_assistant_message: 'Recap' })).toEqual([])
  })

  test('Stop is idle only when nothing runs behind it', () => {
    const last = { stop_hook_active: false, last_assistant_message: 'final', session_crons: [] }
    const task = { id: 'a34e', type: 'subagent', status: 'running', description: 'look', agent_type: 'x' }
    const done = hook('Stop', { ...last, background_tasks: [] })
    expect(stateOf(done)).toEqual(['idle', 0])
    expect(done).toContainEqual({ kind: 'turn-finished', lastMessage: 'final', background: 0 })
    const busy = hook('Stop', { ...last, background_tasks: [task] })
    expect(stateOf(busy)).toEqual(['working', 1])
    expect(busy).toContainEqual({ kind: 'turn-finished', lastMessage: 'final', background: 1 })
    expect(stateOf(hook('Stop', { ...last, background_tasks: [], session_crons: [{ id: 1 }] }))).toEqual([
      'working',
      1,
    ])
  })

  test('a failed turn says whether a limit was the reason', () => {
    const message = { last_assistant_message: "You've hit your 5-hour limit" }
    expect(stateOf(hook('StopFailure', { error: 'rate_limit', ...message }))).toEqual(['rate-limited', 0])
    expect(stateOf(hook('StopFailure', { error: 'authentication_failed' }))).toEqual(['failing', 0])
  })

  test.each([
    ['success', 'PostToolUse', { tool_response: { stdout: '', stderr: '', interrupted: false } }, 0],
    ['failure', 'PostToolUseFailure', { error: 'Exit code 254\nnpm error code ENOENT' }, 254],
    ['no code', 'PostToolUseFailure', { error: 'Command timed out' }, null],
    ['interrupted', 'PostToolUse', { tool_response: { interrupted: true } }, null],
    ['left running', 'PostToolUse', { tool_response: { backgroundTaskId: 'b1' } }, null],
    ['no response', 'PostToolUse', {}, null],
  ])('exit code of a shell command: %s', (_, event, more, exit) => {
    const body = { tool_name: 'Bash', tool_input: { command: 'npm run build' }, tool_use_id: 't', ...more }
    expect(hook(event, body)).toContainEqual({ kind: 'command', command: 'npm run build', exit })
  })

  test('only shell commands are commands', () => {
    const body = { tool_name: 'Write', tool_input: { file_path: '/w/a' }, tool_response: {} }
    expect(hook('PostToolUse', body).map((each) => each.kind)).toEqual(['activity', 'files-touched'])
  })

  test.each([
    ['Edit', true],
    ['Bash', true],
    ['mcp__notes__save', true],
    ['Read', false],
    ['Grep', false],
    ['TaskCreate', false],
  ])('%s may have changed files: %s', (tool_name, may) => {
    for (const event of ['PostToolUse', 'PostToolUseFailure']) {
      const kinds = hook(event, { tool_name, tool_input: {} }).map((each) => each.kind)
      expect(kinds.includes('files-touched')).toBe(may)
    }
    expect(hook('PreToolUse', { tool_name, tool_input: {} })).toHaveLength(1)
  })

  test('evidence names the tool, what it works on, and the subagent, on one line', () => {
    const [meaning] = hook('PreToolUse', {
      tool_name: 'Bash',
      tool_input: { command: `echo ${'x'.repeat(400)}\nls` },
      agent_type: 'general-purpose',
    })
    if (meaning?.kind !== 'activity') throw new Error('no activity')
    expect(meaning.activity.evidence).toMatch(/^PreToolUse Bash in general-purpose: echo x+…$/)
    expect(meaning.activity.evidence).toHaveLength(160)
  })

  test('/clear does not end the session, leaving does', () => {
    expect(stateOf(hook('SessionEnd', { reason: 'clear' }))).toEqual(['idle', 0])
    expect(hook('SessionEnd', { reason: 'prompt_input_exit' })).toEqual([
      { kind: 'session-ended', reason: 'prompt_input_exit' },
    ])
  })

  test('a late or unknown notice changes nothing', () => {
    const idle = { message: 'Claude is waiting for your input', notification_type: 'idle_prompt' }
    expect(hook('Notification', idle)).toEqual([])
    expect(hook('SomethingNew', {})).toEqual([])
    const dialog = { message: 'Claude needs your permission', notification_type: 'permission_prompt' }
    expect(stateOf(hook('Notification', dialog))).toEqual(['needs-permission', 0])
  })

  test('a held question is a need of its kind; only an answer from outside is known to go on', () => {
    const question = { id: 'q', tool: 'Bash', summary: 'Bash: x', input: {}, questions: [], openedAt: AT }
    expect(
      claude.interpret(record({ kind: 'question', question: { ...question, kind: 'permission' } })),
    ).toMatchObject([{ activity: { evidence: 'PermissionRequest Bash: x' } }])
    const states = (['permission', 'question', 'plan'] as const).map((kind) =>
      stateOf(claude.interpret(record({ kind: 'question', question: { ...question, kind } })))?.at(0),
    )
    expect(states).toEqual(['needs-permission', 'needs-answer', 'plan-ready'])
    const closed = (by: 'outside' | 'terminal' | 'ended') =>
      stateOf(claude.interpret(record({ kind: 'question-closed', id: 'q', by })))
    expect(closed('outside')).toEqual(['working', 0])
    expect([closed('terminal'), closed('ended')]).toEqual([null, null])
  })

  test('malformed bodies are no reason to fail', () => {
    for (const event of [
      'UserPromptSubmit',
      'PreToolUse',
      'PostToolUse',
      'Stop',
      'StopFailure',
      'SessionEnd',
    ])
      for (const body of [
        { background_tasks: 'x', tool_input: null, session_id: 7 },
        { background_tasks: [null], tool_response: [] },
      ])
        expect(() => hook(event, body)).not.toThrow()
  })
})

test('a command works while it runs, and ends well or not', () => {
  const state = (body: HostRecordBody) => stateOf(command.interpret(record(body)))?.at(0)
  expect(state({ kind: 'started', pid: 7 })).toBe('working')
  expect(state({ kind: 'exit', code: 0, signal: null })).toBe('idle')
  expect(state({ kind: 'exit', code: 3, signal: null })).toBe('failing')
  expect(state({ kind: 'exit', code: null, signal: 'SIGKILL' })).toBe('failing')
})
