/** Looks at which ports the programs of a session listen. */
import { basename, join } from 'node:path'
import { SESSION_MARKER } from '../../platform/end.ts'
import { readJson } from '../../platform/files.ts'
import { argumentsOf, familyApart, type ProcessIdentity, startedAt } from '../../platform/processes.ts'
import { lookAtSockets } from '../../platform/sockets.ts'
import type { PreviewView } from '../../protocol/preview.ts'
import { HOST_IDENTITY, type HostIdentity, type Rung } from '../../protocol/index.ts'
import { serversOf } from '../../sessions/serving.ts'
import type { SessionState } from '../../sessions/state.ts'
import { allSessions, type Context } from '../context.ts'

/** Two looks at one session within this are one, ms. */
const LOOK_EVERY_MS = 1000
/** Characters of a command that are told. */
const COMMAND_MAX = 200
/** Here orphans stay below the session's first process; elsewhere only their environment tells whose they are. */
const KEEPS_ORPHANS: readonly Rung[] = ['bubblewrap', 'landlock']

/** @returns looks at a session; a look that is under way, or has just been, is everybody's */
export function previews(ctx: Context): (s: SessionState) => Promise<PreviewView> {
  const looks = new Map<string, { until: number; view: Promise<PreviewView> }>()
  return (s) => {
    const now = ctx.now()
    for (const [key, { until }] of looks) if (until <= now) looks.delete(key)
    const key = `${s.id} ${s.process.state} ${s.process.generation}`
    const look = looks.get(key) ?? { until: now + LOOK_EVERY_MS, view: lookAt(ctx, s) }
    looks.set(key, look)
    return look.view
  }
}

async function lookAt(ctx: Context, s: SessionState): Promise<PreviewView> {
  const at = ctx.now()
  const nothing = { session: { id: s.id, name: s.name }, at, servers: [], omitted: 0, unseen: 0 }
  const root = rootOf(ctx, s)
  if (root === null) return { ...nothing, ended: whyNot(s) }
  const others = (await allSessions(ctx)).filter(({ id }) => id !== s.id)
  const marker = KEEPS_ORPHANS.includes(s.cell.rung) ? null : `${SESSION_MARKER}=${s.id}`
  const apart = others.flatMap((other) => rootOf(ctx, other) ?? [])
  const family = familyApart(root, marker, apart)
  const { sockets, unseen } = await lookAtSockets(family)
  const { found, omitted } = serversOf(
    sockets,
    family.map(({ pid }) => pid),
  )
  const servers = found.map((server) => {
    const words = argumentsOf(server.pid).filter((word) => word !== '')
    const holder = family.find(({ pid }) => pid === server.pid)
    return {
      ...server,
      program: basename(words[0] ?? '').slice(0, COMMAND_MAX),
      command: words.join(' ').slice(0, COMMAND_MAX),
      since: holder === undefined ? null : startedAt(holder),
    }
  })
  return { ...nothing, ended: null, servers, omitted, unseen }
}

/** The first process of a session as its host wrote it down; null: none runs. */
function rootOf(ctx: Context, s: SessionState): ProcessIdentity | null {
  if (s.process.state !== 'running') return null
  const host = readJson<HostIdentity>(join(ctx.paths.sessionRun(s.id), HOST_IDENTITY))
  return host?.generation === s.process.generation ? host.child : null
}

function whyNot({ name, stage, process }: SessionState): string {
  if (process.state === 'running' || process.state === 'starting') return `${name} is just being started.`
  if (process.state === 'lost') return `${name} was interrupted: nothing of it runs.`
  if (process.state === 'exited') return `${name} has ended: nothing of it runs.`
  return `${name} is ${stage}: nothing of it runs yet.`
}
