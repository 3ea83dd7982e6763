/** What is kept of a check's output: all of it in its log, up to a size; the end of it as plain text. */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { HIDDEN_IN_LINES } from '../../protocol/hidden.ts'

/** Bytes of output shown with a result and sent to the session. */
export const TAIL_BYTES = 4096
/** Bytes looked at for it: control sequences take room and are left out. */
const KEPT_BYTES = 4 * TAIL_BYTES

// CSI, OSC/DCS/PM/APC/SOS strings (also cut off at the end), other escapes.
// oxlint-disable-next-line no-control-regex
const ESCAPES =
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\u001b[ -/]*[0-~]?/g

/** Text that does nothing to a terminal or a reader but be read. */
export function plainText(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(ESCAPES, '')
    .replace(/[^\n]*\r(?=[^\n])/g, '')
    .replace(HIDDEN_IN_LINES, '')
}

/** The last `bytes` of output as plain text, starting at a line where there is one. */
export function tailOf(output: Uint8Array, bytes = TAIL_BYTES): string {
  const text = plainText(
    Buffer.from(output)
      .toString('utf8')
      .replace(/^\ufffd+/, ''),
  )
  const encoded = Buffer.from(text)
  if (encoded.length <= bytes) return text.trimEnd()
  const cut = encoded
    .subarray(encoded.length - bytes)
    .toString('utf8')
    .replace(/^\ufffd+/, '')
  const line = cut.indexOf('\n')
  return (line === -1 || line === cut.length - 1 ? cut : cut.slice(line + 1)).trimEnd()
}

/** Of what a check printed, this much of the beginning is kept whatever comes, and of the end as much at most. */
const HALF_BYTES = 32 * 1024 * 1024

/** Appends output to a log file and keeps its end. */
export interface Output {
  write(chunk: Uint8Array): void
  tail(): string
  close(): void
}

/**
 * Everything is in the file as it comes, for whoever reads along. A file that would grow beyond twice `half`
 * loses its middle, which is said there; it shrinks by that, and goes on growing at its end.
 * @param path made anew, readable by this user alone
 * @param half bytes
 */
export function openOutput(path: string, half = HALF_BYTES): Output {
  const fd = openSync(path, 'w+', 0o600)
  let kept = Buffer.alloc(0)
  let size = 0
  let lost = 0
  const append = (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length;)
      done += writeSync(fd, bytes, done, bytes.length - done, size + done)
    size += bytes.length
  }
  const dropMiddle = () => {
    const end = Buffer.alloc(Math.floor(half / 2))
    const read = readSync(fd, end, 0, end.length, size - end.length)
    lost += size - half - read
    ftruncateSync(fd, half)
    size = half
    append(Buffer.from(`\n\n[... about ${lost} bytes are left out here ...]\n\n`))
    append(end.subarray(0, read))
  }
  return {
    write(chunk) {
      append(chunk)
      if (size > 2 * half) dropMiddle()
      kept = Buffer.concat([kept, chunk]).subarray(-KEPT_BYTES)
    },
    tail: () => tailOf(kept),
    close: () => closeSync(fd),
  }
}
