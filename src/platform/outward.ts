/**
 * Requests to servers in the internet whose address somebody else gave: to those alone, never to this machine or its
 * networks. What was looked up and checked is what is connected to.
 */
import { type LookupAddress, lookup } from 'node:dns'
import { request } from 'node:https'
import { BlockList, type LookupFunction, isIP } from 'node:net'

const RESERVED_4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]
/** Within 2000::/3, outside of which nothing is public: what holds IPv4 addresses, and what is for documents. */
const RESERVED_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]
const RESERVED = new BlockList()
for (const [net, bits] of RESERVED_4) RESERVED.addSubnet(net, bits)
for (const [net, bits] of RESERVED_6) RESERVED.addSubnet(net, bits, 'ipv6')
const PUBLIC_6 = new BlockList()
PUBLIC_6.addSubnet('2000::', 3, 'ipv6')

/** Is it an address of the public internet? Pure. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !RESERVED.check(address)
  return isIP(address) === 6 && PUBLIC_6.check(address, 'ipv6') && !RESERVED.check(address, 'ipv6')
}

/**
 * Why a request is not sent there at all; null: its name may be looked up. Pure.
 * @returns a sentence
 */
export function refusedUrl(text: string): string | null {
  if (!URL.canParse(text)) return 'It is no URL.'
  const { protocol, username, password, hostname, port } = new URL(text)
  if (protocol !== 'https:') return 'It is not https.'
  if (username !== '' || password !== '') return 'It holds a user or a password.'
  if (port !== '') return 'It names a port.'
  // A name under a real domain: numbers and names of this machine or network are none.
  if (hostname.startsWith('[') || isIP(hostname) !== 0) return 'It names an address, not a server.'
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(hostname)) return 'It names no server of the internet.'
  return null
}

/** How the internet is reached. Tests alone have another. */
export interface Reach {
  lookup: (name: string) => Promise<LookupAddress[]>
  allowed: (address: string) => boolean
  port: number
  /** Whom certificates are trusted by, PEM; absent: the usual authorities. */
  ca?: string
}

const INTERNET: Reach = {
  lookup: (name) =>
    new Promise((resolve, reject) =>
      lookup(name, { all: true }, (error, found) => (error ? reject(error) : resolve(found))),
    ),
  allowed: isPublic,
  port: 443,
}

export interface Sent {
  headers: Record<string, string>
  body: Uint8Array
  signal: AbortSignal
}

/**
 * Sends one request, follows no redirect, and reads nothing of what is answered but the status.
 * @param url for which {@link refusedUrl} is null
 * @returns the status
 * @throws Error when it is refused, not found, or does not answer
 */
export async function postOutward(url: string, sent: Sent, reach: Reach = INTERNET): Promise<number> {
  const refused = refusedUrl(url)
  if (refused !== null) throw new Error(refused)
  const found = await Promise.race([reach.lookup(new URL(url).hostname), ended(sent.signal)])
  const checked = found.filter(({ address }) => reach.allowed(address))
  const [first] = checked
  if (first === undefined || checked.length < found.length)
    throw new Error('Its name leads to an address that is not of the public internet.')
  const known: LookupFunction = (_name, options, give) =>
    options.all ? give(null, checked) : give(null, first.address, first.family)
  return new Promise((resolve, reject) => {
    const { port, ca } = reach
    const { headers, body, signal } = sent
    const options = { method: 'POST', port, headers, signal, lookup: known, agent: false, ...(ca && { ca }) }
    const asked = request(url, options, (answer) => {
      resolve(answer.statusCode ?? 0)
      answer.destroy()
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** @throws the signal's reason, once it is aborted */
function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(signal.reason as Error)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
