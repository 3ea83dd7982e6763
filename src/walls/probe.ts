/** Which rung this machine can do: found out by doing it. */
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, writeFileDurably } from '../platform/files.ts'
import { bootId } from '../platform/processes.ts'
import { type Rung, WorktrainError } from '../protocol/index.ts'
import { type CellTools, programOf, type Tried, tryRung, type WalledRung } from './try.ts'

/** What may be asked for: by `cell.rung` in the configuration, or the variable. */
export type WantedRung = 'auto' | WalledRung | 'hooks'

export interface ProbeOptions {
  env: Record<string, string | undefined>
  /** What the configuration asks for; WORKTRAIN_WALLS in `env` wins. Absent: `auto`. */
  rung?: WantedRung
  /** Where a result is kept; absent: in this process only. */
  cacheDir?: string
  now?: () => number
}

export interface RungProbe {
  rung: Rung
  /** Why not a better rung; empty when it is the best. */
  why: string
  /** What would enable the better one; empty when nothing is missing. */
  enable: string
  /** Null: no cell can be built. */
  tools: CellTools | null
}

/** Best first. */
export const LADDER: readonly WalledRung[] =
  process.platform === 'linux'
    ? ['bubblewrap', 'landlock']
    : process.platform === 'darwin'
      ? ['sandbox-exec']
      : []
const WANTED: readonly WantedRung[] = ['auto', 'bubblewrap', 'landlock', 'sandbox-exec', 'hooks']

/** What was possible stays so until the next boot or update; look again after a day all the same, ms. */
const KEEP = 24 * 60 * 60 * 1000

/** Changes with what is kept. */
const FORMAT = 3

interface Kept {
  key: string
  at: number
  tools: CellTools
}
const inProcess = new Map<WalledRung, Kept>()

/**
 * The best rung of this machine, or the one that is asked for. Only success is remembered (5–30 ms to find
 * out): what fails is tried again each time, so that a person who enables it need not restart anything.
 * @throws CONFIG_INVALID for an unknown WORKTRAIN_WALLS, UNAVAILABLE when a rung is demanded and cannot be had
 */
export async function probeRung(options: ProbeOptions): Promise<RungProbe> {
  const variable = options.env.WORKTRAIN_WALLS || undefined
  const wanted = WANTED.find((each) => each === (variable ?? options.rung ?? 'auto'))
  if (wanted === undefined) {
    throw new WorktrainError(
      'CONFIG_INVALID',
      `WORKTRAIN_WALLS is "${variable}"; it may be ${WANTED.slice(0, -1).join(', ')} or hooks.`,
    )
  }
  const asked = variable === undefined ? 'cell.rung is set to' : 'WORKTRAIN_WALLS is'
  const undo = variable === undefined ? 'remove cell.rung from the configuration' : 'unset WORKTRAIN_WALLS'
  const chosen = { why: `${asked} ${wanted}.`, enable: undo }
  if (wanted === 'hooks') return { rung: 'hooks', tools: null, ...chosen }
  if (wanted !== 'auto') {
    const tried = await probeOne(wanted, options)
    if (tried.tools === null) {
      throw new WorktrainError('UNAVAILABLE', `${asked} ${wanted}, which cannot be had here: ${tried.why}`, {
        hint: tried.enable || undo,
      })
    }
    const best = wanted === LADDER[0] ? { why: '', enable: '' } : chosen
    return { rung: wanted, tools: tried.tools, ...best }
  }
  let better: { why: string; enable: string } | null = null
  for (const rung of LADDER) {
    const tried = await probeOne(rung, options)
    better ??= tried
    if (tried.tools !== null) return { rung, tools: tried.tools, why: better.why, enable: better.enable }
  }
  const none = { why: `Kernel walls are not known for ${process.platform}.`, enable: '' }
  return { rung: 'hooks', tools: null, ...(better ?? none) }
}

/** Can this machine do this rung? */
export async function probeOne(rung: WalledRung, options: ProbeOptions): Promise<Tried> {
  const program = programOf(rung, options.env)
  if (program === null) return tryRung(rung, null, options.env)
  const { mtimeMs, size } = statSync(program)
  const key = [FORMAT, bootId(), process.getuid?.(), program, mtimeMs, size].join(' ')
  const now = (options.now ?? Date.now)()
  const known = recall(rung, key, options.cacheDir, now)
  if (known) return { tools: known, why: '', enable: '' }
  const tried = await tryRung(rung, program, options.env)
  if (tried.tools !== null) remember(rung, { key, at: now, tools: tried.tools }, options.cacheDir)
  return tried
}

const fileOf = (cacheDir: string, rung: WalledRung): string => join(cacheDir, `wall-${rung}.json`)

function recall(rung: WalledRung, key: string, cacheDir: string | undefined, now: number): CellTools | null {
  const fresh = (kept: Kept | null | undefined) => kept?.key === key && kept.at <= now && now - kept.at < KEEP
  const here = inProcess.get(rung)
  if (here && fresh(here)) return here.tools
  if (cacheDir === undefined) return null
  try {
    const kept = readJson<Kept>(fileOf(cacheDir, rung))
    if (!kept || !fresh(kept)) return null
    inProcess.set(rung, kept)
    return kept.tools
  } catch {
    // A damaged cache is no cache: it is written anew.
    return null
  }
}

function remember(rung: WalledRung, kept: Kept, cacheDir: string | undefined): void {
  inProcess.set(rung, kept)
  if (cacheDir === undefined) return
  try {
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 })
    writeFileDurably(fileOf(cacheDir, rung), JSON.stringify(kept))
  } catch {
    // No cache (a full disk, a read-only home) costs the next process some milliseconds.
  }
}
