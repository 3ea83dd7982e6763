/** The cell: what a session's process tree may touch. Built here as plain data, made real by a rung. */
import type { Rung } from '../protocol/index.ts'
import type { DoctorView } from '../protocol/views.ts'

export interface CellSpec {
  session: string
  /** Real path; writable; cwd. */
  workspace: string
  /** The session's private temp directory; appears as /tmp in the cell where the rung can do that. */
  tempDir: string
  home: string
  /** Real paths that may be written besides. Must exist. */
  writable: string[]
  /** Real paths that must be visible (read-only) though they lie under something hidden. */
  readable: string[]
  /** Real paths below a writable one that stay read-only. */
  protect: string[]
  /**
   * Real paths of directories in which the session must be able to make files beside protected ones. A
   * rung that cannot do both (Landlock) gives up the protection there.
   */
  contested?: string[]
  /** Real path of a directory with a socket that the session may connect to; its content is visible. */
  door?: string
  /** Real paths whose content must not be seen (other sessions' workspaces and state). */
  hidden: string[]
  /** May the cell's processes use the network? True until the network wall exists. */
  network: true
}

export interface CellLaunch {
  rung: Rung
  /** Why not a better rung; empty when it is the best. */
  why: string
  /** Command line to run `argv` in the cell. */
  argv: string[]
  /** Variables the cell sets (TMPDIR…). */
  env: Record<string, string>
  /** The private temp directory as the session sees it. */
  temp: string
  /** Real paths that are hidden: those of the spec, and credentials of the home that are there. */
  hidden: string[]
}

/** State of one wall on this machine, as `worktrain doctor` prints it. */
export type WallReport = DoctorView['walls'][number]

/** One way to wall files and processes, as `worktrain doctor` prints it. */
export type RungReport = DoctorView['rungs'][number]
