/** Which address of a machine is opened to its network. */
import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from 'vitest'
import { addressBytes, chooseAddress, hostOf, ownAddresses } from '../../src/platform/addresses.ts'

const at = (address: string, internal = false) => ({ address, internal }) as NetworkInterfaceInfo

const MACHINE = {
  lo: [at('127.0.0.1', true), at('::1', true)],
  wlan0: [at('192.168.1.5'), at('fd00::5'), at('fe80::1')],
}
const CROWDED = { ...MACHINE, docker0: [at('172.17.0.1')], wan: [at('203.0.113.9'), at('169.254.3.3')] }

test('loopback and addresses of one link are none', () => {
  expect(ownAddresses(CROWDED)).toEqual([
    { address: '192.168.1.5', on: 'wlan0', inside: true },
    { address: 'fd00::5', on: 'wlan0', inside: true },
    { address: '172.17.0.1', on: 'docker0', inside: true },
    { address: '203.0.113.9', on: 'wan', inside: false },
  ])
})

test.for([
  ['the only one in a private network', MACHINE, null, null, '192.168.1.5'],
  ['where it was last', CROWDED, null, '172.17.0.1', '172.17.0.1'],
  ['where it was last, if it is there still', MACHINE, null, '172.17.0.1', '192.168.1.5'],
  ['a public one when it is named', CROWDED, '203.0.113.9', null, '203.0.113.9'],
  ['IPv6 when it is named', MACHINE, 'fd00::5', null, 'fd00::5'],
] as const)('%s', ([, machine, wanted, before, expected]) => {
  expect(chooseAddress(ownAddresses(machine), wanted, before)).toMatchObject({
    address: { address: expected },
  })
})

test.for(['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost', '192.168.1.6', 'fe80::1', '', '192.168.1.5 '])(
  'is never opened: %s',
  (wanted) => {
    expect(chooseAddress(ownAddresses(CROWDED), wanted, null)).toHaveProperty('why')
  },
)

test('several: the person chooses; none in a private network: the person names one', () => {
  expect(chooseAddress(ownAddresses(CROWDED), null, null)).toMatchObject({
    among: [{ address: '192.168.1.5' }, { address: '172.17.0.1' }],
  })
  expect(chooseAddress(ownAddresses({ wan: [at('203.0.113.9')] }), null, null)).toMatchObject({
    among: [{ address: '203.0.113.9' }],
  })
  expect(chooseAddress([], null, null)).toMatchObject({ among: [] })
})

test('addresses as bytes, and as the host of a URL', () => {
  const hex = (address: string) => Buffer.from(addressBytes(address)).toString('hex')
  expect(hex('192.168.1.5')).toBe('c0a80105')
  expect(hex('fd00::2')).toBe('fd000000000000000000000000000002')
  expect(hex('fd12:1:2:3:4:5:6:7')).toBe('fd120001000200030004000500060007')
  expect([hostOf('10.0.0.1'), hostOf('fd00::2')]).toEqual(['10.0.0.1', '[fd00::2]'])
})
