/**
 * The guard's decision: may this tool call go on?
 *
 * It is the polite wall in front of the kernel's: it gives the agent a sentence it can act on. It
 * lives here because host (which answers the hook) and walls (which write the policy) both need it,
 * and it is pure: whoever calls it resolves paths on disk.
 */
import picomatch from 'picomatch/posix.js'
import { absolutePath, isBelow, physicalPath, type RealpathOfNew } from './guard-paths.ts'
import { shellWrites } from './guard-shell.ts'

export interface GuardPolicy {
  /** Real path of the workspace. */
  workspace: string
  /** Real paths outside the workspace that may be written (the session's temp, caches). */
  writable: string[]
  /** Real paths that may not be written though they lie below a writable one; at the same path they win. */
  protect?: string[]
  /** Globs relative to the workspace that the session must not write (brief `avoid`, foreign leases). */
  avoid: string[]
  /** Globs it owns; empty: no claim. A write outside is reported, not refused. */
  owns: string[]
  /** Branch of the session, named in refusals. */
  branch: string
  /** The person's home: what `~` means to the agent. Absent: a path with `~` is refused. */
  home?: string
  /** Root of the person's own checkout: a refusal then names the same file in the workspace. */
  repositoryRoot?: string
}

export interface ToolCall {
  tool: string
  input: Record<string, unknown>
  cwd: string
}

export type GuardVerdict =
  | { allow: true; outsideOwned: string[] }
  | { allow: false; target: string; why: string; instead: string }

type Refusal = Extract<GuardVerdict, { allow: false }>

/** Arguments of an MCP tool that name a file it works on. */
const PATH_ARGUMENTS =
  /^(file_?paths?|paths?|files?|file_?names?|targets?|target_?(file|path)|destination(_?path)?|dest(_?path)?|output(_?(file|path))?|new_?path|old_?path|relative_?path|directory|dir)$/i
/** MCP tools that say by their name that they only look: their paths may lie anywhere. */
const READING_TOOL =
  /(^|_)(read|get|list|search|find|view|show|fetch|query|describe|stat|info|open|tree|grep)(_|$)/
const WRITING_TOOL =
  /(^|_)(write|create|edit|replace|update|set|delete|remove|move|rename|copy|save|insert|append|patch|apply)(_|$)/
const SETTINGS_FILE = /(^|\/)\.claude\/settings[^/]*\.json$/

/**
 * May this tool call go on? Pure but for `realpathOfNew`.
 *
 * @param realpathOfNew real path of something that may not exist yet; it throws where there is none
 *   (a dangling link, a loop), which refuses the call
 * @returns allow, with the written paths outside `owns` (relative to the workspace); or deny, with
 *   sentences for the agent: why, and what to do instead
 */
export function decideToolCall(
  policy: GuardPolicy,
  call: ToolCall,
  realpathOfNew: RealpathOfNew,
): GuardVerdict {
  const own = refuseOtherWorkspace(policy, call)
  if (own) return own
  const written = targetsOf(policy, call, realpathOfNew)
  if (!Array.isArray(written)) return written
  const outsideOwned: string[] = []
  const owned = matcherOf(policy.owns)
  for (const target of written) {
    const found = judgePath(policy, target, call.cwd, realpathOfNew)
    if (typeof found !== 'string') return found
    if (found === '') continue
    if (SETTINGS_FILE.test(found) && switchesHooksOff(call)) return refuseSettings(policy, target)
    if (policy.owns.length > 0 && !owned(found) && !outsideOwned.includes(found)) outsideOwned.push(found)
  }
  return { allow: true, outsideOwned }
}

/**
 * Matches paths relative to the workspace against globs. One dialect for `owns` and `avoid`: picomatch,
 * dot files included; a glob without wildcards, or with a final `/`, also means everything below it.
 */
export function matcherOf(globs: readonly string[]): (relative: string) => boolean {
  const patterns = globs.flatMap((glob) => {
    const plain = glob.replace(/^\.\//, '').replace(/\/+$/, '')
    return picomatch.scan(plain).isGlob && plain === glob.replace(/^\.\//, '')
      ? [plain]
      : [plain, `${plain}/**`]
  })
  if (patterns.length === 0) return () => false
  return picomatch(patterns, { dot: true, strictBrackets: false })
}

/** Subagents and the agent itself stay in the workspace they were given. */
function refuseOtherWorkspace(policy: GuardPolicy, call: ToolCall): Refusal | null {
  const subagent = call.tool === 'Agent' || call.tool === 'Task'
  if (call.tool !== 'EnterWorktree' && !(subagent && call.input.isolation === 'worktree')) return null
  return {
    allow: false,
    target: call.tool,
    why: `This session already has a workspace of its own, ${policy.workspace}, on branch ${policy.branch}; work in another worktree would not become part of it.`,
    instead: subagent
      ? 'Start the subagent again without `isolation`: it then works in this workspace.'
      : `Go on working in ${policy.workspace}.`,
  }
}

/** Paths that the call would write, as the agent wrote them; or the refusal that the text itself gives. */
function targetsOf(policy: GuardPolicy, call: ToolCall, realpathOfNew: RealpathOfNew): string[] | Refusal {
  const { tool, input } = call
  if (tool === 'Write' || tool === 'Edit' || tool === 'MultiEdit' || tool === 'NotebookEdit') {
    const path = input.file_path ?? input.notebook_path
    return typeof path === 'string' ? [path] : []
  }
  if (tool.startsWith('mcp__')) {
    const name = tool
      .slice(tool.lastIndexOf('__') + 2)
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase()
    return READING_TOOL.test(name) && !WRITING_TOOL.test(name) ? [] : pathArguments(input)
  }
  if (tool !== 'Bash' || typeof input.command !== 'string') return []
  const { files, repositories } = shellWrites(input.command)
  for (const { path, does } of repositories) {
    const found = judgePath({ ...policy, avoid: [] }, path, call.cwd, realpathOfNew, true)
    if (typeof found !== 'string') return refuseRepository(policy, path, does)
  }
  return files
}

function pathArguments(input: Record<string, unknown>): string[] {
  const paths: string[] = []
  for (const [key, value] of Object.entries(input)) {
    if (!PATH_ARGUMENTS.test(key)) continue
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item !== 'string' || item === '') continue
      if (item.startsWith('file://')) paths.push(item.slice('file://'.length))
      // Another scheme, or several lines: not a path of this machine.
      else if (!/^[a-z][a-z0-9+.-]*:\/\/|\n/i.test(item)) paths.push(item)
    }
  }
  return paths
}

