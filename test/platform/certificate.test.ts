/** What OpenSSL makes of our certificates; that browsers take them is seen in `test/security` and `test/e2e`. */
import { X509Certificate, generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { addressBytes } from '../../src/platform/addresses.ts'
import { certificateFor } from '../../src/platform/certificate.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const DAY = 24 * 3_600_000
const FROM = Date.UTC(2026, 10, 28, 9, 30, 7)

function made(address: string, name = 'workshop.local', serial = new Uint8Array(15).fill(0xff)) {
  const between = { from: FROM, until: FROM + 390 * DAY }
  return new X509Certificate(
    certificateFor({ privateKey, name, address: addressBytes(address), serial, ...between }),
  )
}

test.for(['192.168.1.5', 'fd00::2', 'fd12:3456::a:b'])('it is of one address and one name: %s', (address) => {
  const certificate = made(address)
  expect(certificate.checkIP(address)).toBe(address)
  expect(certificate.checkIP('192.168.1.6')).toBeUndefined()
  expect(certificate.checkHost('workshop.local')).toBe('workshop.local')
  expect(certificate.checkHost('localhost')).toBeUndefined()
})

test('it is of a key, for a time, and for a server alone', () => {
  const certificate = made('10.0.0.1')
  expect(certificate.verify(publicKey)).toBe(true)
  expect(certificate.checkPrivateKey(privateKey)).toBe(true)
  expect(certificate.ca).toBe(false)
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect([certificate.validFromDate.getTime(), certificate.validToDate.getTime()]).toEqual([
    FROM,
    FROM + 390 * DAY,
  ])
  expect(certificate.subject).toBe('CN=Worktrain')
})

test('lengths of every size are written right', () => {
  for (const length of [1, 100, 127, 128, 200, 250]) {
    const name = `${'a'.repeat(length - 1)}b`
    expect(made('10.0.0.1', name).subjectAltName).toBe(`DNS:${name}, IP Address:10.0.0.1`)
  }
})

test('a serial number is positive whatever its bytes are', () => {
  for (const byte of [0, 1, 0x7f, 0x80, 0xff])
    expect(made('10.0.0.1', 'a', new Uint8Array(15).fill(byte)).serialNumber).toMatch(/^01/)
})
