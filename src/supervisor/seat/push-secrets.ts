/** The supervisor's key for push services, and where browsers are written to: files that only this user can read. */
import { type KeyObject, createHmac, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { makePrivateDirectory, readJson, writeFileDurably } from '../../platform/files.ts'

/** What a browser's `PushSubscription` says: whoever knows it, and the supervisor's key, can notify its person. */
export interface PushAddress {
  endpoint: string
  p256dh: string
  auth: string
}

interface Kept {
  /** Which token of the person they were told under. */
  under: string
  addresses: Record<string, PushAddress>
}

export class PushSecrets {
  readonly #directory: string
  readonly #under: string
  #addresses: ReadonlyMap<string, PushAddress>

  /**
   * @param state the supervisor's state directory
   * @param token the person's: what was told under another is forgotten
   */
  constructor(state: string, token: string) {
    this.#directory = join(state, 'push')
    this.#under = createHmac('sha256', token).update('push').digest('base64url')
    const kept = readJson<Kept>(this.#file('addresses.json'))
    this.#addresses = new Map(kept?.under === this.#under ? Object.entries(kept.addresses) : [])
  }

  /** By the id of each. */
  get addresses(): ReadonlyMap<string, PushAddress> {
    return this.#addresses
  }

  keep(addresses: ReadonlyMap<string, PushAddress>): void {
    const kept: Kept = { under: this.#under, addresses: Object.fromEntries(addresses) }
    this.#write('addresses.json', kept)
    this.#addresses = addresses
  }

  /** Made when it is asked for first. `publicKey`: as browsers are told it. */
  keys(): { publicKey: string; privateKey: KeyObject } {
    const kept = readJson<{ pem: string }>(this.#file('key.json'))
    const pem = kept?.pem ?? newKey()
    if (!kept) this.#write('key.json', { pem })
    const privateKey = createPrivateKey(pem)
    const { x = '', y = '' } = privateKey.export({ format: 'jwk' })
    const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
    return { publicKey: point.toString('base64url'), privateKey }
  }

  #write(name: string, value: object): void {
    makePrivateDirectory(this.#directory)
    writeFileDurably(this.#file(name), JSON.stringify(value))
  }

  #file(name: string): string {
    return join(this.#directory, name)
  }
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
