/**
 * Resolutions of conflicts, remembered by git's own rerere, in a cache of the train's own.
 *
 * Each conflict is looked at alone in a git directory that lasts as long as the question: nothing of it can
 * reach the person's rr-cache, and two merges at once are not in each other's way.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { privateGit, type Repository } from '../../git/index.ts'
import { blob, entriesOf, hasMarkers } from './content.ts'
import { type Conflict, mergeTrees } from './merging.ts'
import { inObjects, formatOf, initWith, inRoom, type MergeRoom, type Objects } from './objects.ts'

/** One that was learnt longer ago is forgotten, ms; git keeps its own as long. */
const KEPT_MS = 60 * 24 * 60 * 60_000
/** Merges of one change that are looked at. */
const MERGES = 50

/** Where a train keeps them. */
export const rememberedIn = (objects: Objects): string => join(objects.directory, '..', 'remembered')

/**
 * Learns from every merge that a landing brought along: a conflict that a session resolved in its branch.
 *
 * Only what landed teaches: it passed the checks. What a session merely committed could be a trap for
 * somebody else's change.
 * @returns how many resolutions were learnt
 */
export async function learn(
  repo: Repository,
  objects: Objects,
  landing: { old: string; new: string },
  now: number,
): Promise<number> {
  forgetOld(rememberedIn(objects), now)
  return inRoom(repo, objects, landing.old, async (room) => {
    const range = ['--end-of-options', landing.new, `^${landing.old}`]
    const list = ['rev-list', '--merges', '--max-parents=2', '--parents', `--max-count=${MERGES}`, ...range]
    const { stdout } = await inObjects(repo, room, list)
    let learnt = 0
    for (const line of stdout.split('\n').filter((each) => each !== '')) {
      const [merge = '', branch = '', target = ''] = line.split(' ')
      learnt += await learnFrom(repo, room, rememberedIn(objects), { merge, branch, target })
    }
    return learnt
  })
}

async function learnFrom(
  repo: Repository,
  room: MergeRoom,
  store: string,
  from: { merge: string; branch: string; target: string },
): Promise<number> {
  // The way round in which the train will meet it.
  const again = await mergeTrees(repo, room, from.target, from.branch)
  if (typeof again === 'string' || again.clean) return 0
  const marked = await entriesOf(repo, room, again.tree)
  const decided = await entriesOf(repo, room, from.merge)
  let learnt = 0
  for (const conflict of again.conflicts) {
    const [before, after] = [marked.get(conflict.path), decided.get(conflict.path)]
    if (!before || !after || !after.mode.startsWith('100')) continue
    const content = await blob(repo, room, after.oid)
    if (hasMarkers(content)) continue
    const asked = await ask(repo, room, conflict, await blob(repo, room, before.oid))
    if (asked === null) continue
    writeFileSync(join(asked.work, 'file'), content)
    await asked.rerere()
    const made = join(asked.cache, 'postimage')
    if (!existsSync(made)) continue
    keep(store, keyOf(asked.id, conflict.path), {
      preimage: readFileSync(join(asked.cache, 'preimage')),
      postimage: readFileSync(made),
      from: Buffer.from(from.merge),
    })
    learnt += 1
  }
  return learnt
}

/** What was once made of the same conflict in the same file, and the merge commit that did it. */
export async function recall(
  repo: Repository,
  room: MergeRoom,
  store: string,
  conflict: Conflict,
  marked: Buffer,
): Promise<{ content: Buffer; from: string } | null> {
  if (!existsSync(store)) return null
  const asked = await ask(repo, room, conflict, marked)
  if (asked === null) return null
  const known = join(store, keyOf(asked.id, conflict.path))
  if (!existsSync(known)) return null
  const from = readFileSync(join(known, 'from'), 'utf8')
  for (const name of ['preimage', 'postimage'])
    writeFileSync(join(asked.cache, name), readFileSync(join(known, name)))
  rmSync(asked.list)
  await asked.rerere()
  const content = readFileSync(join(asked.work, 'file'))
  if (hasMarkers(content)) return null
  return { content, from }
}

interface Asked {
  id: string
  work: string
  cache: string
  list: string
  rerere: () => Promise<void>
}

/** Shows one conflict to git's rerere, which names it. Null: it is none that rerere knows how to name. */
async function ask(
  repo: Repository,
  room: MergeRoom,
  conflict: Conflict,
  marked: Buffer,
): Promise<Asked | null> {
  const { base, ours, theirs } = conflict
  if (!base || !ours || !theirs) return null
  const directory = mkdtempSync(join(room.directory, 'r'))
  const [gitDir, work] = [join(directory, 'git'), join(directory, 'work')]
  await initWith(repo, gitDir, formatOf(base.oid))
  mkdirSync(work)
  mkdirSync(join(gitDir, 'rr-cache'))
  // The name of the path takes no part in it, so that it need not be one a directory can hold.
  writeFileSync(join(work, 'file'), marked)
  const run = (args: readonly string[], input = '') =>
    privateGit(args, {
      gitDir,
      workTree: work,
      cwd: work,
      isolated: true,
      input,
      config: ['rerere.enabled=true', 'rerere.autoUpdate=false'],
    })
  const stages = [base, ours, theirs].map(({ mode, oid }, at) => `${mode} ${oid} ${at + 1}\tfile\n`)
  await run(['update-index', '--index-info'], stages.join(''))
  await run(['rerere'])
  const list = join(gitDir, 'MERGE_RR')
  const id = /^([0-9a-f]+)\tfile\0/.exec(existsSync(list) ? readFileSync(list, 'latin1') : '')?.[1]
  if (id === undefined) return null
  const rerere = async () => void (await run(['rerere']))
  return { id, work, cache: join(gitDir, 'rr-cache', id), list, rerere }
}

/** By the conflict and its file: the same lines may be decided otherwise elsewhere. */
function keyOf(id: string, path: string): string {
  return `${id}-${createHash('sha256').update(path, 'latin1').digest('hex').slice(0, 16)}`
}

/** The newest resolution of a conflict counts. */
function keep(store: string, key: string, files: Record<string, Buffer>): void {
  mkdirSync(store, { recursive: true, mode: 0o700 })
  const made = mkdtempSync(join(store, 'new-'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(made, name), content)
  rmSync(join(store, key), { recursive: true, force: true })
  renameSync(made, join(store, key))
}

function forgetOld(store: string, now: number): void {
  if (!existsSync(store)) return
  for (const name of readdirSync(store)) {
    const entry = join(store, name)
    if (now - statSync(entry).mtimeMs > KEPT_MS) rmSync(entry, { recursive: true, force: true })
  }
}
