/** The words in which every seat says a conversation. Pure. */
import type { ConversationEntry, ConversationView, Permission, Speaker } from './conversation.ts'

export const SPEAKERS: Readonly<Record<Speaker, string>> = {
  brief: 'brief',
  person: 'you',
  terminal: 'you, in its terminal',
  train: 'train',
  worktrain: 'Worktrain',
  itself: 'agent, to itself',
  agent: 'agent',
  asks: 'agent asks',
  program: 'its program',
}

/** Is it a prompt? With it a turn begins. */
export function beginsTurn({ from }: Pick<ConversationEntry, 'from'>): boolean {
  return !['tool', 'agent', 'asks', 'program'].includes(from)
}

/** What came of a tool, in a word or two. */
export function outcomeOf({ result, failed }: NonNullable<ConversationEntry['tool']>): string {
  if (failed) return 'failed'
  return result === undefined ? 'no result yet' : 'done'
}

/** How the person answered when the agent asked whether it may use a tool. */
export function answeredBy({ by, answer }: Permission): string {
  // What was chosen on the agent's own screen only what follows can tell.
  return `${SPEAKERS[by]}: ${by === 'person' ? answer : 'answered'}`
}

/** Whose word it is, as a sentence. */
export function sourceSaid({ source, why }: Pick<ConversationView, 'source' | 'why'>): string {
  const whose = source === 'agent' ? 'As the agent recorded it.' : 'As observed by Worktrain.'
  return why === null ? whose : `${whose} ${why}`
}
