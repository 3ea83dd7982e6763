/**
 * What crashes left behind: found by recorded identity, shown before it is removed, and removed only in the
 * state in which it was shown.
 *
 * The journal says who is known, and may itself be lost or come from a backup: what could hold work is then
 * offered one by one, goes to the trash, and is never deleted.
 */
import { join } from 'node:path'
import type { Outputs } from '../../protocol/api.ts'
import { type Actor, toErrorBody } from '../../protocol/index.ts'
import { allSessions, type Context } from '../context.ts'
import { type Found, namesIn, type Scene } from './leftover.ts'
import { strayDirectories } from './directories.ts'
import { strayLocks, strayMounts, strayProcesses } from './machine.ts'
import { straySessions } from './sessions.ts'
import type { Hosts } from '../session/hosts.ts'
import type { Life } from '../session/life.ts'
import type { Repositories, RepositoryContext } from '../repositories.ts'

export async function findLeftovers(
  ctx: Context,
  parts: { repositories: Repositories; hosts: Hosts; life: Life },
): Promise<Found[]> {
  const all = await allSessions(ctx)
  const scene: Scene = {
    ctx,
    sessions: new Map(all.filter((s) => !s.purged).map((s) => [s.id, s])),
    repos: await reachable(ctx, parts.repositories),
    states: namesIn(join(ctx.paths.state, 'sessions')),
    hosts: parts.hosts,
    life: parts.life,
  }
  const unknown = await straySessions(scene)
  // Processes first: what they are in can be moved only after them.
  return [
    ...strayProcesses(scene),
    ...strayMounts(scene),
    ...strayLocks(scene),
    ...unknown.found,
    ...(await strayDirectories(scene, unknown.ids)),
  ]
}

/** Removes those that were shown, as far as they are still what was shown. */
export async function removeLeftovers(
  ctx: Context,
  parts: { repositories: Repositories; hosts: Hosts; life: Life },
  ids: readonly string[],
  actor: Actor,
): Promise<Outputs['clean']> {
  // One after another: two at once would each find what the other is just moving.
  return ctx.inOrder('leftovers', async () => {
    const done: Outputs['clean'] = []
    const found = new Map((await findLeftovers(ctx, parts)).map((each) => [each.id, each]))
    for (const id of ids) {
      const one = found.get(id)
      if (!one) {
        done.push({
          id,
          what: id,
          done: false,
          how: 'it is not there any more, or has changed since it was shown',
        })
        continue
      }
      try {
        done.push({ id, what: one.what, done: true, how: await one.remove(actor) })
      } catch (error) {
        ctx.log.warn('a leftover was not removed', { leftover: one.what, error })
        done.push({ id, what: one.what, done: false, how: toErrorBody(error).message })
      }
    }
    return done
  })
}

/** Repositories that cannot be opened now are left out: nothing of theirs is touched. */
async function reachable(ctx: Context, repositories: Repositories): Promise<RepositoryContext[]> {
  const found: RepositoryContext[] = []
  for (const id of (await repositories.roots()).keys()) {
    try {
      found.push(await repositories.byId(id))
    } catch (error) {
      ctx.log.warn('a repository was not looked at', { repository: id, error: toErrorBody(error).message })
    }
  }
  return found
}
