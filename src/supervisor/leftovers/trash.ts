/** The end of the trash, and what must never get into it. */
import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateDirectory, readJson } from '../../platform/files.ts'
import { WorktrainError } from '../../protocol/index.ts'
import type { Place } from '../../workspaces/workspace.ts'
import { awaitsRemote } from '../trains/awaits-remote.ts'
import { allSessions, type Context, sessionState, tell } from '../context.ts'
import { repositoryProjection, type RepositoryState } from '../registry.ts'
import type { Repositories, RepositoryContext } from '../repositories.ts'
import { workspaceOf } from '../session/workspaces.ts'

/** Empties what has lain in the trash for its time. One that cannot be emptied holds up no other. */
export async function emptyTrash(ctx: Context, repositories: Repositories): Promise<void> {
  for (const s of await allSessions(ctx)) {
    if (!s.trashed || s.purged || s.trashed.until > ctx.now()) continue
    try {
      const repo = await repositories.byId(s.repository)
      await ctx.inOrder(s.id, async () => purge(ctx, repo, s.id))
    } catch (error) {
      ctx.log.warn('a session stays in the trash', { session: s.id, error })
    }
  }
  for (const name of readdirSync(makeTrash(ctx))) {
    if (!name.endsWith('.json')) continue
    const file = join(unownedTrash(ctx), name)
    const entry = readJson<UnownedTrash>(file)
    if (!entry || entry.until > ctx.now()) continue
    const { directory, dev, ino } = entry
    const { gone, kept } = await ctx.erase({ directory, dev, ino, proof: null })
    if (gone) rmSync(file)
    else ctx.log.warn('a directory stays in the trash', { directory, kept })
  }
}

/** A directory of Worktrain's own that belonged to nobody it knew, as recorded when it was moved there. */
export interface UnownedTrash {
  from: string
  directory: string
  dev: number
  ino: number
  /** Milliseconds since the epoch. */
  until: number
}

export const unownedTrash = (ctx: Context): string => join(ctx.paths.state, 'trash')
/** Its record stands beside it. */
export const trashRecord = (directory: string): string => `${directory}.json`

function makeTrash(ctx: Context): string {
  const directory = unownedTrash(ctx)
  makePrivateDirectory(directory)
  return directory
}

async function purge(ctx: Context, repo: RepositoryContext, id: string): Promise<void> {
  // Restored since it was looked up, perhaps.
  const s = await sessionState(ctx, id)
  if (!s.trashed || s.purged) return
  if (await awaitsRemote(repo.repository, s, { remote: repo.config['train.push'], target: repo.target }))
    return
  const workspace = workspaceOf(ctx, repo, s)
  if (workspace) await ctx.workspaces.purge(workspace, s.trashed)
  const directory = ctx.paths.sessionState(id)
  const there = lstatSync(directory, { throwIfNoEntry: false })
  if (there) {
    const { gone, kept } = await ctx.erase({ directory, dev: there.dev, ino: there.ino, proof: null })
    if (!gone)
      throw new WorktrainError('REMOVAL_UNSAFE', `${kept[0]?.path} could not be deleted: ${kept[0]?.why}`)
  }
  await tell(ctx, id, 'removal.purged', {}, { cause: 'trash' })
}

/** What no removed directory may hold, besides the repository itself: Worktrain's own places, all repositories. */
export async function placesApart(ctx: Context): Promise<Place[]> {
  const { state, run, cache, config } = ctx.paths
  const own = [state, run, cache, config].map((path) => ({ path, what: "Worktrain's own files" }))
  const rows = await ctx.journal.list<RepositoryState>(repositoryProjection)
  const repositories = rows.flatMap(({ state: { root, commonDir } }) =>
    [root, commonDir].map((path) => ({ path, what: 'a repository' })),
  )
  return [...own, ...repositories]
}
