/** Directories of Worktrain's own that belong to nobody it knows. */
import { lstatSync, renameSync } from 'node:fs'
import { connect } from 'node:net'
import { basename, join } from 'node:path'
import { makePrivateDirectory, writeFileDurably } from '../../platform/files.ts'
import { WorktrainError } from '../../protocol/index.ts'
import { sessionProjection } from '../../sessions/evolve.ts'
import { processesIn } from '../../workspaces/live.ts'
import { identityOf, readRecord } from '../../workspaces/record.ts'
import { removalFile } from '../../workspaces/removed.ts'
import type { Context } from '../context.ts'
import { type Found, isBusy, leftoverId, namesIn, type Scene } from './leftover.ts'
import { repositoryProjection } from '../registry.ts'
import { trashRecord, unownedTrash, type UnownedTrash } from './trash.ts'

/** Time that such a directory stays in the trash, ms: as long as a session's by default. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000

/** @param unknown sessions that are found by themselves: their directories go with them */
export async function strayDirectories(scene: Scene, unknown: ReadonlySet<string>): Promise<Found[]> {
  return [...(await runtimes(scene)), ...states(scene, unknown), ...(await trains(scene))]
}

/** A socket and nothing else; whoever still listens there is no leftover. */
async function runtimes({ ctx, sessions, hosts }: Scene): Promise<Found[]> {
  const found: Found[] = []
  for (const id of namesIn(join(ctx.paths.run, 's'))) {
    const s = sessions.get(id)
    if ((s && isBusy(s)) || hosts.isConnected(id)) continue
    const path = ctx.paths.sessionRun(id)
    if (await answers(join(path, 'host.sock'))) continue
    const { dev, ino } = lstatSync(path)
    found.push({
      id: leftoverId('directory', path, dev, ino),
      kind: 'directory',
      what: path,
      why: 'it is the runtime directory of a session that has ended, and nobody listens there',
      removing: 'deletes it; it holds a socket and no work',
      work: false,
      // Within the session's order: nothing is being started there meanwhile.
      remove: () =>
        ctx.inOrder(id, async () => {
          const now = (await ctx.journal.get(sessionProjection, id))?.state
          if ((now && isBusy(now)) || (await answers(join(path, 'host.sock'))))
            throw new WorktrainError('SESSION_BUSY', 'Somebody is at work there again.')
          const { gone, kept } = await ctx.erase({ directory: path, dev, ino, proof: null })
          if (!gone) throw new WorktrainError('UNAVAILABLE', `${kept[0]?.path}: ${kept[0]?.why}`)
          return 'it was deleted'
        }),
    })
  }
  return found
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(socket)
    client.once('connect', () => {
      client.destroy()
      resolve(true)
    })
    client.once('error', () => resolve(false))
  })
}

/**
 * State directories of unknown sessions: logs, a conversation's configuration, temporary files. Where a
 * workspace or a removal belongs to one, it goes with that, once its repository is looked at.
 */
function states({ ctx, sessions, states: ids }: Scene, unknown: ReadonlySet<string>): Found[] {
  const found: Found[] = []
  for (const id of ids) {
    const path = ctx.paths.sessionState(id)
    if (sessions.has(id) || unknown.has(id) || !lstatSync(path).isDirectory()) continue
    const record = readRecord(path)
    if (identityOf(removalFile(path)) !== null || (record !== null && identityOf(record.path) !== null))
      continue
    found.push(intoTrash(ctx, path, 'it is the state directory of a session that the journal does not know'))
  }
  return found
}

async function trains({ ctx }: Scene): Promise<Found[]> {
  const parent = join(ctx.paths.state, 'trains')
  const known = new Set((await ctx.journal.list(repositoryProjection)).map((row) => row.id))
  const why = 'it is the train directory of a repository that the journal does not know'
  return namesIn(parent)
    .filter((id) => !known.has(id))
    .map((id) => intoTrash(ctx, join(parent, id), why))
}

function intoTrash(ctx: Context, path: string, why: string): Found {
  const { dev, ino } = lstatSync(path)
  return {
    id: leftoverId('directory', path, dev, ino),
    kind: 'directory',
    what: path,
    why,
    removing: `moves it to ${unownedTrash(ctx)}, where it stays for 30 days`,
    work: true,
    remove: async () => {
      const now = identityOf(path)
      const inside = processesIn(path, null)
      if (inside.length > 0)
        throw new WorktrainError('REMOVAL_UNSAFE', `Process ${inside[0]?.pid} is still in it.`)
      if (now?.dev !== dev || now.ino !== ino)
        throw new WorktrainError('REMOVAL_UNSAFE', `${path} is another directory by now.`)
      const trash = unownedTrash(ctx)
      makePrivateDirectory(trash)
      const stamp = new Date(ctx.now()).toISOString().replace(/[:.]/g, '-')
      const to = join(trash, `${stamp}-${basename(path)}`)
      const until = ctx.now() + KEEP_MS
      // The record first: a crash in between leaves one that names nothing.
      writeFileDurably(
        trashRecord(to),
        JSON.stringify({ from: path, directory: to, dev, ino, until } satisfies UnownedTrash),
      )
      renameSync(path, to)
      return `it is ${to} until ${new Date(until).toISOString().slice(0, 10)}`
    },
  }
}
