/**
 * A certificate that a server gives itself: X.509 version 3, for one address and one name, good for server
 * authentication alone. Pure; the key and the signature are OpenSSL's, by `node:crypto`.
 */
import { createPublicKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export interface CertificateOf {
  /** Of an elliptic curve. */
  privateKey: KeyObject
  /** ASCII: a host's name. */
  name: string
  /** Bytes of an IP address: 4 or 16. */
  address: Uint8Array
  /** 16 bytes that no other certificate has. */
  serial: Uint8Array
  /** Milliseconds since the epoch; both before 2050. */
  from: number
  until: number
}

/** DER tags (X.690) and object identifiers (RFC 5280, RFC 5758), the latter as their encoded bytes. */
const TAG = { boolean: 1, integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, time: 23, sequence: 48, set: 49 }
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  keyUsage: '551d0f',
  alternativeNames: '551d11',
  basicConstraints: '551d13',
  extendedKeyUsage: '551d25',
  serverAuthentication: '2b06010505070301',
}

/** @returns the certificate in DER */
export function certificateFor({ privateKey, name, address, serial, from, until }: CertificateOf): Buffer {
  const algorithm = sequence(oid(OID.ecdsaWithSha256))
  const issuer = sequence(
    der(TAG.set, sequence(oid(OID.commonName), der(TAG.utf8, Buffer.from('Worktrain')))),
  )
  const usage = sequence(
    // For a server's handshake alone: it can vouch for no other certificate.
    extension(OID.basicConstraints, true, sequence()),
    extension(OID.keyUsage, true, der(TAG.bits, Buffer.from([7, 0x80]))),
    extension(OID.extendedKeyUsage, false, sequence(oid(OID.serverAuthentication))),
    extension(OID.alternativeNames, false, sequence(der(0x82, Buffer.from(name)), der(0x87, address))),
  )
  const what = sequence(
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    // Positive, and with no byte too many.
    der(TAG.integer, Buffer.concat([Buffer.from([1]), serial])),
    algorithm,
    issuer,
    sequence(time(from), time(until)),
    issuer,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(0xa3, usage),
  )
  const signature = sign('sha256', what, privateKey)
  return sequence(what, algorithm, der(TAG.bits, Buffer.from([0]), signature))
}

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  // Nothing here is longer than two bytes can say.
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

const sequence = (...parts: Uint8Array[]): Buffer => der(TAG.sequence, ...parts)

const oid = (hex: string): Buffer => der(TAG.oid, Buffer.from(hex, 'hex'))

function extension(which: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der(TAG.boolean, Buffer.from([0xff]))] : []
  return sequence(oid(which), ...flag, der(TAG.octets, value))
}

/** `YYMMDDHHMMSSZ`. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14)
  return der(TAG.time, Buffer.from(`${digits}Z`))
}
