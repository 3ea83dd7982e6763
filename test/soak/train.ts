/**
 * Kills the train at random moments, and in the middle of git's own transactions, while the person works on main
 * and steers; then reads from git and the journal whether anything was lost, landed twice or landed untested.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pass } from 'node:timers/promises'
import type { Repository } from '../../src/git/index.ts'
import { processesOf, signal } from '../../src/platform/processes.ts'
import type { Change } from '../../src/train/ports.ts'
import { bundleVictim } from '../train/bundle.ts'
import { type End, violations } from '../train/invariants.ts'
import { openStation, PERSON, repositoryWith, type Station } from '../train/station.ts'
import {
  chooseDeath,
  createPerson,
  type Death,
  FILES,
  kindsOf,
  makeBranches,
  type TrialChange,
  writeCheck,
  writeWeapons,
} from './trial.ts'

export interface SoakResult {
  kills: number
  /** Of them, in the middle of a transaction of refs, or of a file. */
  inside: number
  /** A git that was killed, and its train was not. */
  gits: number
  /** Attempts of a second train to run beside one. */
  rivals: number
  trials: number
  landed: number
  ejected: number
  violations: string[]
}

/** Kills of one trial: one repository with up to ten changes. */
const KILLS_A_TRIAL = 40
/** Nothing is left to do long before so many steps. */
const STEPS = 2_000

/**
 * @param options.kills how many times the train is killed, over as many repositories as it takes
 * @param options.directory for the repositories, which go away again; default: one of its own
 * @param options.seed the same seed gives the same changes, deaths and acts; the moments are the machine's
 * @param options.onTrial told after each repository
 */
export async function soakTrain(options: {
  kills: number
  directory?: string
  seed?: number
  onTrial?: (result: SoakResult, broken: readonly string[]) => void
}): Promise<SoakResult> {
  const seed = options.seed ?? 1
  const directory = options.directory ?? realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-soak-')))
  const result: SoakResult = {
    ...{ kills: 0, inside: 0, gits: 0, rivals: 0, trials: 0, landed: 0, ejected: 0 },
    violations: [],
  }
  const victim = await bundleVictim(directory)
  while (result.kills < options.kills) {
    result.trials += 1
    const home = join(directory, `trial-${result.trials}`)
    const wanted = Math.min(KILLS_A_TRIAL, options.kills - result.kills)
    // A trial can be had again without those before it.
    const found = await oneTrial({ home, victim, wanted }, seeded(seed * 1_000 + result.trials), result)
    const broken = found.map((one) => `seed ${seed}, trial ${result.trials}: ${one}`)
    result.violations.push(...broken)
    if (found.length === 0) rmSync(home, { recursive: true, force: true })
    options.onTrial?.(result, broken)
  }
  if (options.directory === undefined && result.violations.length === 0)
    rmSync(directory, { recursive: true, force: true })
  return result
}

async function oneTrial(
  { home, victim, wanted }: { home: string; victim: string; wanted: number },
  random: () => number,
  result: SoakResult,
): Promise<string[]> {
  mkdirSync(home, { recursive: true })
  const repo = await repositoryWith(join(home, 'repo'), FILES)
  const { root } = repo
  const { path } = writeWeapons(home, root)
  const checks = writeCheck(home)
  const changes = makeBranches(root, kindsOf(random))
  await enqueueAll(repo, home, changes, checks, random)
  const person = createPerson(root, random, () => isLanding(home))
  const basic = {
    slots: 1 + Math.floor(random() * 4),
    mode: random() < 0.3 ? ('every-commit' as const) : ('prefix' as const),
    verify: random() < 0.4,
  }
  const complaints: string[] = []
  let kills = 0
  for (let runs = 0; kills < wanted && runs < 3 * wanted; runs += 1) {
    const death = chooseDeath(random, changes, basic)
    const isRival = random() < 0.1
    const run = await oneRun({ root, home, path, victim, death, person, random, isRival }, result)
    if (run.killed) kills += 1
    else if (run.code !== 0) complaints.push(`the train ended with ${run.code}: ${run.words}`)
    else if (!person.busy()) break
    // What is in the way, when that is all that is left to do.
    if (!run.killed) person.tidy()
  }
  result.kills += kills
  return [...complaints, ...(await ending(repo, home, changes, person, result))]
}

async function enqueueAll(
  repo: Repository,
  home: string,
  changes: readonly TrialChange[],
  checks: readonly string[],
  random: () => number,
): Promise<void> {
  const first = await openStation(repo, home)
  for (const { name, head } of changes)
    await first.train.enqueue(
      {
        ...{ session: `s-${name}`, name, branch: name, head, target: 'main', message: `${name}: work` },
        checks: random() < 0.7 ? checks : checks.slice(0, 1),
      },
      PERSON,
    )
  await first.journal.close()
}

/** Does a git move the checkout just now? A record alone may be of one that died. */
function isLanding(home: string): boolean {
  const record = join(home, 'train', 'landing-in-flight.json')
  if (!existsSync(record)) return false
  return processesOf(null, `WORKTRAIN_TEST_HOME=${home}`).length > 0
}

interface Run {
  root: string
  home: string
  path: string
  /** The program. */
  victim: string
  death: Death
  person: ReturnType<typeof createPerson>
  random: () => number
  isRival: boolean
}

