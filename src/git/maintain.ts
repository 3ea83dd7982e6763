/**
 * Keeping the person's repository quick: every session that publishes leaves loose objects, small packs and
 * loose refs, and `git gc --auto` does not run in what we do ourselves.
 *
 * Nothing is ever pruned. Objects that nobody names stay: a sealed workspace borrows them, and may be about
 * to name one. What was packed is deleted only when it stands in a pack that is complete on disk.
 */
import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PACKED, writeShared } from './broker.ts'
import { inRepository, type Repository } from './git.ts'
import { withRepositoryLock } from './lock.ts'

export interface Weight {
  /** Objects in files of their own, and how many packs. */
  loose: number
  packs: number
  /** Refs in files of their own. */
  refs: number
}

/** From here on it is worth it: git's own `gc --auto` begins at 6,700 objects and 50 packs. */
const HEAVY: Weight = { loose: 3000, packs: 40, refs: 1000 }
/** A pack that has been in the making for so long is none any more, ms. Git's own limit is two weeks. */
const STALE_MS = 24 * 60 * 60_000

export type Maintained =
  /** `done` is empty when nothing was heavy. */
  { kind: 'done'; done: string[]; before: Weight; after: Weight } | { kind: 'left'; why: string }

/** How heavy a repository is. */
export async function weigh(repo: Repository): Promise<Weight> {
  const { stdout } = await inRepository(repo, ['count-objects', '-v'])
  const number = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(stdout)?.[1] ?? 0)
  return { loose: number('count'), packs: number('packs'), refs: filesBelow(join(repo.commonDir, 'refs')) }
}

/**
 * Packs what is heavy, and ends early when somebody needs the repository's lock. Killed at any moment it
 * leaves at most a file that is not a pack yet.
 * @param options.signal ends it
 * @param options.now milliseconds since the epoch
 * @throws GIT_FAILED, GIT_LOCKED, DISK_FULL
 */
export async function maintain(
  repo: Repository,
  options: { signal: AbortSignal; now: number; heavy?: Weight },
): Promise<Maintained> {
  const heavy = options.heavy ?? HEAVY
  const why = await theirs(repo)
  if (why !== null) return { kind: 'left', why }
  const before = await weigh(repo)
  const done: string[] = []
  const packs = before.packs >= heavy.packs
  if (packs || before.loose >= heavy.loose || before.refs >= heavy.refs) {
    const ended = await withRepositoryLock(repo, async (wanted) => {
      const signal = AbortSignal.any([wanted, options.signal])
      removeStale(repo, options.now)
      if (packs || before.loose >= heavy.loose) {
        // Geometric: small packs become one, with everything in them, named or not.
        const how = packs && !(await isPartial(repo)) ? ['--geometric=2'] : ['-l']
        if (!(await quietly(repo, signal, ['repack', '-d', '-q', ...how]))) return false
        done.push(packs ? 'packs' : 'objects')
      }
      if (before.refs < heavy.refs) return true
      if (!(await quietly(repo, signal, ['pack-refs', '--all']))) return false
      done.push('refs')
      return true
    })
    if (!ended) return { kind: 'left', why: 'the repository was needed' }
  }
  return { kind: 'done', done, before, after: done.length > 0 ? await weigh(repo) : before }
}

/** Slow and low: the person's own work comes first. @returns false when it was ended */
async function quietly(repo: Repository, signal: AbortSignal, args: readonly string[]): Promise<boolean> {
  if (signal.aborted) return false
  try {
    await writeShared(repo, `maintenance: ${args[0]}`, [...PACKED, 'HEAD.lock', 'refs/', 'objects/'], args, {
      signal,
      background: true,
      config: ['pack.threads=1', 'pack.windowMemory=256m', 'repack.writeBitmaps=false'],
      retries: 3,
    })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

/** Why this repository is not ours to maintain; null: it is. */
async function theirs(repo: Repository): Promise<string | null> {
  const { stdout } = await inRepository(repo, ['config', '--list', '--show-scope', '--includes', '-z'])
  const fields = stdout.split('\0')
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [key = '', value = ''] = (fields[at + 1] ?? '').split('\n')
    // Our own settings of this very call.
    if (fields[at] === 'command') continue
    if (key === 'gc.auto' && Number(value) === 0) return 'gc.auto is 0'
    if (key === 'maintenance.auto' && /^(false|no|off|0)$/i.test(value)) return 'maintenance.auto is off'
    if (key === 'maintenance.repo' && value === repo.root) return '`git maintenance` is scheduled for it'
    if (key === 'extensions.refstorage' && value !== 'files') return `its refs are in a ${value}`
  }
  return existsSync(join(repo.commonDir, 'gc.pid')) ? '`git gc` runs' : null
}

async function isPartial(repo: Repository): Promise<boolean> {
  const { code } = await inRepository(repo, ['config', '--get', 'extensions.partialClone'], { allow: [1] })
  return code === 0
}

/** What a repack that was killed left behind. */
function removeStale(repo: Repository, now: number): void {
  const directory = join(repo.commonDir, 'objects/pack')
  if (!existsSync(directory)) return
  for (const name of readdirSync(directory)) {
    if (!/^(tmp_|\.tmp-)/.test(name)) continue
    const file = join(directory, name)
    const stat = lstatSync(file, { throwIfNoEntry: false })
    if (stat?.isFile() && now - stat.mtimeMs > STALE_MS) rmSync(file, { force: true })
  }
}

function filesBelow(directory: string): number {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
      .length
  } catch (error) {
    // A ref that went away while we looked.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
