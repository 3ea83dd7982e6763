/** Takes a landing back: the revert becomes a change on the train, tested and landed like any other. */
import { join } from 'node:path'
import { checkouts, deleteRef, exactRef, isAncestor, moveRefs, readRef } from '../../git/index.ts'
import type { ChangeView, LandingView } from '../../protocol/api.ts'
import { type Actor, toErrorBody, WorktrainError } from '../../protocol/index.ts'
import { byHand, makeUndo, type Reverted, type Step, type Train, undoMessage } from '../../train/index.ts'
import type { Change } from '../../train/ports.ts'
import type { Context } from '../context.ts'
import { commitOf, describe, landingsOf, landingThrough, targetOf, throughWhich } from './history.ts'
import type { RepositoryContext } from '../repositories.ts'

/** What is taken back: a whole landing, or some of its changes that stand one after another. */
export interface Taken {
  landing: LandingView
  members: LandingView['members']
}

/**
 * Which landing is meant.
 * @param what null: the last one, as a whole; else a change of one by its name, a unique beginning of it, or its id
 * @returns null when no change is called so: it may be a commit. Pure.
 * @throws NOTHING_TO_LAND when nothing landed yet, NAME_AMBIGUOUS
 */
export function takenBy(landings: readonly LandingView[], what: string | null): Taken | null {
  const last = landings.at(-1)
  if (what === null) {
    if (last === undefined)
      throw new WorktrainError('NOTHING_TO_LAND', 'Nothing has landed yet that could be taken back.', {
        hint: 'See `worktrain train`; what was pushed by hand is taken back with `git revert`.',
      })
    return { landing: last, members: last.members }
  }
  const all = landings.flatMap((landing) => landing.members.map((member) => ({ landing, members: [member] })))
  const called = (test: (name: string) => boolean) =>
    all.filter(({ members }) => members.some(({ name }) => test(name)))
  const exact =
    all.find(({ members }) => members.some(({ change }) => change === what)) ??
    called((name) => name === what).at(-1)
  if (exact) return exact
  const starting = called((name) => name.startsWith(what))
  const names = new Set(starting.flatMap(({ members }) => members.map(({ name }) => name)))
  if (names.size > 1)
    throw new WorktrainError('NAME_AMBIGUOUS', `"${what}" may be ${[...names].sort().join(' or ')}.`)
  return starting.at(-1) ?? null
}

/**
 * Puts the undo of a landing on the train. One that is on it already is returned as it is.
 * @throws NOTHING_TO_LAND when it is taken back already, NEEDS_PERSON with the files when what came later
 *   stands on it, BASE_UNKNOWN, COMMIT_NOT_LANDED, NAME_AMBIGUOUS, UNTRUSTED
 */
export function undo(
  ctx: Context,
  repo: RepositoryContext,
  train: Train,
  what: string | null,
  actor: Actor,
): Promise<ChangeView> {
  return ctx.inOrder(`undo:${repo.repository.id}`, async () => {
    const landings = await landingsOf(ctx.journal, repo)
    const taken = takenBy(landings, what) ?? (await takenByCommit(repo, landings, what ?? ''))
    const job = await jobFor(repo, taken)
    const { changes } = await train.view()
    const waiting = changes.find((one) => one.undoes?.commit === job.commit && one.position !== null)
    if (waiting) return waiting
    const { title, body } = undoMessage(job.names, job.subjects, job.commits)
    const message = `${title}\n\n${body}\n`
    const directory = join(ctx.paths.state, 'trains', repo.repository.id, 'undo')
    const made = await makeUndo(repo.repository, directory, { ...job, message, at: ctx.now() })
    if (made.kind !== 'undo') throw refused(made, repo.target, job, changes)
    const branch = await branchFor(repo, changes, job.name, made.commit)
    const change = await train.enqueue(
      {
        session: null,
        name: branch.slice(branch.lastIndexOf('/') + 1),
        branch,
        head: made.commit,
        target: repo.target,
        checks: checksFor(repo, taken.landing),
        message,
        undoes: { commit: job.commit, names: job.names },
      },
      actor,
    )
    const seen = (await train.view()).changes.find(({ id }) => id === change.id)
    if (!seen) throw new WorktrainError('INTERNAL', `The change ${change.id} is not on the train.`)
    return seen
  })
}

async function takenByCommit(
  repo: RepositoryContext,
  landings: readonly LandingView[],
  named: string,
): Promise<Taken> {
  const { repository, target } = repo
  const commit = await commitOf(repository, named)
  const main = await targetOf(repo)
  if (!(await isAncestor(repository, commit, main)))
    throw new WorktrainError('COMMIT_NOT_LANDED', `${commit.slice(0, 10)} is not in ${target}.`)
  const through = await throughWhich(repository, commit, main)
  const landing = landingThrough(landings, through)
  const member = landing?.members.find((one) => one.commit === through)
  if (landing && member) return { landing, members: [member] }
  throw new WorktrainError(
    'NOTHING_TO_LAND',
    `${commit.slice(0, 10)} did not come to ${target} by a landing: it is not the train's to take back.`,
    { hint: `By hand: git revert ${commit.slice(0, 10)}. How it came: worktrain why ${commit.slice(0, 10)}` },
  )
}

