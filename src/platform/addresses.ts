/** Addresses of this machine at which others in its network can reach it. Pure. */
import { BlockList, isIP } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'

export interface OwnAddress {
  address: string
  /** Name of its interface. */
  on: string
  /** Of a private network: no router passes it on. */
  inside: boolean
}

/** RFC 1918, RFC 6598, RFC 4193. */
const INSIDE = new BlockList()
INSIDE.addSubnet('10.0.0.0', 8)
INSIDE.addSubnet('172.16.0.0', 12)
INSIDE.addSubnet('192.168.0.0', 16)
INSIDE.addSubnet('100.64.0.0', 10)
INSIDE.addSubnet('fc00::', 7, 'ipv6')

/** Good on one link only: no browser takes them in an address. */
const OF_A_LINK = new BlockList()
OF_A_LINK.addSubnet('169.254.0.0', 16)
OF_A_LINK.addSubnet('fe80::', 10, 'ipv6')

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** @param interfaces as `os.networkInterfaces` gives them. @returns without loopback, in their order */
export function ownAddresses(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): OwnAddress[] {
  return Object.entries(interfaces).flatMap(([on, all = []]) =>
    all
      .filter(({ address, internal }) => !internal && !OF_A_LINK.check(address, familyOf(address)))
      .map(({ address }) => ({ address, on, inside: INSIDE.check(address, familyOf(address)) })),
  )
}

export type Choice = { address: OwnAddress } | { why: string; among: OwnAddress[] }

/**
 * Which address is meant: exactly one of this machine's own, never all of them.
 * @param wanted what the person named; null: nothing
 * @param before where it was last; null: nowhere
 */
export function chooseAddress(
  own: readonly OwnAddress[],
  wanted: string | null,
  before: string | null,
): Choice {
  const find = (address: string | null) => own.find((each) => each.address === address)
  if (wanted !== null) {
    const address = find(wanted)
    if (address) return { address }
    return { why: `"${wanted}" is no address of this machine in a network.`, among: [...own] }
  }
  const again = find(before)
  if (again) return { address: again }
  const inside = own.filter(({ address, inside: private_ }) => private_ && isIP(address) === 4)
  const [only] = inside
  if (only && inside.length === 1) return { address: only }
  if (inside.length > 1)
    return { why: 'This machine has several addresses in private networks.', among: inside }
  return { why: 'This machine has no IPv4 address in a private network.', among: [...own] }
}

/** The bytes of an IP address. @param address as `os.networkInterfaces` writes it */
export function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.'), Number)
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(head), groups(tail)]
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex')
}

/** Host of a URL: IPv6 in brackets. */
export function hostOf(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address
}
