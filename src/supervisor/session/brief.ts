/** The first prompt: the goal, and the contract the session works under. Pure. */
import type { Brief } from '../../protocol/index.ts'
import { CONTRACT } from '../../sessions/prompts.ts'
import type { SessionState } from '../../sessions/state.ts'

/** A brief that asks for nothing in particular. */
export const bare: Brief = {
  goal: '',
  owns: [],
  avoid: [],
  after: [],
  agent: 'command',
  // What the `command` agent runs is the person's choice; a shell is always there.
  command: ['/bin/sh'],
  model: null,
  permissionMode: null,
  headless: false,
  checks: [],
  land: false,
}

/**
 * @param strays what becomes of a write outside the owned paths
 * @param handoffRequest the agent's own way to ask for the handoff; empty when it has none
 */
export function firstPrompt(
  s: SessionState,
  target: string,
  strays: 'refuse' | 'report',
  handoffRequest: string,
): string {
  const owned = [...s.brief.owns, ...s.granted].join(', ')
  const beyond =
    strays === 'refuse'
      ? 'Changing others is refused: do what can be done without them, and name the paths you would need in your final message.'
      : 'Say so if you need others.'
  const rules = [
    `${CONTRACT} ${s.branch}. Other sessions work on this repository at the same time in theirs.`,
    `Change files only in the current directory, and scratch files in the temporary directory: writes elsewhere are refused. Commit your work on this branch; do not switch branches, and do not merge into ${target}: landing is done for you, after the checks passed on the merged result.`,
    ...(s.brief.owns.length > 0 ? [`The files of this task: ${owned}. ${beyond}`] : []),
    ...(s.brief.avoid.length > 0 ? [`Do not change: ${s.brief.avoid.join(', ')}.`] : []),
  ]
  return [s.brief.goal, '', ...rules, ...(handoffRequest ? ['', handoffRequest] : [])].join('\n')
}
