/** What sessions are told of main: which landings a movement held, and the way to a live session's agent. */
import { inRepository } from '../../git/index.ts'
import { WorktrainError } from '../../protocol/index.ts'
import type { Movement } from '../../sessions/news.ts'
import { isLive, type SessionState } from '../../sessions/state.ts'
import { changeProjection } from '../../train/index.ts'
import type { Change } from '../../train/ports.ts'
import { allSessions, type Context, sessionState } from '../context.ts'
import type { Hosts } from '../session/hosts.ts'
import type { RepositoryContext } from '../repositories.ts'

/** Commits of main that are looked at for landings. */
const LOOK_BACK = 500

/** What main has that the session has not. */
export async function movementFor(
  ctx: Context,
  repo: RepositoryContext,
  s: SessionState,
  main: string,
): Promise<Movement> {
  const { stdout } = await inRepository(repo.repository, [
    ...['rev-list', '--first-parent', `--max-count=${LOOK_BACK}`, '--end-of-options', main],
    ...[`^${s.head ?? s.base.oid}`],
  ])
  const place = new Map(stdout.split('\n').map((oid, index) => [oid, index] as const))
  const landed = (await ctx.journal.list<Change>(changeProjection))
    .flatMap(({ state }) => {
      const at = state.landed ? place.get(state.landed.commit) : undefined
      return at === undefined || state.session === s.id ? [] : [{ name: state.name, at }]
    })
    .sort((a, b) => b.at - a.at)
  return { target: repo.target, main, landed: [...new Set(landed.map(({ name }) => name))] }
}

/** Brings news to live sessions' agents as they come; their hosts tell them with the next answer that can. */
export function startTelling(ctx: Context, hosts: Hosts): void {
  const bring = (id: string) =>
    ctx
      .inOrder(id, () => tellNews(ctx, hosts, id))
      .catch((error: unknown) => ctx.log.error('news could not be brought', { session: id, error }))
  ctx.journal.subscribe((events) => {
    for (const event of events) if (event.type === 'session.news') void bring(event.id)
  })
  void allSessions(ctx).then((all) => {
    for (const s of all) if (s.news && !s.news.told && isLive(s)) void bring(s.id)
  })
}

async function tellNews(ctx: Context, hosts: Hosts, id: string): Promise<void> {
  const s = await sessionState(ctx, id)
  if (!s.news || s.news.told || !isLive(s) || !hosts.isConnected(id)) return
  try {
    await hosts.request(id, { op: 'tell', main: s.news.main, text: s.news.text })
  } catch (error) {
    // A host of an earlier version knows no news: its next process is started with them.
    if (!(error instanceof WorktrainError) || error.code !== 'HOST_OUTDATED') throw error
  }
}
