/** Builds the cell of a session on the best rung there is. */
import { isAbsolute, join } from 'node:path'
import type { Rung } from '../protocol/index.ts'
import { bubblewrapArgv } from './bubblewrap.ts'
import type { CellLaunch, CellSpec } from './cell.ts'
import { collectFacts } from './facts.ts'
import { type ProbeOptions, probeRung, unavailable } from './probe.ts'
import { PRIVATE_CACHES } from './tables.ts'

export interface BuildOptions extends ProbeOptions {
  /** Program (path, or a name of PATH) and arguments to run in the cell. */
  argv: readonly string[]
  /** Where it starts; absent: the workspace. */
  cwd?: string
  /** Absent or `auto`: the best that the machine can do, or what WORKTRAIN_WALLS says. */
  rung?: Rung | 'auto'
  /** Absolute paths of further programs that must be startable though they lie under something hidden. */
  programPaths?: readonly string[]
}

/**
 * How to start `argv` within the walls of `spec`. Makes `spec.tempDir` when it is missing; starts nothing.
 * @throws UNAVAILABLE when a demanded rung cannot be had, or a path of the spec cannot be used
 */
export async function buildCell(spec: CellSpec, options: BuildOptions): Promise<CellLaunch> {
  const { argv, rung = 'auto' } = options
  if (rung === 'hooks' || rung === 'none') return bare(spec, argv, rung, (await probeRung(options)).why)
  const probe = await probeRung(options)
  if (rung !== 'auto' && rung !== probe.rung) throw unavailable(probe)
  if (probe.tools === null) return bare(spec, argv, probe.rung, probe.why)
  const [program = ''] = argv
  const facts = collectFacts(spec, [
    ...(isAbsolute(program) ? [program] : []),
    ...(options.programPaths ?? []),
  ])
  return {
    rung: probe.rung,
    why: probe.why,
    argv: bubblewrapArgv(facts, probe.tools, options.cwd ?? facts.workspace, argv),
    env: { TMPDIR: '/tmp', ...caches('/tmp') },
  }
}

function bare(spec: CellSpec, argv: readonly string[], rung: Rung, why: string): CellLaunch {
  return { rung, why, argv: [...argv], env: { TMPDIR: spec.tempDir } }
}

function caches(temp: string): Record<string, string> {
  return Object.fromEntries(
    PRIVATE_CACHES.map(({ variable, directory }) => [variable, join(temp, '.cache', directory)]),
  )
}
