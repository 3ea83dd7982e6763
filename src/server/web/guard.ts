/**
 * Which requests a listener of the board looks at at all (facts/security 1 to 3). Pure.
 *
 * Any page in any browser here can reach a port of loopback, under any name that resolves to it, and so can
 * every program; in a network everybody can. What a browser adds by itself tells our own page from others; a
 * token tells the person's browser from other programs.
 */
import type { IncomingMessage } from 'node:http'

/** Where a listener is reached: under one name, so that a page has one origin and one storage. */
export interface Place {
  scheme: 'http' | 'https'
  /** `HOST:PORT`. */
  host: string
}

export const originOf = ({ scheme, host }: Place): string => `${scheme}://${host}`

export interface Refused {
  status: 400 | 403 | 405 | 415 | 421
  why: string
}

/**
 * @param request HTTP request or upgrade
 * @param place the listener's own
 * @returns null: it may be from our own page
 */
export function refusalOf(
  request: Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'>,
  place: Place,
): Refused | null {
  const { headers, method, url = '' } = request
  const own = place.host
  const named = request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
  if (named.length !== 1 || headers.host !== own)
    return { status: 421, why: `Only requests to ${own} are answered.` }
  if (!url.startsWith('/')) return { status: 400, why: 'The request does not name a path.' }
  const changes = method === 'POST' || headers.upgrade !== undefined
  if (method !== 'GET' && method !== 'POST') return { status: 405, why: 'Only GET and POST are answered.' }
  const { origin } = headers
  if (origin === undefined ? changes : origin !== originOf(place))
    return { status: 403, why: 'Requests of other pages are refused.' }
  const site = headers['sec-fetch-site']
  // `none`: the person typed the address, or another program opened it.
  const typed = site === 'none' && !changes
  if (site !== undefined && site !== 'same-origin' && !typed)
    return { status: 403, why: 'Requests on behalf of other pages are refused.' }
  // What a form or a simple cross-origin request can send is not JSON by its own account.
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (method === 'POST' && type !== 'application/json')
    return { status: 415, why: 'Requests must be application/json.' }
  return null
}
