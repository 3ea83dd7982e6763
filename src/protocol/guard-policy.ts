/** What the guard is told, what it is asked, and what it answers. */

export interface GuardPolicy {
  /** Real path of the workspace. */
  workspace: string
  /** Real paths outside the workspace that may be written (the session's temp, caches). */
  writable: string[]
  /** Real paths that may not be written though they lie below a writable one; at the same path they win. */
  protect?: string[]
  /** Globs relative to the workspace that the session must not write (brief `avoid`, foreign leases). */
  avoid: string[]
  /** Globs it owns; empty: no claim. */
  owns: string[]
  /** Globs that the person has allowed besides: they win over `avoid`, and add to `owns`. */
  granted: string[]
  /** What becomes of a write outside the owned paths. */
  strays: 'refuse' | 'report'
  /** Branch of the session, named in refusals. */
  branch: string
  /** The person's home: what `~` means to the agent. Absent: a path with `~` is refused. */
  home?: string
  /** Root of the person's own checkout: a refusal then names the same file in the workspace. */
  repositoryRoot?: string
  /** What a kernel's wall around the session does; null: there is none. */
  kernel: KernelWall | null
}

export interface KernelWall {
  /** Real paths whose content it hides. */
  hidden: string[]
  /** The system's names for its refusals of a write: those of a read-only mount, or of a rule set. */
  says: readonly ('EROFS' | 'EACCES' | 'EPERM' | 'EXDEV')[]
}

export interface ToolCall {
  tool: string
  input: Record<string, unknown>
  cwd: string
}

export type GuardVerdict =
  | { allow: true; outsideOwned: string[] }
  | {
      allow: false
      target: string
      why: string
      instead: string
      /** Refused only because nobody allowed these paths yet, relative to the workspace. */
      wanted?: string[]
    }

export type Refusal = Extract<GuardVerdict, { allow: false }>
