/** A process that lands, to be killed in the middle. Argument: JSON with `root`, `stateDir`, `landable`, `pidFile`. */
import { writeFileSync } from 'node:fs'
import { openRepository } from '../../src/git/index.ts'
import { type Landable, localLanding } from '../../src/train/land/landing.ts'

interface Options {
  root: string
  stateDir: string
  landable: Landable
  pidFile: string
}

const { root, stateDir, landable, pidFile } = JSON.parse(process.argv[2] ?? '{}') as Options
writeFileSync(pidFile, String(process.pid))
const landing = localLanding(await openRepository(root), stateDir, Date.now)
const way = await landing.prepare(landable)
if (way.kind !== 'open') throw new Error(JSON.stringify(way))
await landing.land(landable, way.intent)
