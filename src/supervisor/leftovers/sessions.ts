/** Sessions that the journal does not know, or knows otherwise than the disk. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { listRefs, moveRefs } from '../../git/index.ts'
import { WorktrainError } from '../../protocol/index.ts'
import { changeProjection } from '../../train/index.ts'
import type { Change } from '../../train/ports.ts'
import { isSame } from '../../workspaces/removed.ts'
import { findStrays, type Stray } from '../../workspaces/stray.ts'
import { adopt } from './adopt.ts'
import { tell } from '../context.ts'
import { type Found, leftoverId, type Scene } from './leftover.ts'
import type { RepositoryContext } from '../repositories.ts'
import { workspaceOf } from '../session/workspaces.ts'

/** @returns them, and the ids of the unknown sessions among them */
export async function straySessions(scene: Scene): Promise<{ found: Found[]; ids: Set<string> }> {
  const found: Found[] = []
  const ids = new Set<string>()
  for (const repo of scene.repos) {
    for (const { session, row } of await unknownSessions(scene, repo)) {
      ids.add(session)
      found.push(row)
    }
    found.push(...(await unknownChanges(scene, repo)))
    found.push(...backAgain(scene, repo))
  }
  return { found, ids }
}

async function unknownSessions(
  scene: Scene,
  repo: RepositoryContext,
): Promise<{ session: string; row: Found }[]> {
  const { ctx, sessions, states, life } = scene
  const strays = await findStrays({
    repository: repo.repository,
    workspacesDir: repo.workspacesDir,
    stateDirOf: ctx.paths.sessionState,
    states,
    isKnown: (id) => sessions.has(id),
    knownTokens: new Set([...sessions.values()].flatMap((s) => s.workspace.made?.token ?? [])),
  })
  return strays.map((stray) => {
    const { session, refs, saved } = stray
    const identity = [stray.there, stray.trash ?? '', ...refs.map(({ name, oid }) => `${name} ${oid}`)]
    const row = {
      id: leftoverId('session', session, ...identity.map(String)),
      kind: 'session' as const,
      what: stray.name === session ? session : `${stray.name} (${session})`,
      why: 'what Worktrain wrote there carries an id that the journal does not know',
      parts: partsOf(scene, stray),
      work: !saved,
    }
    const keep: Found = {
      ...row,
      removing: 'puts all of it into the trash as a session; `worktrain restore` brings it back',
      remove: (actor) => adopt(ctx, repo, life, stray, actor),
    }
    const drop: Found = {
      ...row,
      removing: 'deletes these refs; a branch or tag of yours contains every commit of them',
      remove: async () => {
        const moves = refs.map(({ name, oid }) => ({ ref: name, new: null, old: oid }))
        if (await moveRefs(repo.repository, moves, 'worktrain: doctor')) return 'its refs were deleted'
        throw new WorktrainError('JOURNAL_CONFLICT', 'Its refs have just been moved by somebody else.')
      },
    }
    return { session, row: saved ? drop : keep }
  })
}

function partsOf({ ctx }: Scene, stray: Stray): string[] {
  const state = ctx.paths.sessionState(stray.session)
  return [
    ...(stray.there ? [stray.path] : []),
    ...(stray.trash === null ? [] : [stray.trash]),
    ...stray.entries,
    ...(existsSync(state) ? [state] : []),
    ...stray.refs.map(({ name, oid }) => `${name} (${oid.slice(0, 10)})`),
  ]
}

/** What the train pinned for a change that the journal does not know: its head is somebody's work. */
async function unknownChanges({ ctx, life }: Scene, repo: RepositoryContext): Promise<Found[]> {
  const { repository } = repo
  const known = new Set((await ctx.journal.list<Change>(changeProjection)).map((row) => row.state.id))
  const found: Found[] = []
  for (const area of ['queue', 'cand']) {
    for (const { name, oid } of await listRefs(repository, `refs/worktrain/${area}`)) {
      const change = name.split('/')[3] ?? ''
      if (known.has(change)) continue
      found.push({
        id: leftoverId('ref', name, oid),
        kind: 'ref',
        what: `${name} (${oid.slice(0, 10)})`,
        why: 'the train pinned it for a change that the journal does not know',
        removing: 'puts it into the trash as a session; `worktrain restore` brings it back',
        work: true,
        remove: async (actor) => {
          const session = ctx.id('s')
          const kept = `refs/worktrain/trash/${session}/head`
          const moves = [
            { ref: name, new: null, old: oid },
            { ref: kept, new: oid, old: null },
          ]
          if (!(await moveRefs(repository, moves, 'worktrain: doctor')))
            throw new WorktrainError('JOURNAL_CONFLICT', 'It has just been moved by somebody else.')
          const stray: Stray = {
            session,
            name: `${area}-${change}`,
            kind: 'sealed',
            path: join(repo.workspacesDir, `${area}-${change}`),
            branch: `worktrain/${area}-${change}`,
            there: false,
            trash: null,
            token: null,
            entries: [],
            refs: [{ name: kept, oid }],
            saved: false,
          }
          return adopt(ctx, repo, life, stray, actor)
        },
      })
    }
  }
  return found
}

/** The journal says that it is in the trash, the disk that it is in its place: the journal is a backup's. */
function backAgain({ ctx, sessions }: Scene, repo: RepositoryContext): Found[] {
  const found: Found[] = []
  for (const s of sessions.values()) {
    if (!s.trashed || s.repository !== repo.repository.id || s.workspace.kind === 'existing') continue
    const workspace = workspaceOf(ctx, repo, s)
    if (!workspace || !isSame(workspace, workspace.path)) continue
    found.push({
      id: leftoverId('session', s.id, 'back', workspace.path),
      kind: 'session',
      what: `${s.name} (${s.id})`,
      why: `the journal says that it is in the trash, but ${workspace.path} is there`,
      removing: 'makes it a session again; nothing is moved',
      work: true,
      remove: async (actor) => {
        await tell(ctx, s.id, 'removal.restored', { path: workspace.path }, { actor, cause: 'doctor' })
        return `it is a session again; worktrain why ${s.name}`
      },
    })
  }
  return found
}
