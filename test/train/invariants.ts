/** What must hold whatever was killed when (facts/merge-and-partition 2 and 4.4): read from git and the journal. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Journal } from '../../src/journal/journal.ts'
import { changeProjection } from '../../src/train/index.ts'
import { ENV, sh } from './station.ts'

export interface Expected {
  /** Names of changes that must land; every other one must have been ejected. */
  good: readonly string[]
  /** Commits of the person that must still be in main. */
  mine: readonly string[]
}

/** @returns violations, each a sentence; empty: all is well */
export async function violations(
  root: string,
  stateDir: string,
  journal: Journal,
  expected: Expected,
): Promise<string[]> {
  const found: string[] = []
  const events = await journal.read({ aggregate: 'change' })
  const changes = (await journal.list(changeProjection)).map((one) => one.state)
  const green = new Set(
    events.flatMap((e) =>
      e.type === 'check.finished' && e.data.exit === 0 ? [`${e.id} ${e.data.tree}`] : [],
    ),
  )
  const contains = (commit: string) => ok(root, 'merge-base', '--is-ancestor', commit, 'main')
  for (const change of changes) {
    const { name, state } = change
    const landings = events.filter((e) => e.id === change.id && e.type === 'change.landed')
    if (landings.length > 1) found.push(`${name} landed ${landings.length} times`)
    const should = expected.good.includes(name) ? 'landed' : 'ejected'
    if (state !== should) found.push(`${name} is ${state}, not ${should}`)
    if ((state === 'landed') !== contains(change.head))
      found.push(`${name} is ${state}, which main contradicts`)
    if (state !== 'landed' || !change.landed) continue
    const tree = sh(root, 'rev-parse', `${change.landed.commit}^{tree}`)
    if (!green.has(`${change.id} ${tree}`)) found.push(`${name} landed with a tree that was not tested`)
  }
  const landed = new Set(changes.map((change) => change.landed?.commit))
  for (const commit of sh(root, 'rev-list', '--first-parent', 'main').split('\n')) {
    const ours = sh(root, 'log', '-1', '--format=%cn', commit) === 'Worktrain'
    if (ours && !landed.has(commit)) found.push(`main holds ${commit}, which no landing explains`)
  }
  for (const commit of expected.mine) if (!contains(commit)) found.push(`main lost ${commit} of the person`)
  const status = sh(root, 'status', '--porcelain', '--untracked-files=no')
  if (status !== '') found.push(`the checkout is out of step with main:\n${status}`)
  for (const line of fsck(root)) found.push(`fsck: ${line}`)
  for (const file of locksIn(join(root, '.git'))) found.push(`a lock was left: ${file}`)
  if (sh(root, 'for-each-ref', '--format=%(refname)', 'refs/worktrain/cand') !== '')
    found.push('a candidate was left')
  const attempts = join(stateDir, 'attempts')
  if (existsSync(attempts) && readdirSync(attempts).length > 0)
    found.push('a workspace of the train was left')
  return found
}

function ok(root: string, ...args: string[]): boolean {
  try {
    sh(root, ...args)
    return true
  } catch {
    return false
  }
}

function fsck(root: string): string[] {
  const text = execFileSync('git', ['fsck', '--no-dangling', '--no-progress'], {
    cwd: root,
    env: ENV,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return text.split('\n').filter((line) => line !== '')
}

function locksIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.lock'),
  )
}
