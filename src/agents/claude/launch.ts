/** Command line and environment of a Claude Code session. */
import { dirname } from 'node:path'
import { makePrivateDirectory, writeFileDurably } from '../../platform/files.ts'
import { WorktrainError } from '../../protocol/index.ts'
import { agentEnvironment } from '../environment.ts'
import { HANDOFF_REQUEST } from '../handoff.ts'
import type { LaunchPlan, LaunchRequest } from '../agent.ts'
import { joined, permissionsFrom, permissionsOfCheckout } from './approvals.ts'
import { prepareConfig } from './config.ts'
import { sessionFiles } from './files.ts'
import { literalPrompt } from './literal.ts'
import { requireLogin } from './login.ts'
import { managedHooks } from './managed.ts'
import { closesOnFailure, settingsFor } from './settings.ts'
import { statusLineFor } from './status-line.ts'
import { transcriptOf } from './transcript.ts'

/** `manual` is the newer name of `default`; every version takes `default`. */
export const MODES: Readonly<Record<string, string>> = {
  default: 'default',
  manual: 'default',
  acceptEdits: 'acceptEdits',
  plan: 'plan',
  auto: 'auto',
  dontAsk: 'dontAsk',
  bypassPermissions: 'bypassPermissions',
}

/**
 * Variables of Claude Code that choose login, provider or network. All others of its own are dropped: a
 * session started from inside another one would take itself for a part of it (facts/claude-code 1.9).
 */
const KEPT = new Set([
  'CLAUDE_CODE_OAUTH_TOKEN',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
  'CLAUDE_CODE_SKIP_BEDROCK_AUTH',
  'CLAUDE_CODE_SKIP_VERTEX_AUTH',
  'CLAUDE_CODE_SKIP_FOUNDRY_AUTH',
  'CLAUDE_CODE_API_KEY_HELPER_TTL_MS',
  'CLAUDE_CODE_CLIENT_CERT',
  'CLAUDE_CODE_CLIENT_KEY',
  'CLAUDE_CODE_CLIENT_KEY_PASSPHRASE',
  'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC',
  'CLAUDE_CODE_MAX_OUTPUT_TOKENS',
  'CLAUDE_CODE_MAX_RETRIES',
  'CLAUDE_CODE_EXTRA_BODY',
  'CLAUDE_CODE_SUBAGENT_MODEL',
  'CLAUDE_CODE_EFFORT_LEVEL',
])

/** The person's environment without what another session of Claude Code has put there. */
export function scrubbedEnvironment(env: Record<string, string | undefined>): Record<string, string> {
  return {
    ...agentEnvironment(env, (name) => /^(CLAUDE|AI_AGENT$)/.test(name) && !KEPT.has(name)),
    // The cell cannot replace the program, and a session must not change versions under way.
    DISABLE_AUTOUPDATER: '1',
  }
}

/**
 * Writes the session's files and says how to start it. Safe to repeat; no process of it may run.
 * @throws AGENT_NOT_LOGGED_IN, USAGE (unknown permission mode), UNAVAILABLE (no checks, as root, unwalled)
 */
export async function prepareClaude(request: LaunchRequest): Promise<LaunchPlan> {
  const login = requireLogin(request.env)
  const mode = permissionMode(request)
  const files = sessionFiles(request.stateDir)
  makePrivateDirectory(dirname(files.settings))
  const { workspace, repositoryRoot } = request
  const config = prepareConfig({ files, env: request.env, login, workspace, repositoryRoot })
  const { conversation } = request
  // A conversation is on disk from its first answer on: one killed before that can only begin, and one
  // that is there can only be resumed (`--session-id` then ends with "already in use").
  const begun = conversation !== null && (await transcriptOf(files.config, conversation.id)) !== null
  const bypass = mode === 'bypassPermissions'
  const approved = joined(
    permissionsFrom(request.approvals),
    await permissionsOfCheckout(request.repositoryRoot),
  )
  const { version } = request.installation
  const managed = managedHooks()
  const urlsRestricted = managed.urlsRestricted || config.urlsRestricted
  const ours = settingsFor({ hooks: request.hooks, bypass, version, env: request.env, urlsRestricted })
  const statusLine = await statusLineFor({ file: files.status, workspace, repositoryRoot }, request.env)
  const settings = { ...config.settings, statusLine, ...approved, ...ours }
  writeFileDurably(files.settings, JSON.stringify(settings, null, 1))
  const env = {
    ...scrubbedEnvironment(request.env),
    ...config.env,
    // Claude Code refuses this mode to root unless told that a wall is around it.
    ...(bypass && isRoot() && { IS_SANDBOX: '1' }),
  }
  return {
    argv: [request.installation.path, ...argumentsFor(request, mode, files.settings, begun)],
    env,
    writable: config.writable,
    toolWritable: config.toolWritable,
    readable: [dirname(request.installation.path), files.settings, ...config.readable],
    conversation: request.conversation?.id ?? null,
    unguarded: unguarded(managed.forbidden, version),
  }
}

/** Why the guard does not hold as it should; null: it does. */
function unguarded(forbidden: string | null, version: string): string | null {
  if (forbidden !== null)
    return `its guard is off and its state is a guess: the administrator allows no hooks of ours (${forbidden})`
  if (closesOnFailure(version)) return null
  return `its guard lets a tool call pass when it cannot answer, as Claude Code ${version} does; \`claude update\` mends that`
}

function argumentsFor(
  request: LaunchRequest,
  mode: string | null,
  settings: string,
  begun: boolean,
): string[] {
  const { conversation, brief } = request
  const argv: string[] = []
  if (brief.headless) argv.push('-p', '--output-format', 'text')
  if (conversation) argv.push(begun ? '--resume' : '--session-id', conversation.id)
  if (conversation && !begun) argv.push('--name', request.name)
  if (mode) argv.push('--permission-mode', mode)
  if (brief.model) argv.push('--model', brief.model)
  // Once: of two, the last wins (facts/claude-code 1.8).
  argv.push('--settings', settings)
  const prompt = request.prompt ?? promptWithout(request, begun)
  if (prompt !== null) argv.push('--', literalPrompt(prompt))
  return argv
}

/** What to say when nothing is said: the brief that was lost; without a terminal to wait at, to go on. */
function promptWithout(request: LaunchRequest, begun: boolean): string | null {
  const { conversation, brief } = request
  if (conversation?.resume && !begun) return `${brief.goal}\n\n${HANDOFF_REQUEST}`
  return brief.headless ? 'Continue where you stopped.' : null
}

/** What the brief names; else edits need no question inside a wall; else as the person has it set. */
function permissionMode(request: LaunchRequest): string | null {
  const asked = request.brief.permissionMode
  if (asked === null) return request.walled ? 'acceptEdits' : null
  const mode = Object.hasOwn(MODES, asked) ? MODES[asked] : undefined
  if (!mode) {
    throw new WorktrainError('USAGE', `Claude Code has no permission mode "${asked}".`, {
      hint: `Use one of: ${Object.keys(MODES).join(', ')}.`,
    })
  }
  if (mode === 'bypassPermissions' && !request.walled && isRoot()) {
    throw new WorktrainError('UNAVAILABLE', 'Without a wall, root cannot run Claude Code unchecked.', {
      hint: 'Use another --permission-mode, or see `worktrain doctor` for what would make a wall.',
    })
  }
  return mode
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
