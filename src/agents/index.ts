/** The table of agents: to add one, write its folder and name it here. */
import { WorktrainError } from '../protocol/index.ts'
import type { Agent } from './agent.ts'
import { claude } from './claude/index.ts'
import { command } from './command/index.ts'

export type { Agent } from './agent.ts'

export const agents: Record<string, Agent> = { claude, command }

/** @throws AGENT_UNKNOWN, naming those there are */
export function agentFor(name: string): Agent {
  const agent = Object.hasOwn(agents, name) ? agents[name] : undefined
  if (agent) return agent
  throw new WorktrainError(
    'AGENT_UNKNOWN',
    `There is no agent "${name}". Known: ${Object.keys(agents).join(', ')}.`,
  )
}
