/** Refs and files by which Worktrain knows a workspace, all derived from the session's id. */
import { join } from 'node:path'
import type { WorkspaceSpec } from './workspace.ts'

/** Keeps the base from gc: a sealed workspace borrows its objects. */
export const baseRef = (session: string) => `refs/worktrain/base/${session}`
/** The session's branch as it was last fetched. */
export const headRef = (session: string) => `refs/worktrain/sessions/${session}/head`
/** The session's branch as it was last written to the person's repository. */
export const publishedRef = (session: string) => `refs/worktrain/sessions/${session}/published`
/** Commits that only the session's reflog still named. */
export const reflogRef = (session: string, oid: string) => `refs/worktrain/sessions/${session}/reflog/${oid}`
/** What a workspace rebuilt from the trash borrows. */
export const keptRef = (session: string, name: string) => `refs/worktrain/sessions/${session}/kept/${name}`
export const snapshotPrefix = (session: string) => `refs/worktrain/snap/${session}`
export const trashPrefix = (session: string) => `refs/worktrain/trash/${session}`
export const branchRef = (spec: Pick<WorkspaceSpec, 'branch'>) => `refs/heads/${spec.branch}`

export const TOKEN = 'worktrain-token'
/** The entry that makes a sealed workspace a worktree to git. */
export const adminEntry = ({ repository, session }: Pick<WorkspaceSpec, 'repository' | 'session'>) =>
  join(repository.commonDir, 'worktrees', session)
/** Where an entry is built before, and kept after, it counts. */
export const adminAside = (spec: WorkspaceSpec, why: 'new' | 'trash') =>
  join(spec.repository.commonDir, 'worktrain', `${why}-${spec.session}`)
export const trustedDir = (stateDir: string) => join(stateDir, 'trusted.git')
export const lockReason = (spec: WorkspaceSpec) => `worktrain session ${spec.name} (${spec.session})`
