/** The permission mode that a brief names: before anything is made for it. Pure. */
import { agentFor } from '../../agents/index.ts'
import { didYouMean } from '../../partition/suggest.ts'
import { type Brief, WorktrainError } from '../../protocol/index.ts'

/**
 * @param name of the session, for the message
 * @throws USAGE when its agent has no such mode; AGENT_UNKNOWN
 */
export function requireMode(
  name: string,
  { agent: called, permissionMode: mode }: Pick<Brief, 'agent' | 'permissionMode'>,
): void {
  const { title, modes } = agentFor(called)
  if (mode === null || modes.includes(mode)) return
  if (modes.length === 0)
    throw new WorktrainError('USAGE', `${name}: the agent "${called}" has no permission modes.`, {
      hint: 'Leave it out.',
    })
  const near = didYouMean(mode, modes) || '.'
  throw new WorktrainError('USAGE', `${name}: ${title} has no permission mode "${mode}"${near}`, {
    hint: `It has: ${modes.join(', ')}.`,
  })
}
