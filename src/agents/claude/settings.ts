/** What `--settings` carries: the hooks, and that the repository cannot switch them off. */
import type { HookEndpoint } from '../../protocol/index.ts'

/**
 * Events known to every version since 2.1.197. One that a version does not know stops its terminal at a
 * dialog (facts/claude-code 1.8), so a newer event needs a look at the version here.
 * SessionStart and Setup cannot be told over http.
 */
const EVENTS = [
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
  'PermissionRequest',
  'Notification',
  'UserPromptSubmit',
  'Stop',
  'StopFailure',
  'SubagentStart',
  'SubagentStop',
  'PreCompact',
  'PostCompact',
  'SessionEnd',
] as const

/** An agent waits this long for an answer, seconds, and then goes on: a dead host must not hold it. */
const TIMEOUT = 5
/** All SessionEnd hooks share 1.5 s. */
const END_TIMEOUT = 1
/** A question is held for as long as the person needs: a day. The dialog on the screen stays usable. */
const QUESTION_TIMEOUT = 86_400

function timeoutOf(event: (typeof EVENTS)[number]): number {
  if (event === 'PermissionRequest') return QUESTION_TIMEOUT
  return event === 'SessionEnd' ? END_TIMEOUT : TIMEOUT
}

/**
 * @param hooks the session's end point; null: no hooks
 * @param bypass the person asked for no permission checks: the warning about it is not asked again
 */
export function settingsFor(hooks: HookEndpoint | null, bypass: boolean): Record<string, unknown> {
  const entries = EVENTS.map((event) => {
    const hook = {
      type: 'http',
      url: `http://127.0.0.1:${hooks?.port}/hook/${event}`,
      headers: { Authorization: `Bearer ${hooks?.token}` },
      timeout: timeoutOf(event),
    }
    // `*` matches the tools of MCP servers as well.
    return [event, [{ matcher: '*', hooks: [hook] }]]
  })
  return {
    ...(hooks && { hooks: Object.fromEntries(entries) as unknown }),
    // `true` in the repository's own settings would take our hooks away, in mid-session too; here it is last.
    disableAllHooks: false,
    ...(bypass && { skipDangerousModePermissionPrompt: true }),
  }
}
