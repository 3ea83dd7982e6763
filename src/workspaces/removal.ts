/** May a workspace be removed, and would anything be lost? Fails closed. */
import { existsSync, lstatSync, readFileSync, readdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { commitTree, exactRef, treeOf } from '../git/index.ts'
import { isWithin } from '../platform/files.ts'
import { bringInIfPossible } from './bring.ts'
import { linkedEntry, pointerOf, topOf } from './linked.ts'
import { mountsIn, processesIn } from './live.ts'
import { TOKEN, branchRef } from './names.ts'
import { collect, isSaved, type OwnRef } from './own.ts'
import { preciousFiles } from './precious.ts'
import { identityOf } from './record.ts'
import { changesBetween } from './snapshot.ts'
import { submoduleWork } from './submodules.ts'
import { capture } from './trusted.ts'
import type { RemovalCheck, Workspace } from './workspace.ts'

type Unsaved = RemovalCheck['unsaved']

/**
 * The list of facts/isolation section 5.
 * @param target branch or commit that counts as landed
 */
export async function checkRemoval(workspace: Workspace, target: string): Promise<RemovalCheck> {
  // Nothing of an existing directory is ever removed.
  if (workspace.kind === 'existing') return { unsafe: [], unsaved: [] }
  if (identityOf(workspace.path) === null)
    return { unsafe: [], unsaved: await unsavedBranch(workspace, target) }
  const unsafe = reasonsAgainst(workspace)
  if (unsafe.length > 0) return { unsafe, unsaved: [] }
  try {
    return { unsafe: [], unsaved: await unsavedWork(workspace, target) }
  } catch (error) {
    if (error instanceof WorktrainError && error.code === 'DISK_FULL') throw error
    return { unsafe: [`It cannot be told what would be lost: ${(error as Error).message}`], unsaved: [] }
  }
}

/** Every reason why the directory must not be touched now: identity, place, processes, mounts, locks. */
export function reasonsAgainst(workspace: Workspace): string[] {
  const identity = identityReasons(workspace)
  return identity.length > 0 ? identity : reasonsInUse(workspace)
}

/** As {@link reasonsAgainst}, without the identity. */
export function reasonsInUse(workspace: Workspace): string[] {
  return [...placeReasons(workspace), ...useReasons(workspace)]
}

function identityReasons(workspace: Workspace): string[] {
  const { path, gitDir } = workspace
  const there = identityOf(path)
  if (there === null) return [`${path} is gone.`]
  if (!there.directory) return [`${path} is not a directory.`]
  if (realpathSync(path) !== path) return [`${path} is reached through a link.`]
  if (there.dev !== workspace.dev || there.ino !== workspace.ino)
    return [`${path} is not the directory that was made for this session.`]
  if (workspace.kind === 'linked') {
    const entry = linkedEntry(workspace.repository, path)
    if (entry !== gitDir || pointerOf(path) !== gitDir)
      return [`${path} and its entry ${gitDir} do not name each other.`]
  } else if (!lstatSync(gitDir, { throwIfNoEntry: false })?.isDirectory()) {
    return [`${gitDir} is not the git directory that was made.`]
  }
  return tokenOf(gitDir) === workspace.token ? [] : [`${gitDir} does not hold this session's token.`]
}

function tokenOf(gitDir: string): string | null {
  try {
    return readFileSync(join(gitDir, TOKEN), 'utf8')
  } catch {
    return null
  }
}

function placeReasons({ path, repository }: Workspace): string[] {
  const reasons: string[] = []
  if (path.split('/').filter((part) => part !== '').length < 2) reasons.push(`${path} is too near the root.`)
  const places: [string, string][] = [
    [repository.root, 'the main checkout'],
    [repository.commonDir, 'the repository'],
    [homedir(), 'the home directory'],
    [process.cwd(), 'the supervisor'],
  ]
  for (const [place, what] of places) if (isWithin(path, place)) reasons.push(`${path} holds ${what}.`)
  return reasons
}

function useReasons({ path, gitDir }: Workspace): string[] {
  const reasons = processesIn(path).map(({ pid, what }) => `${what} (process ${pid}) is still running in it.`)
  for (const point of mountsIn(path)) reasons.push(`Something is mounted at ${point}.`)
  for (const lock of locksIn(gitDir)) reasons.push(`git is at work, or died there: ${lock} exists.`)
  return reasons
}

function locksIn(gitDir: string): string[] {
  const found: string[] = []
  const walk = (directory: string, deep: boolean) => {
    if (!lstatSync(directory, { throwIfNoEntry: false })?.isDirectory()) return
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const below = join(directory, entry.name)
      if (entry.isFile() && entry.name.endsWith('.lock')) found.push(below)
      else if (deep && entry.isDirectory()) walk(below, true)
    }
  }
  walk(gitDir, false)
  walk(join(gitDir, 'refs'), true)
  return found
}

