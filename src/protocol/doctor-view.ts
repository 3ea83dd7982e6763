import type { PhoneAccess } from './phone-access.ts'
import type { PushView } from './web-api.ts'

/** What `doctor` says of this machine. */
export interface DoctorView {
  walls: {
    wall: string
    rung: string
    ok: boolean
    /** Why not better; empty when nothing is missing. */
    why: string
    /** Command or step that would enable the better rung; empty when there is none. */
    enable: string
    /** What this rung does not stop. */
    gaps: string[]
    /** What does not work because of it. */
    costs: string[]
  }[]
  /** How files and processes may be walled on this system, best first. */
  rungs: { rung: string; state: 'active' | 'possible' | 'missing'; why: string; enable: string }[]
  agents: { name: string; title: string; installed: string | null; version: string | null; ready: string }[]
  git: { version: string; ok: boolean }
  node: string
  paths: Record<string, string>
  /** Where the board is open to the network, and the phones that have access; null: it is open to this machine alone. */
  network: { url: string; until: number | null; phones: PhoneAccess[] } | null
  /** Browsers that are notified by push. */
  pushed: PushView[]
  leftovers: Leftover[]
}

/** Something of ours that a crash, or a lost journal, left behind. */
export interface Leftover {
  /** Names exactly this thing in the state in which it was seen. */
  id: string
  kind: 'process' | 'mount' | 'session' | 'directory' | 'ref' | 'lock'
  what: string
  /** How it is known to be ours. */
  why: string
  /** What removing it does. */
  removing: string
  /** It may hold work: asked for each by itself, and kept in the trash. */
  work: boolean
  /** What belongs to it. */
  parts?: string[]
}
