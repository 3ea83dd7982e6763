/** The guard of a listener of the board as the first thing that a request meets. */
import type { MiddlewareHandler } from 'hono'
import { WorktrainError, toErrorBody } from '../../protocol/index.ts'
import type { Env } from '../app.ts'
import { type Place, refusalOf } from './guard.ts'
import { securityHeaders } from './headers.ts'

export function guardFor(place: Place): MiddlewareHandler<Env> {
  return async (context, next) => {
    for (const [name, value] of Object.entries(securityHeaders(place))) context.header(name, value)
    const refused = refusalOf(context.env.incoming, place)
    if (refused === null) return next()
    const error = toErrorBody(new WorktrainError('USAGE', refused.why))
    return context.json({ ok: false, error }, refused.status)
  }
}
