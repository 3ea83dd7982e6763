/** What landed, from the journal; and by which of it a commit got to the target. */
import { inRepository, isAncestor, readRef, type Repository } from '../../git/index.ts'
import type { Journal } from '../../journal/journal.ts'
import type { ChangeView, CommitView, LandingView } from '../../protocol/api.ts'
import { type EventMap, type Proof, type Recorded, WorktrainError } from '../../protocol/index.ts'
import { commitStory, type CommitFacts, type Described } from './commit-story.ts'
import type { RepositoryContext } from '../repositories.ts'

type Of<T extends keyof EventMap> = Extract<Recorded, { type: T }>

/** Every landing on the repository's target, oldest first. */
export async function landingsOf(journal: Journal, repo: RepositoryContext): Promise<LandingView[]> {
  const { id } = repo.repository
  const events = await journal.read({ aggregate: 'train', id })
  const known = events.flatMap((event) => (event.type === 'train.landed' ? [viewOf(event)] : []))
  const changes = await journal.read({ aggregate: 'change' })
  return [...oldLandings(changes, id), ...known]
    .filter((landing) => landing.target === repo.target)
    .toSorted((a, b) => a.seq - b.seq)
}

function viewOf({ data, seq, at }: Of<'train.landed'>): LandingView {
  const { build, target, old, members, tree, checks, skipped, resolved, environment, ms } = data
  const remote = data.remote ?? null
  return {
    seq,
    at,
    build,
    target,
    old,
    new: data.new,
    members,
    tree,
    checks,
    skipped,
    resolved,
    environment,
    ms,
    remote,
  }
}

/**
 * Landings of a journal from before there were builds: each change landed by itself, and its checks stand
 * among its own events. Pure.
 * @param repository id; changes of others are left out
 */
export function oldLandings(events: readonly Recorded[], repository: string): LandingView[] {
  const queued = new Map<string, Of<'change.queued'>>()
  const checks = new Map<string, Proof[]>()
  const landings: LandingView[] = []
  for (const event of events) {
    if (event.type === 'change.queued' && event.data.repository === repository) queued.set(event.id, event)
    const put = queued.get(event.id)
    if (put === undefined) continue
    // Of a journal before builds, checks were the change's own.
    const run = event as Recorded | { type: 'check.finished'; data: EventMap['check.finished']; id: string }
    if (run.type === 'check.finished' && run.data.exit === 0) {
      const { command, tree, ms, log } = run.data
      const proof: Proof = { command, tree, exit: 0, ms, log, build: event.id, environment: '' }
      checks.set(event.id, [...(checks.get(event.id) ?? []), proof])
    }
    if (event.type === 'change.landed' && event.data.build === undefined && event.data.new !== event.data.old)
      landings.push(oldLanding(event, put, checks.get(event.id) ?? []))
  }
  return landings
}

function oldLanding(
  { id, seq, at, data }: Of<'change.landed'>,
  put: Of<'change.queued'>,
  checks: readonly Proof[],
): LandingView {
  const { name, session, head, branch, target } = put.data
  const last = new Map(checks.filter(({ tree }) => tree === data.tree).map((one) => [one.command, one]))
  return {
    seq,
    at,
    build: id,
    target,
    old: data.old,
    new: data.new,
    tree: data.tree,
    members: [{ change: id, name, session, head, commit: data.new, branch }],
    checks: [...last.values()],
    skipped: [],
    resolved: [],
    environment: '',
    ms: at - put.at,
    remote: null,
  }
}

/** The landing that moved the target to, or past, a commit of the target's own line. Pure. */
export function landingThrough(landings: readonly LandingView[], through: string): LandingView | null {
  return (
    landings.find(
      (landing) => landing.new === through || landing.members.some(({ commit }) => commit === through),
    ) ?? null
  )
}

/**
 * How a commit got to the target.
 * @throws BASE_UNKNOWN when it names no commit; COMMIT_NOT_LANDED when the target does not contain it
 */
