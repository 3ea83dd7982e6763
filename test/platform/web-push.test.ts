/** Messages for browsers, by the example of RFC 8291 (section 5) and as a service checks who sends. */
import { createECDH, generateKeyPairSync, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { PAYLOAD_MAX, encryptedFor, newEcdh, recipientOf, signedBy } from '../../src/platform/web-push.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')
/** The example's browser. */
const BROWSER = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
}

test('a message is encrypted as in the example', () => {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'))
  const to = recipientOf(BROWSER)
  if (to === null) throw new Error('the keys of the example are keys')
  const said = Buffer.from('When I grow up, I want to be a watermelon')
  const fresh = { ecdh, salt: bytes('DGv6ra1nlYgDCS1FRnbzlw') }
  expect(encryptedFor(to, said, fresh, said.length).toString('base64url')).toBe(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w' +
      'EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  )
})

test('every message is as long as the longest; one that is longer is none', () => {
  const to = recipientOf(BROWSER)
  if (to === null) throw new Error('the keys of the example are keys')
  const fresh = { ecdh: newEcdh(), salt: Buffer.alloc(16, 1) }
  for (const length of [0, 1, PAYLOAD_MAX])
    expect(encryptedFor(to, Buffer.alloc(length), fresh)).toHaveLength(4096)
  expect(() => encryptedFor(to, Buffer.alloc(PAYLOAD_MAX + 1), fresh)).toThrow('too long')
})

test.each([
  ['no key', { ...BROWSER, p256dh: '' }],
  ['a key that is too long', { ...BROWSER, p256dh: `${BROWSER.p256dh}AAAA` }],
  ['a point beside the curve', { ...BROWSER, p256dh: Buffer.alloc(65, 4).toString('base64url') }],
  ['a secret that is too short', { ...BROWSER, auth: 'AAAA' }],
])('%s is no browser', (_what, keys) => {
  expect(recipientOf(keys)).toBeNull()
})

test('who sends is signed, for one service and less than a day', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const now = Date.UTC(2026, 10, 28)
  const header = signedBy(
    { publicKey: 'KEY', privateKey },
    'https://push.example',
    'mailto:a@example.com',
    now,
  )
  const [, head = '', claims = '', signature = ''] =
    /^vapid t=([^.]+)\.([^.]+)\.([^.]+), k=KEY$/.exec(header) ?? []
  expect(JSON.parse(bytes(head).toString())).toEqual({ typ: 'JWT', alg: 'ES256' })
  const { exp, ...said } = JSON.parse(bytes(claims).toString()) as { exp: number }
  expect(said).toEqual({ aud: 'https://push.example', sub: 'mailto:a@example.com' })
  expect(exp * 1000 - now).toBe(12 * 3_600_000)
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const }
  expect(verify('sha256', Buffer.from(`${head}.${claims}`), key, bytes(signature))).toBe(true)
})
