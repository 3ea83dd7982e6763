/**
 * The guard's decision: may this tool call go on?
 *
 * It is the polite wall in front of the kernel's: it gives the agent a sentence it can act on. It
 * lives here because host (which answers the hook) and walls (which write the policy) both need it,
 * and it is pure: whoever calls it resolves paths on disk.
 */
import picomatch from 'picomatch/posix.js'
import { absolutePath, isBelow, physicalPath, type RealpathOfNew } from './guard-paths.ts'
import {
  refuseAgent,
  refuseAvoided,
  refuseGitInternals,
  refuseOtherWorkspace,
  refuseOutside,
  refuseRepository,
  refuseSettings,
  refuseStray,
  refuseUnfollowed,
} from './guard-refusals.ts'
import type { GuardPolicy, GuardVerdict, Refusal, ToolCall } from './guard-policy.ts'
import { shellWrites } from './guard-shell.ts'

export type { GuardPolicy, GuardVerdict, KernelWall, Refusal, ToolCall } from './guard-policy.ts'

/** Arguments of an MCP tool that name a file it works on. */
const PATH_ARGUMENTS =
  /^(file_?paths?|paths?|files?|file_?names?|targets?|target_?(file|path)|destination(_?path)?|dest(_?path)?|output(_?(file|path))?|new_?path|old_?path|relative_?path|directory|dir)$/i
/** MCP tools that say by their name that they only look: their paths may lie anywhere. */
const READING_TOOL =
  /(^|_)(read|get|list|search|find|view|show|fetch|query|describe|stat|info|open|tree|grep)(_|$)/
const WRITING_TOOL =
  /(^|_)(write|create|edit|replace|update|set|delete|remove|move|rename|copy|save|insert|append|patch|apply)(_|$)/
/** Tools whose `command` is given to a shell. */
const SHELL_TOOLS = new Set(['Bash', 'Monitor'])
/** How deep arguments of MCP tools are looked into: `{edits: [{path}]}`. */
const ARGUMENT_DEPTH = 4
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
  const subagent = call.tool === 'Agent' || call.tool === 'Task'
  // Subagents and the agent itself stay in the workspace they were given.
  if (call.tool === 'EnterWorktree' || (subagent && call.input.isolation === 'worktree'))
    return { ...refuseOtherWorkspace(policy, subagent), target: call.tool }
  const written = targetsOf(policy, call, realpathOfNew)
  if (!Array.isArray(written)) return written
  const outsideOwned: string[] = []
  const strays = strayMatcher(policy)
  for (const target of written) {
    const found = judgePath(policy, target, call.cwd, realpathOfNew)
    if (typeof found !== 'string') return found
    if (found === '') continue
    if (SETTINGS_FILE.test(found) && switchesHooksOff(call)) return refuseSettings(policy, target)
    if (strays(found) && !outsideOwned.includes(found)) outsideOwned.push(found)
  }
  if (outsideOwned.length > 0 && policy.strays === 'refuse') return refuseStray(policy, outsideOwned)
  return { allow: true, outsideOwned }
}

/** Tells of paths relative to the workspace whether they lie outside what the session owns. */
export function strayMatcher(policy: Pick<GuardPolicy, 'owns' | 'granted'>): (relative: string) => boolean {
  if (policy.owns.length === 0) return () => false
  const owned = matcherOf([...policy.owns, ...policy.granted])
  return (relative) => !owned(relative)
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
  const matches = picomatch(patterns, { dot: true, strictBrackets: false })
  // `app/[id]/page.ts` is a pattern by its looks, and a file by its name.
  const named = patterns.filter((pattern) => /[[\](){}!+@]/.test(pattern))
  // To a wildcard a line break in a name is a letter like any other; to picomatch's `.` it is none.
  const onOneLine = (relative: string) => relative.replace(/[\n\r\u2028\u2029]/g, '_')
  return (relative) => matches(onOneLine(relative)) || named.some((name) => isBelow(name, relative))
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
  if (!SHELL_TOOLS.has(tool) || typeof input.command !== 'string') return []
  const { files, repositories, agents } = shellWrites(input.command)
  const [agent] = agents
  if (agent !== undefined) return refuseAgent(policy, agent)
  for (const { path, does } of repositories) {
    const found = judgePath({ ...policy, avoid: [] }, path, call.cwd, realpathOfNew, true)
    if (typeof found !== 'string') return refuseRepository(policy, path, does)
  }
  return files
}

function pathArguments(input: Record<string, unknown>, depth = ARGUMENT_DEPTH): string[] {
  const paths: string[] = []
  for (const [key, value] of Object.entries(input)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof item === 'object' && item !== null && depth > 1)
        paths.push(...pathArguments(item as Record<string, unknown>, depth - 1))
      if (!PATH_ARGUMENTS.test(key) || typeof item !== 'string' || item === '') continue
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
    return refuseUnfollowed(policy, path)
  }
  if (!reached.every((real) => isWritable(policy, real))) return refuseOutside(policy, path, absolute)
  const inside = [...reached, absolute]
    .filter((place) => isBelow(policy.workspace, place))
    .map((place) => place.slice(policy.workspace.length + 1))
  if (!whole && inside.some((relative) => /^\.git(\/|$)/i.test(relative)))
    return refuseGitInternals(policy, path)
  const avoided = matcherOf(policy.avoid)
  const granted = matcherOf(policy.granted)
  const hit = inside.find((relative) => relative !== '' && avoided(relative) && !granted(relative))
  if (hit !== undefined) return refuseAvoided(policy, path, hit)
  const [real = ''] = reached
  return isBelow(policy.workspace, real) ? real.slice(policy.workspace.length + 1) : ''
}

/** May the session write this real path, as far as the cell goes? */
export function isWritable(policy: GuardPolicy, real: string): boolean {
  if (isBelow(policy.workspace, real)) return true
  // The most specific path decides, as in the cell: a checkout below a writable /tmp is still a checkout.
  const nearest = (roots: readonly string[]): number =>
    Math.max(-1, ...roots.filter((root) => isBelow(root, real)).map((root) => root.length))
  return nearest(policy.writable) > nearest(policy.protect ?? [])
}

function switchesHooksOff(call: ToolCall): boolean {
  // Escapes of JSON (`disable\u0041llHooks`) are read as the agent's own settings reader would.
  const plain = JSON.stringify(call.input).replace(/\\+u00([0-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return plain.includes('disableAllHooks')
}