export async function whyCommit(
  journal: Journal,
  repo: RepositoryContext,
  named: string,
  changes: readonly ChangeView[],
): Promise<CommitView> {
  const { repository, target } = repo
  const commit = await commitOf(repository, named)
  const main = await targetOf(repo)
  if (!(await isAncestor(repository, commit, main))) throw await notThere(repo, commit, changes)
  const through = await throughWhich(repository, commit, main)
  const landing = landingThrough(await landingsOf(journal, repo), through)
  const member = landing?.members.find((one) => one.commit === through) ?? null
  const put = member === null ? null : await queuedBefore(journal, member.change, landing?.seq ?? 0)
  const facts: CommitFacts = {
    ...(await describe(repository, commit)),
    commit,
    target,
    through,
    bringer: through === commit ? null : await describe(repository, through),
    landing,
    member,
    put: put && { at: put.at, actor: put.actor },
  }
  const { subject, author } = facts
  return {
    commit,
    subject,
    author,
    target,
    through,
    landing,
    change: member?.change ?? null,
    why: commitStory(facts),
  }
}

/** @throws BASE_UNKNOWN */
export async function commitOf(repository: Repository, named: string): Promise<string> {
  const commit = await readRef(repository, named)
  if (commit === null) throw new WorktrainError('BASE_UNKNOWN', `"${named}" is no commit of this repository.`)
  return commit
}

/** @throws TARGET_UNKNOWN */
export async function targetOf({ repository, target }: RepositoryContext): Promise<string> {
  const main = await readRef(repository, `refs/heads/${target}`)
  if (main === null) throw new WorktrainError('TARGET_UNKNOWN', `There is no branch ${target}.`)
  return main
}

async function notThere(
  { repository, target }: RepositoryContext,
  commit: string,
  changes: readonly ChangeView[],
): Promise<WorktrainError> {
  const waiting: ChangeView[] = []
  for (const change of changes) {
    if (['landed', 'withdrawn'].includes(change.state)) continue
    if (await isAncestor(repository, commit, change.head)) waiting.push(change)
  }
  const where = waiting.map(({ name, state }) => `${name} (${state})`).join(', ')
  return new WorktrainError(
    'COMMIT_NOT_LANDED',
    `${commit.slice(0, 10)} is not in ${target}${where === '' ? '' : `; it is part of ${where}`}.`,
    { details: { commit, changes: waiting.map(({ id }) => id) } },
  )
}

/**
 * The commit of the target's own line (first parents) that brought another: the oldest that contains it.
 * @param commit an ancestor of `main`
 */
export async function throughWhich(repository: Repository, commit: string, main: string): Promise<string> {
  if (commit === main) return commit
  const { stdout } = await inRepository(repository, [
    'rev-list',
    '--first-parent',
    '--parents',
    '--end-of-options',
    main,
    `^${commit}`,
  ])
  const line = stdout
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => row.split(' '))
  // On the line itself: what follows it there has it as its first parent.
  if (line.at(-1)?.[1] === commit) return commit
  // Newest first: from the main that has it back to the last one that has it.
  let [has, lacks] = [0, line.length]
  while (lacks - has > 1) {
    const middle = (has + lacks) >> 1
    if (await isAncestor(repository, commit, line[middle]?.[0] ?? main)) has = middle
    else lacks = middle
  }
  return line[has]?.[0] ?? main
}

/** The event that put a change on the train before it landed. */
async function queuedBefore(
  journal: Journal,
  change: string,
  landed: number,
): Promise<Of<'change.queued'> | null> {
  const events = await journal.read({ aggregate: 'change', id: change })
  return (
    events.findLast(
      (event): event is Of<'change.queued'> => event.type === 'change.queued' && event.seq < landed,
    ) ?? null
  )
}

export async function describe(repository: Repository, commit: string): Promise<Described> {
  const { stdout } = await inRepository(repository, ['cat-file', 'commit', commit])
  const end = stdout.indexOf('\n\n')
  const head = stdout.slice(0, end < 0 ? stdout.length : end)
  const message = end < 0 ? '' : stdout.slice(end + 2)
  const person = (who: string) => new RegExp(`^${who} (.*) (\\d+) [-+]\\d{4}$`, 'm').exec(head)
  return {
    subject:
      message
        .split('\n')
        .find((line) => line.trim() !== '')
        ?.trim() ?? '',
    author: person('author')?.[1] ?? '',
    committer: person('committer')?.[1] ?? '',
    at: Number(person('committer')?.[2] ?? 0) * 1000,
    trailer: /^Worktrain-Change: (\S+)$/m.exec(message)?.[1] ?? null,
  }
}
