/** Where a request may go whose address somebody else gave. */
import { expect, test } from 'vitest'
import { isPublic, postOutward, refusedUrl } from '../../src/platform/outward.ts'

test.each([
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.8.8.8', '169.254.169.254', '172.31.255.255'],
  ...['192.0.0.8', '192.168.1.5', '198.18.0.1', '203.0.113.7', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', 'fc00::1', 'fe80::1', 'fec0::1'],
  ...['ff02::1', '2001:db8::1', '2001::1', '2002:7f00:1::', '3fff::1', 'localhost', ''],
])('%s is not of the public internet', (address) => {
  expect(isPublic(address)).toBe(false)
})

test.each(['1.1.1.1', '142.250.1.188', '172.32.0.1', '2a00:1450:4001::bc', '2600:1f18::1'])(
  '%s is',
  (address) => {
    expect(isPublic(address)).toBe(true)
  },
)

test.each([
  ['http://push.example/a', 'not https'],
  ['ftp://push.example/a', 'not https'],
  ['file:///etc/passwd', 'not https'],
  ['javascript:alert(1)', 'not https'],
  ['//push.example/a', 'no URL'],
  ['', 'no URL'],
  ['https://me:secret@push.example/a', 'a password'],
  ['https://push.example:8443/a', 'a port'],
  ['https://127.0.0.1/a', 'an address'],
  ['https://0x7f.1/a', 'an address'],
  ['https://2130706433/a', 'an address'],
  ['https://[::1]/a', 'an address'],
  ['https://localhost/a', 'no server of the internet'],
  ['https://router/a', 'no server of the internet'],
  ['https://push.example./a', 'no server of the internet'],
])('%s is asked nothing', async (url, why) => {
  expect(refusedUrl(url)).toContain(why)
  const sent = { headers: {}, body: Buffer.of(), signal: AbortSignal.timeout(1000) }
  await expect(postOutward(url, sent)).rejects.toThrow(why)
})

test('an address of a push service is taken', () => {
  for (const url of ['https://fcm.googleapis.com/fcm/send/a:b', 'https://web.push.apple.com/Q'])
    expect(refusedUrl(url)).toBeNull()
})
