/** A session that the journal does not know gets into it, and at once into the trash: nothing is deleted. */
import { makePrivateDirectory } from '../../platform/files.ts'
import { exactRef, readRef } from '../../git/index.ts'
import { type Actor, type Brief, WorktrainError } from '../../protocol/index.ts'
import { reasonsAgainst } from '../../workspaces/safety.ts'
import { baseRef } from '../../workspaces/names.ts'
import { recordInTrash, type Stray, workspaceOfStray } from '../../workspaces/stray.ts'
import { bare } from '../session/brief.ts'
import { type Context, sessionEvent, sessionsOf } from '../context.ts'
import type { Life } from '../session/life.ts'
import { validateName } from '../session/planning.ts'
import type { RepositoryContext } from '../repositories.ts'
import { placesApart } from './trash.ts'

/** What it was to do is lost with the journal; a shell in its workspace is what `resume` gives after `restore`. */
const brief: Brief = { ...bare, goal: 'Found by doctor; what it was asked to do is not known any more' }

/**
 * @returns what was done, as a sentence
 * @throws REMOVAL_UNSAFE when its directory must not be touched now
 */
export async function adopt(
  ctx: Context,
  repo: RepositoryContext,
  life: Life,
  stray: Stray,
  actor: Actor,
): Promise<string> {
  const { repository, target } = repo
  const id = stray.session
  const base =
    (await exactRef(repository, baseRef(id))) ?? (await readRef(repository, `refs/heads/${target}`)) ?? ''
  const stateDir = ctx.paths.sessionState(id)
  const workspace = workspaceOfStray(stray, { repository, stateDir, baseOid: base, token: ctx.uuid() })
  if (stray.there) {
    const reasons = await reasonsAgainst(workspace, await placesApart(ctx))
    if (reasons.length > 0)
      throw new WorktrainError('REMOVAL_UNSAFE', reasons.join(' '), { details: { reasons } })
  }
  const name = await freeName(ctx, repo, stray)
  makePrivateDirectory(stateDir)
  recordInTrash(stray, stateDir, ctx.now())
  const { path, gitDir, dev, ino, token, kind, branch } = workspace
  const cause = { actor, cause: 'doctor' }
  await ctx.journal.append([
    sessionEvent(
      id,
      'session.planned',
      {
        repository: repository.id,
        name,
        brief,
        branch,
        base: { oid: base, ref: target, chosen: 'as its own records say' },
        workspace: { kind, path },
        existingBranch: true,
      },
      cause,
    ),
    sessionEvent(id, 'workspace.made', { path, gitDir, dev, ino, token }, cause),
    // In the same append: what is planned would be started.
    sessionEvent(id, 'session.stage', { stage: 'active', why: 'found by doctor' }, cause),
  ])
  const done = await ctx.inOrder(id, () => life.finishRemoval(repo, id, actor))
  if (!Array.isArray(done)) return `it is the session ${name} again, and was not moved: ${done.refused}`
  return `it is in the trash as ${name}; worktrain restore ${name} brings it back`
}

async function freeName(ctx: Context, repo: RepositoryContext, stray: Stray): Promise<string> {
  const taken = new Set((await sessionsOf(ctx, repo.repository)).filter((s) => !s.purged).map((s) => s.name))
  const wanted = nameOf(stray)
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? wanted : `${wanted}-${n}`
    if (!taken.has(name)) return name
  }
}

function nameOf(stray: Stray): string {
  try {
    validateName(stray.name)
    return stray.name
  } catch {
    return stray.session
  }
}
