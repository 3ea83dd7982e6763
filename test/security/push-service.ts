/** A push service of the tests' own, on loopback, and a browser that reads what it passes on. */
import {
  X509Certificate,
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto'
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { certificateFor } from '../../src/platform/certificate.ts'
import { postOutward } from '../../src/platform/outward.ts'
import { newEcdh } from '../../src/platform/web-push.ts'

const NAME = 'push.example'

export interface Pushed {
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface PushService {
  pushed: Pushed[]
  /** What it answers from now on. */
  answers: (status: number) => void
  /** As the supervisor reaches services, but that this one is on loopback. */
  post: typeof postOutward
  close: () => void
}

export async function startPushService(): Promise<PushService> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const now = Date.now()
  const der = certificateFor({
    privateKey: createPrivateKey(key),
    ...{ name: NAME, address: Uint8Array.of(127, 0, 0, 1), serial: randomBytes(15) },
    ...{ from: now - 3_600_000, until: now + 3_600_000 },
  })
  const cert = new X509Certificate(der).toString()
  let status = 201
  const pushed: Pushed[] = []
  const server = createServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      pushed.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(status).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const reach = {
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    allowed: (address: string) => address === '127.0.0.1',
    ...{ port, ca: cert },
  }
  return {
    pushed,
    answers: (next) => (status = next),
    post: (url, sent) => postOutward(url, sent, reach),
    close: () => server.close(),
  }
}

export interface TestBrowser {
  /** What its `PushSubscription` says. */
  address: { endpoint: string; p256dh: string; auth: string }
  /** What a message says: RFC 8291 from the other side. */
  reads: (body: Buffer) => unknown
}

export function newBrowser(name: string): TestBrowser {
  const ecdh = newEcdh()
  const auth = randomBytes(16)
  const own = ecdh.getPublicKey()
  return {
    address: {
      endpoint: `https://${NAME}/${name}`,
      ...{ p256dh: own.toString('base64url'), auth: auth.toString('base64url') },
    },
    reads(body) {
      const [salt, sender, record] = [body.subarray(0, 16), body.subarray(21, 86), body.subarray(86)]
      const key = (of: Uint8Array, from: Uint8Array, info: Uint8Array, length: number): Buffer =>
        Buffer.from(hkdfSync('sha256', of, from, info, length))
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), own, sender])
      const shared = key(ecdh.computeSecret(sender), auth, info, 32)
      const derived = (what: string, length: number): Buffer =>
        key(shared, salt, Buffer.from(`Content-Encoding: ${what}\0`), length)
      const decipher = createDecipheriv('aes-128-gcm', derived('aes128gcm', 16), derived('nonce', 12))
      decipher.setAuthTag(record.subarray(-16))
      const filled = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
      return JSON.parse(filled.subarray(0, filled.lastIndexOf(2)).toString())
    },
  }
}
