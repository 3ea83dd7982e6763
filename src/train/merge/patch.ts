/** Reads a patch line by line. Pure. */

export interface PatchLine {
  /** As text, not byte for byte. */
  path: string
  sign: '+' | '-'
  /** Without its end: `\r\n` and `\n` are one. */
  line: string
}

/**
 * The lines a patch adds and removes.
 *
 * Hunks are read by their counts, so that a removed line "-- a/x" is not taken for a header.
 * @param text output of `git diff-tree -p`, with any number of lines of context
 */
export function patchLines(text: string): PatchLine[] {
  const found: PatchLine[] = []
  let path = ''
  let old = 0
  let now = 0
  for (const line of text.split('\n')) {
    const sign = line[0]
    if (old > 0 || now > 0) {
      if (sign === '-') old -= 1
      else if (sign === '+') now -= 1
      else if (sign === ' ') [old, now] = [old - 1, now - 1]
      if (sign === '-' || sign === '+') found.push({ path, sign, line: line.slice(1).replace(/\r$/, '') })
      continue
    }
    const name = /^(?:--- (?:"?)a|\+\+\+ (?:"?)b)\/(.*?)"?\t?$/.exec(line)?.[1]
    if (name !== undefined) path = unquoted(name)
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line)
    if (hunk) [old, now] = [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)]
  }
  return found
}

const ESCAPED: Record<string, string> = { a: '\u0007', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' }

/** A name as git quotes it, with `core.quotePath` off. */
function unquoted(name: string): string {
  return name.replace(/\\([0-7]{3}|.)/g, (_, escape: string) =>
    /^[0-7]{3}$/.test(escape) ? String.fromCharCode(Number.parseInt(escape, 8)) : (ESCAPED[escape] ?? escape),
  )
}
