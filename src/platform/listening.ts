/** Which TCP sockets listen, as the operating system writes them down. Pure. */
import { isIP } from 'node:net'

/** A socket that listens. */
export interface Listening {
  /** `0.0.0.0` and `::` stand for every address of the machine. */
  address: string
  port: number
  /** Of the processes that were looked at, those that hold it. */
  pids: number[]
}

/** A row of the kernel's table, with the number by which processes' open files name the socket. */
export interface Row {
  address: string
  port: number
  inode: string
}

const LISTEN = '0A'

/** @param text `/proc/net/tcp` or `tcp6` (proc_net_tcp.rst of the kernel), written on a little-endian machine */
export function parseTcpTable(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    if (state !== LISTEN) return []
    return [{ address: addressOf(address), port: Number.parseInt(port, 16), inode }]
  })
}

/** Words of 32 bits, each with its lowest byte first. An IPv4 address within IPv6 is the IPv4 address. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).toReversed())
  const dotted = (of: string[]): string => of.map((byte) => Number.parseInt(byte, 16)).join('.')
  if (bytes.length === 4) return dotted(bytes)
  const groups = (bytes.join('').match(/.{4}/g) ?? []).join(':')
  if (/^(0000:){5}ffff:/i.test(groups)) return dotted(bytes.slice(12))
  return new URL(`http://[${groups}]`).hostname.slice(1, -1)
}

/** @param held by process, the numbers of the sockets it holds */
export function joinHolders(
  rows: readonly Row[],
  held: ReadonlyMap<number, ReadonlySet<string>>,
): Listening[] {
  return rows.map(({ address, port, inode }) => ({
    address,
    port,
    pids: [...held].filter(([, sockets]) => sockets.has(inode)).map(([pid]) => pid),
  }))
}

/**
 * @param text output of `lsof -iTCP -sTCP:LISTEN -F ptn`: one field a line, `p` the process, `t` the family, `n`
 *   the address, `*` being every one
 */
export function parseLsofListening(text: string): Listening[] {
  const found = new Map<string, Listening>()
  let pid = 0
  let six = false
  for (const line of text.split('\n')) {
    const value = line.slice(1)
    if (line.startsWith('p')) pid = Number(value)
    else if (line.startsWith('t')) six = value === 'IPv6'
    else if (line.startsWith('n')) {
      const colon = value.lastIndexOf(':')
      const host = value.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
      const address = host === '*' ? (six ? '::' : '0.0.0.0') : host
      const port = Number(value.slice(colon + 1))
      if (isIP(address) === 0 || !Number.isInteger(port)) continue
      const one = found.get(`${address} ${port}`) ?? { address, port, pids: [] }
      found.set(`${address} ${port}`, one)
      if (!one.pids.includes(pid)) one.pids.push(pid)
    }
  }
  return [...found.values()]
}
