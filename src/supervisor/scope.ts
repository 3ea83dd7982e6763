/**
 * What a session may ask of the supervisor: about itself, to look, and what is made for sessions alone, where each
 * handler asks for the person's grant if it touches others. A browser with access may ask for
 * everything but access for another; a phone for what `protocol/phone` says of its scope.
 *
 * A session reaches the socket where no wall hides it; with its own token it gets this and no more.
 */
import { WorktrainError } from '../protocol/index.ts'
import type { Procedure } from '../protocol/api.ts'
import { barredOnPhone } from '../protocol/phone.ts'
import { around, type Handlers } from '../server/index.ts'
import type { Views } from './views.ts'

/** Each with a session's name in its input, or (`sessions`) with sessions for its output. */
const OF_ITSELF: readonly Procedure[] = ['session', 'why', 'screen', 'logs', 'diff', 'review', 'comments']
const OF_ANYONE: readonly Procedure[] = ['hello', 'sessions']
/** Of whoever's token it is: their inputs name no session as the one that asks. */
const OF_AGENTS: readonly Procedure[] = [
  'board',
  'report',
  'askPaths',
  'tellPerson',
  'startOther',
  'landOther',
]
const AT_THE_TERMINAL: readonly Procedure[] = ['webOpen', 'phoneOpen']

const HINT_ON_A_PHONE = 'Do it at the machine; `worktrain phone --help` says what a phone may do.'

/** The handlers as each actor may use them. */
export function withinScope(handlers: Handlers, views: Pick<Views, 'find'>): Handlers {
  return around(handlers, (name, handle) => async (input, actor) => {
    if (actor.kind === 'person' && actor.phone) {
      const why = barredOnPhone(actor.phone.scope, name, input)
      if (why !== null) throw new WorktrainError('SCOPE_EXCEEDED', why, { hint: HINT_ON_A_PHONE })
    }
    if (actor.kind === 'person' && actor.via === 'web' && AT_THE_TERMINAL.includes(name))
      throw new WorktrainError('SCOPE_EXCEEDED', 'Access is given at a terminal only.', {
        hint: 'Run `worktrain web`, or `worktrain phone`.',
      })
    if (actor.kind !== 'agent') return handle(input, actor)
    const own = actor.session
    if (OF_ITSELF.includes(name)) {
      if ((await views.find(input).catch(() => null))?.id !== own) throw beyond(name)
      return handle(input, actor)
    }
    if (OF_AGENTS.includes(name)) return handle(input, actor)
    if (!OF_ANYONE.includes(name)) throw beyond(name)
    const output = await handle(input, actor)
    return name === 'sessions' ? (output as { id: string }[]).filter(({ id }) => id === own) : output
  })
}

/** The same for a session that does not exist: who may not see it learns nothing of it. */
function beyond(name: Procedure): WorktrainError {
  return new WorktrainError(
    'SCOPE_EXCEEDED',
    `A session may ask the supervisor about itself, and only look: not "${name}" here.`,
  )
}