interface Job {
  target: string
  step: Step
  /** The last commit that is taken back: the landing is known by it. */
  commit: string
  commits: string[]
  names: string[]
  subjects: string[]
  /** Name of the change that takes it back. */
  name: string
}

/** @throws NOTHING_TO_LAND when the target does not contain it any more */
async function jobFor(repo: RepositoryContext, { landing, members }: Taken): Promise<Job> {
  const { repository } = repo
  const names = members.map(({ name }) => name)
  const commits = members.map(({ commit }) => commit)
  const commit = commits.at(-1) ?? landing.new
  const target = await targetOf(repo)
  if (!(await isAncestor(repository, commit, target)))
    throw new WorktrainError(
      'NOTHING_TO_LAND',
      `${names.join(', ')} landed as ${commit.slice(0, 10)}, which ${repo.target} does not contain any more.`,
      { hint: `Somebody moved it back: see \`git reflog ${repo.target}\`.` },
    )
  const whole = members.length === landing.members.length
  const before = whole ? landing.old : ((await readRef(repository, `${commit}^`)) ?? landing.old)
  const subjects = await Promise.all(commits.map(async (one) => (await describe(repository, one)).subject))
  return { target, step: { before, after: commit }, commit, commits, names, subjects, name: nameOf(names) }
}

/** As long as a session's name may be. */
const NAME_LENGTH = 60

function nameOf(names: readonly string[]): string {
  const more = names.length > 1 ? `-and-${names.length - 1}-more` : ''
  return `undo-${(names[0] ?? 'landing').slice(0, NAME_LENGTH - 5 - more.length)}${more}`
}

function refused(
  made: Exclude<Reverted, { kind: 'undo' }>,
  target: string,
  { names, commits, commit, name }: Job,
  changes: readonly ChangeView[],
): WorktrainError {
  const what = names.join(', ')
  if (made.kind === 'nothing') {
    const by = changes.findLast((one) => one.undoes?.commit === commit && one.landed !== null)
    return new WorktrainError(
      'NOTHING_TO_LAND',
      `${what} is taken back already${by ? ` by ${by.name}, landed as ${by.landed?.commit.slice(0, 10)}` : ''}: nothing of it is left in ${target}.`,
      { hint: by ? `To bring it back: worktrain undo ${by.name}` : `See \`git log ${target}\`.` },
    )
  }
  const hand =
    `By hand: ${byHand(target, `worktrain/${name}`, commits)} ` +
    `Or by a session: worktrain run "Revert ${what}: git revert -m 1 ${commit.slice(0, 12)}, and resolve the conflicts." --land`
  if (made.kind === 'impossible')
    return new WorktrainError('GIT_FAILED', `${what} cannot be taken back: ${made.detail}`, { hint: hand })
  const files = made.files.map((file) => JSON.stringify(file).slice(1, -1)).join(', ')
  return new WorktrainError(
    'NEEDS_PERSON',
    `${what} cannot be taken back by itself: what came to ${target} later stands on it in ${files}.`,
    { hint: hand, details: { files: made.files, detail: made.detail, commits } },
  )
}

/**
 * A branch that keeps the undo. One of that name is used again where nothing is lost by it: what it holds has
 * landed, or is an earlier undo of ours; and nobody has it checked out.
 */
async function branchFor(
  { repository, target }: RepositoryContext,
  changes: readonly ChangeView[],
  name: string,
  head: string,
): Promise<string> {
  const taken = new Set((await checkouts(repository)).map(({ branch }) => branch))
  for (let n = 1; ; n += 1) {
    const branch = `worktrain/${name}${n === 1 ? '' : `-${n}`}`
    const ref = `refs/heads/${branch}`
    const old = await exactRef(repository, ref)
    const free =
      old === null ||
      changes.some((one) => one.undoes !== null && one.branch === branch && one.head === old) ||
      (await isAncestor(repository, old, `refs/heads/${target}`))
    if (!free || taken.has(branch)) continue
    if (old === head || (await moveRefs(repository, [{ ref, new: head, old }], 'worktrain undo')))
      return branch
  }
}

/**
 * An undo that has landed needs its branch no more: the target holds all of it. One that somebody moved or has
 * checked out stays.
 */
export async function forgetUndo(
  { repository }: RepositoryContext,
  { branch, head, undoes, session }: Pick<Change, 'branch' | 'head' | 'undoes' | 'session'>,
): Promise<void> {
  if (undoes === null || session !== null) return
  if ((await exactRef(repository, `refs/heads/${branch}`)) !== head) return
  const out = await checkouts(repository)
  if (!out.some((one) => one.branch === branch)) await deleteRef(repository, `refs/heads/${branch}`, head)
}

/** Those of the repository; where it has none of its own, those that the landing passed. */
function checksFor(repo: RepositoryContext, landing: LandingView): string[] {
  try {
    return repo.checks()
  } catch (error) {
    if (toErrorBody(error).code !== 'USAGE') throw error
    return [...landing.checks, ...landing.skipped].map(({ command }) => command)
  }
}
