/**
 * A process that runs the train and is killed in the middle.
 *
 * Arguments: repository, home, and a {@link VictimPlan} as JSON. Like the product it works under a lock that
 * dies with it. It says on stdout, a line each: `running` when it has recovered, `check` when one begins,
 * `ready` when it waits to be killed. Exit codes: 0 nothing is left to do, 3 the journal belongs to another one,
 * 4 another one holds the lock.
 */
import { join } from 'node:path'
import { openRepository } from '../../src/git/index.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { acquireLock } from '../../src/platform/lock.ts'
import { run } from '../../src/platform/run.ts'
import { WorktrainError } from '../../src/protocol/index.ts'
import { changeProjection } from '../../src/train/index.ts'
import type { RunCheck } from '../../src/train/ports.ts'
import { ENV, openStation, PERSON, type Station } from './station.ts'

/** Something a person asks of the train. */
export interface Act {
  /** Done when so many times something was journalled. */
  at: number
  what: 'hold' | 'release' | 'eject' | 'withdraw' | 'prioritise' | 'pause' | 'resume' | 'retry' | 'renew'
  name: string
  /** Of `renew`: the new head of the branch. Of `prioritise`: the priority. */
  value?: string | number
}

export interface VictimPlan {
  /** `before:TYPE`, `after:TYPE`: at the next event of a type; `before#N`, `after#N`: at the Nth time something is journalled. */
  die?: string
  /** Only says that it is ready, so that its whole family can be killed at once. */
  together?: boolean
  slots?: number
  mode?: 'prefix' | 'every-commit'
  verify?: boolean
  acts?: readonly Act[]
}

const [root = '', home = '', json = '{}'] = process.argv.slice(2)
const plan = JSON.parse(json) as VictimPlan
const { die = 'never', slots = 1, mode = 'prefix', verify = false, acts = [] } = plan
const [, when, how, which] = /^(before|after)([:#])(.*)$/.exec(die) ?? []

const say = (line: string) => process.stdout.write(`${line}\n`)

function end(): Promise<never> {
  if (plan.together) say('ready')
  else process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; nothing more may happen here, and it must not end for want of anything to do.
  setInterval(() => {}, 60_000)
  return new Promise(() => {})
}

let appends = 0
function deadly(journal: Journal): Journal {
  return {
    ...journal,
    async append(drafts, expect) {
      appends += 1
      const here =
        how === '#' ? appends === Number(which) : how === ':' && drafts.some((one) => one.type === which)
      if (here && when === 'before') await end()
      const stored = await journal.append(drafts, expect)
      if (here && when === 'after') await end()
      for (const act of acts) if (act.at === appends) asked.push(perform(act))
      return stored
    },
  }
}

/** Marked so that this family's strays can be told from those of any other. */
const check: RunCheck = async ({ command, cwd, timeoutMs, onOutput, signal }) => {
  const env = { PATH: ENV.PATH, HOME: '/nonexistent', WORKTRAIN_TEST_HOME: home }
  const done = await run('/bin/sh', ['-c', command], { cwd, env, timeoutMs, signal, onOutput })
  return { exit: done.code, signal: done.signal, timedOut: done.timedOut }
}

const asked: Promise<void>[] = []
let station: Station | null = null

async function perform({ what, name, value }: Act): Promise<void> {
  // Not in the middle of the very step that is being journalled.
  await new Promise(setImmediate)
  if (!station) return
  const { train, journal } = station
  const all = (await journal.list(changeProjection)).map((one) => one.state)
  const change = all.findLast((one) => one.name === name)
  if (!change) return
  try {
    if (what === 'pause') await train.pause('the person wants quiet', PERSON)
    else if (what === 'resume') await train.resume(PERSON)
    else if (what === 'prioritise') await train.prioritise(change.id, Number(value), PERSON)
    else if (what === 'release' || what === 'retry') await train[what](change.id, PERSON)
    else if (what === 'renew') {
      const { session, branch, target, checks, message } = change
      await train.enqueue({ session, name, branch, head: String(value), target, checks, message }, PERSON)
    } else await train[what](change.id, 'the person says so', PERSON)
  } catch (error) {
    // What cannot be asked of a change in its state is refused, and changes nothing; so it is when git is killed.
    const refused = ['SESSION_WRONG_STATE', 'SESSION_BUSY', 'NOTHING_TO_LAND', 'USAGE', 'GIT_FAILED']
    if (!(error instanceof WorktrainError) || !refused.includes(error.code)) throw error
  }
}

/** A git that was killed makes a step fail, and the next try succeed; this often in a row is too often. */
const TRIES = 6

async function work(of: Station): Promise<void> {
  let failures = 0
  for (;;) {
    try {
      const moved = await of.train.tick()
      failures = 0
      if (moved) continue
      if (asked.length === 0) return
      await Promise.all(asked.splice(0))
    } catch (error) {
      failures += 1
      const ours = error instanceof WorktrainError && error.code !== 'JOURNAL_FENCED'
      if (!ours || failures > TRIES) throw error
    }
  }
}

const lock = acquireLock(join(home, 'run', 'victim.lock'))
if ('heldBy' in lock) process.exit(4)
try {
  station = await openStation(await openRepository(root), home, {
    wrap: deadly,
    settings: async () => ({ slots: { count: slots, why: 'as asked' }, mode, verify }),
    runCheck: (options) => {
      say('check')
      return check(options)
    },
  })
  await station.train.recover()
  say('running')
  await work(station)
  await station.journal.close()
} catch (error) {
  if (error instanceof WorktrainError && error.code === 'JOURNAL_FENCED') process.exit(3)
  throw error
} finally {
  lock.release()
}
