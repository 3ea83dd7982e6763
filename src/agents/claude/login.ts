/** Is there a login, and which? Looked up, never copied. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../../protocol/index.ts'
import { asObject, asText, objectFrom, personDirectory, personState } from './files.ts'

/**
 * How the first request will be paid for. `file`: tokens in `.credentials.json`, which Claude Code
 * replaces when it renews them. `keychain`: macOS keeps it where only Claude Code may look.
 */
export type Login =
  | { kind: 'key'; key: string }
  | { kind: 'environment' }
  | { kind: 'helper' }
  | { kind: 'state' }
  | { kind: 'file' }
  | { kind: 'keychain' }

type Env = Record<string, string | undefined>

const TOKENS = ['ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN']
const PROVIDERS = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY']

/** @returns null when nothing that could be a login is found */
export function findLogin(env: Env, platform: NodeJS.Platform = process.platform): Login | null {
  const directory = personDirectory(env)
  const settings = objectAt(join(directory, 'settings.json'))
  // Settings may set variables for the agent.
  const told: Env = { ...env, ...(asObject(settings?.env) as Env | null) }
  if (PROVIDERS.some((name) => told[name] && told[name] !== '0')) return { kind: 'environment' }
  if (TOKENS.some((name) => told[name])) return { kind: 'environment' }
  if (told.ANTHROPIC_API_KEY) return { kind: 'key', key: told.ANTHROPIC_API_KEY }
  const managed = objectAt('/etc/claude-code/managed-settings.json')
  if (asText(settings?.apiKeyHelper) || asText(managed?.apiKeyHelper)) return { kind: 'helper' }
  const stored = storedLogin(env)
  if (stored.accessToken || stored.refreshToken) return { kind: 'file' }
  if (asText(objectAt(personState(env))?.primaryApiKey)) return { kind: 'state' }
  return platform === 'darwin' ? { kind: 'keychain' } : null
}

/** What Claude Code keeps in a file; empty strings: nothing. `expiresAt` in ms since the epoch. */
export function storedLogin(env: Env): {
  accessToken: string
  refreshToken: string
  expiresAt: number | null
} {
  const stored = asObject(objectAt(join(personDirectory(env), '.credentials.json'))?.claudeAiOauth)
  const expiresAt = stored?.expiresAt
  return {
    accessToken: asText(stored?.accessToken),
    refreshToken: asText(stored?.refreshToken),
    expiresAt: typeof expiresAt === 'number' && Number.isFinite(expiresAt) ? expiresAt : null,
  }
}

/** @throws AGENT_NOT_LOGGED_IN when nothing that could be a login is found */
export function requireLogin(env: Env): Login {
  const login = findLogin(env)
  if (login) return login
  throw new WorktrainError(
    'AGENT_NOT_LOGGED_IN',
    `Claude Code has no login: neither a key in the environment nor credentials in ${personDirectory(env)}.`,
    { hint: 'Start `claude` once by itself and log in, or set ANTHROPIC_API_KEY, then try again.' },
  )
}

function objectAt(path: string): Record<string, unknown> | null {
  try {
    return objectFrom(readFileSync(path, 'utf8'))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return null
    throw error
  }
}
