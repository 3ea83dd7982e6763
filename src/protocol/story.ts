/** How a state came about: the events that matter to a person, each as a sentence. Pure. */
import type { EventMap, Recorded } from './events.ts'

type Sentences = { [T in keyof EventMap]?: (data: EventMap[T]) => string | null }

const short = (oid: string | null): string => (oid ? oid.slice(0, 10) : 'nothing')

const sentences: Sentences = {
  'session.planned': (d) => `planned on branch ${d.branch}`,
  'session.waiting': (d) => d.why,
  'session.admitted': (d) => `starts from ${short(d.base.oid)} (${d.base.ref}): ${d.base.chosen}`,
  'workspace.made': (d) => `workspace made at ${d.path}`,
  'workspace.setup': (d) =>
    `set-up \`${d.command}\` ${d.exit === 0 ? 'succeeded' : `failed with exit ${d.exit}`}`,
  'workspace.failed': (d) => `could not be prepared: ${d.message} (${d.code})`,
  'process.launching': (d) =>
    `process ${d.generation} is being started, wall: ${d.rung}${d.rungWhy ? ` (${d.rungWhy})` : ''}`,
  'process.started': (d) => `running as pid ${d.pid}`,
  'process.exited': (d) =>
    (d.signal ? `ended by ${d.signal}` : `exited with code ${d.code}`) + (d.asked ? ', as asked' : ''),
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
  'snapshot.taken': (d) => `snapshot ${d.n} ${short(d.oid)} (${d.reason})`,
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
  'session.updated': (d) =>
    `main ${short(d.to)} ${d.result === 'merged' ? 'merged into its branch' : 'conflicts with its branch'}`,
  'session.renamed': (d) => `renamed to ${d.name}`,
  'session.stage': (d) => `${d.stage}: ${d.why}`,
  'session.stopping': () => 'asked to stop',
  'removal.step': (d) => `removal: ${d.step}`,
  'removal.trashed': (d) => `moved to the trash${d.directory ? ` at ${d.directory}` : ''}`,
  'removal.refused': (d) => `removal refused: ${d.reasons.join('; ')}`,
  'removal.restored': (d) => `restored to ${d.path}`,
  'change.queued': (d) => `on the train at ${short(d.head)}`,
  'change.building': (d) => `built on main ${short(d.base)}`,
  'change.conflicted': (d) => `conflicts with main ${short(d.base)} in ${d.files.join(', ')}`,
  'check.finished': (d) =>
    `check \`${d.command}\` on tree ${short(d.tree)}: exit ${d.exit} after ${(d.ms / 1000).toFixed(1)} s`,
  'landing.blocked': (d) => `landing waits: ${d.detail}`,
  'change.landed': (d) => `landed: main moved from ${short(d.old)} to ${short(d.new)}`,
  'change.voided': (d) => `verdict void (${d.why}): ${d.detail}`,
  'change.ejected': (d) => `ejected (${d.reason}): ${d.detail}`,
  'change.withdrawn': (d) => `withdrawn: ${d.why}`,
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
