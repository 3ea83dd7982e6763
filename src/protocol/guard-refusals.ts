/** What the guard says to the agent when it refuses: why, and what to do instead. Pure. */
import { isBelow } from './guard-paths.ts'
import type { GuardPolicy, Refusal } from './guard-policy.ts'

/** Paths that one sentence names. */
const NAMED_MAX = 5
/** Paths of one call that are kept for the person to allow: a command may name thousands. */
const WANTED_MAX = 20

/** @param subagent asked for by a subagent's own isolation */
export function refuseOtherWorkspace(policy: GuardPolicy | null, subagent: boolean): Omit<Refusal, 'target'> {
  const place = policy === null ? '' : `, ${policy.workspace}, on branch ${policy.branch}`
  return {
    allow: false,
    why: `This session already has a workspace of its own${place}; work in another worktree would not become part of it.`,
    instead: subagent
      ? 'Start the subagent again without `isolation`: it then works in this workspace.'
      : 'Go on working in the workspace it has.',
  }
}

export function refuseOutside(policy: GuardPolicy, target: string, absolute: string): Refusal {
  return {
    allow: false,
    target,
    why: `${target} lies outside this session's workspace ${policy.workspace}; other sessions and the person work there.`,
    instead: `Write below ${policy.workspace} (branch ${policy.branch}), or to a temporary file.${twinOf(policy, absolute)}`,
  }
}

export function refuseAvoided(policy: GuardPolicy, target: string, relative: string): Refusal {
  return {
    allow: false,
    target,
    why: `${relative} is set aside for someone else while this session runs (${policy.avoid.join(', ')}).`,
    instead:
      'Leave it as it is, do your work without it, and name the change it would need in your final message.',
  }
}

export function refuseGitInternals(policy: GuardPolicy, target: string): Refusal {
  return {
    allow: false,
    target,
    why: `${target} belongs to git's own files; writing them by hand can destroy the work on ${policy.branch}.`,
    instead: 'Use git itself through Bash: `git config`, `git add`, `git commit`, `git update-ref`.',
  }
}

export function refuseRepository(policy: GuardPolicy, target: string, does: string): Refusal {
  return {
    allow: false,
    target,
    why: `\`${does}\` would change ${target}, which is not this session's repository ${policy.workspace}.`,
    instead: `Run git in ${policy.workspace}; commits on ${policy.branch} are brought into the main repository for you.`,
  }
}

export function refuseSettings(policy: GuardPolicy, target: string): Refusal {
  return {
    allow: false,
    target,
    why: `\`disableAllHooks\` in ${target} would switch off the hooks by which Worktrain follows this session.`,
    instead: `Leave disableAllHooks out; other settings of ${policy.workspace} may be changed.`,
  }
}

export function refuseUnfollowed(policy: GuardPolicy, target: string): Refusal {
  return {
    allow: false,
    target,
    why: `${target} cannot be followed to a real file (a dangling link, or a loop of links).`,
    instead: `Write to the file itself, below ${policy.workspace}.`,
  }
}

/** @param outside what it would write outside the owned paths, relative to the workspace */
export function refuseStray(policy: GuardPolicy, outside: string[]): Refusal {
  const owned = [...policy.owns, ...policy.granted].join(', ')
  return {
    allow: false,
    target: outside[0] ?? '',
    why: `${outside.slice(0, NAMED_MAX).join(', ')} lies outside what this session owns (${owned}); another session may be at work there.`,
    instead:
      'Do what can be done inside the owned paths (scratch files go to the temporary directory). If this change is needed all the same, ' +
      'name the path in your final message: the person can allow it with `worktrain allow`.',
    wanted: outside.slice(0, WANTED_MAX),
  }
}

/** @param command the command that would start it */
export function refuseAgent(policy: GuardPolicy, command: string): Refusal {
  return {
    allow: false,
    target: command,
    why: `\`${command}\` would start another agent, which would work in ${policy.workspace} unseen and unguarded.`,
    instead: 'Use a subagent for that: the Agent tool works in this workspace, under the same rules.',
  }
}

/**
 * What the kernel refused, in words that help.
 * @param path real path
 * @param how the kernel's name for it, such as EROFS
 */
export function refuseByKernel(
  policy: GuardPolicy,
  path: string,
  how: string,
): { why: string; instead: string } {
  const hidden = policy.kernel?.hidden.find((root) => isBelow(root, path))
  if (hidden !== undefined) {
    return {
      why: `${path} is hidden from this session: ${hidden} holds keys, or files of other sessions or of Worktrain.`,
      instead: `Do it with what is in ${policy.workspace}; what another session makes arrives when it has landed.`,
    }
  }
  if (how === 'EXDEV') {
    return {
      why: `${path} lies outside what this session may write, so nothing can be linked or moved there or from there (${how}).`,
      instead: `Copy it into ${policy.workspace} or to a temporary file.${twinOf(policy, path)}`,
    }
  }
  return {
    why: `${path} lies outside what this session may write or read: its wall refused it (${how}); nothing is wrong with the file.`,
    instead:
      `Write below ${policy.workspace} (branch ${policy.branch}), or to a temporary file.${twinOf(policy, path)} ` +
      'If a tool cannot do without this path, say so in your final message: the person can add it to `cell.writable`.',
  }
}

/** The same file in the workspace, when the path is one of the main checkout. */
function twinOf({ repositoryRoot: root, workspace }: GuardPolicy, path: string): string {
  return root !== undefined && isBelow(root, path) && path !== root && !isBelow(`${root}/.git`, path)
    ? ` That file in your workspace is ${workspace}${path.slice(root.length)}.`
    : ''
}
