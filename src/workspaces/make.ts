/** Making a workspace. */
import { existsSync, lstatSync, mkdirSync, realpathSync, statSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { WorkspaceStep } from '../protocol/index.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { changeEntries, exactRef, inRepository, isBranchName, moveRefs, type RefMove } from '../git/index.ts'
import { readSettings } from './config.ts'
import { copyIncluded } from './include.ts'
import { addLinked, checkExisting } from './linked.ts'
import { baseRef, branchRef, headRef, publishedRef, trustedDir } from './names.ts'
import { identityOf, readRecord, writeRecord, type MakeRecord } from './record.ts'
import { register, requireBranchFree } from './register.ts'
import { rollBack } from './rollback.ts'
import { populate, writeSealed } from './sealed.ts'
import { initialiseSubmodules } from './submodules.ts'
import { copyIndex, prepareTrusted } from './trusted.ts'
import type { Workspace, WorkspaceSpec } from './workspace.ts'

/**
 * Makes a workspace, or takes an existing directory.
 * @param token new random text; goes into the workspace's git directory
 * @param onStep awaited before each step begins
 * @throws BRANCH_INVALID, BRANCH_EXISTS, BRANCH_CHECKED_OUT, BASE_UNKNOWN, DIRECTORY_EXISTS,
 * DIRECTORY_UNUSABLE, DISK_FULL, GIT_FAILED; nothing is left half-made
 */
export async function makeWorkspace(
  spec: WorkspaceSpec,
  token: string,
  onStep: (step: WorkspaceStep) => Promise<void>,
): Promise<Workspace> {
  if (readRecord(spec.stateDir) !== null) await rollBack(spec)
  await check(spec)
  try {
    return spec.kind === 'existing'
      ? await takeExisting(spec, token, onStep)
      : await make(spec, token, onStep)
  } catch (error) {
    const said = await coded(error, spec)
    await rollBack(spec)
    throw said
  }
}

async function check(spec: WorkspaceSpec): Promise<void> {
  if (!(await isBranchName(spec.branch))) {
    throw new WorktrainError('BRANCH_INVALID', `"${spec.branch}" cannot be the name of a branch.`)
  }
  const tip = await exactRefAndBase(spec)
  if (tip === undefined) {
    throw new WorktrainError('BASE_UNKNOWN', `The commit ${spec.baseOid} is not in ${spec.repository.root}.`)
  }
  if (spec.kind === 'existing') {
    await checkExisting(spec)
    return
  }
  if (identityOf(spec.path) !== null)
    throw new WorktrainError('DIRECTORY_EXISTS', `${spec.path} exists already.`)
  if (spec.existingBranch && tip === null) {
    throw new WorktrainError('BRANCH_INVALID', `There is no branch ${spec.branch} to take over.`, {
      hint: 'See `git branch`.',
    })
  }
  if (!spec.existingBranch && tip !== null) {
    throw new WorktrainError('BRANCH_EXISTS', `The branch ${spec.branch} exists already.`)
  }
  // A new branch is looked for again when it is registered.
  if (spec.existingBranch) await requireBranchFree(spec)
}

/** The branch's commit, or null when there is no such branch; undefined when the base is unknown. */
async function exactRefAndBase(spec: WorkspaceSpec): Promise<string | null | undefined> {
  const { stdout } = await inRepository(spec.repository, ['cat-file', '--batch-check=%(objectname)'], {
    input: `${spec.baseOid}^{commit}\n${branchRef(spec)}\n`,
  })
  const [base = '', tip = ''] = stdout.split('\n')
  if (base.endsWith(' missing')) return undefined
  return tip.endsWith(' missing') ? null : tip
}

/** The refs that stand for a workspace from its first step on; their being there proves that we made the branch. */
async function keepBase(spec: WorkspaceSpec): Promise<string> {
  const tip =
    spec.existingBranch || spec.kind === 'existing' ? await exactRef(spec.repository, branchRef(spec)) : null
  const start = tip ?? spec.baseOid
  const moves: RefMove[] = [
    { ref: baseRef(spec.session), new: spec.baseOid, old: null },
    { ref: headRef(spec.session), new: start, old: null },
    { ref: publishedRef(spec.session), new: start, old: null },
  ]
  if (tip === null) moves.push({ ref: branchRef(spec), new: start, old: null })
  if (await moveRefs(spec.repository, moves, `worktrain: start ${spec.name}`)) return start
  throw new WorktrainError('BRANCH_EXISTS', `The branch ${spec.branch} was made by somebody else just now.`)
}

async function make(
  spec: WorkspaceSpec,
  token: string,
  onStep: (step: WorkspaceStep) => Promise<void>,
): Promise<Workspace> {
  const notes: string[] = []
  await onStep('keep-base')
  const parent = firstMissing(dirname(spec.path))
  const record: MakeRecord = { token, path: spec.path, parent, dev: null, ino: null }
  writeRecord(spec.stateDir, record)
  const start = await keepBase(spec)

  await onStep('make')
  const { dev, ino } = makeDirectory(spec.path)
  writeRecord(spec.stateDir, { ...record, dev, ino })
  let gitDir = join(spec.path, '.git')
  const settings = await readSettings(spec.repository)
  if (spec.kind === 'sealed') await writeSealed(spec, start, token, settings)
  else gitDir = await addLinked(spec, token)
  await populate(gitDir, spec.path)
  await prepareTrusted(spec, settings)
  copyIndex(join(gitDir, 'index'), join(trustedDir(spec.stateDir), 'index'))

  await onStep('include')
  const include = (await spec.include()) ?? ''
  const included = await copyIncluded(spec.repository, include, spec.path, spec.stateDir)
  writeFileSync(join(spec.stateDir, 'include.json'), JSON.stringify(included, null, 2))
  for (const { path, why } of included.skipped)
    notes.push(`.worktreeinclude: ${path} was not copied: ${why}.`)

  await onStep('submodules')
  const failure = await initialiseSubmodules(spec)
  if (failure !== null) notes.push(`Submodules are not complete: ${failure}`)

  await onStep('register')
  if (spec.kind === 'sealed') {
    const done = await changeEntries(spec.repository, async () => {
      await requireBranchFree(spec)
      return register(spec, settings)
    })
    if (!done) notes.push('Not in `git worktree list`: this repository keeps its refs in a reftable.')
  }
  return { ...spec, gitDir, dev, ino, token, ...(notes.length === 0 ? {} : { notes }) }
}

async function takeExisting(
  spec: WorkspaceSpec,
  token: string,
  onStep: (step: WorkspaceStep) => Promise<void>,
): Promise<Workspace> {
  await onStep('keep-base')
  const path = realpathSync(spec.path)
  const { dev, ino } = statSync(path)
  writeRecord(spec.stateDir, { token, path, parent: null, dev, ino })
  await keepBase(spec)
  await onStep('register')
  const gitDir = await checkExisting(spec)
  await prepareTrusted(spec)
  return { ...spec, path, gitDir, dev, ino, token }
}

function firstMissing(directory: string): string | null {
  let missing: string | null = null
  for (let at = directory; !existsSync(at); at = dirname(at)) missing = at
  return missing
}

function makeDirectory(path: string): { dev: number; ino: number } {
  mkdirSync(dirname(path), { recursive: true })
  try {
    mkdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new WorktrainError('DIRECTORY_EXISTS', `${path} was made by somebody else just now.`, {
      cause: error,
    })
  }
  return lstatSync(path)
}

/** The error with the code that fits: git does not always say that the disk is full. */
async function coded(error: unknown, spec: WorkspaceSpec): Promise<unknown> {
  const code = (error as NodeJS.ErrnoException).code
  const full = code === 'ENOSPC' || code === 'EDQUOT' || (isUnwritten(error) && !(await hasRoom(spec)))
  if (!full) return error
  return new WorktrainError('DISK_FULL', `The disk is full: ${(error as Error).message}`, { cause: error })
}

function isUnwritten(error: unknown): boolean {
  return (
    error instanceof WorktrainError &&
    error.code === 'GIT_FAILED' &&
    /unable to (write|create)|could not write/i.test(error.message)
  )
}

/** Would the files of the base fit where the workspace is? */
async function hasRoom(spec: WorkspaceSpec): Promise<boolean> {
  const place = statfsSync(existsSync(spec.path) ? spec.path : dirname(spec.path))
  const { stdout } = await inRepository(spec.repository, [
    'ls-tree',
    '-r',
    '--format=%(objectsize)',
    spec.baseOid,
  ])
  const sizes = stdout
    .split('\n')
    .map(Number)
    .filter((size) => !Number.isNaN(size))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  return bytes < place.bavail * place.bsize && (place.files === 0 || place.ffree > 0)
}
