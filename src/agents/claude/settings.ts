/**
 * What `--settings` carries: the hooks, and that nothing but the machine's own administrator can take
 * them away. These settings win over the repository's and the person's, in mid-session too.
 */
import type { HookEndpoint } from '../../protocol/index.ts'
import { isOlderThan } from './find.ts'

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
  'ConfigChange',
  'WorktreeCreate',
] as const

/** An agent waits this long for an answer to what only tells, seconds: a stalled host must not hold it. */
const TIMEOUT = 5
/** All SessionEnd hooks share 1.5 s. */
const END_TIMEOUT = 1
/**
 * For what waits for a decision, seconds: a day. A question is held for as long as the person needs, beside
 * the dialog on the screen; and a tool call waits for a stalled host rather than to run unjudged.
 */
const DECISION_TIMEOUT = 86_400
/** First version in which a hook can say that its failure refuses (`onFailure`; its changelog). */
const CLOSES_SINCE = [2, 1, 295] as const

/** Whose failure must refuse what it guards. A worktree is not made without an answer anyway. */
const GUARDS: ReadonlySet<string> = new Set(['PreToolUse', 'ConfigChange'])

function timeoutOf(event: (typeof EVENTS)[number]): number {
  if (GUARDS.has(event) || event === 'PermissionRequest') return DECISION_TIMEOUT
  return event === 'SessionEnd' ? END_TIMEOUT : TIMEOUT
}

export interface SettingsRequest {
  /** The session's end point; null: no hooks. */
  hooks: HookEndpoint | null
  /** The person asked for no permission checks: the warning about it is not asked again. */
  bypass: boolean
  /** Of Claude Code. */
  version: string
  /** The person's environment. */
  env: Record<string, string | undefined>
  /** Somebody above the repository says which URLs hooks may go to: then that stays. */
  urlsRestricted: boolean
}

/** @returns the object that `--settings` names */
export function settingsFor(request: SettingsRequest): Record<string, unknown> {
  const { hooks, bypass, env } = request
  const origin = `http://127.0.0.1:${hooks?.port}`
  // A proxy that the repository's settings name would be asked for the hooks' answers.
  const direct = [env.NO_PROXY || env.no_proxy, '127.0.0.1'].filter(Boolean).join(',')
  const closes = closesOnFailure(request.version)
  const entries = EVENTS.map((event) => {
    const hook = {
      type: 'http',
      url: `${origin}/hook/${event}`,
      headers: { Authorization: `Bearer ${hooks?.token}` },
      timeout: timeoutOf(event),
      ...(closes && GUARDS.has(event) && { onFailure: 'block' }),
    }
    // `*` matches the tools of MCP servers as well.
    return [event, [{ matcher: '*', hooks: [hook] }]]
  })
  return {
    ...(hooks && {
      hooks: Object.fromEntries(entries) as unknown,
      // Each of these switched the guard off, or all tools with it, from a repository's settings (docs/decisions/0019).
      allowedHttpHookUrls: [`${origin}/hook/*`, ...(request.urlsRestricted ? [] : ['*'])],
      env: { CLAUDE_CODE_SIMPLE: '', NO_PROXY: direct, no_proxy: direct },
    }),
    // `true` in the repository's own settings would take our hooks away, in mid-session too; here it is last.
    disableAllHooks: false,
    ...(bypass && { skipDangerousModePermissionPrompt: true }),
  }
}

/** Does a hook of this version refuse when nobody answers it? */
export function closesOnFailure(version: string): boolean {
  return !isOlderThan(version, CLOSES_SINCE)
}
