/** A process that shows or goes back, to be killed in the middle. Argument: JSON with `home`, `root`, `work`, `way`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRepository } from '../../src/git/index.ts'
import type { ShownWork } from '../../src/protocol/index.ts'
import { back, openJournal, show } from './scene.ts'

const { home, root, work, way } = JSON.parse(process.argv[2] ?? '{}') as {
  home: string
  root: string
  work: ShownWork
  way: 'there' | 'back'
}
writeFileSync(join(home, 'pid'), String(process.pid))
const place = { home, root, work, repo: await openRepository(root), journal: await openJournal(home) }
if (way === 'there') await show(place)
else await back(place)
