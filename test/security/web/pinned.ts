/** A client of the board for phones, as a person who compares the fingerprint before they go on. */
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:https'
import { connect } from 'node:tls'
import { expect } from 'vitest'
import type { Outputs } from '../../../src/protocol/api.ts'

/** The certificate that is shown there, whoever shows it. */
export async function shownAt(place: URL): Promise<X509Certificate> {
  const socket = connect({ host: place.hostname, port: Number(place.port), rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const certificate = new X509Certificate(socket.getPeerCertificate(true).raw)
  socket.destroy()
  return certificate
}

/** A request of the page; trusts nothing but the certificate with the fingerprint that was printed. */
export async function postTo(
  { url, open: { fingerprint } }: Pick<Outputs['phoneOpen'], 'url' | 'open'>,
  path: string,
  input: unknown,
  token = '',
): Promise<{ status: number; body: unknown }> {
  const place = new URL(url)
  const certificate = await shownAt(place)
  expect(certificate.fingerprint256).toBe(fingerprint)
  const outgoing = request({
    ...{ host: place.hostname, port: place.port, path, method: 'POST', agent: false },
    ca: certificate.toString(),
    headers: {
      ...{ 'content-type': 'application/json', origin: place.origin, authorization: `Bearer ${token}` },
    },
  })
  outgoing.end(JSON.stringify(input))
  const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream & { statusCode: number }]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { status: response.statusCode, body: JSON.parse(text) }
}
