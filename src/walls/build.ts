/** Builds the cell of a session on the best rung there is. */
import { readdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { bubblewrapArgv } from './bubblewrap.ts'
import type { CellLaunch, CellSpec } from './cell.ts'
import { collectFacts } from './facts.ts'
import { landlockArgv, type ListDirectory, planLandlock } from './landlock.ts'
import type { CellFacts } from './mounts.ts'
import { type ProbeOptions, probeRung, type RungProbe } from './probe.ts'
import { seatbeltArgv } from './seatbelt.ts'
import { PRIVATE_CACHES } from './tables.ts'
import { type CellTools, LANDLOCK_SCRIPT } from './try.ts'

export interface BuildOptions extends ProbeOptions {
  /** Program (path, or a name of PATH) and arguments to run in the cell. */
  argv: readonly string[]
  /** Where it starts; absent: the workspace. */
  cwd?: string
  /** Absolute paths of further programs that must be startable though they lie under something hidden. */
  programPaths?: readonly string[]
  /** The rung that was found already; absent: it is looked for. */
  probe?: RungProbe
}

/**
 * How to start `argv` within the walls of `spec`. Makes `spec.tempDir` when it is missing; starts nothing.
 * @throws UNAVAILABLE when a demanded rung cannot be had, or a path of the spec cannot be used
 */
export async function buildCell(spec: CellSpec, options: BuildOptions): Promise<CellLaunch> {
  const { argv } = options
  const probe = options.probe ?? (await probeRung(options))
  const { rung, why, tools } = probe
  if (tools === null) {
    const temp = spec.tempDir
    return { rung, why, argv: [...argv], env: { TMPDIR: temp }, temp, hidden: [] }
  }
  const [program = ''] = argv
  const facts = collectFacts(spec, [
    ...(isAbsolute(program) ? [program] : []),
    ...(options.programPaths ?? []),
  ])
  const temp = tools.rung === 'bubblewrap' ? '/tmp' : facts.tempDir
  const line = lineOf(tools, facts, options.cwd ?? facts.workspace, argv)
  const hidden = facts.hidden.map(({ path }) => path)
  return { rung, why, argv: line, env: environment(temp), temp, hidden }
}

function lineOf(tools: CellTools, facts: CellFacts, cwd: string, argv: readonly string[]): string[] {
  if (tools.rung === 'bubblewrap') return bubblewrapArgv(facts, tools, cwd, argv)
  if (tools.rung === 'landlock') {
    const plan = planLandlock(facts, list)
    return landlockArgv(plan, { perl: tools.perl, script: LANDLOCK_SCRIPT }, cwd, argv)
  }
  return seatbeltArgv(facts, tools, cwd, argv)
}

/** Names that programs look at for a temporary directory: without a /tmp of its own it must be told to each. */
function environment(temp: string): Record<string, string> {
  const caches = PRIVATE_CACHES.map(({ variable, directory }) => [variable, join(temp, '.cache', directory)])
  return {
    TMPDIR: temp,
    ...(temp === '/tmp' ? {} : { TMPPREFIX: join(temp, 'zsh'), TMUX_TMPDIR: temp }),
    // Perl's own complaints about a locale that is not installed do not belong into the terminal.
    ...(process.platform === 'linux' ? { PERL_BADLANG: '0' } : {}),
    ...(Object.fromEntries(caches) as Record<string, string>),
  }
}

const list: ListDirectory = (path) => {
  try {
    return readdirSync(path, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      link: entry.isSymbolicLink(),
    }))
  } catch {
    // Not ours to list, not a directory, or gone: then nothing in it is granted.
    return null
  }
}