/**
 * @param whole the path stands for a repository, not for a file in it: `.git` is not special then
 * @returns the path relative to the workspace, '' when it is writable outside; or the refusal
 */
function judgePath(
  policy: GuardPolicy,
  path: string,
  cwd: string,
  realpathOfNew: RealpathOfNew,
  whole = false,
): string | Refusal {
  const absolute = absolutePath(path, cwd, policy.home)
  if (absolute === null) return refuseOutside(policy, path, path)
  let reached: string[]
  try {
    // `link/..` means one place to a program that tidies the text first, another to the kernel.
    reached = [realpathOfNew(absolute), physicalPath(path, cwd, policy.home, realpathOfNew)]
  } catch {
    return {
      allow: false,
      target: path,
      why: `${path} cannot be followed to a real file (a dangling link, or a loop of links).`,
      instead: `Write to the file itself, below ${policy.workspace}.`,
    }
  }
  for (const real of reached) {
    if (isBelow(policy.workspace, real)) continue
    // The most specific path decides, as in the cell: a checkout below a writable /tmp is still a checkout.
    const nearest = (roots: readonly string[]): number =>
      Math.max(-1, ...roots.filter((root) => isBelow(root, real)).map((root) => root.length))
    if (nearest(policy.writable) <= nearest(policy.protect ?? []))
      return refuseOutside(policy, path, absolute)
  }
  const inside = [...reached, absolute]
    .filter((place) => isBelow(policy.workspace, place))
    .map((place) => place.slice(policy.workspace.length + 1))
  if (!whole && inside.some((relative) => /^\.git(\/|$)/i.test(relative)))
    return refuseGitInternals(policy, path)
  const avoided = matcherOf(policy.avoid)
  const hit = inside.find((relative) => relative !== '' && avoided(relative))
  if (hit !== undefined) return refuseAvoided(policy, path, hit)
  const [real = ''] = reached
  return isBelow(policy.workspace, real) ? real.slice(policy.workspace.length + 1) : ''
}

function switchesHooksOff(call: ToolCall): boolean {
  // Escapes of JSON (`disable\u0041llHooks`) are read as the agent's own settings reader would.
  const plain = JSON.stringify(call.input).replace(/\\+u00([0-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return plain.includes('disableAllHooks')
}

function refuseOutside(policy: GuardPolicy, target: string, absolute: string): Refusal {
  const root = policy.repositoryRoot
  const twin =
    root !== undefined && isBelow(root, absolute) && absolute !== root
      ? ` That file in your workspace is ${policy.workspace}${absolute.slice(root.length)}.`
      : ''
  return {
    allow: false,
    target,
    why: `${target} lies outside this session's workspace ${policy.workspace}; other sessions and the person work there.`,
    instead: `Write below ${policy.workspace} (branch ${policy.branch}), or to a temporary file.${twin}`,
  }
}

function refuseAvoided(policy: GuardPolicy, target: string, relative: string): Refusal {
  return {
    allow: false,
    target,
    why: `${relative} is set aside for someone else while this session runs (${policy.avoid.join(', ')}).`,
    instead:
      'Leave it as it is, do your work without it, and name the change it would need in your final message.',
  }
}

function refuseGitInternals(policy: GuardPolicy, target: string): Refusal {
  return {
    allow: false,
    target,
    why: `${target} belongs to git's own files; writing them by hand can destroy the work on ${policy.branch}.`,
    instead: 'Use git itself through Bash: `git config`, `git add`, `git commit`, `git update-ref`.',
  }
}

function refuseRepository(policy: GuardPolicy, target: string, does: string): Refusal {
  return {
    allow: false,
    target,
    why: `\`${does}\` would change ${target}, which is not this session's repository ${policy.workspace}.`,
    instead: `Run git in ${policy.workspace}; commits on ${policy.branch} are brought into the main repository for you.`,
  }
}

function refuseSettings(policy: GuardPolicy, target: string): Refusal {
  return {
    allow: false,
    target,
    why: `\`disableAllHooks\` in ${target} would switch off the hooks by which Worktrain follows this session.`,
    instead: `Leave disableAllHooks out; other settings of ${policy.workspace} may be changed.`,
  }
}
