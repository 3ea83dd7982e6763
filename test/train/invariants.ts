/** What must hold whatever was killed when (facts/merge-and-partition 2 and 4.4): read from git and the journal. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Journal } from '../../src/journal/journal.ts'
import type { Recorded } from '../../src/protocol/index.ts'
import { buildProjection } from '../../src/train/build.ts'
import { changeProjection, isActive } from '../../src/train/change.ts'
import type { Change } from '../../src/train/ports.ts'
import { brokenLaws, type Oracle } from './laws.ts'
import { ENV, sh } from './station.ts'

/**
 * How a change must have ended; `out`: anyhow, but not landed; `any`: as the person or chance would
 * have it; `open`: perhaps not yet.
 */
export type End = 'landed' | 'ejected' | 'out' | 'any' | 'open'

export interface Expected {
  /** Names of changes that must land; every other one must have been ejected, unless `ends` says otherwise. */
  good?: readonly string[]
  ends?: (change: Change) => End
  /** Commits of the person that must still be in main. */
  mine: readonly string[]
  /** Paths the person has changed and that may differ from main. */
  dirty?: readonly string[]
}

/** @returns violations, each a sentence; empty: all is well */
export async function violations(
  root: string,
  stateDir: string,
  journal: Journal,
  expected: Expected,
): Promise<string[]> {
  const events = await journal.read()
  const changes = (await journal.list(changeProjection)).map((one) => one.state)
  const ends =
    expected.ends ?? ((change: Change): End => (expected.good?.includes(change.name) ? 'landed' : 'ejected'))
  return [
    ...brokenLaws(events, oracleOf(root)),
    ...changesAndMain(root, changes, ends),
    ...mainAndJournal(root, events),
    ...personsWork(root, expected),
    ...leftovers(root, stateDir, await live(journal)),
  ]
}

export function oracleOf(root: string): Oracle {
  const trees = new Map<string, string>()
  return {
    merges: (onto, head) => ok(root, 'merge-tree', '--write-tree', onto, head),
    treeOf(commit) {
      const tree = trees.get(commit) ?? sh(root, 'rev-parse', `${commit}^{tree}`)
      trees.set(commit, tree)
      return tree
    },
  }
}

/** G3: each is in one state, and main says the same. */
function changesAndMain(root: string, changes: readonly Change[], ends: (change: Change) => End): string[] {
  const found: string[] = []
  const contains = (commit: string) => ok(root, 'merge-base', '--is-ancestor', commit, 'main')
  const landedHeads = changes.filter((one) => one.state === 'landed').map((one) => one.head)
  for (const change of changes) {
    const { name, state, head } = change
    const should = ends(change)
    if (isActive(change) && should !== 'open') found.push(`G3: ${name} never ended: it is ${state}`)
    else if (!['any', 'open'].includes(should) && (should === 'out' ? state === 'landed' : state !== should))
      found.push(`G3: ${name} is ${state}, not ${should}`)
    const isThere = contains(head)
    if (state === 'landed' && !isThere && !isNothingNew(root, change))
      found.push(`G3: ${name} is landed, which main contradicts`)
    // A later change of the same branch may have brought it along.
    const brought = landedHeads.some((other) => ok(root, 'merge-base', '--is-ancestor', head, other))
    if (state !== 'landed' && isThere && !brought) found.push(`G3: ${name} is ${state}, and main holds it`)
  }
  return found
}

/** Its content was there already, so that it needed no merge of its own. */
function isNothingNew(root: string, { landed, head }: Change): boolean {
  if (!landed || !ok(root, 'merge-base', '--is-ancestor', landed.commit, 'main')) return false
  const tree = sh(root, 'rev-parse', `${landed.commit}^{tree}`)
  return text(root, 'merge-tree', '--write-tree', landed.commit, head) === tree
}