async function oneRun(
  { root, home, path, victim, death, person, random, isRival }: Run,
  result: SoakResult,
): Promise<{ killed: boolean; code: number | null; words: string }> {
  const { plan, weapon, moment } = death
  for (const what of ['hook', 'smudge'])
    for (const file of [`${what}.calls`, `${what}.deadly`]) rmSync(join(home, file), { force: true })
  if (weapon) writeFileSync(join(home, `${weapon.what}.deadly`), `${weapon.n} ${weapon.whom}\n`)
  const start = (how: object) => startVictim(victim, path, root, home, how)
  const child = start(plan)
  writeFileSync(join(home, 'pid'), String(child.pid))
  const family = () => processesOf(child.pid ?? null, `WORKTRAIN_TEST_HOME=${home}`)
  const killAll = (all: boolean) => {
    for (const pid of all ? family() : [child.pid ?? 0]) signal(pid, 'SIGKILL')
  }
  let words = ''
  child.stderr?.on('data', (chunk) => (words += String(chunk)))
  let rival: ChildProcess | null = null
  const rivalEnded: Promise<unknown>[] = []
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') killAll(true)
      // What a person does during a check is the case that a merge queue gets wrong.
      if (line === 'check' && random() < 0.3) person.act()
      if (line === 'running' && isRival) {
        rival = start({})
        result.rivals += 1
        rivalEnded.push(
          ended(rival).then((end) => {
            // Only when the first one is gone may the second have got in.
            if (end.code !== 4 && child.exitCode === null && child.signalCode === null)
              words += `a second train ran beside it and ended with ${end.code}`
          }),
        )
      }
    })
  const end = ended(child)
  if (moment !== undefined) {
    // The moment is what is random here: nothing is waited for.
    await Promise.race([pass(moment), end])
    person.act()
    await Promise.race([pass(moment), end])
    if (child.exitCode === null && child.signalCode === null) killAll(plan.together === true)
  }
  const { code, by } = await end
  await Promise.all(rivalEnded)
  const fired = weapon && callsOf(home, weapon.what) >= weapon.n
  if (fired && weapon.whom !== 'train') result.gits += weapon.whom === 'git' ? 1 : 0
  const killed = by === 'SIGKILL'
  if (killed && fired) result.inside += 1
  person.act()
  return { killed, code: words.includes('second train') ? -1 : code, words }
}

function callsOf(home: string, what: string): number {
  const file = join(home, `${what}.calls`)
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0
}

function startVictim(file: string, path: string, root: string, home: string, plan: object): ChildProcess {
  return spawn(process.execPath, [file, root, home, JSON.stringify(plan)], {
    env: { PATH: path, HOME: '/nonexistent', NODE_NO_WARNINGS: '1', WORKTRAIN_TEST_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function ended(child: ChildProcess): Promise<{ code: number | null; by: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, by) => resolve({ code, by }))
  })
}

/** The person tidies up and lets everything go; then all has to come to its end. */
async function ending(
  repo: Repository,
  home: string,
  changes: readonly TrialChange[],
  person: ReturnType<typeof createPerson>,
  result: SoakResult,
): Promise<string[]> {
  const last = await openStation(repo, home, {
    settings: async () => ({ slots: { count: 2, why: 'as asked' } }),
  })
  try {
    const { train, journal } = last
    await train.recover()
    if ((await train.view()).paused === 'the person wants quiet') await train.resume(PERSON)
    for (const change of (await train.view()).changes)
      if (change.state === 'held') await train.release(change.id, PERSON)
    const complaints: string[] = []
    for (let round = 0; round < 4; round += 1) {
      if (!(await comesToRest(last))) complaints.push('G8: it does not come to rest')
      person.tidy()
      if (!person.busy() && round > 0) break
    }
    const ends = await endsOf(last, changes)
    const found = await violations(repo.root, last.stateDir, journal, { ends, mine: person.commits })
    const { changes: shown } = await train.view()
    result.landed += shown.filter((change) => change.state === 'landed').length
    result.ejected += shown.filter((change) => change.state === 'ejected').length
    return [...complaints, ...found, ...person.complaints()]
  } finally {
    await last.journal.close()
  }
}

async function comesToRest(station: Station): Promise<boolean> {
  for (let step = 0; step < STEPS; step += 1) if (!(await station.train.tick())) return true
  return false
}

/** How each change must have ended, when neither the person nor chance decided. */
async function endsOf(station: Station, changes: readonly TrialChange[]): Promise<(change: Change) => End> {
  const events = await station.journal.read({ aggregate: 'change' })
  const steered = new Set(
    events.flatMap((event) =>
      event.type === 'change.withdrawn' || (event.type === 'change.ejected' && event.actor.kind === 'person')
        ? [event.id]
        : [],
    ),
  )
  return (change) => {
    const kind = changes.find((one) => one.name === change.name)?.kind
    if (kind === 'red') return 'out'
    const byChance = kind === undefined || ['left', 'right', 'pairA', 'pairB'].includes(kind)
    return byChance || steered.has(change.id) ? 'any' : 'landed'
  }
}

/** Mulberry32: small, and the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
