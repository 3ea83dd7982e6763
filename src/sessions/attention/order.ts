/** Which of all that waits comes first: what holds up most, then what has waited longest. Pure. */
import { type AttentionItem, heldUpBy } from '../../protocol/attention.ts'
import { matcherOf } from '../../protocol/guard.ts'
import { isOpen, type SessionState } from '../state.ts'
import { isUnreviewed, type Reviewed } from '../admission.ts'
import type { Overlap } from './facts.ts'

/**
 * Settling what holds up most first makes the sum of all waiting smallest. It does not depend on the time of
 * day: two items change places only when something happens.
 */
export function inOrder(items: readonly AttentionItem[]): AttentionItem[] {
  return items.toSorted(
    (a, b) => heldUpBy(b) - heldUpBy(a) || a.since - b.since || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  )
}

/** Names that one sentence tells. */
const NAMED_MAX = 4

/** Why each stands where it stands. @param items in order */
export function places(items: readonly AttentionItem[], now: number): string[] {
  return items.map((item, i) => {
    const waited = duration(now - item.since)
    const { sessions, train } = item.blocks
    const held = [
      ...(sessions.length > 0 ? [`${count(sessions.length, 'session')} (${listed(sessions)})`] : []),
      ...(train > 0 ? [`${count(train, 'change')} on the train`] : []),
    ].join(' and ')
    const what = held === '' ? 'nothing stands still for it' : `it holds up ${held}`
    return `${i + 1} of ${items.length} that wait for you: ${what}, and it has waited ${waited}.`
  })
}

/** Names of open sessions that wait for this one, directly or by another; each before what waits for it in turn. */
export function waitingFor(s: SessionState, all: readonly SessionState[], reviewed: Reviewed): string[] {
  const peers = all.filter(
    (one) =>
      one.repository === s.repository && isOpen(one) && (one.stage === 'planned' || one.stage === 'waiting'),
  )
  const names: string[] = []
  for (let front = [s.name]; front.length > 0;) {
    const next = peers.filter(
      ({ name, brief }) => !names.includes(name) && brief.after.some((n) => front.includes(n)),
    )
    front = next.map(({ name }) => name)
    names.push(...front)
  }
  if (!isUnreviewed(s, reviewed)) return names
  const held = peers.filter(({ name, waitsBecause }) => waitsBecause === 'review' && !names.includes(name))
  return [...names, ...held.map(({ name }) => name)]
}

/** What it wrote of what others own. */
export function overlapsOf(s: SessionState, all: readonly SessionState[]): Overlap[] {
  if (s.strayed.length === 0) return []
  const others = all.filter(
    (one) => one.repository === s.repository && one.id !== s.id && isOpen(one) && one.stage !== 'landed',
  )
  return others.flatMap((other) => {
    if (other.brief.owns.length === 0) return []
    const paths = s.strayed.filter(matcherOf(other.brief.owns))
    return paths.length > 0 ? [{ with: other.name, paths }] : []
  })
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED_MAX).join(', ')
  return names.length > NAMED_MAX ? `${shown} and ${names.length - NAMED_MAX} more` : shown
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

function duration(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000)
  if (minutes < 1) return 'less than a minute'
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}