async function unsavedWork(workspace: Workspace, target: string): Promise<Unsaved> {
  const { repository: repo, path } = workspace
  const unsaved: Unsaved = []
  const { head, refused } = await bringInIfPossible(workspace)
  if (refused !== null)
    unsaved.push({ what: 'commits', detail: refused, save: `cp -a ${quote(path)} ${quote(`${path}.saved`)}` })
  const top = await topOf(workspace)
  const { tree, missing } = await capture(workspace, top, head)
  if (tree !== (await treeOf(repo, head))) {
    // The same commit each time it is asked: once the person gave it a branch, it counts as saved.
    const commit = await commitTree(repo, {
      tree,
      parents: [head],
      message: 'worktrain: uncommitted work\n',
      at: 0,
    })
    if (!(await isSaved(workspace, commit, target))) {
      const files = await changesBetween(workspace, top, head, tree)
      unsaved.push({
        what: 'uncommitted changes',
        detail: listed(files.map((file) => file.path)),
        save: keep(workspace, 'uncommitted', commit),
      })
    }
  }
  for (const name of missing) {
    unsaved.push({
      what: 'repository inside the workspace, or unreadable',
      detail: name,
      save: copyOut(path, name),
    })
  }
  for (const name of await preciousFiles(workspace, top)) {
    unsaved.push({
      what: 'ignored file that cannot be made again',
      detail: name,
      save: copyOut(path, name, join(repo.root, name)),
    })
  }
  for (const operation of operationsIn(workspace.gitDir)) {
    unsaved.push({ what: 'unfinished operation', detail: operation, save: `Finish or abort it in ${path}.` })
  }
  const own = await collect(workspace)
  for (const ref of own.refs)
    if (!(await isSaved(workspace, ref.oid, target))) unsaved.push(unsavedRef(workspace, ref))
  for (const each of await submoduleWork(workspace)) {
    unsaved.push({ what: 'submodule', detail: each, save: `Push it from ${join(path, each)}.` })
  }
  return unsaved
}

/** The directory is gone: what is left to lose is the published branch. */
async function unsavedBranch(workspace: Workspace, target: string): Promise<Unsaved> {
  const oid = await exactRef(workspace.repository, branchRef(workspace))
  if (oid === null || (await isSaved(workspace, oid, target))) return []
  return [unsavedRef(workspace, { name: branchRef(workspace), oid })]
}

function unsavedRef(workspace: Workspace, ref: OwnRef): Unsaved[number] {
  const short = ref.name.replace(/^refs\/(heads|tags)\//, '')
  const what = ref.name.startsWith('refs/heads/')
    ? 'branch'
    : ref.name.startsWith('stash')
      ? 'stash'
      : ref.name
  return {
    what,
    detail: `${short} at ${ref.oid.slice(0, 10)} is not in main.`,
    save: keep(workspace, short, ref.oid),
  }
}

/** Command that gives a commit a branch of the person's own. */
function keep(workspace: Workspace, label: string, oid: string): string {
  const name = `saved/${workspace.name}-${label.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '')}`
  return `git -C ${quote(workspace.repository.root)} branch ${quote(name)} ${oid}`
}

function copyOut(
  from: string,
  name: string,
  to = `${from}.saved-${name.replace(/\/$/, '').replaceAll('/', '-')}`,
): string {
  // Never over a file that is there: the person's own may differ.
  return `cp -an ${quote(join(from, name))} ${quote(to)}`
}

const OPERATIONS = [
  'rebase-merge',
  'rebase-apply',
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'BISECT_LOG',
  'sequencer',
]

function operationsIn(gitDir: string): string[] {
  return OPERATIONS.filter((name) => existsSync(join(gitDir, name)))
}

function listed(paths: string[]): string {
  const shown = paths.slice(0, 10).join(', ')
  return paths.length > 10 ? `${shown} and ${paths.length - 10} more` : shown
}

/** For a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