/** G1, G2: what Worktrain put on main is what the journal says has landed, in that order, and nothing else. */
function mainAndJournal(root: string, events: readonly Recorded[]): string[] {
  const found: string[] = []
  const landings = events.flatMap((event) => (event.type === 'train.landed' ? [event.data] : []))
  const explained = new Set(landings.flatMap(({ members }) => members.map((member) => member.commit)))
  const line = sh(root, 'log', '--first-parent', '--format=%H %T %cn', 'main')
    .split('\n')
    .map((one) => one.split(' '))
  const trees = new Map(line.map(([commit = '', tree = '']) => [commit, tree]))
  for (const [commit = '', , ...who] of line)
    if (who.join(' ') === 'Worktrain' && !explained.has(commit))
      found.push(`G1: main holds ${commit}, which no landing explains`)
  for (const landing of landings) {
    if (trees.get(landing.new) !== landing.tree)
      found.push(`G1: ${landing.new} is not on main with the tree that was tested`)
    const between = sh(root, 'rev-list', '--first-parent', '--reverse', `${landing.old}..${landing.new}`)
    const steps = [...new Set(landing.members.map((member) => member.commit))]
    if (between.split('\n').join() !== steps.filter((one) => one !== landing.old).join())
      found.push(`G2: from ${landing.old} to ${landing.new} main did not go by the members' merges`)
  }
  // Whatever main ever was is still in it: it was moved forward only.
  for (const was of new Set(sh(root, 'log', '-g', '--format=%H %cn', 'main').split('\n'))) {
    const [commit = '', ...who] = was.split(' ')
    // A git that was killed may have noted a move of ours that it did not make.
    if (who.join(' ') === 'Worktrain' && !explained.has(commit)) continue
    if (!ok(root, 'merge-base', '--is-ancestor', commit, 'main'))
      found.push(`G2: main was at ${commit} and has lost it`)
  }
  return found
}

/** G6. */
function personsWork(root: string, { mine, dirty = [] }: Expected): string[] {
  const found = mine
    .filter((commit) => !ok(root, 'merge-base', '--is-ancestor', commit, 'main'))
    .map((commit) => `G2: main lost ${commit} of the person`)
  const status = sh(root, 'status', '--porcelain', '--untracked-files=no')
    .split('\n')
    .filter((line) => line !== '' && !dirty.includes(line.slice(3)))
  if (status.length > 0) found.push(`G6: the checkout is out of step with main:\n${status.join('\n')}`)
  return found
}

/** Builds that have not ended: only they may have something that is to be kept. */
async function live(journal: Journal): Promise<string[]> {
  return (await journal.list(buildProjection)).filter((one) => !one.state.ended).map((one) => one.id)
}

/** G8: nothing is left that somebody would have to clean up by hand. */
function leftovers(root: string, stateDir: string, builds: readonly string[]): string[] {
  const found = fsck(root).map((line) => `G8: fsck: ${line}`)
  for (const file of locksIn(join(root, '.git'))) found.push(`G8: a lock was left: ${file}`)
  const refs = sh(root, 'for-each-ref', '--format=%(refname:lstrip=3)', 'refs/worktrain/cand').split('\n')
  for (const ref of refs)
    if (ref !== '' && !builds.includes(ref)) found.push(`G8: a candidate was left: ${ref}`)
  const attempts = join(stateDir, 'attempts')
  if (existsSync(attempts) && readdirSync(attempts).length > builds.length)
    found.push('G8: a workspace of the train was left')
  if (existsSync(join(stateDir, 'landing-in-flight.json')))
    found.push('G8: the record of a landing under way was left')
  return found
}

function ok(root: string, ...args: string[]): boolean {
  return text(root, ...args) !== null
}

function text(root: string, ...args: string[]): string | null {
  try {
    return sh(root, ...args)
  } catch {
    return null
  }
}

function fsck(root: string): string[] {
  const done = spawnSync('git', ['fsck', '--no-dangling', '--no-progress'], {
    cwd: root,
    env: ENV,
    encoding: 'utf8',
  })
  if (done.status !== 0) return [done.stderr || `it ended with ${done.status}`]
  return done.stdout.split('\n').filter((line) => line !== '')
}

function locksIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.lock'),
  )
}
