/** What the room offers; wired in `supervisor`. */
import type { RemovalStep, WorkspaceKind, WorkspaceStep } from '../protocol/index.ts'
import type { Repository } from '../git/git.ts'

export interface WorkspaceSpec {
  session: string
  name: string
  repository: Repository
  kind: WorkspaceKind
  /** Where it shall be (sealed, linked) or is (existing). */
  path: string
  branch: string
  existingBranch: boolean
  baseOid: string
  /** The branch that changes land on: a sealed workspace gets it beside its own. */
  target?: string
  /** The session's state directory (0700): trusted git directory, shadow index, include report. */
  stateDir: string
  lineInCell: LineInCell
  /** The person's `.worktreeinclude`; null: there is none. */
  include: () => Promise<string | null>
}

/** Identity of a made workspace: removal refuses when it no longer matches. */
export interface Workspace extends WorkspaceSpec {
  /** Git directory of the workspace itself: hostile, only ever fetched from. */
  gitDir: string
  dev: number
  ino: number
  /** Content of the token file. */
  token: string
  /** What did not work while making it, and does not stop it: shown on the session. */
  notes?: string[]
}

/** What is on record of one: enough to tell whether it may be touched. */
export type RecordedWorkspace = Omit<Workspace, 'lineInCell' | 'include'>

export interface Snapshot {
  n: number
  oid: string
  tree: string
  head: string
  ref: string
  /** False: nothing changed since the last one, which is returned instead. */
  fresh: boolean
  /** Paths that are not in it: repositories inside the workspace, files that cannot be read. */
  missing?: string[]
}

/** What a workspace holds at a moment. */
export interface Present {
  tree: string
  /** Null: the tree is the one that was known. */
  commit: string | null
}

/** How much a piece of work is. Files that are not text have no lines. */
export interface Size {
  files: number
  added: number
  removed: number
}

export interface Publication {
  oid: string
  old: string | null
  /** The branch in the person's repository was moved by someone else: it was left alone. */
  diverged: string | null
}

export interface FileChange {
  path: string
  status: 'added' | 'modified' | 'deleted' | 'renamed' | 'type-changed'
  from: string | null
  added: number | null
  removed: number | null
}

/** How an update went. `files`: those in conflict; everything is as it was then. */
export interface Updated {
  result: 'merged' | 'rebased' | 'conflict' | 'current'
  head: string
  files: string[]
}

/** What stands in the way of a removal. */
export interface RemovalCheck {
  /** Every reason why it must not be removed at all (identity, live process, mount, lock…). */
  unsafe: string[]
  /** Work that is neither in main nor saved elsewhere; empty: nothing would be lost. */
  unsaved: { what: string; detail: string; save: string }[]
}

export interface Trashed {
  directory: string | null
  refs: string[]
  until: number
  /** What happened in it after the last look: kept in the trash with the rest. Each a sentence. */
  late?: string[]
}

/** A place that no removed directory may hold. */
export interface Place {
  path: string
  /** Such as "the supervisor". */
  what: string
}

/** Runs a command inside the session's cell (a port: walls and supervisor provide it). */
export type RunInCell = (options: {
  argv: string[]
  cwd: string
  env?: Record<string, string>
  /** Called with output as it comes. */
  onOutput?: (chunk: Uint8Array) => void
  timeoutMs?: number
}) => Promise<{ exit: number | null; signal: string | null; stdout: string; stderr: string }>

/**
 * The command line that runs a program inside the session's cell, with the variables of `env`, a PATH, and
 * nothing else of this process's environment (a port, as {@link RunInCell}).
 * @throws UNAVAILABLE when the cell cannot be built
 */
export type LineInCell = (options: { argv: string[]; env: Record<string, string> }) => Promise<string[]>

export interface Workspaces {
  /** @throws coded errors; leaves nothing half-made. `onStep` is awaited before each step begins. */
  make(spec: WorkspaceSpec, onStep: (step: WorkspaceStep) => Promise<void>): Promise<Workspace>
  /** Undoes a half-made workspace after a crash. Idempotent. */
  rollBack(spec: WorkspaceSpec): Promise<void>
  /** Brings the session's commits in and moves its branch in the person's repository. */
  publish(workspace: Workspace): Promise<Publication>
  snapshot(
    workspace: Workspace,
    options: { n: number; previousTree: string | null; reason: string; now: number },
  ): Promise<Snapshot>
  /**
   * What the workspace holds, looked at while it is being worked in: at the lowest priority, and given up as soon as
   * anything else is to be done with the session. @returns null: it was given up
   */
  lookAside(
    workspace: Workspace,
    options: { previousTree: string | null; now: number },
  ): Promise<Present | null>
  /** How much differs between two trees or commits that the repository has. */
  sizeBetween(workspace: Workspace, from: string, to: string): Promise<Size>
  /** Changed files of the working state (uncommitted included) against `from`. */
  changes(workspace: Workspace, from: string): Promise<FileChange[]>
  /** Unified diff of the working state against `from`. */
  diff(workspace: Workspace, from: string, options: { stat: boolean; paths: string[] }): Promise<string>
  checkRemoval(workspace: Workspace, target: string, apart?: readonly Place[]): Promise<RemovalCheck>
  /**
   * `onStep` is awaited before each step. Idempotent after a crash at any step.
   * @throws REMOVAL_UNSAFE when it must not be touched now; everything is then as it was before
   */
  trash(
    workspace: Workspace,
    options: {
      trashDir: string
      now: number
      keepDays: number
      apart?: readonly Place[]
      onStep: (step: RemovalStep) => Promise<void>
    },
  ): Promise<Trashed>
  restore(workspace: Workspace, trashed: Trashed): Promise<Workspace>
  /**
   * Deletes it for good, and what keeps it in git.
   * @throws REMOVAL_UNSAFE when something of it could not be deleted, or it stands in its place again
   */
  purge(workspace: Workspace, trashed: Trashed): Promise<void>
  /** Brings `main` into the session's branch, in the cell. */
  update(workspace: Workspace, main: string, run: RunInCell, how: 'merge' | 'rebase'): Promise<Updated>
  /** Makes its files those of another state, in the cell; `from`: tree of what is there. */
  reset(workspace: Workspace, from: string, to: string, run: RunInCell): Promise<void>
  /** Takes back what an update that died has left half done. @returns whether there was anything */
  takeBackUpdate(
    workspace: Workspace,
    run: RunInCell,
    begun: { to: string; how: 'merge' | 'rebase' },
  ): Promise<boolean>
}
