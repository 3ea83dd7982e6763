/** What the supervisor says of itself. */
import { API_VERSION, type SupervisorView } from '../protocol/api.ts'
import { BUILT } from '../protocol/version.ts'
import { isLive, isOpen } from '../sessions/state.ts'
import { allSessions, type Context } from './context.ts'

export async function supervisorView(ctx: Context): Promise<SupervisorView> {
  const { paths, version, epoch, startedAt } = ctx
  const sessions = (await allSessions(ctx)).filter(isOpen)
  return {
    pid: process.pid,
    version,
    built: BUILT,
    api: API_VERSION,
    startedAt,
    head: await ctx.journal.head(),
    epoch,
    sessions: sessions.length,
    running: sessions.filter(isLive).length,
    rssBytes: process.memoryUsage.rss(),
    stateDir: paths.state,
    socket: paths.supervisorSocket,
    log: paths.supervisorLog,
  }
}
