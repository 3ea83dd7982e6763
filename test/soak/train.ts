/**
 * Kills the train at random moments, its git and its checks with it, while the person works on main; then
 * reads from git and the journal whether anything was lost, landed twice or landed untested.
 */
import { spawn } from 'node:child_process'
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
import { setTimeout as pass } from 'node:timers/promises'
import { processesOf, signal } from '../../src/platform/processes.ts'
import { violations } from '../train/invariants.ts'
import { branch, enqueue, openStation, repositoryWith, settle, sh, write } from '../train/station.ts'

export interface SoakResult {
  kills: number
  trials: number
  landed: number
  ejected: number
  violations: string[]
}

/** Kills of one trial: one repository with six changes. */
const KILLS_A_TRIAL = 7
const CHECK = 'sleep 0.05; test ! -f bad.txt'

/**
 * @param options.kills how many times the train is killed, over as many repositories as it takes
 * @param options.directory for the repositories, which go away again; default: one of its own
 * @param options.seed the same seed gives the same delays and the same acts of the person
 * @param options.onTrial told after each repository
 */
export async function soakTrain(options: {
  kills: number
  directory?: string
  seed?: number
  onTrial?: (result: SoakResult) => void
}): Promise<SoakResult> {
  const random = seeded(options.seed ?? 1)
  const directory = options.directory ?? realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-soak-')))
  const result: SoakResult = { kills: 0, trials: 0, landed: 0, ejected: 0, violations: [] }
  while (result.kills < options.kills) {
    result.trials += 1
    const home = join(directory, `trial-${result.trials}`)
    const wanted = Math.min(KILLS_A_TRIAL, options.kills - result.kills)
    const trial = await oneTrial(home, wanted, random)
    result.kills += trial.kills
    result.landed += trial.landed
    result.ejected += trial.ejected
    result.violations.push(...trial.violations.map((one) => `trial ${result.trials}: ${one}`))
    rmSync(home, { recursive: true, force: true })
    options.onTrial?.(result)
  }
  if (options.directory === undefined) rmSync(directory, { recursive: true, force: true })
  return result
}

async function oneTrial(home: string, wanted: number, random: () => number) {
  mkdirSync(home, { recursive: true })
  const repo = await repositoryWith(join(home, 'repo'), {
    'README.md': 'hello\n',
    'shared.txt': '1\n2\n3\n4\n5\n6\n7\n8\n9\n',
    '.gitignore': '*.log\n',
    '.gitattributes': 'dir/* filter=slow\n',
  })
  const { root } = repo
  // The person's git takes a while to write these files: the moment in which a kill hurts most.
  sh(root, 'config', 'filter.slow.smudge', 'sleep 0.05; cat')
  write(root, { 'notes.txt': 'untracked\n', 'run.log': 'ignored\n' })
  const first = await openStation(repo, home)
  for (const name of ['one', 'two', 'three']) {
    const files = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`dir/${name}-${n}`, `${n}\n`.repeat(2000)]))
    await enqueue(first, name, branch(repo, name, { ...files, [`${name}.txt`]: `${name}\n` }), [CHECK])
  }
  await enqueue(first, 'bad', branch(repo, 'bad', { 'bad.txt': 'x\n' }), [CHECK])
  await enqueue(first, 'left', branch(repo, 'left', { 'shared.txt': 'left\n' }), [CHECK])
  await enqueue(first, 'right', branch(repo, 'right', { 'shared.txt': 'right\n' }), [CHECK])
  await first.journal.close()

  const person = createPerson(root, random)
  let kills = 0
  for (let done = false; !done && kills < wanted;) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, '..', 'train', 'victim.ts'), root, home],
      {
        env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', NODE_NO_WARNINGS: '1' },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    let over = false
    const ended = new Promise<boolean>((resolve) =>
      child.on('close', (code) => {
        over = true
        resolve(code === 0)
      }),
    )
    // The moment is what is random here: nothing is waited for.
    await Promise.race([pass(random() * 700), ended])
    person.act()
    await Promise.race([pass(random() * 1200), ended])
    if (!over) {
      const family = processesOf(child.pid ?? null, 'WORKTRAIN_TEST_CHECK=1')
      // Sometimes git outlives the train, as it does when only the supervisor is killed.
      for (const pid of random() < 0.3 ? [child.pid ?? 0] : family) signal(pid, 'SIGKILL')
    }
    done = await ended
    if (!done) kills += 1
  }
  const last = await openStation(repo, home)
  try {
    await last.train.recover()
    await settle(last)
    person.tidy()
    await settle(last)
    const { changes } = await last.train.view()
    const count = (state: string) => changes.filter((change) => change.state === state).length
    const good = ['one', 'two', 'three', 'left']
    const found = await violations(root, last.stateDir, last.journal, { good, mine: person.commits })
    return {
      kills,
      landed: count('landed'),
      ejected: count('ejected'),
      violations: [...found, ...person.complaints()],
    }
  } finally {
    await last.journal.close()
  }
}

/** What a person does meanwhile: commits to main, edits a file the train wants to change, tidies up. */
function createPerson(root: string, random: () => number) {
  const commits: string[] = []
  const complaints: string[] = []
  let dirty: string | null = null
  let tries = 0
  const shared = join(root, 'shared.txt')
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : null)

  function commitOne(): void {
    const file = `mine-${(tries += 1)}.txt`
    write(root, { [file]: 'mine\n' })
    try {
      sh(root, 'add', file)
      sh(root, 'commit', '-q', '-m', `mine ${tries}`, '--', file)
      commits.push(sh(root, 'log', '-1', '--format=%H', '--', file))
    } catch (error) {
      // A lock was held, by a living or a dead git: a person would try again later.
      if (/unable to write new index/.test(String(error))) complaints.push(String(error))
      rmSync(join(root, file), { force: true })
      forget(file)
    }
  }
  function forget(file: string): void {
    try {
      sh(root, 'rm', '-q', '--cached', '--ignore-unmatch', file)
    } catch {
      leftStaged.push(file)
    }
  }
  const leftStaged: string[] = []
  function tidy(): void {
    for (const file of leftStaged.splice(0)) forget(file)
    if (dirty === null) return
    if (read(shared) !== dirty) complaints.push('a dirty file of the person was changed')
    try {
      sh(root, 'checkout', '-q', '--', 'shared.txt')
      dirty = null
    } catch {
      // As above.
    }
  }
  return {
    commits,
    tidy,
    act(): void {
      const what = random()
      if (what < 0.3) commitOne()
      else if (what < 0.5 && dirty === null) {
        dirty = `mine ${random()}\n`
        writeFileSync(shared, dirty)
      } else if (what < 0.8) tidy()
    },
    complaints(): string[] {
      if (read(join(root, 'notes.txt')) !== 'untracked\n') complaints.push('an untracked file was changed')
      if (read(join(root, 'run.log')) !== 'ignored\n') complaints.push('an ignored file was changed')
      return complaints
    },
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
