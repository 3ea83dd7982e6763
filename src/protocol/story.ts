/** How a state came about: the events that matter to a person, each as a sentence. Pure. */
import type { EventMap, Recorded } from './events.ts'
import { namedFiles } from './file-names.ts'
import type { HeadAt } from './spotlight.ts'
import type { BuildPurpose } from './train.ts'

type Sentences = { [T in keyof EventMap]?: (data: EventMap[T]) => string | null }

const short = (oid: string | null): string => (oid ? oid.slice(0, 10) : 'nothing')

const PURPOSES: Record<BuildPurpose, string> = {
  landing: '',
  retest: ' once more, before anything is ejected',
  target: ' by itself',
}

const BUILD_ENDS: Record<EventMap['build.ended']['why'], string> = {
  landed: 'landed',
  judged: 'nothing more to learn from it',
  'base-moved': 'the target moved',
  members: 'one of its changes left the train',
  outpaced: 'another tells more',
  interrupted: 'interrupted',
  dirtied: 'a check changed tracked files',
}

const SPOTLIGHT_ENDS: Record<EventMap['spotlight.ended']['how'], string> = {
  back: 'is back at',
  'taken-back': 'was put back to',
  left: 'ended at',
}

/** How a process ended. @param asked somebody wanted it to end */
export function endOf(
  { code, signal }: Pick<EventMap['process.exited'], 'code' | 'signal'>,
  asked: boolean,
): string {
  return `${signal ? `ended by ${signal}` : `exited with code ${code}`}${asked ? ', as asked' : ''}`
}

function standsAt({ branch, commit }: HeadAt): string {
  return branch === null ? `${short(commit)}, on no branch` : branch
}

function onTopOf({ target, base, members }: EventMap['build.made']): string {
  return [`${target} ${short(base)}`, ...members.map((member) => member.name)].join(' + ')
}

function ended({ exit, timedOut, limit }: EventMap['check.finished']): string {
  if (timedOut) return 'timed out'
  if (limit) return `ended by a limit (${limit})`
  return exit === null ? 'ended by a signal' : `exit ${exit}`
}

