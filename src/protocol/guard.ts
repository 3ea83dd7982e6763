/**
 * The guard's decision: may this tool call go on?
 *
 * It is the polite wall in front of the kernel's: it gives the agent a sentence it can act on. It
 * lives here because host (which answers the hook) and walls (which write the policy) both need it,
 * and it is pure: whoever calls it resolves paths on disk.
 */

export interface GuardPolicy {
  /** Real path of the workspace. */
  workspace: string
  /** Real paths outside the workspace that may be written (the session's temp, caches). */
  writable: string[]
  /** Globs relative to the workspace that the session must not write (brief `avoid`, foreign leases). */
  avoid: string[]
  /** Globs it owns; empty: no claim. A write outside is reported, not refused. */
  owns: string[]
  /** Branch of the session, named in refusals. */
  branch: string
}

export interface ToolCall {
  tool: string
  input: Record<string, unknown>
  cwd: string
}

export type GuardVerdict =
  | { allow: true; outsideOwned: string[] }
  | { allow: false; target: string; why: string; instead: string }
