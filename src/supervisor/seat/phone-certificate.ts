/** The certificate by which phones know this machine: kept with its key, made anew when it is not good any more. */
import { X509Certificate, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { addressBytes } from '../../platform/addresses.ts'
import { certificateFor } from '../../platform/certificate.ts'
import { makePrivateDirectory, readJson, writeFileDurably } from '../../platform/files.ts'

export interface PhoneCertificate {
  /** PEM, both. */
  key: string
  cert: string
  /** SHA-256, `AB:CD:…`. */
  fingerprint: string
}

const DAY_MS = 24 * 3_600_000
/** Browsers take none that is good for more than 398 days. */
const GOOD_FOR_MS = 390 * DAY_MS
/** It is made anew so long before its end: nobody has a board open for longer without opening it again. */
const RENEW_MS = 30 * DAY_MS

/**
 * @param directory made if need be; only this user can enter it
 * @param now milliseconds since the epoch
 * @returns the one that is kept, as long as it is of this address and good for a while; else a new one, with a new key
 */
export function keepCertificate(directory: string, address: string, now: number): PhoneCertificate {
  makePrivateDirectory(directory)
  const path = join(directory, 'certificate.json')
  const kept = readJson<Pick<PhoneCertificate, 'key' | 'cert'>>(path)
  if (kept && isGood(kept.cert, address, now)) return withFingerprint(kept)
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const der = certificateFor({
    privateKey: createPrivateKey(privateKey),
    ...{ name: asciiName(hostname()), address: addressBytes(address), serial: randomBytes(15) },
    // A clock that is a little behind takes it too.
    ...{ from: now - DAY_MS, until: now + GOOD_FOR_MS },
  })
  const made = { key: privateKey, cert: new X509Certificate(der).toString() }
  // One file: a key never stands beside a certificate of another.
  writeFileDurably(path, JSON.stringify(made))
  return withFingerprint(made)
}

function isGood(pem: string, address: string, now: number): boolean {
  const certificate = new X509Certificate(pem)
  return certificate.checkIP(address) !== undefined && certificate.validToDate.getTime() - now > RENEW_MS
}

function withFingerprint(made: Pick<PhoneCertificate, 'key' | 'cert'>): PhoneCertificate {
  return { ...made, fingerprint: new X509Certificate(made.cert).fingerprint256 }
}

/** A certificate holds ASCII names only; what is none is of no use to a phone either. */
function asciiName(name: string): string {
  return /^[A-Za-z0-9.-]{1,250}$/.test(name) ? name : 'worktrain'
}
