/** May a workspace be removed, and would anything be lost? Fails closed. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { shellQuoted } from '../protocol/shell-quote.ts'
import { commitTree, exactRef, treeOf } from '../git/index.ts'
import { bringInIfPossible } from './bring.ts'
import { topOf } from './linked.ts'
import { branchRef } from './names.ts'
import { collect, isSaved, type OwnRef } from './own.ts'
import { preciousFiles } from './precious.ts'
import { identityOf } from './record.ts'
import { reasonsAgainst } from './safety.ts'
import { changesBetween } from './snapshot.ts'
import { submoduleWork } from './submodules.ts'
import { capture } from './trusted.ts'
import { listed } from './text.ts'
import type { Place, RemovalCheck, Workspace } from './workspace.ts'

type Unsaved = RemovalCheck['unsaved']

/**
 * The list of facts/isolation section 5.
 * @param target branch or commit that counts as landed
 * @param apart places that it must not hold
 */
export async function checkRemoval(
  workspace: Workspace,
  target: string,
  apart: readonly Place[],
): Promise<RemovalCheck> {
  // Nothing of an existing directory is ever removed.
  if (workspace.kind === 'existing') return { unsafe: [], unsaved: [] }
  if (identityOf(workspace.path) === null)
    return { unsafe: [], unsaved: await unsavedBranch(workspace, target) }
  try {
    const unsafe = await reasonsAgainst(workspace, apart)
    if (unsafe.length > 0) return { unsafe, unsaved: [] }
    return { unsafe: [], unsaved: await unsavedWork(workspace, target) }
  } catch (error) {
    if (error instanceof WorktrainError && error.code === 'DISK_FULL') throw error
    return { unsafe: [`It cannot be told what would be lost: ${(error as Error).message}`], unsaved: [] }
  }
}

async function unsavedWork(workspace: Workspace, target: string): Promise<Unsaved> {
  const { repository: repo, path } = workspace
  const unsaved: Unsaved = []
  const { head, refused } = await bringInIfPossible(workspace)
  if (refused !== null)
    unsaved.push({
      what: 'commits',
      detail: refused,
      save: `cp -a ${shellQuoted(path)} ${shellQuoted(`${path}.saved`)}`,
    })
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
      what: 'file or repository that no snapshot can hold',
      detail: name,
      save: copyOut(path, name),
    })
  }
  const precious = await preciousFiles(workspace, top)
  for (const name of precious.unknown) {
    unsaved.push({
      what: 'ignored directory that could not be looked through',
      detail: name,
      save: copyOut(path, name),
    })
  }
  for (const name of precious.files) {
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
  return `git -C ${shellQuoted(workspace.repository.root)} branch ${shellQuoted(name)} ${oid}`
}

function copyOut(
  from: string,
  name: string,
  to = `${from}.saved-${name.replace(/\/$/, '').replaceAll('/', '-')}`,
): string {
  // Never over a file that is there: the person's own may differ.
  return `cp -an ${shellQuoted(join(from, name))} ${shellQuoted(to)}`
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
