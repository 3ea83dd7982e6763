/**
 * What a person allows for good, as rules in Claude Code's own words; `McpServer(NAME)` stands for a server
 * of the repository's `.mcp.json`. Rules reach a session by its settings, which it cannot write.
 */
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Question } from '../../protocol/index.ts'
import { asObject, asText, personState, readObject } from './files.ts'

/** Longest rule, characters: a person must be able to read what they allow. */
const RULE_MAX = 300
/** Rules of a session's own files that are looked at: an agent may write any number. */
const FOUND_MAX = 50
/** `.claude.json` grows with every project of the person, bytes. */
const FILE_MAX = 16 * 1024 * 1024

/** Narrow on purpose: one command, one domain, one server or tool of it. Nothing that opens files. */
const RULE =
  /^(?:Bash\([^\p{Cc}]+\)|WebFetch\(domain:[\w.*-]+\)|WebSearch|mcp__[\w-]+|McpServer\(([\w.-]+)\))$/u
/** To Claude Code a pattern, or the end of the rule. */
const SPECIAL = /[\p{Cc}*()\\]/u

export interface Permissions {
  permissions?: { allow?: string[]; deny?: string[]; ask?: string[] }
  enabledMcpjsonServers?: string[]
  disabledMcpjsonServers?: string[]
}

/** May this be handed to a session? */
export function isRule(rule: string): boolean {
  return rule.length <= RULE_MAX && RULE.test(rule)
}

/**
 * What "always" allows from now on. Made from the call that the person was shown, not from what the agent
 * suggests: that may be wider, and comes from a process that can write what it likes.
 * @returns null when no rule says exactly this call
 */
export function ruleOf(question: Question): string | null {
  if (question.kind !== 'permission') return null
  const rule = ruleFor(question.tool, asObject(question.input) ?? {})
  return rule !== null && isRule(rule) ? rule : null
}

function ruleFor(tool: string, input: Record<string, unknown>): string | null {
  if (tool === 'Bash') {
    const command = asText(input.command)
    return SPECIAL.test(command) || command.trim() !== command ? null : `Bash(${command})`
  }
  if (tool === 'WebFetch') {
    const url = URL.parse(asText(input.url))
    return url?.hostname ? `WebFetch(domain:${url.hostname})` : null
  }
  return tool === 'WebSearch' || tool.startsWith('mcp__') ? tool : null
}

/** @param rules each a rule; others are left out */
export function permissionsFrom(rules: readonly string[]): Permissions {
  const known = rules.filter(isRule)
  const servers = known.flatMap((rule) => RULE.exec(rule)?.[1] ?? [])
  const allow = known.filter((rule) => !rule.startsWith('McpServer('))
  return {
    ...(allow.length > 0 && { permissions: { allow } }),
    ...(servers.length > 0 && { enabledMcpjsonServers: servers }),
  }
}

/** What the person has decided for the repository in their own checkout, which no workspace has a copy of. */
export async function permissionsOfCheckout(repositoryRoot: string): Promise<Permissions> {
  return permissionsIn(await localSettings(repositoryRoot))
}

/** Both; what is forbidden in one stays forbidden. */
export function joined(a: Permissions, b: Permissions): Permissions {
  const lists = (name: 'allow' | 'deny' | 'ask') => [
    ...new Set([...(a.permissions?.[name] ?? []), ...(b.permissions?.[name] ?? [])]),
  ]
  const rules = Object.fromEntries(
    (['allow', 'deny', 'ask'] as const)
      .map((name) => [name, lists(name)] as const)
      .filter(([, each]) => each.length),
  )
  const disabled = [...(a.disabledMcpjsonServers ?? []), ...(b.disabledMcpjsonServers ?? [])]
  const enabled = [...(a.enabledMcpjsonServers ?? []), ...(b.enabledMcpjsonServers ?? [])]
  return {
    ...(Object.keys(rules).length > 0 && { permissions: rules }),
    ...(enabled.length > 0 && { enabledMcpjsonServers: [...new Set(enabled)] }),
    ...(disabled.length > 0 && { disabledMcpjsonServers: [...new Set(disabled)] }),
  }
}

/**
 * Rules that stand in files which the session can write: given in its terminal, or by the agent to itself.
 * What the person's own files say as well is left out.
 * @param config the session's CLAUDE_CONFIG_DIR
 */
export async function rulesLeftBehind(
  config: string,
  workspace: string,
  repositoryRoot: string,
  env: Record<string, string | undefined>,
): Promise<string[]> {
  const own = asObject((await readObject(join(config, '.claude.json'), FILE_MAX))?.projects) ?? {}
  const theirs = asObject((await readObject(personState(env), FILE_MAX))?.projects) ?? {}
  const left = [
    ...rulesIn(permissionsIn(await localSettings(workspace))),
    ...[workspace, repositoryRoot].flatMap((path) => rulesIn(permissionsIn(asObject(own[path])))),
  ]
  const known = new Set([
    ...rulesIn(await permissionsOfCheckout(repositoryRoot)),
    ...rulesIn(permissionsIn(asObject(theirs[repositoryRoot]))),
  ])
  return [...new Set(left)].filter((rule) => !known.has(rule) && isRule(rule)).slice(0, FOUND_MAX)
}

function rulesIn({ permissions, enabledMcpjsonServers = [] }: Permissions): string[] {
  return [...(permissions?.allow ?? []), ...enabledMcpjsonServers.map((name) => `McpServer(${name})`)]
}

/** Settings, or an entry of `.claude.json`, which calls the rules `allowedTools`. */
function permissionsIn(settings: Record<string, unknown> | null): Permissions {
  const { allow, deny, ask } = asObject(settings?.permissions) ?? {}
  return joined(
    {
      permissions: {
        allow: [...texts(allow), ...texts(settings?.allowedTools)],
        deny: texts(deny),
        ask: texts(ask),
      },
    },
    {
      enabledMcpjsonServers: texts(settings?.enabledMcpjsonServers),
      disabledMcpjsonServers: texts(settings?.disabledMcpjsonServers),
    },
  )
}

async function localSettings(root: string): Promise<Record<string, unknown> | null> {
  const directory = join(root, '.claude')
  // A link in a workspace would have another file's rules shown as this session's.
  if (!(await lstat(directory).catch(() => null))?.isDirectory()) return null
  return readObject(join(directory, 'settings.local.json'), FILE_MAX)
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
