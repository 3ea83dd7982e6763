/** Refuses what no client of ours sends, before anything else looks at it (facts/security 1 and 3). */
import type { MiddlewareHandler } from 'hono'
import { WorktrainError, toErrorBody } from '../protocol/index.ts'

/** The Host every client sends: a page in a browser, whatever its name resolves to, sends another. */
const HOST = 'worktrain'

/** Browsers send these with every request or cross-site request; our clients never do. */
const OF_BROWSERS = ['origin', 'sec-fetch-site', 'sec-fetch-mode', 'referer']

export const refuseForeign: MiddlewareHandler = async (context, next) => {
  const foreign = OF_BROWSERS.find((header) => context.req.header(header) !== undefined)
  if (foreign) return refusal(`Requests with a header "${foreign}" are refused.`, 403)
  if (context.req.header('host') !== HOST)
    return refusal(`Requests to another host than "${HOST}" are refused.`, 421)
  // What a form or a simple cross-origin request can send is not JSON by its own account.
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (context.req.method === 'POST' && type !== 'application/json')
    return refusal('Requests must be application/json.', 415)
  return next()
}

function refusal(message: string, status: 403 | 415 | 421): Response {
  return Response.json({ ok: false, error: toErrorBody(new WorktrainError('USAGE', message)) }, { status })
}
