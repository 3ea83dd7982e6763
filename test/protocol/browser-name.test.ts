/** What browsers call themselves is made short; whatever else is a name stays. */
import { expect, test } from 'vitest'
import { browserName } from '../../src/protocol/browser-name.ts'

const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'

test.each([
  [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`, 'Chrome on Linux'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Edg/150.0.0.0`, 'Edge on Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  [`Mozilla/5.0 (Linux; Android 16; Pixel 9) ${CHROME}`, 'Chrome on Android'],
  ['Mozilla/5.0 (nothing known)', 'Mozilla/5.0 (nothing known)'],
  ['Chrome of my phone on Linux', 'Chrome of my phone on Linux'],
])('%s', (label, name) => {
  expect(browserName(label)).toBe(name)
})
