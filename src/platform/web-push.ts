/**
 * A message for a browser, as push services take it: RFC 8291 (encryption), RFC 8292 (who sends it).
 *
 * One fixed shape of each; keys, ciphers and signatures are OpenSSL's. Pure but for what it is given to be random.
 */
import { type ECDH, type KeyObject, createCipheriv, createECDH, hkdfSync, sign } from 'node:crypto'

/** Whom a browser lets write to it: its public key (a point of P-256, uncompressed), and a secret that it shares. */
export interface Recipient {
  p256dh: Uint8Array
  auth: Uint8Array
}

const CURVE = 'prime256v1'
const POINT_BYTES = 65
const SECRET_BYTES = 16
const SALT_BYTES = 16
const TAG_BYTES = 16
/** Every push service takes so much; what is larger it may refuse (RFC 8030, 7.2). */
const MESSAGE_MAX = 4096
const HEADER_BYTES = SALT_BYTES + 4 + 1 + POINT_BYTES
/** Bytes of the longest payload: one of them is the mark of its end. */
export const PAYLOAD_MAX = MESSAGE_MAX - HEADER_BYTES - TAG_BYTES - 1
/** A service takes none that is good for more than a day. */
const SIGNED_FOR_S = 12 * 3600

/** @returns null when this is no key and no secret of a browser */
export function recipientOf(given: { p256dh: string; auth: string }): Recipient | null {
  const p256dh = Buffer.from(given.p256dh, 'base64url')
  const auth = Buffer.from(given.auth, 'base64url')
  if (p256dh.length !== POINT_BYTES || auth.length !== SECRET_BYTES) return null
  try {
    // Whether it is a point of the curve shows when it is used.
    newEcdh().computeSecret(p256dh)
  } catch {
    return null
  }
  return { p256dh, auth }
}

export function newEcdh(): ECDH {
  const ecdh = createECDH(CURVE)
  ecdh.generateKeys()
  return ecdh
}

/**
 * @param payload at most {@link PAYLOAD_MAX} bytes
 * @param fresh a new key pair and 16 random bytes, for this message alone
 * @param size bytes to which the payload is filled up, so that its length says nothing of what is in it
 * @throws Error when the payload is too long
 */
export function encryptedFor(
  { p256dh, auth }: Recipient,
  payload: Uint8Array,
  fresh: { ecdh: ECDH; salt: Uint8Array },
  size = PAYLOAD_MAX,
): Buffer {
  if (payload.length > size || size > PAYLOAD_MAX)
    throw new Error(`a message of ${payload.length} bytes is too long to push`)
  const own = fresh.ecdh.getPublicKey()
  const derive = (key: Uint8Array, salt: Uint8Array, info: Uint8Array, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, salt, info, bytes))
  const both = Buffer.concat([Buffer.from('WebPush: info\0'), p256dh, own])
  const shared = derive(fresh.ecdh.computeSecret(p256dh), auth, both, 32)
  const of = (what: string, bytes: number): Buffer =>
    derive(shared, fresh.salt, Buffer.from(`Content-Encoding: ${what}\0`), bytes)
  const cipher = createCipheriv('aes-128-gcm', of('aes128gcm', 16), of('nonce', 12))
  const filled = Buffer.concat([payload, Buffer.of(2), Buffer.alloc(size - payload.length)])
  const record = Buffer.concat([cipher.update(filled), cipher.final(), cipher.getAuthTag()])
  const header = Buffer.alloc(4 + 1)
  header.writeUInt32BE(MESSAGE_MAX)
  header.writeUInt8(POINT_BYTES, 4)
  return Buffer.concat([fresh.salt, header, own, record])
}

/**
 * Who sends, for the header `authorization`.
 * @param keys the public one as browsers are told it, base64url
 * @param service origin of the push service: it is good there alone
 * @param now milliseconds since the epoch
 */
export function signedBy(
  keys: { publicKey: string; privateKey: KeyObject },
  service: string,
  contact: string,
  now: number,
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { aud: service, exp: Math.floor(now / 1000) + SIGNED_FOR_S, sub: contact }
  const said = `${part({ typ: 'JWT', alg: 'ES256' })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(said), { key: keys.privateKey, dsaEncoding: 'ieee-p1363' })
  return `vapid t=${said}.${signature.toString('base64url')}, k=${keys.publicKey}`
}
