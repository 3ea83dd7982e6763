/**
 * The session's own CLAUDE_CONFIG_DIR: mutable state is private, the person's settings are linked, their
 * login is shared where it is (a copied refresh token is soon void: facts/claude-code 6.3).
 */
import { lstatSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateDirectory, writeFileDurably } from '../../platform/files.ts'
import { asObject, objectFrom, personDirectory, personState, projectName } from './files.ts'
import type { SessionFiles } from './files.ts'
import type { Login } from './login.ts'

/** The person's settings as Claude Code finds them in its configuration directory. */
const SHARED = [
  'settings.json',
  'CLAUDE.md',
  'agents',
  'skills',
  'commands',
  'plugins',
  'rules',
  'output-styles',
  'workflows',
]

/** What else in the person's directory a program outside the cell would act on. */
const ACTED_ON = [...SHARED, 'settings.local.json', 'hooks', '.claude.json', '.config.json', 'scripts']

/** Of a repository's entry in `.claude.json`: what the person decided, not what sessions left there. */
const DECISIONS = [
  'allowedTools',
  'mcpServers',
  'mcpContextUris',
  'enabledMcpjsonServers',
  'disabledMcpjsonServers',
  'hasClaudeMdExternalIncludesApproved',
  'hasClaudeMdExternalIncludesWarningShown',
]

export interface ConfigRequest {
  files: SessionFiles
  env: Record<string, string | undefined>
  login: Login
  workspace: string
  repositoryRoot: string
}

export interface ConfigPlan {
  env: Record<string, string>
  writable: string[]
  readable: string[]
  protect: string[]
  /** Of what is writable: where the agent's own tools may write (its plan, its memory). */
  toolWritable: string[]
}

/**
 * Makes or renews the directory. No process of the session may run meanwhile.
 *
 * The person's own directory is only added to: `projects/<workspace>`, where Claude Code itself would
 * keep the conversations, so that the person's own `claude --resume` finds them; and for a login by
 * file, which makes that directory writable in the cell, an empty file or directory for each setting
 * they lack, because only what exists can be held read-only.
 */
export function prepareConfig(request: ConfigRequest): ConfigPlan {
  const { files, env, login } = request
  const person = personDirectory(env)
  makePrivateDirectory(files.config)
  const plan: ConfigPlan = {
    env: { CLAUDE_CONFIG_DIR: files.config },
    writable: [files.config],
    readable: [],
    protect: [],
    toolWritable: [join(files.config, 'plans')],
  }
  for (const name of SHARED) {
    const target = realPathOf(join(person, name))
    link(target, join(files.config, name))
    if (target) plan.readable.push(target)
  }
  shareConversations(request, person, plan)
  if (login.kind === 'file') holdReadOnly(person, plan)
  // Claude Code keys the login, and the lock around its refresh, on this variable; on macOS the empty
  // value names the default keychain entry, and the path would name another (read in 2.1.329).
  if (login.kind === 'file' || login.kind === 'keychain')
    plan.env.CLAUDE_SECURESTORAGE_CONFIG_DIR = env.CLAUDE_CONFIG_DIR ?? ''
  const own = join(files.config, '.claude.json')
  const state = stateFor(request, regularObject(own) ?? {}, objectAt(personState(env)) ?? {})
  writeFileDurably(own, JSON.stringify(state, null, 2))
  // One file a process: those left there are of processes that are gone.
  rmSync(join(files.config, 'sessions'), { recursive: true, force: true })
  return plan
}

/** The session's `.claude.json`: what it holds already, and whatever saves it from a dialog at start. */
export function stateFor(
  request: Pick<ConfigRequest, 'login' | 'workspace' | 'repositoryRoot'>,
  own: Record<string, unknown>,
  person: Record<string, unknown>,
): Record<string, unknown> {
  const theirs = asObject(person.projects)?.[request.repositoryRoot]
  const decided = Object.fromEntries(
    Object.entries(asObject(theirs) ?? {}).filter(([name]) => DECISIONS.includes(name)),
  )
  const first = Object.keys(own).length === 0
  const state: Record<string, unknown> = first ? { ...person } : { ...own }
  const projects = first ? {} : (asObject(own.projects) ?? {})
  // A sealed workspace is a repository of its own, a linked one belongs to the main checkout: both are keys.
  for (const path of [request.repositoryRoot, request.workspace]) {
    projects[path] = { ...decided, ...asObject(projects[path]), hasTrustDialogAccepted: true }
  }
  state.projects = projects
  // Servers that the person added since this session was made.
  if (person.mcpServers !== undefined) state.mcpServers = person.mcpServers
  // A process killed in its first second leaves this behind, and the next one draws itself differently.
  delete state.fullscreenBootPending
  if (request.login.kind !== 'keychain') state.hasCompletedOnboarding = true
  if (request.login.kind === 'key') {
    const responses = asObject(state.customApiKeyResponses) ?? {}
    const approved = Array.isArray(responses.approved) ? (responses.approved as unknown[]) : []
    const tail = request.login.key.slice(-20)
    const rejected = Array.isArray(responses.rejected) ? (responses.rejected as unknown[]) : []
    state.customApiKeyResponses = {
      approved: [...approved.filter((each) => each !== tail), tail],
      rejected: rejected.filter((each) => each !== tail),
    }
  }
  return state
}

/** The conversations of this workspace, and no others, are those of the person's own directory. */
function shareConversations(request: ConfigRequest, person: string, plan: ConfigPlan): void {
  const projects = join(request.files.config, 'projects')
  if (lstatOrNull(projects)?.isDirectory() !== true) rmSync(projects, { force: true })
  makePrivateDirectory(projects)
  const name = projectName(request.workspace)
  if (name === null) return
  const kept = join(person, 'projects', name)
  mkdirSync(kept, { recursive: true, mode: 0o700 })
  const target = realpathSync(kept)
  link(target, join(projects, name))
  plan.writable.push(target)
  plan.toolWritable.push(join(target, 'memory'))
}

/** The refresh replaces the credentials and takes its lock beside them: the directory must be writable. */
function holdReadOnly(person: string, plan: ConfigPlan): void {
  plan.writable.push(realpathSync(person))
  for (const name of SHARED) {
    const path = join(person, name)
    if (lstatOrNull(path)) continue
    if (name.endsWith('.json')) writeFileDurably(path, '{}\n')
    else if (name.endsWith('.md')) writeFileDurably(path, '')
    else mkdirSync(path, { mode: 0o700 })
  }
  for (const name of [...ACTED_ON, 'projects']) {
    const path = realPathOf(join(person, name))
    if (path) plan.protect.push(path)
  }
}

/** Makes `path` a link to `target`, whatever stood there; a null target leaves nothing. */
function link(target: string | null, path: string): void {
  rmSync(path, { recursive: true, force: true })
  if (target) symlinkSync(target, path)
}

function realPathOf(path: string): string | null {
  try {
    return realpathSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function lstatOrNull(path: string): ReturnType<typeof lstatSync> | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null
}

/** Of a directory that the session's processes can write: a link there is theirs, not ours. */
function regularObject(path: string): Record<string, unknown> | null {
  return lstatOrNull(path)?.isFile() ? objectAt(path) : null
}

function objectAt(path: string): Record<string, unknown> | null {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? objectFrom(readFileSync(path, 'utf8')) : null
}
