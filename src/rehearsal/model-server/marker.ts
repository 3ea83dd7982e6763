/**
 * The marker language: what the model does stands in the prompt itself.
 *
 * `::script [{"tool":"Write","input":{…}},{"text":"done"}]` or, by name, `::script:fix-typo`.
 */
import type { Step, Steps } from './steps.ts'

const MARKER = /::script\b/

export type Marker =
  | { kind: 'steps'; steps: Steps }
  | { kind: 'named'; name: string }
  | { kind: 'bad'; why: string }

/** The script a text carries; null when it has no marker. */
export function readMarker(text: string): Marker | null {
  const found = MARKER.exec(text)
  if (!found) return null
  const rest = text.slice(found.index + found[0].length)
  const name = /^:([\w.-]+)/.exec(rest)?.[1]
  if (name !== undefined) return { kind: 'named', name }
  const open = /^\s*[[{]/.exec(rest)
  if (!open) return null
  const json = balanced(rest.slice(open[0].length - 1))
  if (json === null) return { kind: 'bad', why: 'unbalanced brackets' }
  const value = parse(json)
  if (value === undefined) return { kind: 'bad', why: 'not JSON' }
  return { kind: 'steps', steps: Array.isArray(value) ? (value as Steps) : [value as Step] }
}

/** The JSON value that `text` begins with, up to its closing bracket; null when there is none. */
function balanced(text: string): string | null {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const ch = text[i]
    if (quoted) {
      if (ch === '\\') i++
      else if (ch === '"') quoted = false
    } else if (ch === '"') quoted = true
    else if (ch === '[' || ch === '{') depth++
    else if ((ch === ']' || ch === '}') && --depth === 0) return text.slice(0, i + 1)
  }
  return null
}

function parse(json: string): unknown {
  // A terminal may have wrapped a pasted line: then a string holds a raw line break.
  for (const candidate of [json, json.replace(/\r?\n\s*/g, ' ')]) {
    try {
      return JSON.parse(candidate) as unknown
    } catch {
      // The next form, or undefined: the caller says that it is not JSON.
    }
  }
  return undefined
}
