/** What a browser is called by people. Pure. */

/** In this order: each of them claims to be those below it as well. */
const BROWSERS = [
  ['Edge', /Edg\w*\//],
  ['Opera', /OPR\//],
  ['Firefox', /Firefox\/|FxiOS\//],
  ['Chrome', /Chrom\w*\/|CriOS\//],
  ['Safari', /Safari\//],
] as const
const SYSTEMS = [
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Android', /Android/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['Linux', /Linux/],
] as const

/**
 * @param label a `User-Agent`, or a name that somebody gave
 * @returns "Firefox on Linux"; what is no known `User-Agent` stays as it is
 */
export function browserName(label: string): string {
  if (!label.startsWith('Mozilla/')) return label
  const named = (all: readonly (readonly [string, RegExp])[]): string | undefined =>
    all.find(([, mark]) => mark.test(label))?.[0]
  const [browser, system] = [named(BROWSERS), named(SYSTEMS)]
  return browser && system ? `${browser} on ${system}` : label
}
