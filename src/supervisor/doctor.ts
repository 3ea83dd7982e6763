/** What this machine can do, and what was left behind: probed, not assumed. */
import { agents } from '../agents/index.ts'
import { gitVersion } from '../git/index.ts'
import type { DoctorView, PhoneView, PushView } from '../protocol/api.ts'
import { toErrorBody } from '../protocol/index.ts'
import { probeWalls } from '../walls/index.ts'
import { bare } from './session/brief.ts'
import type { Context } from './context.ts'
import type { Found } from './leftovers/leftover.ts'
import type { RepositoryContext } from './repositories.ts'
import { probeOptions } from './session/workspaces.ts'

/**
 * @param leftovers as `findLeftovers` has them
 * @param phones as `phoneStatus` answers
 * @param pushed browsers that are notified by push
 */
export async function doctor(
  ctx: Context,
  repo: RepositoryContext | null,
  leftovers: readonly Found[],
  { open, phones }: PhoneView,
  pushed: PushView[],
): Promise<DoctorView> {
  const version = await gitVersion()
  return {
    ...(await probeWalls(probeOptions(ctx, repo))),
    agents: await Promise.all(Object.values(agents).map((agent) => look(ctx, agent))),
    git: { version, ok: true },
    node: process.version,
    paths: {
      state: ctx.paths.state,
      run: ctx.paths.run,
      cache: ctx.paths.cache,
      config: ctx.paths.config,
      ...(repo ? { workspaces: repo.workspacesDir } : {}),
    },
    network: open && {
      ...{ url: open.url, until: open.until },
      phones: phones.map(({ name, scope }) => ({ name, scope })),
    },
    pushed,
    leftovers: leftovers.map(({ remove: _remove, ...shown }) => shown),
  }
}

async function look(ctx: Context, agent: (typeof agents)[string]): Promise<DoctorView['agents'][number]> {
  const row = { name: agent.name, title: agent.title }
  try {
    const installation = await agent.find({ ...bare, agent: agent.name }, ctx.env)
    if (!installation) return { ...row, installed: null, version: null, ready: 'not installed' }
    await agent.ready(installation, ctx.env)
    return { ...row, installed: installation.path, version: installation.version, ready: 'ready' }
  } catch (error) {
    return { ...row, installed: null, version: null, ready: toErrorBody(error).message }
  }
}
