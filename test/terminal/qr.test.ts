/** The QR code on a terminal: read back module by module. */
import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { qrLines } from '../../src/terminal/qr.ts'

const URL_ = `https://192.168.100.100:31999/#code=${'Ab0_-'.repeat(8)}xyz`

test.for([true, false])('the lines hold exactly the code (coloured: %s)', (coloured) => {
  const { data, size } = encode(URL_, { ecc: 'L', border: 2 })
  const lines = qrLines(URL_, coloured).map((line) => line.replace(/\u001b\[[\d;]*m/g, ''))
  const rows = lines.flatMap((line) => [
    Array.from(line, (half) => '█▀'.includes(half) === coloured),
    Array.from(line, (half) => '█▄'.includes(half) === coloured),
  ])
  expect(rows.slice(0, size)).toEqual(data)
})

test('it stands on a screen of 80 by 24 with its address', () => {
  const lines = qrLines(URL_, false)
  expect(lines.length).toBeLessThan(23)
  expect(lines[0]?.length).toBeLessThan(80)
})
