/**
 * Hyperlinks that a program prints (OSC 8): which of them are links at all. Pure.
 *
 * A link says one thing and leads to another, and whoever draws it hands it to the person's browser or desktop:
 * only the web may be linked to, in characters that can all be seen.
 */

/** Longest address and longest name of a link, characters; longer ones cannot be shown whole before they are opened. */
const ADDRESS_MAX = 2000
const NAME_MAX = 200

/** May this address be opened, once the person has seen it? */
export function isSafeLink(address: string): boolean {
  return address.length <= ADDRESS_MAX && /^https?:\/\/[\x21-\x7e]+$/i.test(address)
}

/**
 * @param data what stands between `OSC 8 ;` and its end
 * @returns the same with nothing but the address and the link's own name; `;`, which ends a link, for what is none
 */
export function safeLink(data: string): string {
  const at = data.indexOf(';')
  const address = data.slice(at + 1)
  if (at === -1 || !isSafeLink(address)) return ';'
  const name =
    data
      .slice(0, at)
      .split(':')
      .find((each) => each.startsWith('id=')) ?? ''
  return `${name.length <= NAME_MAX && /^[\x21-\x7e]*$/.test(name) ? name : ''};${address}`
}
