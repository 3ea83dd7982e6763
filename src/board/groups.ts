/** Which part of the board a session belongs to, and in which order they stand. Pure. */
import type { AttentionItem, SessionView } from '../protocol/api.ts'
import { namesOf } from '../protocol/repository-names.ts'

export type Group = 'needs' | 'ready' | 'working' | 'waiting' | 'landed'

/** In the order of the board. */
export const GROUPS: readonly { group: Group; title: string }[] = [
  { group: 'needs', title: 'Needs you' },
  { group: 'ready', title: 'Ready' },
  { group: 'working', title: 'Working' },
  { group: 'waiting', title: 'Waiting' },
  { group: 'landed', title: 'Landed' },
]

/** Kinds of attention that are no trouble: work that waits to be looked at. */
const READY = ['ready', 'done']

export function groupOf(s: SessionView): Group {
  if (s.attention.some(({ kind }) => !READY.includes(kind))) return 'needs'
  if (s.attention.length > 0) return 'ready'
  if (s.stage === 'landed') return 'landed'
  const busy = s.process.state === 'running' || s.process.state === 'starting' || s.stage === 'preparing'
  return busy && s.stage !== 'on-train' && s.activity.state !== 'idle' ? 'working' : 'waiting'
}

/** Since when what is asked of the person has waited; of all others, since when they are as they are. */
function waitingSince(s: SessionView): number {
  return s.attention[0]?.since ?? s.activity.at
}

/**
 * Sessions by group, each in a fixed order: what needs the person as the attention list has it, landed ones newest
 * first, all others as they were started, so that nothing moves under the pointer; what the person pinned before all.
 * @param items the attention list; what is not in it comes after, by how long it has waited
 */
export function grouped(
  sessions: readonly SessionView[],
  filter: string,
  items: readonly Pick<AttentionItem, 'session'>[] = [],
): Map<Group, SessionView[]> {
  const rank = new Map<string, number>()
  for (const [place, { session }] of items.entries())
    if (session !== null && !rank.has(session.id)) rank.set(session.id, place)
  const place = ({ id }: SessionView): number => rank.get(id) ?? items.length
  const found = new Map<Group, SessionView[]>(GROUPS.map(({ group }) => [group, []]))
  const names = namesOf([...new Set(sessions.map(({ repository }) => repository.root))])
  const called = ({ repository }: SessionView): string => names.get(repository.root) ?? ''
  for (const s of sessions) if (matches(s, called(s), filter)) found.get(groupOf(s))?.push(s)
  for (const group of ['needs', 'ready'] as const)
    found
      .get(group)
      ?.sort((a, b) => place(a) - place(b) || waitingSince(a) - waitingSince(b) || a.createdAt - b.createdAt)
  found.get('landed')?.sort((a, b) => b.stageAt - a.stageAt)
  for (const members of found.values()) members.sort((a, b) => Number(b.pinned) - Number(a.pinned))
  return found
}

/**
 * Every word of the filter is in the name, goal, agent, branch, stage, note or name of the repository: not in what
 * all of them have, as the path above it or a prefix of branches.
 */
export function matches(s: SessionView, repository: string, filter: string): boolean {
  const branch = s.branch.endsWith(`/${s.name}`) ? '' : s.branch
  const text = [s.name, s.goal, s.agent, branch, repository, s.stage, s.note].join(' ').toLowerCase()
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** All sessions in the order in which they stand on the board. */
export function inOrder(by: ReadonlyMap<Group, SessionView[]>): SessionView[] {
  return GROUPS.flatMap(({ group }) => by.get(group) ?? [])
}
