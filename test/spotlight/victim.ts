/**
 * A process that shows or goes back, to be killed in the middle. Argument: JSON with `home`, `root`, `work`, `way`; with
 * `at` it kills itself at that step.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRepository } from '../../src/git/index.ts'
import type { ShownWork } from '../../src/protocol/index.ts'
import { back, openJournal, show, stageOf } from './scene.ts'

const { home, root, work, way, at } = JSON.parse(process.argv[2] ?? '{}') as {
  home: string
  root: string
  work: ShownWork
  way: 'there' | 'back'
  at?: string
}
writeFileSync(join(home, 'pid'), String(process.pid))
const place = { home, root, work, repo: await openRepository(root), journal: await openJournal(home) }
const stage = stageOf(place, (step) => {
  if (step === at) process.kill(process.pid, 'SIGKILL')
})
if (way === 'there') await show(place, work, stage)
else await back(place, stage)
