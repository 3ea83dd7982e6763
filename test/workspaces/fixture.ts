/** Workspaces for tests: a real repository, a state directory, and specs. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '../../src/git/index.ts'
import type { RemovalStep, WorkspaceKind } from '../../src/protocol/index.ts'
import { createWorkspaces } from '../../src/workspaces/create.ts'
import { erase } from '../../src/workspaces/erase.ts'
import type { Workspace, WorkspaceSpec } from '../../src/workspaces/workspace.ts'
import { sampled } from '../fixtures/sample.ts'
import { repository, sh, temporary } from '../git/repo.ts'
import { portsOf } from './no-cell.ts'

/** What holds for both kinds is tried with one of them on a commit, and with the other on another. */
export const KINDS = sampled(['sealed', 'linked'] as const, 1)

export const workspaces = createWorkspaces({
  random: () => randomBytes(16).toString('hex'),
  erase: async (erasure) => erase(erasure),
})
export const noStep = async () => {}

export interface Place {
  repo: Repository
  /** Holds the repository, the workspaces and the state. */
  top: string
  state: string
}

export async function place(name = 'repo'): Promise<Place> {
  const top = temporary()
  const repo = await repository(join(top, name))
  const state = join(top, 'state')
  mkdirSync(state)
  return { repo, top, state }
}

let count = 0
export function specOf(at: Place, name: string, more: Partial<WorkspaceSpec> = {}): WorkspaceSpec {
  count += 1
  const session = `s${String(count).padStart(12, '0')}`
  return {
    session,
    name,
    repository: at.repo,
    kind: 'sealed',
    path: join(at.top, 'repo.worktrees', name),
    branch: `worktrain/${name}`,
    existingBranch: false,
    baseOid: sh(at.repo.root, 'rev-parse', 'HEAD'),
    target: 'main',
    stateDir: join(at.state, session),
    ...portsOf({ repository: at.repo }),
    ...more,
  }
}

export function make(
  at: Place,
  name: string,
  kind: WorkspaceKind = 'sealed',
  more: Partial<WorkspaceSpec> = {},
): Promise<Workspace> {
  return workspaces.make(specOf(at, name, { kind, ...more }), noStep)
}

export function snap(workspace: Workspace, n = 1, previousTree: string | null = null) {
  return workspaces.snapshot(workspace, { n, previousTree, reason: 'test', now: 1_700_000_000_000 })
}

export function trashOptions(at: Place, onStep: (step: RemovalStep) => Promise<void> = noStep) {
  return { trashDir: join(at.top, 'repo.worktrees', '.trash'), now: 1_700_000_000_000, keepDays: 14, onStep }
}

/** As the agent in the workspace would: plain git, with the workspace's own configuration. */
export const agent = sh

/** Every path below a directory with what tells a change: for "nothing is left" and "nothing was touched". */
export function listing(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()
}

export function fingerprint(file: string): string {
  const stat = statSync(file)
  return `${stat.ino} ${stat.size} ${stat.mtimeMs} ${execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64)}`
}

export function lockFiles(directory: string): string[] {
  return listing(directory).filter((name) => name.endsWith('.lock'))
}