const sentences: Sentences = {
  'session.planned': (d) =>
    `planned on branch ${d.branch}${d.resolves ? `, to repair change ${d.resolves.change} of ${d.resolves.name}` : ''}`,
  'session.waiting': (d) => d.why,
  'session.admitted': (d) => `starts from ${short(d.base.oid)} (${d.base.ref}): ${d.base.chosen}`,
  'workspace.made': (d) => `workspace made at ${d.path}`,
  'workspace.setup': (d) =>
    `set-up \`${d.command}\` ${d.exit === 0 ? 'succeeded' : `failed with exit ${d.exit}`}`,
  'workspace.failed': (d) => `could not be prepared: ${d.message} (${d.code})`,
  'process.launching': (d) =>
    `process ${d.generation} is being started, wall: ${d.rung}${d.rungWhy ? ` (${d.rungWhy})` : ''}`,
  'process.started': (d) => `running as pid ${d.pid}`,
  'process.exited': (d) => endOf(d, d.asked),
  'process.lost': (d) => `lost: ${d.why}`,
  'activity.observed': (d) =>
    `${d.state}: ${d.evidence}${d.background > 0 ? ` (${d.background} in the background)` : ''}`,
  'prompt.queued': (d) => `a prompt from ${d.from} waits for it to be idle`,
  'prompt.sent': (d) => `prompt from ${d.from}: ${d.text.split('\n')[0]?.slice(0, 100) ?? ''}`,
  'question.opened': (d) => `asks: ${d.question.summary}`,
  'question.settled': (d) => `answered by ${d.by}: ${d.answer}`,
  'approvals.found': (d) =>
    `left approvals that are not kept: ${d.rules.join(', ')}; see \`worktrain approvals\``,
  'turn.finished': (d) =>
    `turn ended${d.background > 0 ? `, ${d.background} still run in the background` : ''}`,
  'conversation.changed': (d) => `conversation ${d.id}`,
  'refusal.recorded': (d) =>
    `${d.source === 'kernel' ? 'the kernel refused' : 'refused'} ${d.tool} ${d.target}: ${d.why}`,
  'session.strayed': (d) => `writes outside what it owns (seen by ${d.tool}): ${d.paths.join(', ')}`,
  'session.granted': (d) => `may write ${d.globs.join(', ')} as well`,
  'session.asked-paths': (d) => `asks for ${d.paths.join(', ')}: ${d.why}`,
  'session.told-person': (d) => `says to you: ${d.text}`,
  'grant.given': (d) => `may ${d.what} sessions, as you allow it`,
  'grant.revoked': (d) => `may no longer ${d.what} sessions`,
  'handoff.claimed': () => 'reported its handoff, before its turn ended',
  'snapshot.taken': (d) => `snapshot ${d.n} ${short(d.oid)} (${d.reason})`,
  'snapshot.restoring': (d) =>
    `its files are put back to snapshot ${d.n}; as they were they are snapshot ${d.before}`,
  'branch.published': (d) => `branch moved from ${short(d.old)} to ${short(d.oid)}`,
  'branch.diverged': (d) =>
    `branch was moved outside the session: ours ${short(d.ours)}, theirs ${short(d.theirs)}`,
  'handoff.completed': (d) =>
    `handed off: ${d.observed.files.length} files changed` +
    (d.unverified.length > 0 ? `; not observed: ${d.unverified.join('; ')}` : ''),
  'merge.predicted': (d) =>
    d.clean
      ? `still merges with main ${short(d.main)}`
      : `conflicts with main ${short(d.main)} in ${d.files.join(', ')}`,
  'session.updating': (d) =>
    d.how === 'merge'
      ? `main ${short(d.to)} is being merged into its branch`
      : `its branch is being put on top of main ${short(d.to)}`,
  'session.updated': (d) => updated(d),
  'session.news': (d) => `will be told: ${d.text.split('\n')[0] ?? ''}`,
  'session.told': (d) => `was told of main ${short(d.main)} (${d.how})`,
  'session.resolver': (d) => `${d.agent} takes up its change if it is ejected and the session cannot`,
  'session.seen': (d) => `looked at (${d.how})`,
  'session.dismissed': (d) => `left as it is: ${d.item.split(':')[0]}`,
  'session.renamed': (d) => `renamed to ${d.name}`,
  'session.stage': (d) => `${d.stage}: ${d.why}`,
  'session.stopping': () => 'asked to stop',
  'removal.step': (d) => `removal: ${d.step}`,
  'removal.trashed': (d) => `moved to the trash${d.directory ? ` at ${d.directory}` : ''}`,
  'removal.refused': (d) => `removal refused: ${d.reasons.join('; ')}`,
  'removal.restored': (d) => `restored to ${d.path}`,
  'review.seen': (d) => `you looked at snapshot ${d.snapshot}`,
  'review.commented': (d) => `comment ${d.comment} on ${d.anchor.path}:${d.anchor.line}`,
  'review.withdrawn': (d) => `comment ${d.comment} taken back`,
  'review.sent': (d) => `comments ${d.comments.join(', ')} sent to it`,
  'review.replied': (d) => `answers ${d.comment} (${d.status}): ${d.reply}`,
  'review.resolved': (d) => `comment ${d.comment} resolved`,
  'review.reopened': (d) => `comment ${d.comment} opened again`,
  'review.approved': (d) =>
    `approved as it is in snapshot ${d.snapshot} ${short(d.commit)}${d.uncommitted ? ', uncommitted work included' : ''}`,
  'review.carried': (d) =>
    `still approved: it is what was approved, merged with main at ${short(d.main)} (snapshot ${d.snapshot})`,
  'review.outdated': (d) =>
    `no longer approved: main at ${short(d.main)} was brought in, and ${d.conflicts ? 'conflicted' : 'something else with it'} in ${d.files.join(', ')}`,
  'review.rejected': (d) =>
    `rejected at snapshot ${d.snapshot}${d.prompt === '' ? ', and nobody could be told' : ''}: ${d.reason}`,
  'change.queued': (d) =>
    `${d.undoes ? `on the train to take back ${d.undoes.names.join(', ')}` : 'on the train'} at ${short(d.head)}` +
    (d.priority ? `, priority ${d.priority}` : ''),
  'change.prioritised': (d) => `priority is now ${d.priority}`,
  'change.held': (d) => `held: ${d.why}`,
  'change.released': () => 'released: on the train again, in its old place',
  'change.conflicted': (d) => `conflicts with ${short(d.base)} in ${d.files.join(', ')}`,
  'change.suspected': (d) =>
    `failed alone with \`${d.result.command}\`, tested once more before it is ejected: ${d.detail}`,
  'change.cleared': (d) => `no longer suspected: ${d.why}`,
  'change.landed': (d) => `landed: the target moved from ${short(d.old)} to ${short(d.new)}`,
  'change.ejected': (d) => `ejected (${d.reason}): ${d.detail}`,
  'change.returned': (d) => d.why,
  'change.withdrawn': (d) => `withdrawn: ${d.why}`,
  'build.made': (d) =>
    `tests ${onTopOf(d)}${PURPOSES[d.purpose]}, as ${short(d.commit)}${(d.notes ?? []).map((note) => `; ${note}`).join('')}`,
  'check.started': (d) => `check \`${d.command}\` runs on tree ${short(d.tree)}`,
  'check.finished': (d) =>
    `check \`${d.command}\` on tree ${short(d.tree)}: ${ended(d)} after ${(d.ms / 1000).toFixed(1)} s` +
    (d.tests ? `, ${d.tests.passed} passed, ${d.tests.failed} failed` : '') +
    (d.dirtied && d.dirtied.length > 0 ? `; it changed ${d.dirtied.join(', ')}, so it proves nothing` : ''),
  'build.ended': (d) => `test is over (${BUILD_ENDS[d.why]})${d.detail ? `: ${d.detail}` : ''}`,
  'train.paused': (d) => `paused: ${d.why}`,
  'train.resumed': () => 'goes on',
  'landing.intended': (d) =>
    `moves ${d.target} from ${short(d.old)} to ${short(d.new)}, by ${d.method === 'fast-forward' ? `fast-forward of ${d.checkout ?? 'the checkout'}` : 'compare-and-swap'}` +
    (d.remote ? `, ${d.remote.name} first` : ''),
  'landing.blocked': (d) => `landing waits: ${d.detail}`,
  'landing.voided': (d) => `landing given up: ${d.why}`,
  'train.landed': (d) =>
    `landed ${d.members.map((member) => member.name).join(', ')}: ${d.target} moved from ${short(d.old)} to ${short(d.new)}, proven by ${d.checks.map((check) => `\`${check.command}\``).join(', ')}` +
    (d.remote ? `, and pushed to ${d.remote}` : ''),
  'spotlight.begun': (d) => `what ${d.checkout} holds (${standsAt(d.head)}) is being kept`,
  'spotlight.kept': (d) => `what ${d.checkout} held (${standsAt(d.head)}) is kept as ${short(d.kept)}`,
  'spotlight.moving': (d) =>
    d.shown === null
      ? `goes back to ${d.head === null ? short(d.to) : standsAt(d.head)}`
      : `is turned to snapshot ${d.shown.n} of ${d.shown.name}`,
  'spotlight.shown': (d) => `shows snapshot ${d.n} of ${d.name}`,
  'spotlight.edited': (d) =>
    `what was changed in it beside ${d.name}'s work is kept as ${short(d.commit)}: ${namedFiles(d.files, 5)}`,
  'spotlight.ended': (d) => `${SPOTLIGHT_ENDS[d.how]} ${standsAt(d.head)}${d.why === '' ? '' : `: ${d.why}`}`,
  'spotlight.forgotten': (d) => `what was kept of the look ${d.look} is forgotten: ${d.why}`,
  'train.verified': (d) => `${d.target} at ${short(d.commit)} is green`,
  'train.flaked': (d) =>
    `\`${d.command}\` was red and green on the same tree ${short(d.tree)}` +
    (d.tests.length > 0 ? `: ${d.tests.join(', ')}` : ''),
}

function updated({ to, result, why = '' }: EventMap['session.updated']): string {
  switch (result) {
    case 'merged':
      return `main ${short(to)} merged into its branch`
    case 'rebased':
      return `its branch stands on top of main ${short(to)} now`
    case 'conflict':
      return `main ${short(to)} conflicts with its branch: everything is as it was`
    case 'refused':
      return `not updated to main ${short(to)}: ${why}`
    case 'interrupted':
      return `the update to main ${short(to)} was taken back: ${why}`
  }
}

export interface StoryLine {
  at: number
  what: string
  source: string
  seq: number
}

export function story(events: readonly Recorded[]): StoryLine[] {
  const lines: StoryLine[] = []
  for (const event of events) {
    const sentence = sentences[event.type] as ((data: unknown) => string | null) | undefined
    const what = sentence?.(event.data)
    if (what) lines.push({ at: event.at, what, source: sourceOf(event), seq: event.seq })
  }
  return lines
}

function sourceOf(event: Recorded): string {
  if (event.type === 'activity.observed') return event.data.source
  const actor = event.actor
  return actor.kind === 'person' ? `you (${actor.via})` : actor.kind === 'agent' ? 'agent' : 'supervisor'
}
