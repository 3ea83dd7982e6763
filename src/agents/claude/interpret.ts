/** What Claude Code's hooks mean (facts/claude-code 3.2, 4.1). Pure. */
import { withoutHandoff } from '../../protocol/handoff-block.ts'
import type { Activity, ActivityState, HostRecord } from '../../protocol/index.ts'
import type { Meaning } from '../agent.ts'
import { asObject, asText } from './files.ts'
import { clipped } from '../../protocol/hidden.ts'

type Body = Record<string, unknown>

/** Longest evidence, characters: it is one line of a table. */
const EVIDENCE_MAX = 160

export function interpretClaude(record: HostRecord): Meaning[] {
  if (record.kind === 'hook') return ofHook(record.event, record.body, record.at)
  if (record.kind === 'question') {
    const { question } = record
    const state = STATE_OF_QUESTION[question.kind]
    // Of a permission the summary begins with the tool itself.
    const of = question.kind === 'permission' ? '' : `${question.tool}: `
    return [activity(state, record.at, `PermissionRequest ${of}${question.summary}`)]
  }
  // Of a dialog closed on the screen it is not known here whether the tool now runs or the turn is over
  // (Esc): the next hook or the session file tells.
  if (record.kind === 'question-closed' && record.by === 'outside')
    return [activity('working', record.at, 'answered from outside the terminal')]
  return []
}

const STATE_OF_QUESTION = {
  permission: 'needs-permission',
  question: 'needs-answer',
  plan: 'plan-ready',
} as const satisfies Record<string, ActivityState>

function ofHook(event: string, body: Body, at: number): Meaning[] {
  const working = (evidence: string): Meaning => activity('working', at, evidence)
  switch (event) {
    case 'UserPromptSubmit':
      return [
        ...conversation(body),
        working(`UserPromptSubmit: ${asText(body.prompt)}`),
        {
          kind: 'prompt-seen',
          text: asText(body.prompt),
          ...(asText(body.prompt).trimStart().startsWith('<task-notification>') && { itself: true as const }),
        },
      ]
    case 'PreToolUse':
      return [working(`PreToolUse ${toolAndSubject(body)}`)]
    case 'PostToolUse':
    case 'PostToolUseFailure':
      return [working(`${event} ${toolAndSubject(body)}`), ...command(event, body), ...touched(body)]
    case 'SubagentStart':
    case 'SubagentStop':
      // One of no type does the program's own chores beside an idle conversation, such as its recap for who comes back.
      return asText(body.agent_type) === '' ? [] : [working(`${event} ${asText(body.agent_type)}`)]
    case 'PreCompact':
    case 'PostCompact':
      return [working(event)]
    case 'PermissionRequest':
      return [activity('needs-permission', at, `PermissionRequest ${toolAndSubject(body)}`)]
    case 'Notification':
      return notification(body, at)
    case 'Stop':
      return stop(body, at)
    case 'StopFailure':
      return stopFailure(body, at)
    case 'SessionEnd':
      return sessionEnd(body, at)
    default:
      return []
  }
}

/** `/clear` goes on under a new id, and every turn begins with this hook. */
function conversation(body: Body): Meaning[] {
  const id = asText(body.session_id)
  return id ? [{ kind: 'conversation', id, transcript: asText(body.transcript_path) || null }] : []
}

/** A turn is over when nothing runs behind it either: subagents run in the background by default. */
function stop(body: Body, at: number): Meaning[] {
  const tasks = [...listOf(body.background_tasks), ...listOf(body.session_crons)]
  const lastMessage = asText(body.last_assistant_message)
  const names = tasks.map((task) => asText(task.description) || asText(task.type)).filter(Boolean)
  const evidence = tasks.length
    ? `Stop, ${tasks.length} still in the background: ${names.join(', ')}`
    : `Stop: ${withoutHandoff(lastMessage)}`
  return [
    activity(tasks.length ? 'working' : 'idle', at, evidence, tasks.length),
    { kind: 'turn-finished', lastMessage, background: tasks.length },
  ]
}

function stopFailure(body: Body, at: number): Meaning[] {
  const error = asText(body.error)
  const state = error === 'rate_limit' ? 'rate-limited' : 'failing'
  const details = asText(body.last_assistant_message) || asText(body.error_details)
  return [activity(state, at, `StopFailure ${error}: ${details}`)]
}

function sessionEnd(body: Body, at: number): Meaning[] {
  const reason = asText(body.reason)
  // The process goes on with an empty conversation, or with another one.
  if (reason === 'clear' || reason === 'resume') return [activity('idle', at, `SessionEnd: ${reason}`)]
  return [{ kind: 'session-ended', reason }]
}

function notification(body: Body, at: number): Meaning[] {
  const evidence = `Notification: ${asText(body.message)}`
  switch (body.notification_type) {
    case 'permission_prompt':
      return [activity('needs-permission', at, evidence)]
    case 'elicitation_dialog':
      return [activity('needs-answer', at, evidence)]
    // `idle_prompt` comes a minute after Stop and says nothing new.
    default:
      return []
  }
}

/** Exit code of a shell command: a failure says it in words, a command left running has none yet. */
function command(event: string, body: Body): Meaning[] {
  if (body.tool_name !== 'Bash') return []
  const line = asText(asObject(body.tool_input)?.command)
  if (line === '') return []
  if (event === 'PostToolUseFailure') {
    const code = /^Exit code (\d+)/.exec(asText(body.error))?.[1]
    return [{ kind: 'command', command: line, exit: code === undefined ? null : Number(code) }]
  }
  const response = asObject(body.tool_response)
  const unfinished = Boolean(response?.interrupted) || Boolean(response?.backgroundTaskId)
  return [{ kind: 'command', command: line, exit: response === null || unfinished ? null : 0 }]
}

/** Tools that change no file. All others may have, also where they failed: those of MCP servers are not known. */
const LOOKING =
  /^(Read|Grep|Glob|LS|WebFetch|WebSearch|TodoWrite|Task|Task[A-Z]\w*|Agent|AskUserQuestion|EnterPlanMode|ExitPlanMode|Skill|ToolSearch|BashOutput|KillShell)$/

function touched(body: Body): Meaning[] {
  return LOOKING.test(asText(body.tool_name)) ? [] : [{ kind: 'files-touched' }]
}

function toolAndSubject(body: Body): string {
  const subject = subjectOf(body.tool_input)
  const tool = asText(body.tool_name)
  const inside = asText(body.agent_type)
  return `${tool}${inside ? ` in ${inside}` : ''}${subject ? `: ${subject}` : ''}`
}

/** What a tool is called with, in short; empty: nothing that stands for it. */
export function subjectOf(input: unknown): string {
  const given = asObject(input) ?? {}
  const names = ['command', 'file_path', 'notebook_path', 'pattern', 'url', 'query', 'description']
  return names.map((name) => asText(given[name])).find((text) => text !== '') ?? ''
}

function activity(state: ActivityState, at: number, evidence: string, background = 0): Meaning {
  const line = evidence.replace(/\s+/g, ' ').trim()
  const seen: Activity = { state, source: 'hook', at, evidence: clipped(line, EVIDENCE_MAX) }
  return { kind: 'activity', activity: seen, background }
}

function listOf(value: unknown): Body[] {
  return Array.isArray(value) ? value.map((each) => asObject(each) ?? {}) : []
}
