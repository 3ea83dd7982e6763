/** The certificate for phones: kept, private, and made anew in time. */
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepCertificate } from '../../src/supervisor/seat/phone-certificate.ts'

const DAY = 24 * 3_600_000
const NOW = Date.UTC(2026, 10, 28)
let directory: string
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'wt-phone-')), 'phone')
})
afterEach(() => rmSync(join(directory, '..'), { recursive: true }))

test('one is kept for as long as it is of the address and good for another month', () => {
  const first = keepCertificate(directory, '10.0.0.1', NOW)
  expect(new X509Certificate(first.cert).fingerprint256).toBe(first.fingerprint)
  expect(keepCertificate(directory, '10.0.0.1', NOW + 359 * DAY)).toEqual(first)
  const renewed = keepCertificate(directory, '10.0.0.1', NOW + 361 * DAY)
  expect(renewed.fingerprint).not.toBe(first.fingerprint)
  expect(renewed.key).not.toBe(first.key)
  expect(keepCertificate(directory, '10.0.0.2', NOW + 361 * DAY).fingerprint).not.toBe(renewed.fingerprint)
})

test('its key is read by this user alone', () => {
  keepCertificate(directory, '10.0.0.1', NOW)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  expect(statSync(join(directory, 'certificate.json')).mode & 0o777).toBe(0o600)
})
