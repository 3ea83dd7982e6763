/** What this machine can do, and what was left behind: probed, not assumed. */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { agents } from '../agents/index.ts'
import { gitVersion, listRefs } from '../git/index.ts'
import type { DoctorView } from '../protocol/api.ts'
import { toErrorBody } from '../protocol/index.ts'
import { isLive } from '../sessions/state.ts'
import { probeWalls } from '../walls/index.ts'
import { allSessions, type Context } from './context.ts'
import type { RepositoryContext } from './repositories.ts'
import { probeOptions } from './workspaces.ts'

/** A brief that asks for nothing in particular: is the agent's own program there? */
const nobody = {
  goal: '',
  owns: [],
  avoid: [],
  after: [],
  agent: '',
  // What the `command` agent runs is the person's choice; a shell is always there.
  command: ['/bin/sh'],
  model: null,
  permissionMode: null,
  headless: false,
  checks: [],
  land: false,
}

export async function doctor(ctx: Context, repo: RepositoryContext | null): Promise<DoctorView> {
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
    leftovers: await leftovers(ctx, repo),
  }
}

async function look(ctx: Context, agent: (typeof agents)[string]): Promise<DoctorView['agents'][number]> {
  const row = { name: agent.name, title: agent.title }
  try {
    const installation = await agent.find({ ...nobody, agent: agent.name }, ctx.env)
    if (!installation) return { ...row, installed: null, version: null, ready: 'not installed' }
    await agent.ready(installation, ctx.env)
    return { ...row, installed: installation.path, version: installation.version, ready: 'ready' }
  } catch (error) {
    return { ...row, installed: null, version: null, ready: toErrorBody(error).message }
  }
}

/** By recorded identity, never by name: what the journal does not know, or knows as ended, and is still there. */
async function leftovers(ctx: Context, repo: RepositoryContext | null): Promise<string[]> {
  const sessions = new Map((await allSessions(ctx)).map((s) => [s.id, s]))
  const found: string[] = []
  for (const id of entries(join(ctx.paths.state, 'sessions'))) {
    if (!sessions.has(id)) found.push(`state directory of an unknown session: ${ctx.paths.sessionState(id)}`)
  }
  for (const id of entries(join(ctx.paths.run, 's'))) {
    const s = sessions.get(id)
    if (!s || !isLive(s))
      found.push(`runtime directory of a session that has ended: ${ctx.paths.sessionRun(id)}`)
  }
  if (repo) {
    for (const ref of await listRefs(repo.repository, 'refs/worktrain/base/')) {
      if (!sessions.has(basename(ref.name))) found.push(`ref of an unknown session: ${ref.name}`)
    }
  }
  return found
}

function entries(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
