/** Which rungs of the wall can be forced on this machine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probeRung } from '../../src/walls/index.ts'

export const RUNGS = ['bubblewrap', 'landlock', 'hooks'] as const

const cacheDir = mkdtempSync(join(tmpdir(), 'wt-rungs-'))
const there = new Set<string>()
for (const rung of RUNGS) {
  const env = { PATH: process.env.PATH, HOME: cacheDir, WORKTRAIN_WALLS: rung }
  const found = await probeRung({ cacheDir, env, now: Date.now }).catch(() => null)
  if (found?.rung === rung) there.add(rung)
}
rmSync(cacheDir, { recursive: true, force: true })

/** Kinds of workspace on the rungs there are. */
export const PLACES = RUNGS.filter((rung) => there.has(rung)).flatMap((rung) =>
  (['sealed', 'linked'] as const).map((kind) => ({ kind, rung })),
)

export const has = (rung: string): boolean => there.has(rung)
