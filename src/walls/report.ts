/** The walls as a table: for each, what holds on this machine and what it does not stop. */
import { rungTitle, WorktrainError } from '../protocol/index.ts'
import type { RungReport, WallReport } from './cell.ts'
import { costsOf, gapsOf } from './gaps.ts'
import { linkedHoles } from './linked-git.ts'
import { LADDER, probeOne, type ProbeOptions, probeRung, type RungProbe } from './probe.ts'

type Row = Omit<WallReport, 'wall' | 'costs'> & { costs?: string[] }

/** What is known about this machine when the rows are written. */
interface Found {
  /** Null: the rung that was asked for cannot be had, so that no session starts. */
  probe: RungProbe | null
  why: string
  enable: string
}

/** One row a wall. */
const WALLS: readonly { wall: string; report: (found: Found) => Row }[] = [
  { wall: 'files and processes', report: filesAndProcesses },
  { wall: 'git', report: git },
  { wall: 'agent settings', report: agentSettings },
  { wall: 'hook guard', report: hookGuard },
  { wall: 'network', report: network },
]

/** Every wall on this machine, and each rung. Found by doing; cached until the next boot (`cacheDir`). */
export async function probeWalls(
  options: ProbeOptions,
): Promise<{ walls: WallReport[]; rungs: RungReport[] }> {
  const found = await look(options)
  const active = found.probe?.rung
  const rungs: RungReport[] = []
  for (const rung of LADDER) {
    const { tools, why, enable } = await probeOne(rung, options)
    const state = tools === null ? 'missing' : rung === active ? 'active' : 'possible'
    rungs.push({ rung, state, why, enable })
  }
  const last = active === 'hooks' ? 'active' : 'possible'
  rungs.push({ rung: rungTitle('hooks'), state: last, why: '', enable: '' })
  return { walls: WALLS.map(({ wall, report }) => ({ wall, costs: [], ...report(found) })), rungs }
}

async function look(options: ProbeOptions): Promise<Found> {
  try {
    const probe = await probeRung(options)
    return { probe, why: probe.why, enable: probe.enable }
  } catch (error) {
    if (!(error instanceof WorktrainError)) throw error
    return { probe: null, why: `Sessions do not start. ${error.message}`, enable: error.hint ?? '' }
  }
}

const inCell = ({ probe }: Found): boolean => probe !== null && probe.tools !== null

function filesAndProcesses(found: Found): Row {
  const { probe, why, enable } = found
  if (probe === null) return { rung: 'none', ok: false, why, enable, gaps: [], costs: [] }
  const gaps = gapsOf(probe.rung)
  const costs = costsOf(probe.rung)
  const { tools } = probe
  if (tools?.rung === 'bubblewrap' && tools.env === null)
    costs.push(
      'Ctrl-C at a program that handles it ends the session (`env --default-signal` is missing: coreutils 8.31)',
    )
  if (tools?.rung === 'bubblewrap' && tools.perl === null)
    gaps.push("the keyring of the login is the session's too (perl is missing)")
  if (tools?.rung === 'bubblewrap' && !tools.filter)
    gaps.push('keys of this user can be used by their number, and files held up (seccomp cannot be used)')
  if (tools?.rung === 'bubblewrap' && !tools.nested)
    costs.push("no sandbox can be made inside: the agent's own, and browsers', fail")
  if (tools?.rung === 'bubblewrap' && process.getuid?.() === 0)
    costs.push('as root, a nested sandbox cannot have a /proc of its own')
  return { rung: rungTitle(probe.rung), ok: inCell(found) && why === '', why, enable, gaps, costs }
}

function git(found: Found): Row {
  const linked = linkedHoles().map((hole) => `linked workspaces: ${hole}`)
  if (inCell(found))
    return { rung: 'private git directory, main read-only', ok: true, why: '', enable: '', gaps: linked }
  return {
    rung: 'private git directory',
    ok: false,
    why: `main's git directory can be written: ${found.why}`,
    enable: found.enable,
    gaps: ["`git -C`, and scripts that use it, can move any branch of this user's repositories"],
  }
}

function agentSettings(found: Found): Row {
  if (inCell(found)) {
    const gaps = ['the login that the agent uses can be read, and conversations of its own workspace written']
    return { rung: 'read-only, private state for each session', ok: true, why: '', enable: '', gaps }
  }
  const gaps = ['shell start-up files, git configuration, agent settings and keys can be changed']
  return { rung: 'none', ok: false, why: found.why, enable: found.enable, gaps }
}

function hookGuard(found: Found): Row {
  return {
    rung: 'refuses, also when nobody answers',
    ok: true,
    why: '',
    enable: '',
    gaps: [
      'sees what a tool call says, not what a command does (that is for the wall of files)',
      'Claude Code before 2.1.295 goes on when its guard fails, and agents without hooks have none',
      ...(inCell(found) ? [] : ['it is the only wall here']),
    ],
  }
}

function network(): Row {
  return {
    rung: 'none',
    ok: false,
    why: "Not walled: sessions use the host's network, for their model's API and for local services.",
    enable: '',
    gaps: [
      'a session reaches the internet, and every port on this machine and its network, as this user does',
    ],
  }
}
