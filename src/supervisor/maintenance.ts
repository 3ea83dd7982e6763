/** Maintains the repositories when nothing is on the train: see `git/maintain.ts` for what that may do. */
import { maintain } from '../git/index.ts'
import { toErrorBody } from '../protocol/index.ts'
import { changeProjection } from '../train/index.ts'
import type { Context } from './context.ts'
import type { Repositories } from './repositories.ts'

/** Between two looks, ms. A look counts files. */
const LOOK_EVERY_MS = 10 * 60_000

/** Looks at every repository from time to time, until the supervisor leaves. */
export function startMaintaining(ctx: Context, repositories: Repositories): void {
  let running: Promise<void> | undefined
  const told = new Map<string, string>()
  const look = () => {
    running ??= maintainAll(ctx, repositories, told)
      .catch((error) => ctx.log.error('maintenance failed', { error }))
      .finally(() => (running = undefined))
  }
  setInterval(look, LOOK_EVERY_MS).unref()
}

/** Each repository in turn, unless a change is being tested or lands there. */
async function maintainAll(
  ctx: Context,
  repositories: Repositories,
  told: Map<string, string>,
): Promise<void> {
  const busy = new Set(
    (await ctx.journal.list(changeProjection))
      .map((row) => row.state)
      .filter((change) => change.state === 'queued' || change.state === 'parked')
      .map((change) => change.repository),
  )
  for (const id of (await repositories.roots()).keys()) {
    if (ctx.stopping.aborted) return
    if (busy.has(id)) continue
    try {
      const { repository } = await repositories.byId(id)
      const result = await maintain(repository, { signal: ctx.stopping, now: ctx.now() })
      const said = result.kind === 'left' ? result.why : result.done.join()
      // What was said before, and what is light, is not worth a line every time.
      if (said !== '' && (result.kind === 'done' || told.get(id) !== said))
        ctx.log.info('maintenance', { root: repository.root, ...result })
      told.set(id, said)
    } catch (error) {
      ctx.log.warn('a repository could not be maintained', {
        repository: id,
        error: toErrorBody(error).message,
      })
    }
  }
}
