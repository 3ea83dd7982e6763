/** What of the sockets on a machine is a session's, and at which address a person finds it. Pure. */
import { isIP } from 'node:net'
import { hostOf } from '../platform/addresses.ts'
import type { Listening } from '../platform/listening.ts'
import type { ServerView } from '../protocol/preview.ts'

/** More than anybody looks at. */
const SERVERS_MAX = 50

/** Reached by the name `localhost`. */
const LOCAL = ['127.0.0.1', '::1', '0.0.0.0', '::']

/**
 * @param sockets all that listen on the machine
 * @param own processes of the session, parents before their children
 */
export function serversOf(
  sockets: readonly Listening[],
  own: readonly number[],
): { found: Pick<ServerView, 'port' | 'addresses' | 'exposed' | 'url' | 'pid'>[]; omitted: number } {
  const holderOf = ({ pids }: Listening) => own.find((pid) => pids.includes(pid))
  const mine = sockets
    .flatMap((socket) => {
      const pid = holderOf(socket)
      return pid === undefined ? [] : [{ socket, pid }]
    })
    .toSorted((a, b) => a.socket.port - b.socket.port)
  const servers = Map.groupBy(mine, ({ socket, pid }) => `${socket.port} ${pid}`)
  const found = [...servers.values()].slice(0, SERVERS_MAX).flatMap((of) => {
    const [first] = of
    if (first === undefined) return []
    const { pid } = first
    const { port } = first.socket
    const addresses = [...new Set(of.map(({ socket }) => socket.address))]
    const others = sockets
      .filter((socket) => socket.port === port && (holderOf(socket) !== pid || isShared(socket, own)))
      .map(({ address }) => address)
    const exposed = addresses.some((address) => !isLoopback(address))
    return [{ port, addresses, exposed, url: urlOf(addresses, port, others), pid }]
  })
  return { found, omitted: servers.size - found.length }
}

/** A process of somebody else's holds it as well: either may answer. */
function isShared({ pids }: Listening, own: readonly number[]): boolean {
  return pids.some((pid) => !own.includes(pid))
}

/** `localhost` is one of several addresses: it is named only where nobody else is found by it. */
function urlOf(addresses: readonly string[], port: number, others: readonly string[]): string | null {
  if (others.length === 0 && addresses.some((address) => LOCAL.includes(address)))
    return `http://localhost:${port}`
  const at = addresses
    .map((address) => (address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address))
    .find((address) => !others.some((other) => answersAt(other, address)))
  return at === undefined ? null : `http://${hostOf(at)}:${port}`
}

function answersAt(other: string, address: string): boolean {
  return other === address || other === '::' || (other === '0.0.0.0' && isIP(address) === 4)
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
