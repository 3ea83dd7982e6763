/**
 * `npm run soak -- [--kills N] [--seed N] [supervisor|train|steps]`: random SIGKILLs over whole working weeks and over
 * random train schedules, N of each; and one after every single step, for every kind of workspace and every
 * wall. Exits 1 when something does not hold.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { soakSupervisor } from './supervisor.ts'
import { soakSteps } from './steps.ts'
import { soakTrain } from './train.ts'

const { values, positionals } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
  allowPositionals: true,
})
const kills = Number(values.kills)
const seed = Number(values.seed)
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  console.error('soak: --kills and --seed take whole numbers')
  process.exit(2)
}

/** mulberry32: the same schedule for the same seed, as far as the machine allows. */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const wanted = positionals.length > 0 ? positionals : ['supervisor', 'train', 'steps']
console.log(`seed ${seed}`)
let failed = false
if (wanted.includes('supervisor')) {
  const soak = await soakSupervisor({
    kills,
    random: randomFrom(seed),
    onWeek: (s) => console.log(`supervisor: ${s.kills} kills in ${s.weeks} weeks`),
  })
  for (const what of soak.broken) console.log(`BROKEN: ${what}`)
  failed ||= soak.broken.length > 0
}
if (wanted.includes('train')) {
  const directory = mkdtempSync(join(tmpdir(), 'wt-soak-'))
  const soak = await soakTrain({
    kills,
    directory,
    seed,
    onTrial: (s, broken) => {
      for (const what of broken) console.log(`BROKEN: ${what}`)
      console.log(
        `train: ${s.kills} kills (${s.inside} inside a transaction or a file) in ${s.trials} repositories, ` +
          `${s.gits} of git alone, ${s.rivals} second trains, ${s.landed} landed, ${s.ejected} ejected`,
      )
    },
  })
  failed ||= soak.violations.length > 0
  // What a broken trial left tells most.
  if (soak.violations.length > 0) console.log(`See ${directory}`)
  else rmSync(directory, { recursive: true, force: true })
}
if (wanted.includes('steps')) {
  let cases = 0
  const held = await soakSteps(
    (what) => console.log(`steps: ${++cases}. ${what}`),
    (what) => console.log(`BROKEN: ${what}`),
  )
  failed ||= !held
}
process.exit(failed ? 1 : 0)
