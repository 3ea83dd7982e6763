/** The shapes of Claude Code's hooks: what it sends, what it takes for an answer (facts/claude-code 3). */
import type { ToolCall } from '../protocol/guard.ts'
import type { Question } from '../protocol/session.ts'
import { clipped } from '../protocol/hidden.ts'

export type HookBody = Record<string, unknown>

/** What a hook is to the host; all but these are events that only tell. */
export type HookKind = 'call' | 'result' | 'failure' | 'question' | 'settings' | 'worktree' | 'event'

const KINDS: Record<string, HookKind> = {
  PreToolUse: 'call',
  PostToolUse: 'result',
  PostToolUseFailure: 'failure',
  PermissionRequest: 'question',
  ConfigChange: 'settings',
  WorktreeCreate: 'worktree',
}

/** @param event name of a hook, as it came */
export function kindOf(event: string): HookKind {
  return (Object.hasOwn(KINDS, event) ? KINDS[event] : undefined) ?? 'event'
}

/** Longest summary of a question, characters. */
const SUMMARY_MAX = 200

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.map(objectOf) : []

/** The answer that lets the agent go its own way: no decision. */
export const NO_OPINION: HookBody = {}

/** The answer that refuses a tool call; the agent's model reads `reason`. */
export function denial(reason: string): HookBody {
  return {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: 'deny',
      permissionDecisionReason: reason,
    },
  }
}

/** The answer that keeps a changed settings file from counting while the session runs. */
export function keepSettings(reason: string): HookBody {
  return { decision: 'block', reason }
}

/** The answer that tells the agent's model something beside a tool's result; `event` is the hook's. */
export function additionalContext(event: string, text: string): HookBody {
  return { hookSpecificOutput: { hookEventName: event, additionalContext: text } }
}

/** The answer that lets a prompt not begin a turn; the person reads `reason`. */
export function notNow(reason: string): HookBody {
  return { decision: 'block', reason }
}

/** Can the answer to this hook tell the conversation itself something? A subagent would keep it to itself. */
export function tellsConversation(event: string, body: HookBody): boolean {
  const carries = event === 'UserPromptSubmit' || kindOf(event) === 'result' || kindOf(event) === 'failure'
  return carries && subagentOf(body) === null
}

/** Does this hook begin a turn? */
export const beginsTurn = (event: string): boolean => event === 'UserPromptSubmit'

/** File of the workspace whose change a ConfigChange announces; null: the person's own, or the administrator's. */
export function changedSettingsOf(body: HookBody): string | null {
  const own = body.source === 'project_settings' || body.source === 'local_settings'
  return own ? textOf(body.file_path) || 'the settings of the workspace' : null
}

/** What a tool printed, errors included. */
export function outputOf(body: HookBody): string {
  const response = body.tool_response
  const parts =
    typeof response === 'string'
      ? [response]
      : [objectOf(response).stdout, objectOf(response).stderr, ...listOf(response).map(({ text }) => text)]
  return [...parts, body.error].map(textOf).filter(Boolean).join('\n')
}

/** Files that a shell command was seen to change (2.1.329: `bashEditDiff`). */
export function changedFilesOf(body: HookBody): string[] {
  const diff = objectOf(objectOf(body.tool_response).bashEditDiff ?? body.bashEditDiff)
  const listed = Array.isArray(diff.changedFiles) ? diff.changedFiles.map(textOf) : []
  return [...new Set([...listed, ...listOf(diff.files).map((file) => textOf(file.filePath))])].filter(Boolean)
}

/**
 * The tool call of a PreToolUse.
 * @throws Error when the body is not one: the caller refuses the call then
 */
export function toolCallOf(body: HookBody): ToolCall {
  const { tool_name: tool, tool_input: input, cwd } = body
  if (typeof tool !== 'string' || tool === '') throw new Error('the hook names no tool')
  if (typeof cwd !== 'string' || !cwd.startsWith('/')) throw new Error('the hook names no directory')
  if (typeof input !== 'object' || input === null) throw new Error('the hook has no tool input')
  return { tool, input: objectOf(input), cwd }
}

/** Subagent that a hook speaks of, or null: the conversation itself. */
export function subagentOf(body: HookBody): string | null {
  return textOf(body.agent_id) || null
}

/** What identifies a tool call across hooks when it carries no id. */
export function callKeyOf(body: HookBody): string {
  return JSON.stringify([subagentOf(body), body.tool_name, body.tool_input])
}

/** Ids of the tool calls that a hook shows to be over. */
export function endedCallsOf(event: string, body: HookBody): string[] {
  if (kindOf(event) === 'result' || kindOf(event) === 'failure')
    return [textOf(body.tool_use_id)].filter(Boolean)
  if (event === 'PostToolBatch')
    return listOf(body.tool_calls)
      .map((call) => textOf(call.tool_use_id))
      .filter(Boolean)
  return []
}

/**
 * Does this hook show that a question asked by `subagent` no longer stands on the screen?
 *
 * A person's prompt does for all: an open dialog takes the keyboard. A prompt that the agent gives itself
 * when a background task ends, and the end of a turn, say nothing of subagents that still run.
 */
export function endsQuestionsOf(event: string, body: HookBody, subagent: string | null): boolean {
  switch (event) {
    case 'UserPromptSubmit':
      return subagent === null || isPersonsPrompt(event, body)
    case 'Stop':
    case 'StopFailure':
      return subagent === null
    case 'SubagentStop':
      return subagent !== null && subagent === subagentOf(body)
    default:
      return false
  }
}

/** Is this a prompt of a person's? The agent gives itself one when a background task ends. */
export function isPersonsPrompt(event: string, body: HookBody): boolean {
  return event === 'UserPromptSubmit' && !textOf(body.prompt).trimStart().startsWith('<task-notification>')
}

/** The question that a PermissionRequest puts to the person. */
export function questionOf(body: HookBody, id: string, openedAt: number): Question {
  const tool = textOf(body.tool_name)
  const input = objectOf(body.tool_input)
  const suggestions = Array.isArray(body.permission_suggestions)
    ? { suggestions: body.permission_suggestions }
    : {}
  const base = { id, tool, input: body.tool_input ?? null, questions: [], openedAt, ...suggestions }
  if (tool === 'ExitPlanMode') {
    const title =
      textOf(input.plan)
        .split('\n')
        .find((line) => line.trim() !== '') ?? 'a plan'
    return { ...base, kind: 'plan', summary: oneLine(title.replace(/^#+\s*/, '')) }
  }
  if (tool === 'AskUserQuestion') {
    const questions = listOf(input.questions).map((each) => ({
      header: textOf(each.header),
      question: textOf(each.question),
      multiple: each.multiSelect === true,
      options: listOf(each.options).map((option) => ({
        label: textOf(option.label),
        description: textOf(option.description),
      })),
    }))
    const more = questions.length > 1 ? ` (and ${questions.length - 1} more)` : ''
    return {
      ...base,
      kind: 'question',
      questions,
      summary: oneLine((questions[0]?.question ?? 'a question') + more),
    }
  }
  return { ...base, kind: 'permission', summary: oneLine(`${tool}: ${subjectOf(input)}`) }
}

/** What a tool works on, in the words of its own input. */
function subjectOf(input: Record<string, unknown>): string {
  for (const key of [
    'command',
    'file_path',
    'notebook_path',
    'path',
    'url',
    'query',
    'pattern',
    'description',
  ]) {
    const value = textOf(input[key])
    if (value !== '') return value
  }
  return JSON.stringify(input)
}

function oneLine(text: string): string {
  return clipped(text.replace(/\s+/g, ' ').trim(), SUMMARY_MAX)
}
