/**
 * What sessions have left in a repository that nobody knows: after a crash, or when the journal was lost.
 * Known by what Worktrain itself wrote (refs, the lock of a worktree entry, a token), never by a name alone.
 */
import { lstatSync, readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BELONGS_TO, inRepository, isBranchName, listRefs, type Ref, type Repository } from '../git/index.ts'
import { writeFileDurably } from '../platform/files.ts'
import { TOKEN, adminEntry, branchRef } from './names.ts'
import { identityOf, readRecord } from './record.ts'
import { removalFile, type Removal } from './removed.ts'
import type { RecordedWorkspace } from './workspace.ts'

export interface Stray {
  session: string
  /** As it was called, or its id. */
  name: string
  kind: 'sealed' | 'linked'
  /** Where its workspace is, or was, or will be when it is restored. */
  path: string
  branch: string
  /** The directory is at {@link path}. */
  there: boolean
  /** The directory is in the trash. */
  trash: string | null
  /** Content of its token file; null: there is none. */
  token: string | null
  /** Entries in the repository's git directory. */
  entries: string[]
  refs: Ref[]
  /** Nothing but refs, each of which is in a branch, tag or remote branch of the person's. */
  saved: boolean
}

export interface StrayPlaces {
  repository: Repository
  /** Where workspaces are made. */
  workspacesDir: string
  stateDirOf: (session: string) => string
  /** Ids that have a state directory. */
  states: readonly string[]
  isKnown: (session: string) => boolean
  knownTokens: ReadonlySet<string>
}

const LOCK = /^worktrain session (.+) \(([a-z0-9]+)\)\n?$/
const OWNED = /^refs\/worktrain\/(?:base|sessions|snap|trash)\/([^/]+)/

export async function findStrays(places: StrayPlaces): Promise<Stray[]> {
  const { repository, workspacesDir } = places
  const found = new Map<string, Stray>()
  const stray = (session: string): Stray => {
    const path = join(workspacesDir, session)
    const fresh: Stray = {
      session,
      name: session,
      kind: 'sealed',
      path,
      branch: `worktrain/${session}`,
      there: false,
      trash: null,
      token: null,
      entries: [],
      refs: [],
      saved: false,
    }
    const one = found.get(session) ?? fresh
    found.set(session, one)
    return one
  }
  for (const ref of await listRefs(repository, 'refs/worktrain')) {
    const session = OWNED.exec(ref.name)?.[1]
    if (session !== undefined && !places.isKnown(session)) stray(session).refs.push(ref)
  }
  for (const entry of [
    ...directoriesIn(join(repository.commonDir, 'worktrees')),
    ...directoriesIn(join(repository.commonDir, 'worktrain')),
  ]) {
    const [, name, session] = LOCK.exec(textOf(join(entry, 'locked')) ?? '') ?? []
    if (name === undefined || session === undefined || places.isKnown(session)) continue
    const one = stray(session)
    const path = dirname((textOf(join(entry, 'gitdir')) ?? '').trim())
    const token = textOf(join(entry, TOKEN))
    const branch = /^ref: refs\/heads\/(.+)\n$/.exec(textOf(join(entry, 'HEAD')) ?? '')?.[1]
    Object.assign(one, { name, path, kind: token === null ? 'sealed' : 'linked', token })
    if (branch !== undefined && (await isBranchName(branch))) one.branch = branch
    one.entries.push(entry)
  }
  for (const session of places.states) {
    const record = places.isKnown(session) ? null : readRecord(places.stateDirOf(session))
    const one = record === null ? undefined : found.get(session)
    if (record !== null && one !== undefined && one.entries.length === 0)
      Object.assign(one, { path: record.path, name: basename(record.path), token: record.token })
  }
  // A repository with its refs in a reftable has no entries for sealed workspaces.
  for (const path of directoriesIn(workspacesDir)) {
    const token = textOf(join(path, '.git', TOKEN))
    if (token === null || places.knownTokens.has(token)) continue
    if ((textOf(join(path, '.git', BELONGS_TO)) ?? '').trim() !== repository.commonDir) continue
    if ([...found.values()].some((one) => one.path === path)) continue
    const session = places.states.find((id) => readRecord(places.stateDirOf(id))?.token === token)
    const one = stray(session ?? `s${token.slice(0, 12)}`)
    Object.assign(one, { name: basename(path), path, token, branch: `worktrain/${basename(path)}` })
  }
  for (const directory of directoriesIn(join(workspacesDir, '.trash'))) {
    const session = /-(s[a-z0-9]+)$/.exec(basename(directory))?.[1]
    if (session !== undefined && !places.isKnown(session)) stray(session).trash = directory
  }
  const all = [...found.values()]
  for (const one of all) {
    const at = one.trash ?? one.path
    one.there = one.trash === null && identityOf(one.path)?.directory === true
    if (one.kind === 'sealed') one.token = textOf(join(at, '.git', TOKEN)) ?? one.token
    one.saved =
      !one.there && one.trash === null && one.entries.length === 0 && (await isHeld(repository, one.refs))
  }
  return all
}

/** Does something of the person's contain every one of these commits? */
async function isHeld(repository: Repository, refs: readonly Ref[]): Promise<boolean> {
  const { stdout } = await inRepository(
    repository,
    ['rev-list', '--max-count=1', '--stdin', '--not', '--branches', '--remotes', '--tags'],
    { input: refs.map((ref) => `${ref.oid}\n`).join('') },
  )
  return stdout === ''
}

/**
 * A stray as a workspace that can be trashed and restored. Its branch counts as the person's: that we made
 * it is not recorded any more.
 * @param options.token for one whose own is lost
 * @throws Error when it has a directory but no token in it
 */
export function workspaceOfStray(
  stray: Stray,
  options: { repository: Repository; stateDir: string; baseOid: string; token: string },
): RecordedWorkspace {
  const { session, name, kind, path, branch } = stray
  const directory = stray.trash ?? (stray.there ? path : null)
  const identity = directory === null ? null : identityOf(directory)
  if (identity !== null && stray.token === null)
    throw new Error(`${directory} holds no token of Worktrain's: it is left where it is`)
  const spec = {
    session,
    name,
    kind,
    path,
    branch,
    existingBranch: true,
    repository: options.repository,
    baseOid: options.baseOid,
    stateDir: options.stateDir,
  }
  return {
    ...spec,
    gitDir: kind === 'sealed' ? join(path, '.git') : linkedGitDir(stray, adminEntry(spec)),
    dev: identity?.dev ?? 0,
    ino: identity?.ino ?? 0,
    token: stray.token ?? options.token,
  }
}

function linkedGitDir(stray: Stray, otherwise: string): string {
  const pointer = textOf(join(stray.trash ?? stray.path, '.git'))
  return /^gitdir: (.+)\n$/.exec(pointer ?? '')?.[1] ?? otherwise
}

/** Records that a stray is in the trash already, so that a removal goes on from there. */
export function recordInTrash(stray: Stray, stateDir: string, now: number): void {
  if (stray.trash === null || textOf(removalFile(stateDir)) !== null) return
  const removal: Removal = { directory: stray.trash, at: now, head: `ref: ${branchRef(stray)}` }
  writeFileDurably(removalFile(stateDir), JSON.stringify(removal))
}

/** Directories that are no links, as paths. */
function directoriesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(directory, entry.name))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** Text of a regular file; null when there is none. A session may have put a fifo or a link there. */
function textOf(path: string): string | null {
  try {
    return lstatSync(path).isFile() ? readFileSync(path, 'utf8') : null
  } catch {
    return null
  }
}
