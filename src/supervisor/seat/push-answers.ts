/** What the answer of a push service means for the person (RFC 8030, RFC 8292). Pure. */
import type { ChannelView } from '../../protocol/api.ts'

/** A status of HTTP, or why there was none. */
export type PushAnswer = { status: number } | { failure: string }

/** It knows no such browser, or no longer. */
export const isGone = (answer: PushAnswer): boolean =>
  'status' in answer && (answer.status === 404 || answer.status === 410)

/** Why it has not taken the message, as a sentence; empty: it has. */
export function refusalOf(answer: PushAnswer): string {
  if ('failure' in answer) return answer.failure
  return isTaken(answer.status) ? '' : `The push service answered ${answer.status}.`
}

const isTaken = (status: number): boolean => status >= 200 && status < 300

/** @param service its host */
export function outcomeOf(answer: PushAnswer, service: string): Pick<ChannelView, 'state' | 'said' | 'todo'> {
  if ('failure' in answer)
    return {
      ...{ state: 'failed', said: `It was not reached: ${answer.failure}` },
      todo: `See that this machine reaches https://${service} by itself: no proxy is used.`,
    }
  const { status } = answer
  const said = `The push service answered ${status}.`
  if (isTaken(status))
    return {
      ...{
        state: 'told',
        said: `${said} It has taken the message, and passes it on when the browser is there.`,
      },
      todo: 'If nothing appears, see what the browser and the desktop let this page show.',
    }
  return { state: 'failed', said, todo: todoOf(status) }
}

function todoOf(status: number): string {
  if (status === 404 || status === 410)
    return 'It does not know this browser any more, which is told nothing from now on: turn it on again there.'
  if (status === 400 || status === 401 || status === 403)
    return 'It does not take the key or the signature: see that the clock of this machine is right, then turn it off and on again in that browser.'
  if (status === 429) return 'It has had too many messages: try again later.'
  if (status >= 500) return 'That is the service’s own trouble: try again later.'
  return 'Turn it off and on again in that browser.'
}
