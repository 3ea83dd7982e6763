/** A unified diff as files and lines. Pure; whatever it is given, it only reads. */

export interface DiffLine {
  kind: 'added' | 'removed' | 'same' | 'hunk' | 'note'
  text: string
  /** Line numbers before and after; null: it has none there. */
  old: number | null
  new: number | null
}

export interface DiffFile {
  path: string
  added: number
  removed: number
  lines: DiffLine[]
}

/** Lines shown of one file: a generated file of a million lines must not stop the page. */
const LINES_MAX = 3000

/** @param text output of `git diff` */
export function parseDiff(text: string): DiffFile[] {
  const files: DiffFile[] = []
  let file: DiffFile | null = null
  let old = 0
  let fresh = 0
  // Within a hunk: so many lines of each side are still to come.
  let left = { old: 0, new: 0 }
  const put = (line: DiffLine): void => {
    if (file === null) return
    if (file.lines.length < LINES_MAX) file.lines.push(line)
    else if (file.lines.length === LINES_MAX)
      file.lines.push({ kind: 'note', text: 'and more lines, not shown here', old: null, new: null })
  }
  for (const line of text.split('\n')) {
    if (file !== null && (left.old > 0 || left.new > 0)) {
      const body = line.slice(1)
      if (line.startsWith('+')) {
        put({ kind: 'added', text: body, old: null, new: fresh++ })
        left.new--
        file.added++
        continue
      }
      if (line.startsWith('-')) {
        put({ kind: 'removed', text: body, old: old++, new: null })
        left.old--
        file.removed++
        continue
      }
      if (line.startsWith(' ') || line === '') {
        put({ kind: 'same', text: body, old: old++, new: fresh++ })
        left = { old: left.old - 1, new: left.new - 1 }
        continue
      }
    }
    if (line.startsWith('diff --git ')) {
      file = { path: nameOf(line), added: 0, removed: 0, lines: [] }
      files.push(file)
      left = { old: 0, new: 0 }
      continue
    }
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/.exec(line)
    if (hunk) {
      old = Number(hunk[1])
      fresh = Number(hunk[3])
      left = { old: Number(hunk[2] ?? 1), new: Number(hunk[4] ?? 1) }
      put({ kind: 'hunk', text: (hunk[5] ?? '').trim(), old: null, new: null })
      continue
    }
    if (/^(new file|deleted file|rename |similarity|Binary files|old mode|new mode|\\ No newline)/.test(line))
      put({ kind: 'note', text: line, old: null, new: null })
  }
  return files
}

/** `diff --git a/x b/x`: the name after `b/`, also where names hold spaces. */
function nameOf(line: string): string {
  const names = line.slice('diff --git '.length)
  const half = (names.length - 1) / 2
  const same = Number.isInteger(half) && names.slice(2, half) === names.slice(half + 3)
  return same ? names.slice(half + 3) : (/ "?b\/(.*?)"?$/.exec(names)?.[1] ?? names)
}
