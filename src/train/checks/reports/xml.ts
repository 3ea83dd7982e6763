/**
 * As much XML as test reports need: elements, attributes, text. No DTD, so there are no entities to expand
 * and nothing to fetch (docs/decisions/0032).
 */

export interface Element {
  name: string
  attributes: ReadonlyMap<string, string>
}

export interface Reader {
  open(element: Element): void
  close(name: string): void
  text(text: string): void
}

const DEPTH_MAX = 64
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const NAME = /[A-Za-z_:][\w:.-]*/y
const ATTRIBUTE = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y
const END = /\s*(\/?)>/y
const CLOSING = /<\/([A-Za-z_:][\w:.-]*)\s*>/y

/** @returns false when it is not XML of this kind: what the reader got until then counts for nothing */
export function readXml(xml: string, reader: Reader): boolean {
  const open: string[] = []
  let at = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(xml)
    if (found) at = pattern.lastIndex
    return found
  }
  /** Moves behind `end`, and gives what was before it. */
  const upTo = (end: string): string | null => {
    const found = xml.indexOf(end, at)
    if (found === -1) return null
    const text = xml.slice(at, found)
    at = found + end.length
    return text
  }
  while (at < xml.length) {
    const next = xml.indexOf('<', at)
    const text = xml.slice(at, next === -1 ? undefined : next)
    if (open.length > 0) reader.text(decoded(text))
    else if (text.trim() !== '') return false
    if (next === -1) break
    at = next
    if (xml.startsWith('<?', at)) {
      if (upTo('?>') === null) return false
    } else if (xml.startsWith('<!--', at)) {
      at += 4
      if (upTo('-->') === null) return false
    } else if (xml.startsWith('<![CDATA[', at)) {
      at += 9
      const raw = upTo(']]>')
      if (raw === null) return false
      reader.text(raw)
    } else if (xml.startsWith('</', at)) {
      const name = match(CLOSING)?.[1]
      if (name === undefined || open.pop() !== name) return false
      reader.close(name)
    } else {
      at++
      const name = match(NAME)?.[0]
      if (name === undefined || open.length >= DEPTH_MAX) return false
      const attributes = new Map<string, string>()
      for (let one = match(ATTRIBUTE); one; one = match(ATTRIBUTE))
        attributes.set(one[1] ?? '', decoded(one[2] ?? one[3] ?? ''))
      const end = match(END)
      if (!end) return false
      reader.open({ name, attributes })
      if (end[1] === '/') reader.close(name)
      else open.push(name)
    }
  }
  return open.length === 0
}

/** Nobody shows more of a value, characters. */
const VALUE_MAX = 64 * 1024

/** Character references, and the five names that need no declaration; any other stays as it is. */
function decoded(whole: string): string {
  const text = whole.slice(0, VALUE_MAX)
  if (!text.includes('&')) return text
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(lt|gt|amp|quot|apos));/g,
    (reference, dec, hex, name) => {
      if (typeof name === 'string') return NAMED[name] ?? reference
      const code = typeof dec === 'string' ? Number(dec) : Number.parseInt(String(hex), 16)
      return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
    },
  )
}
