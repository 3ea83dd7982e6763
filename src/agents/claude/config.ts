/**
 * The session's own CLAUDE_CONFIG_DIR: mutable state is private, the person's settings are linked, their
 * login is shared where it is (a copied refresh token is soon void: facts/claude-code 6.3).
 */
import {
  constants,
  cpSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { makePrivateDirectory, writeFileDurably } from '../../platform/files.ts'
import { asObject, asText, objectFrom, personDirectory, personState, projectName } from './files.ts'
import type { SessionFiles } from './files.ts'
import type { Login } from './login.ts'

/** The person's settings as Claude Code finds them in its configuration directory. */
const SHARED = [
  'settings.json',
  'CLAUDE.md',
  'agents',
  'skills',
  'commands',
  'rules',
  'output-styles',
  'workflows',
  'themes',
  'keybindings.json',
]

/** Of `plugins`: what Claude Code and the plugins themselves write. */
const PLUGIN_STATE = ['data', 'store']

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
  /** What the settings of this session add to the person's. */
  settings: Record<string, unknown>
  /** Of what is writable: where the agent's own tools may write (its plan, its memory). */
  toolWritable: string[]
  /** The person's settings say which URLs hooks may go to. */
  urlsRestricted: boolean
}

/**
 * Makes or renews the directory. No process of the session may run meanwhile.
 *
 * Of the person's own directory the session may write one place only: `projects/<workspace>`, where Claude
 * Code itself would keep the conversations, so that the person's own `claude --resume` finds them. It is
 * also the only thing made here, empty: what does not exist cannot be mounted.
 *
 * A login by file can be read in the cell and not written. Renewing it replaces the file and takes two
 * locks beside it, which takes the whole directory; without, Claude Code sends no refresh token at all and
 * takes up what someone else has renewed (seen with 2.1.329). That someone is {@link renewLogin}.
 */
export function prepareConfig(request: ConfigRequest): ConfigPlan {
  const { files, env, login } = request
  const person = personDirectory(env)
  makePrivateDirectory(files.config)
  const plan: ConfigPlan = {
    env: { CLAUDE_CONFIG_DIR: files.config },
    writable: [files.config],
    readable: [],
    settings: {},
    toolWritable: [join(files.config, 'plans')],
    urlsRestricted: objectAt(join(person, 'settings.json'))?.allowedHttpHookUrls !== undefined,
  }
  for (const name of SHARED) {
    const target = realPathOf(join(person, name))
    link(target, join(files.config, name))
    if (target) plan.readable.push(target)
  }
  sharePlugins(request.files.config, person, plan)
  shareConversations(request, person, plan)
  inheritMemory(request, person, plan)
  if (login.kind === 'file') plan.readable.push(realpathSync(person))
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

/**
 * The person's plugins as they are, beside private room for what they write: without `data` none of their
 * hooks runs (seen with 2.1.329).
 */
function sharePlugins(config: string, person: string, plan: ConfigPlan): void {
  const own = ownDirectory(join(config, 'plugins'))
  for (const name of readdirSync(own)) if (!PLUGIN_STATE.includes(name)) link(null, join(own, name))
  const theirs = realPathOf(join(person, 'plugins'))
  if (theirs === null) return
  plan.readable.push(theirs, ...marketplaces(person))
  for (const name of readdirSync(theirs)) {
    if (!PLUGIN_STATE.includes(name)) link(realPathOf(join(theirs, name)), join(own, name))
  }
  const [data, kept] = [join(theirs, 'data'), join(own, 'data')]
  const first = lstatOrNull(kept) === null && lstatOrNull(data)?.isDirectory()
  if (first) cpSync(data, kept, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true })
}

/** Plugins are listed by where they came from: without it Claude Code leaves them out (seen with 2.1.329). */
function marketplaces(person: string): string[] {
  const known = Object.values(objectAt(join(person, 'plugins', 'known_marketplaces.json')) ?? {})
  const places = known.map((each) => asText(asObject(each)?.installLocation)).filter(isAbsolute)
  return places.map(realPathOf).filter((place) => place !== null)
}

/** The conversations of this workspace, and no others, are those of the person's own directory. */
function shareConversations(request: ConfigRequest, person: string, plan: ConfigPlan): void {
  const projects = ownDirectory(join(request.files.config, 'projects'))
  const name = projectName(request.workspace)
  if (name === null) return
  const kept = join(person, 'projects', name)
  mkdirSync(kept, { recursive: true, mode: 0o700 })
  const target = realpathSync(kept)
  link(target, join(projects, name))
  plan.writable.push(target)
}

/**
 * A session begins with what Claude Code remembers of the repository and keeps what it learns to itself: an
 * agent's notes are instructions to all that read them later, so they do not go back by themselves.
 */
function inheritMemory(request: ConfigRequest, person: string, plan: ConfigPlan): void {
  const own = join(request.files.config, 'memory')
  plan.settings.autoMemoryDirectory = own
  plan.toolWritable.push(own)
  if (lstatOrNull(own)) return
  const named = asText(objectAt(join(person, 'settings.json'))?.autoMemoryDirectory)
  const chosen = named.startsWith('~/') ? join(request.env.HOME ?? '', named.slice(2)) : named
  const theirs = chosen || join(person, 'projects', projectName(request.repositoryRoot) ?? '', 'memory')
  if (projectName(request.repositoryRoot) === null && !chosen) return
  if (statSync(theirs, { throwIfNoEntry: false })?.isDirectory()) cpSync(theirs, own, { recursive: true })
}

/** A directory, whatever the session put in its place. */
function ownDirectory(path: string): string {
  if (lstatOrNull(path)?.isDirectory() !== true) rmSync(path, { force: true })
  makePrivateDirectory(path)
  return path
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
