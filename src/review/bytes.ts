/**
 * Names and contents byte for byte. Within the room both are strings of bytes (latin1), so that two that are
 * not the same never look the same; what leaves it is text.
 */

/** @param bytes output of a git command with `-z` */
export function fieldsOf(bytes: Uint8Array): string[] {
  const fields = Buffer.from(bytes).toString('latin1').split('\0')
  if (fields.at(-1) === '') fields.pop()
  return fields
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function utf8(bytes: string): string | null {
  try {
    return UTF8.decode(bytesOf(bytes))
  } catch {
    return null
  }
}

/** As text for people; what is not UTF-8 becomes U+FFFD. */
export function textOf(bytes: string): string {
  return bytesOf(bytes).toString('utf8')
}

const ESCAPES: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' }

/**
 * A path as git prints it with `core.quotePath=false`: as it is, or in quotes with escapes where it holds a
 * control character, begins with a quote or is not UTF-8. Two paths never get the same name.
 */
export function nameOf(path: string): string {
  const text = utf8(path)
  if (text !== null && !/[\u0000-\u001f\u007f]/.test(text) && !text.startsWith('"')) return text
  const quoted = [...(text ?? path)].map((character) => {
    const code = character.codePointAt(0) ?? 0
    const plain = code >= 0x20 && code !== 0x7f && (text !== null || code < 0x80)
    return ESCAPES[character] ?? (plain ? character : `\\${code.toString(8).padStart(3, '0')}`)
  })
  return `"${quoted.join('')}"`
}

const UNESCAPED: Record<string, string> = { n: '\n', t: '\t', r: '\r' }

/** The path, as bytes, that has this name: the inverse of {@link nameOf}. */
export function pathNamed(name: string): string {
  const quoted = /^"([^]*)"$/.exec(name)?.[1]
  if (quoted === undefined) return Buffer.from(name).toString('latin1')
  return quoted
    .split(/(\\(?:[0-7]{3}|[^]))/)
    .map((part, i) => {
      if (i % 2 === 0) return Buffer.from(part).toString('latin1')
      const escaped = part.slice(1)
      return /^[0-7]{3}$/.test(escaped)
        ? String.fromCharCode(Number.parseInt(escaped, 8))
        : (UNESCAPED[escaped] ?? escaped)
    })
    .join('')
}

/** Lines of a file, without their line feeds. */
export interface Lines {
  lines: string[]
  /** The last line has no line feed. */
  open: boolean
}

export function linesOf(content: string): Lines {
  if (content === '') return { lines: [], open: false }
  const lines = content.split('\n')
  const open = lines.at(-1) !== ''
  if (!open) lines.pop()
  return { lines, open }
}

/** As git decides it. */
export function isBinary(content: string): boolean {
  return content.slice(0, 8000).includes('\0')
}
